// The card of what was touched. Its nodes stay while their content changes, so that focus survives ticks.

const MOST_BARS = 100; // a longer code is a strip of squares
const SQUARE = 7; // CSS pixels of a square of the strip
const TONES = ["--train", "--second"]; // of numbers above zero and below, in the strip

class SpecimenView {
  constructor(root) {
    Object.assign(this, { root, image: null });
    Object.assign(root, { tabIndex: -1 });
    assign(root, { role: "region", "aria-live": "polite" });
    this.build();
    new ResizeObserver(() => this.drawCode()).observe(this.canvas);
    onTheme(root, () => this.drawCode());
    this.escape = (event) => this.leave(event);
    document.addEventListener("keydown", this.escape);
    requestAnimationFrame(() => this.uncover());
  }

  build() {
    const head = htmlNode("header", this.root);
    this.title = htmlNode("h3", head);
    this.moment = htmlNode("p", head);
    this.follow = htmlNode("button", head, "follow");
    this.follow.title = "Keep a ring around its dot, and draw the way that it went";
    this.follow.addEventListener("click", () => this.tell("follow", this.data.place));
    this.explore = htmlNode("a", head, "follow inside", "Explore");
    this.explore.title = "Touch it further: its code, its neighbours, what the model draws nearby";
    const close = htmlNode("button", head, "close", "\u00d7");
    assign(close, { "aria-label": "Close", title: "Close (Esc)" });
    close.addEventListener("click", () => this.close());
    const body = htmlNode("div", this.root, "body");
    this.pictures = htmlNode("div", body, "row");
    const code = htmlNode("section", body, "code");
    this.units = htmlNode("h4", code);
    this.canvas = htmlNode("canvas", code);
    this.canvas.setAttribute("role", "img");
    this.canvas.addEventListener("pointermove", ({ offsetX, offsetY }) => this.hover(offsetX, offsetY));
    this.canvas.addEventListener("pointerleave", () => this.hover(-1, -1));
    this.words = htmlNode("div", code, "words");
    this.reading = htmlNode("h4", code);
    this.near = htmlNode("section", body, "near");
    htmlNode("h4", this.near, "", "Nearest in the code: class, distance");
    this.others = htmlNode("div", this.near, "row");
    this.note = htmlNode("p", this.root, "note");
  }

  /** Take the focus from what was touched, and scroll that into sight; who followed a link stays where they are. */
  uncover() {
    const touched = globalThis.aedashTouched;
    if (!touched?.isConnected) return;
    this.root.focus({ preventScroll: true });
    const [card, there] = [this.root, touched].map((node) => node.getBoundingClientRect());
    if (there.bottom > card.top) touched.scrollIntoView({ block: "center" });
  }

