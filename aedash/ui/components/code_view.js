// A code: bars around zero, a strip of squares where it is long, or the words of a discrete one.

const MOST_BARS = 100; // a longer code is a strip of squares
const SQUARE = 7; // CSS pixels of a square of the strip
const TONES = ["--train", "--second"]; // of numbers above zero and below, in the strip

class CodeView {
  constructor(parent) {
    this.code = [];
    const box = htmlNode("section", parent, "code");
    this.heading = htmlNode("h4", box);
    this.canvas = htmlNode("canvas", box);
    this.canvas.setAttribute("role", "img");
    this.canvas.addEventListener("pointermove", ({ offsetX, offsetY }) => this.hover(offsetX, offsetY));
    this.canvas.addEventListener("pointerleave", () => this.hover(-1, -1));
    this.words = htmlNode("div", box, "words");
    this.reading = htmlNode("h4", box);
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    onTheme(box, () => this.draw());
  }

  /** code: Float32Array in code units; reach: of the scale; inUse: "1" or "0" a unit, or empty; units: in words. */
  show({ code, reach, inUse, words, units }) {
    Object.assign(this, { code, reach, inUse });
    this.heading.textContent = units;
    this.words.hidden = !words.length;
    this.canvas.hidden = words.length > 0 || !code.length;
    this.words.style.gridTemplateColumns = `repeat(${words[0]?.length ?? 1}, auto)`;
    this.words.replaceChildren();
    for (const word of words.flat()) htmlNode("i", this.words, "", String(word));
    this.canvas.setAttribute("aria-label", `Its code: ${units}`);
    this.hover(-1, -1);
    this.draw();
  }

  draw() {
    const [wide, high] = [this.canvas.clientWidth, this.canvas.clientHeight];
    if (!wide || !this.code.length) return;
    Object.assign(this.canvas, { width: wide * devicePixelRatio, height: high * devicePixelRatio });
    const pen = this.canvas.getContext("2d");
    pen.scale(devicePixelRatio, devicePixelRatio);
    const style = getComputedStyle(this.heading);
    this.tones = TONES.map((name) => this.tone(name));
    pen.fillStyle = pen.strokeStyle = style.color;
    this.layout = this.code.length > MOST_BARS ? this.strip(pen, wide, high) : this.bars(pen, wide, high);
  }

  /** The colour that a variable of the theme stands for. */
  tone(name) {
    this.reading.style.outlineColor = `var(${name})`;
    return getComputedStyle(this.reading).outlineColor;
  }

  /** One bar a unit around zero: full where it is in use, an outline where it is not. */
  bars(pen, wide, high) {
    const step = Math.min(wide / this.code.length, 22);
    const middle = high / 2;
    pen.globalAlpha = 0.5;
    pen.fillRect(0, middle - 0.5, step * this.code.length, 1);
    pen.globalAlpha = 1;
    this.code.forEach((value, i) => {
      const tall = clamp(value / (this.reach || 1), -1, 1) * (middle - 2);
      const [x, y, w, h] = [i * step + step * 0.15, tall > 0 ? middle - tall : middle, step * 0.7, Math.abs(tall)];
      pen.fillStyle = this.tones[0];
      if (this.inUse[i] === "0") pen.strokeRect(x + 0.5, y, w - 1, Math.max(h, 2));
      else pen.fillRect(x, y, w, h);
    });
    return (x) => Math.floor(x / step);
  }

  /** A square a unit, row by row: the larger the number the fuller its colour. */
  strip(pen, wide, high) {
    const columns = Math.max(Math.floor(wide / SQUARE), Math.ceil(this.code.length / Math.floor(high / SQUARE)));
    const side = Math.min(SQUARE, wide / columns);
    this.code.forEach((value, i) => {
      pen.fillStyle = this.tones[value < 0 ? 1 : 0];
      pen.globalAlpha = 0.06 + 0.94 * clamp(Math.abs(value) / (this.reach || 1), 0, 1);
      pen.fillRect((i % columns) * side, Math.floor(i / columns) * side, side - 0.5, side - 0.5);
    });
    return (x, y) => (x < columns * side ? Math.floor(y / side) * columns + Math.floor(x / side) : -1);
  }

  hover(x, y) {
    const unit = x < 0 || !this.layout ? -1 : this.layout(x, y);
    const value = this.code[unit];
    const idle = this.inUse?.[unit] === "0" ? ", not in use" : "";
    const scale = this.canvas.hidden ? "" : `scale \u00b1${numberText(this.reach)}, in code units`;
    this.reading.textContent = value === undefined ? scale : `unit ${unit + 1}: ${numberText(value)}${idle}`;
  }
}
