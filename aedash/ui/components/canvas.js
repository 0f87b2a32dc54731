// A drawing surface: strokes by signature_pad over a ground picture, keys for whoever has no pointer. It tells the server
// small grey bytes, ten times a second at most, and not before the last ones were answered.

const SCREEN = 280; // CSS pixels, of the longer side
const SENT = 4; // times as many pixels as the field are sent
const PAUSE = 100; // milliseconds between two tellings
const UNANSWERED = 1000; // milliseconds after which an answer is waited for no longer
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const INK = { pen: "#fff", rubber: "#000" };
const HELP = "Draw with finger, pen or mouse. With keys: arrows move, space paints, Shift and an arrow paint on the way.";

const drawings = (globalThis.aedashDrawings ??= new Map()); // strokes by ground: they are there after another tool, too

class CanvasView {
  constructor(root) {
    Object.assign(this, { root, tool: "pen", at: null, number: 0, told: 0, timer: 0, key: null });
    this.stage = htmlNode("div", root, "stage");
    this.ground = htmlNode("canvas", this.stage, "ground");
    this.ink = htmlNode("canvas", this.stage, "ink");
    this.cursor = htmlNode("div", this.stage, "cursor");
    this.cursor.hidden = true;
    assign(this.stage, { tabindex: 0, role: "application" });
    this.buildTools();
    this.hint = htmlNode("p", root, "hint", HELP);
    this.status = htmlNode("p", root, "unseen");
    this.status.setAttribute("role", "status");
    this.stage.addEventListener("keydown", (event) => this.press(event));
    this.stage.addEventListener("blur", () => (this.cursor.hidden = true));
  }

  buildTools() {
    const row = htmlNode("div", this.root, "tools");
    this.kinds = Object.entries({ pen: "Draw", rubber: "Erase" }).map(([name, word]) => {
      const button = this.button(row, word, () => this.choose(name));
      button.classList.add("switch");
      return { name, button };
    });
    this.undone = this.button(row, "Undo", () => this.undo());
    this.cleared = this.button(row, "Clear", () => this.clear());
    const label = htmlNode("label", row, "width", "Pen");
    this.width = htmlNode("input", label);
    Object.assign(this.width, { type: "range", min: 8, max: 60, step: 2, value: 22 });
    this.width.addEventListener("input", () => this.dress());
  }

  button(row, word, act) {
    const button = htmlNode("button", row, "chip", word);
    button.type = "button";
    button.addEventListener("click", act);
    return button;
  }

  update(data, tell) {
    Object.assign(this, { data, tell });
    const [height, width] = data.shape;
    this.cell = Math.max(1, Math.floor(SCREEN / Math.max(height, width)));
    if (!this.pad) this.begin();
    if (data.key !== this.key) this.lay();
    this.answered = data.answered;
    this.stage.setAttribute("aria-label", `Canvas of ${width} by ${height} squares. ${HELP}`);
    if (data.code && data.code !== this.coded) { // what the pad has told since stays
      this.coded = data.code;
      const code = floats(data.code);
      aedashLab.tell("code", { code, from: "own", near: data.near, pixels: Float32Array.from(bytes(data.output), (x) => x / 255) });
    }
  }

  begin() {
    const [height, width] = this.data.shape.map((side) => side * this.cell);
    for (const canvas of [this.ground, this.ink]) Object.assign(canvas, { width, height });
    Object.assign(this.stage.style, { width: `${width}px`, height: `${height}px` });
    this.pad = new SignaturePad(this.ink, { minDistance: 2, throttle: 0, velocityFilterWeight: 0.5 });
    this.pad.addEventListener("afterUpdateStroke", () => this.changed());
    this.pad.addEventListener("endStroke", () => this.changed(true));
    this.choose("pen");
  }

  /** Another ground: the strokes that were made on it are there again. */
  lay() {
    this.key = this.data.key;
    const [height, width] = this.data.shape;
    const pixels = new ImageData(width, height);
    bytes(this.data.ground).forEach((value, i) => pixels.data.set([value, value, value, 255], 4 * i));
    const small = new OffscreenCanvas(width, height);
    small.getContext("2d").putImageData(pixels, 0, 0);
    this.painted(this.ground, small);
    this.pad.fromData(drawings.get(this.key) ?? []);
    this.refresh();
    if (!this.pad.isEmpty()) this.changed(true);
  }