  /** Esc closes the card, unless it is meant for a dialog or a list above it. */
  leave(event) {
    if (!this.root.isConnected) return document.removeEventListener("keydown", this.escape);
    const above = "[data-testid=stDialog], [data-testid=stPopoverBody], [data-baseweb=popover]";
    if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector(above)) this.close();
  }

  close() {
    globalThis.aedashTouched?.focus({ preventScroll: true });
    this.tell("close", 1);
  }

  update(data, tell) {
    Object.assign(this, { data, tell, code: floats(data.code) });
    this.root.setAttribute("aria-label", `${data.title}. ${data.moment}`);
    this.title.textContent = data.title;
    this.moment.textContent = data.moment;
    this.follow.hidden = !data.follow || data.place === null;
    this.follow.textContent = data.followed ? "Followed" : "Follow";
    this.follow.setAttribute("aria-pressed", String(data.followed));
    Object.assign(this.explore, { hidden: !data.explore, href: data.explore });
    this.units.textContent = data.units;
    this.note.textContent = data.notes.join(" ");
    this.note.hidden = !data.notes.length;
    this.near.hidden = !data.nearest.length;
    this.figures();
    this.neighbours();
    this.text();
    this.drawCode();
    this.load(data.sheet);
  }

  figures() {
    this.resize(this.pictures, this.data.pictures.length, () => {
      const figure = htmlNode("figure", this.pictures);
      htmlNode("b", figure);
      htmlNode("canvas", figure);
      htmlNode("span", figure);
    });
    this.data.pictures.forEach(({ label, note }, i) => {
      const [name, , below] = this.pictures.children[i].children;
      name.textContent = label;
      below.textContent = note;
    });
  }

  neighbours() {
    this.resize(this.others, this.data.nearest.length, (i) => {
      const button = htmlNode("button", this.others);
      htmlNode("canvas", button);
      htmlNode("span", button);
      htmlNode("small", button);
      button.addEventListener("click", () => this.tell("go", this.data.nearest[i].place));
    });
    this.data.nearest.forEach(({ place, label, distance }, i) => {
      const button = this.others.children[i];
      const [, name, far] = button.children;
      name.textContent = label;
      far.textContent = distance;
      button.setAttribute("aria-label", `Test image ${place}, class ${label}, distance ${distance}`);
    });
  }

  resize(parent, count, add) {
    while (parent.childElementCount > count) parent.lastElementChild.remove();
    while (parent.childElementCount < count) add(parent.childElementCount);
  }

  text() {
    const { words, units } = this.data;
    this.words.hidden = !words.length;
    this.canvas.hidden = words.length > 0 || !this.code.length;
    this.words.style.gridTemplateColumns = `repeat(${words[0]?.length ?? 1}, auto)`;
    this.words.replaceChildren();
    for (const word of words.flat()) htmlNode("i", this.words, "", String(word));
    this.canvas.setAttribute("aria-label", `Its code: ${units}`);
    this.hover(-1, -1);
  }

  /** Decode first and swap then; a slow picture never replaces a newer one. */
  async load(source) {
    if (source !== this.wanted) {
      this.wanted = source;
      const image = Object.assign(new Image(), { src: source });
      await image.decode().catch(() => {});
      if (this.wanted !== source) return;
      this.image = image;
    }
    if (!this.image) return;
    const tiles = [...this.root.querySelectorAll("figure canvas, .near canvas")];
    const side = this.image.naturalWidth / tiles.length;
    tiles.forEach((tile, i) => {
      tile.width = tile.height = Math.round((tile.clientWidth || 56) * devicePixelRatio);
      const pen = tile.getContext("2d");
      pen.imageSmoothingEnabled = false;
      pen.drawImage(this.image, i * side, 0, side, this.image.naturalHeight, 0, 0, tile.width, tile.height);
    });
  }

  drawCode() {
    const [wide, high] = [this.canvas.clientWidth, this.canvas.clientHeight];
    if (!wide || !this.code?.length) return;
    Object.assign(this.canvas, { width: wide * devicePixelRatio, height: high * devicePixelRatio });
    const pen = this.canvas.getContext("2d");
    pen.scale(devicePixelRatio, devicePixelRatio);
    const style = getComputedStyle(this.units);
    this.tones = TONES.map((name) => this.tone(name));
    pen.fillStyle = pen.strokeStyle = style.color;
    this.layout = this.code.length > MOST_BARS ? this.strip(pen, wide, high) : this.bars(pen, wide, high);
  }

  /** The colour that a variable of the theme stands for. */
  tone(name) {
    this.note.style.outlineColor = `var(${name})`;
    return getComputedStyle(this.note).outlineColor;
  }

  /** One bar a unit around zero: full where it is in use, an outline where it is not. */
  bars(pen, wide, high) {
    const step = Math.min(wide / this.code.length, 22);
    const middle = high / 2;
    pen.globalAlpha = 0.5;
    pen.fillRect(0, middle - 0.5, step * this.code.length, 1);
    pen.globalAlpha = 1;
    this.code.forEach((value, i) => {
      const tall = clamp(value / (this.data.reach || 1), -1, 1) * (middle - 2);
      const [x, y, w, h] = [i * step + step * 0.15, tall > 0 ? middle - tall : middle, step * 0.7, Math.abs(tall)];
      pen.fillStyle = this.tones[0];
      if (this.data.in_use[i] === "0") pen.strokeRect(x + 0.5, y, w - 1, Math.max(h, 2));
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
      pen.globalAlpha = 0.06 + 0.94 * clamp(Math.abs(value) / (this.data.reach || 1), 0, 1);
      pen.fillRect((i % columns) * side, Math.floor(i / columns) * side, side - 0.5, side - 0.5);
    });
    return (x, y) => (x < columns * side ? Math.floor(y / side) * columns + Math.floor(x / side) : -1);
  }

  hover(x, y) {
    const unit = x < 0 || !this.layout ? -1 : this.layout(x, y);
    const value = this.code[unit];
    const idle = this.data.in_use[unit] === "0" ? ", not in use" : "";
    const scale = this.canvas.hidden ? "" : `scale \u00b1${numberText(this.data.reach)}, in code units`;
    this.reading.textContent = value === undefined ? scale : `unit ${unit + 1}: ${numberText(value)}${idle}`;
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  root.view ??= new SpecimenView(root);
  root.view.update(data, setTriggerValue);
}
