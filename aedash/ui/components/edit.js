// A code under the hand. What is changed is decoded here, where the decoder could travel, else by the server on release.

const PLACES = 9; // pictures of a row; the one in the middle is the image's own
const [TOO_DARK, TOO_BRIGHT] = ["31,127,255", "240,96,16"]; // as figures.grids

class EditView {
  constructor(root) {
    Object.assign(this, { root, sheets: {}, held: false });
    const left = htmlNode("section", root, "rows");
    this.heading = htmlNode("h4", left);
    this.rows = htmlNode("div", left, "grid");
    const middle = htmlNode("section", root, "sliders");
    htmlNode("h4", middle, "", "Units, by how much of the picture they move. At either end: what it would draw.");
    this.sliders = htmlNode("div", middle);
    const right = htmlNode("section", root, "now");
    this.figures = ["image", "rebuilt", "edited", "change"].map((name) => this.figure(right, name));
    this.reset = htmlNode("button", right, "chip switch", "Reset");
    this.reset.addEventListener("click", () => this.change({ steps: {}, units: {} }, true));
    this.note = htmlNode("p", right);
    this.rows.addEventListener("keydown", (event) => this.press(event));
    this.rows.addEventListener("click", ({ target }) => this.touch([...this.rows.querySelectorAll("canvas")].indexOf(target)));
  }

  figure(parent, name) {
    const figure = htmlNode("figure", parent, name);
    const canvas = htmlNode("canvas", figure);
    assign(canvas, { role: "img", "aria-label": name });
    htmlNode("span", figure, "", name);
    return canvas;
  }

  async update(data, tell) {
    const other = this.data?.key !== data.key;
    Object.assign(this, { data, tell, code: floats(data.code), steps: floats(data.steps) });
    if (other) this.build();
    if (other || (!this.held && data.text !== this.text)) this.state = read((this.text = data.text));
    this.note.textContent = data.note;
    this.heading.textContent = data.why || "Directions of the decoder here, the strongest first. Choose a picture.";
    await Promise.all(["rows", "ends", "own", "picture"].map((name) => this.load(name, data[name])));
    if (this.data !== data) return;
    this.thumbnails();
    this.show();
  }

  build() {
    const { strengths, sliders } = this.data;
    this.rows.replaceChildren();
    strengths.forEach((told, row) => {
      htmlNode("span", this.rows, "label", told);
      for (let i = 0; i < PLACES; i++) {
        const canvas = htmlNode("canvas", this.rows);
        const far = this.far(i);
        assign(canvas, { role: "button", "aria-label": `Direction ${row + 1}, ${numberText(far)} deviations` });
        canvas.tabIndex = row === 0 && i === (PLACES - 1) / 2 ? 0 : -1;
      }
    });
    this.sliders.replaceChildren();
    this.inputs = sliders.map((slider) => this.slider(slider));
  }

  slider({ unit, name, low, high, effect }) {
    const line = htmlNode("div", this.sliders, "slider");
    const ends = [htmlNode("canvas", line)];
    const box = htmlNode("label", line);
    const text = htmlNode("span", box, "", name);
    const value = htmlNode("output", box);
    htmlNode("small", text, "", ` moves ${effect}`);
    const input = htmlNode("input", box);
    const own = this.code[unit];
    const [from, to] = [Math.min(low, own), Math.max(high, own)];
    assign(input, { type: "range", min: from, max: to, step: (to - from) / 200 || 1, "aria-label": `${name}, ${effect}` });
    ends.push(htmlNode("canvas", line));
    input.addEventListener("input", () => {
      this.held = true;
      this.change({ ...this.state, units: { ...this.state.units, [unit]: Number(input.value) } }, false);
    });
    input.addEventListener("change", () => {
      this.held = false;
      this.change(this.state, true);
    });
    return { unit, input, value, ends };
  }

  far(i) {
    return this.data.reach * ((2 * i) / (PLACES - 1) - 1);
  }

  /** Decode first and swap then; a slow picture never replaces a newer one. */
  async load(name, source) {
    const slot = (this.sheets[name] ??= {});
    if (slot.wanted === source) return;
    slot.wanted = source;
    const image = source ? Object.assign(new Image(), { src: source }) : null;
    await image?.decode().catch(() => {});
    if (slot.wanted === source) slot.image = image;
  }

  /** One picture of a sheet of equal ones. */
  paint(canvas, name, column, row) {
    const [high, wide] = this.data.shape;
    const { image } = this.sheets[name];
    Object.assign(canvas, { width: wide, height: high });
    if (image) canvas.getContext("2d").drawImage(image, column * wide, row * high, wide, high, 0, 0, wide, high);
  }

  thumbnails() {
    [...this.rows.querySelectorAll("canvas")].forEach((tile, i) => this.paint(tile, "rows", i % PLACES, Math.floor(i / PLACES)));
    this.inputs.forEach(({ ends }, row) => ends.forEach((end, column) => this.paint(end, "ends", column, row)));
    [0, 1].forEach((column) => this.paint(this.figures[column], "own", column, 0));
  }