  painted(canvas, picture) {
    const pen = canvas.getContext("2d");
    pen.imageSmoothingEnabled = false;
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  }

  choose(name) {
    this.tool = name;
    for (const { name: other, button } of this.kinds) button.setAttribute("aria-pressed", String(other === name));
    this.dress();
  }

  /** The pen as it is now: signature_pad's widths are radii. */
  dress() {
    const radius = Number(this.width.value) / 2;
    Object.assign(this.pad, { minWidth: 0.85 * radius, maxWidth: 1.1 * radius, dotSize: radius, penColor: INK[this.tool] });
    this.width.setAttribute("aria-valuetext", `${(2 * radius / this.cell).toFixed(1)} squares wide`);
    this.place();
  }

  // -- keys

  press(event) {
    const step = MOVES[event.key];
    if (step) {
      this.move(step);
      if (event.shiftKey) this.dot();
    } else if (event.key === " " || event.key === "Enter") this.dot();
    else if (event.key === "Backspace" || event.key === "Delete") this.dot("rubber");
    else if (event.key === "z" && (event.ctrlKey || event.metaKey)) this.undo();
    else return;
    event.preventDefault();
  }

  move([dx, dy]) {
    const [height, width] = this.data.shape;
    const [x, y] = this.at ?? [Math.floor(width / 2) - dx, Math.floor(height / 2) - dy];
    this.at = [clamp(x + dx, 0, width - 1), clamp(y + dy, 0, height - 1)];
    this.place();
    this.status.textContent = `column ${this.at[0] + 1}, row ${this.at[1] + 1}`;
  }

  place() {
    this.cursor.hidden = !this.at || !this.stage.matches(":focus");
    if (!this.at) return;
    const [x, y] = this.at.map((each) => (each + 0.5) * this.cell);
    const size = `${Number(this.width.value)}px`;
    Object.assign(this.cursor.style, { left: `${x}px`, top: `${y}px`, width: size, height: size });
  }

  dot(tool = this.tool) {
    if (!this.at) this.move([0, 0]);
    const [x, y] = this.at.map((each) => (each + 0.5) * this.cell);
    const { minWidth, maxWidth, dotSize, velocityFilterWeight } = this.pad;
    const how = { minWidth, maxWidth, dotSize, velocityFilterWeight, penColor: INK[tool], compositeOperation: "source-over" };
    this.pad.fromData([{ ...how, points: [{ x, y, pressure: 0.5, time: Date.now() }] }], { clear: false });
    this.changed(true);
  }

  undo() {
    this.pad.fromData(this.pad.toData().slice(0, -1));
    this.changed(true);
  }

  clear() {
    this.pad.clear();
    this.changed(true);
  }

  refresh() {
    const none = !this.pad.toData().length;
    this.undone.disabled = this.cleared.disabled = none;
  }

  // -- what is told

  /** Something was drawn: tell it now, or when the pause and the last answer are over; at rest, surely. */
  changed(rest = false) {
    const groups = this.pad.toData();
    drawings.set(this.key, [...groups]);
    this.refresh();
    this.rest = rest;
    if (this.timer) return;
    const since = performance.now() - this.told;
    const waits = this.answered < this.number && since < UNANSWERED;
    if (waits || since < PAUSE) this.timer = setTimeout(() => this.later(), PAUSE / 4);
    else this.say();
  }

  later() {
    this.timer = 0;
    if (this.root.isConnected) this.changed(this.rest);
  }

  say() {
    this.told = performance.now();
    this.number += 1;
    this.tell("drawing", { key: this.key, number: this.number, ink: this.pad.toData().length ? this.grey() : "" });
  }

  /** The picture as it is seen, one byte a pixel, four by four pixels a square of the field, as base64. */
  grey() {
    const [height, width] = this.data.shape.map((side) => SENT * side);
    const small = new OffscreenCanvas(width, height);
    const pen = small.getContext("2d", { willReadFrequently: true });
    this.painted(small, this.ground);
    pen.imageSmoothingEnabled = true;
    pen.imageSmoothingQuality = "high";
    pen.drawImage(this.ink, 0, 0, width, height);
    const pixels = pen.getImageData(0, 0, width, height).data;
    return btoa(Array.from({ length: width * height }, (_, i) => String.fromCharCode(pixels[4 * i])).join(""));
  }
}

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector(".root");
  root.view ??= new CanvasView(root);
  root.view.update(data, setStateValue);
}