  touch(i) {
    if (i < 0) return;
    const [row, far] = [Math.floor(i / PLACES), this.far(i % PLACES)];
    const { [row]: _, ...others } = this.state.steps;
    this.go(i);
    this.change({ ...this.state, steps: far ? { ...others, [row]: far } : others }, true);
  }

  press(event) {
    const tiles = [...this.rows.querySelectorAll("canvas")];
    const at = tiles.indexOf(this.root.getRootNode().activeElement);
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: PLACES, ArrowUp: -PLACES };
    if (event.key in steps) this.go(at + steps[event.key]);
    else if (event.key === "Enter" || event.key === " ") this.touch(at);
    else return;
    event.preventDefault();
  }

  go(i) {
    const tiles = [...this.rows.querySelectorAll("canvas")];
    if (!tiles[i]) return;
    tiles.forEach((tile, other) => (tile.tabIndex = other === i ? 0 : -1));
    tiles[i].focus();
  }

  /** What is changed now. final: the server is told, and the address. */
  change(state, final) {
    this.state = state;
    this.drawn ??= requestAnimationFrame(() => {
      this.drawn = null;
      this.show();
      aedashLab.tell("code", { code: this.edited(), from: "edit" });
    });
    if (!final) return;
    this.text = written(state);
    this.tell("edited", this.text);
  }

  /** The code with all changes. */
  edited() {
    const code = Float32Array.from(this.code);
    for (const [row, far] of Object.entries(this.state.steps)) {
      for (let i = 0; i < code.length; i++) code[i] += far * (this.steps[row * code.length + i] ?? 0);
    }
    for (const [unit, value] of Object.entries(this.state.units)) code[unit] = value;
    return code;
  }

  show() {
    if (!this.root.isConnected || !this.inputs) return;
    const code = this.edited();
    for (const { unit, input, value } of this.inputs) {
      if (this.root.getRootNode().activeElement !== input || !this.held) input.value = code[unit];
      value.textContent = numberText(code[unit]);
      value.classList.toggle("set", unit in this.state.units);
    }
    [...this.rows.querySelectorAll("canvas")].forEach((tile, i) => {
      const far = this.state.steps[Math.floor(i / PLACES)] ?? 0;
      tile.setAttribute("aria-pressed", Math.abs(far - this.far(i % PLACES)) < 1e-3);
    });
    this.reset.disabled = !written(this.state);
    this.decode(code);
  }

  async decode(code) {
    const [, rebuilt, edited, change] = this.figures;
    if (!this.data.decoder) {
      if (written(this.state) && this.sheets.picture.image) this.paint(edited, "picture", 0, 0);
      else this.paint(edited, "own", 1, 0);
    } else {
      const decoder = await aedashLab.decoder(this.data.decoder).catch(() => null);
      if (!decoder) return;
      this.pixels(edited, decoder.decode(code), decoder.shape);
    }
    this.difference(change, rebuilt, edited);
  }

  pixels(canvas, picture, [channels, high, wide]) {
    Object.assign(canvas, { width: wide, height: high });
    const sheet = new ImageData(wide, high);
    for (let i = 0; i < wide * high; i++) {
      for (let k = 0; k < 3; k++) sheet.data[4 * i + k] = 255 * picture[(channels === 3 ? k * wide * high : 0) + i];
      sheet.data[4 * i + 3] = 255;
    }
    canvas.getContext("2d").putImageData(sheet, 0, 0);
  }

  /** By the rule of figures.grids.error_map: blue is darker, orange brighter; of colours their root mean square. */
  difference(canvas, from, to) {
    const { width, height } = from;
    if (!width || to.width !== width) return;
    const [before, after] = [from, to].map((each) => each.getContext("2d").getImageData(0, 0, width, height).data);
    const sheet = new ImageData(width, height);
    const tones = [TOO_DARK, TOO_BRIGHT].map((tone) => tone.split(",").map(Number));
    for (let i = 0; i < before.length; i += 4) {
      const apart = [0, 1, 2].map((k) => (after[i + k] - before[i + k]) / 255);
      sheet.data.set(tones[apart[0] + apart[1] + apart[2] < 0 ? 0 : 1], i);
      sheet.data[i + 3] = 255 * Math.min(1, 1.5 * (Math.hypot(...apart) / Math.sqrt(3)) ** 0.8);
    }
    Object.assign(canvas, { width, height });
    canvas.getContext("2d").putImageData(sheet, 0, 0);
  }
}

/** The changes as the address says them, by figures/edit.py. */
function written({ steps, units }) {
  const text = (value) => Number(value.toPrecision(4));
  const along = Object.entries(steps).map(([row, far]) => `d${Number(row) + 1}_${text(far)}`);
  return [...along, ...Object.entries(units).map(([unit, value]) => `${Number(unit) + 1}_${text(value)}`)].join("~");
}

function read(text) {
  const state = { steps: {}, units: {} };
  for (const part of text ? text.split("~") : []) {
    const [place, value] = part.split("_");
    if (place[0] === "d") state.steps[Number(place.slice(1)) - 1] = Number(value);
    else state.units[Number(place) - 1] = Number(value);
  }
  return state;
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  root.view ??= new EditView(root);
  root.view.update(data, setTriggerValue);
}
