// One test image: original, what the model makes of it, the signed error, its code and its neighbours. What is hovered
// on the map is shown at once, from what the browser has; the chosen image comes back as hovering ends.

const MISSING_INK = [31, 127, 255]; // as figures/grids.py
const EXTRA_INK = [240, 96, 16];
const NOW = { pad: "pointed at", edit: "edited", own: "your image" };
const PICTURES = ["original", "output", "error", "decoded now"]; // the last is of the pad, or of the sliders

class InspectorView {
  constructor(root) {
    Object.assign(this, { root, hovered: null, pack: null, atlas: null, decoder: null, wanted: "" });
    this.pixels = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    this.build();
    aedashLab.listen("hover", root, (place) => this.soon(place));
    aedashLab.listen("code", root, () => this.nowSoon());
  }

  build() {
    const head = htmlNode("header", this.root);
    this.lower = this.step(head, "\u2039", "lower");
    const title = htmlNode("h3", head, "", "Test image");
    const kind = { type: "number", min: 0, step: 1, inputmode: "numeric", "aria-label": "Number in the test split" };
    this.input = assigned(htmlNode("input", title), kind);
    this.input.addEventListener("change", () => this.go(this.input.valueAsNumber));
    this.name = htmlNode("span", title);
    this.higher = this.step(head, "\u203a", "higher");
    const line = htmlNode("div", this.root, "line");
    this.facts = htmlNode("p", line, "facts");
    this.pin = assigned(htmlNode("button", line, "chip switch"), { title: "Keep it below, to compare it with others" });
    this.pin.addEventListener("click", () => this.tell("pin", this.data.place));
    const body = htmlNode("div", this.root, "pictures");
    this.figures = PICTURES.map((name) => {
      const figure = htmlNode("figure", body, name.split(" ")[0]);
      const caption = htmlNode("figcaption", figure, "", name);
      return { figure, caption, canvas: assigned(htmlNode("canvas", figure), { role: "img", "aria-label": name }) };
    });
    const legend = htmlNode("p", body, "inks");
    htmlNode("i", legend, "missing");
    legend.append("missing ink");
    htmlNode("br", legend);
    htmlNode("i", legend, "extra");
    legend.append("extra ink");
    this.code = new CodeView(this.root);
    this.near = [0, 1].map(() => {
      const box = htmlNode("section", this.root, "near");
      return { box, title: htmlNode("h4", box), row: htmlNode("div", box, "row") };
    });
    this.note = htmlNode("p", this.root, "note");
  }

  step(head, sign, which) {
    const button = htmlNode("button", head, "step", sign);
    button.addEventListener("click", () => this.go(this.data[which]));
    return assigned(button, { title: `The next ${which} error`, "aria-label": `The image of the next ${which} error` });
  }

  go(place) {
    if (Number.isInteger(place) && place !== this.data.place) this.tell("go", place);
  }

  update(data, tell) {
    Object.assign(this, { data, tell });
    this.lower.disabled = data.lower === null;
    this.higher.disabled = data.higher === null;
    this.input.max = data.last;
    this.pin.hidden = !data.pins || data.label === null;
    this.pin.textContent = data.pinned ? "Kept" : "Keep";
    this.pin.setAttribute("aria-pressed", String(data.pinned));
    this.note.textContent = data.notes.join(" ");
    this.note.hidden = !data.notes.length;
    this.fetch();
    this.unpack();
    this.draw();
  }

  /** What the browser needs to show any image of the map: numbers, originals and decoder, each fetched once. */
  fetch() {
    const { pack, atlas, decoder } = this.data;
    const then = (name, promise) => promise.then((found) => this.take(name, found), () => this.take(name, null));
    if (pack !== this.packName) {
      this.packName = pack;
      then("pack", pack ? aedashLab.tensors(pack) : Promise.resolve(null));
    }
    if (decoder !== this.decoderName) {
      Object.assign(this, { decoderName: decoder, decoder: null });
      if (decoder && aedashLab.decoder) then("decoder", aedashLab.decoder(decoder));
    }
    if (atlas && atlas.name !== this.atlasName) {
      this.atlasName = atlas.name;
      const picture = assigned(new Image(), {}, { src: aedashLab.address(atlas.name) });
      then("atlas", picture.decode().then(() => ({ ...atlas, picture })));
    }
  }

  take(name, found) {
    this[name] = found;
    if (name === "pack" && found) {
      const { places, mse } = found.tensors;
      this.rows = new Map(Array.from(places.data, (place, row) => [place, row]));
      this.sorted = mse.data.filter(Number.isFinite).sort();
    }
    this.draw();
  }

  /** Original and output of the chosen image, exact, side by side in one sheet. */
  async unpack() {
    const { sheet, place } = this.data;
    if (sheet === this.wanted) return;
    this.wanted = sheet;
    const image = assigned(new Image(), {}, { src: sheet });
    await image.decode().catch(() => {});
    if (this.wanted !== sheet || !image.naturalWidth) return;
    const [width, height] = [image.naturalWidth / 2, image.naturalHeight];
    const [original, output] = [0, 1].map((i) => this.cutOut(image, i * width, 0, width, height));
    this.exact = { place, width, height, original, output: this.data.made ? output : null };
    this.draw();
  }

  /** Pixels on [0, 1] of a part of a picture: of a grey one as many, else one colour after the other. */
  cutOut(image, x, y, width, height) {
    assigned(this.pixels.canvas, {}, { width, height });
    this.pixels.drawImage(image, x, y, width, height, 0, 0, width, height);
    const { data } = this.pixels.getImageData(0, 0, width, height);
    const area = width * height;
    const colours = data.some((value, i) => i % 4 < 3 && value !== data[i - (i % 4)]) ? 3 : 1;
    return Float32Array.from({ length: colours * area }, (_, i) => data[4 * (i % area) + Math.floor(i / area)] / 255);
  }

  /** A pointer tells more often than the screen shows. */
  soon(place) {
    this.hovered = place;
    this.ticket ??= requestAnimationFrame(() => {
      this.ticket = null;
      if (this.root.isConnected && this.data) this.draw();
    });
  }

  /** A pad decodes at each frame, and of all the card only its picture changes. */
  nowSoon() {
    this.nowTicket ??= requestAnimationFrame(() => {
      this.nowTicket = null;
      if (this.root.isConnected && this.data) this.now();
    });
  }

  draw() {
    const row = this.rows?.get(this.hovered ?? this.data.place);
    const away = this.hovered !== null && this.hovered !== this.data.place && row !== undefined;
    const shown = away ? this.seen(row) : this.chosen();
    this.root.classList.toggle("away", away);
    const known = shown.label !== null;
    this.name.textContent = known ? `class ${this.data.classes[shown.label]}` : "";
    if (!this.root.getRootNode().activeElement?.matches("input")) this.input.value = shown.place;
    this.facts.textContent = known ? this.rank(shown.mse) : "";
    this.paint(0, shown.original, shown);
    this.paint(1, shown.output, shown);
    this.paint(2, shown.output && shown.original && errors(shown.output, shown.original, shown.width * shown.height), shown);
    const by = (!away && this.data.by) || "output";
    this.figures[1].caption.textContent = away && !shown.output ? "output: on click" : by;
    this.size = shown.original ? { width: shown.width, height: shown.height } : this.size;
    this.now();
    this.bars(shown, away);
    this.neighbours();
  }

  /** Of what is hovered where the browser has its code; else the chosen one's stays, as its neighbours do. */
  bars(shown, away) {
    const stays = away && (this.data.words.length > 0 || !shown.code.length);
    this.root.classList.toggle("stays", stays);
    const code = stays ? floats(this.data.code) : shown.code;
    this.code.show({ ...this.data, code, inUse: this.data.in_use });
  }

  /** As the server says it, and before it has, as the browser can. */
  chosen() {
    const { place, label, mse, sheet } = this.data;
    const row = this.rows?.get(place);
    if (!sheet && row !== undefined) return this.seen(row);
    const exact = this.exact?.place === place ? this.exact : {};
    return { ...exact, place, label, mse, code: floats(this.data.code) };
  }

  /** An image of the map, from what the browser has. */
  seen(row) {
    const { places, labels, mse, codes } = this.pack.tensors;
    const size = codes?.shape[1] ?? 0;
    const code = codes ? codes.data.subarray(row * size, (row + 1) * size) : new Float32Array();
    const made = this.decoder && this.data.whole && size ? this.decoder.decode(code) : null;
    const shown = { place: places.data[row], label: labels.data[row], mse: mse.data[row], code };
    return { ...shown, ...this.cut(row), output: made && Float32Array.from(made) };
  }

  cut(row) {
    if (!this.atlas) return {};
    const { picture, columns, width, height } = this.atlas;
    const [x, y] = [(row % columns) * width, Math.floor(row / columns) * height];
    return { width, height, original: this.cutOut(picture, x, y, width, height) };
  }

  /** Where an error stands among those of all images on the map. */
  rank(mse) {
    if (mse === null || mse === undefined || !Number.isFinite(mse)) return "Its error is not known at this moment.";
    const told = `MSE per pixel ${numberText(mse)}`;
    if (!(this.sorted?.length > 1) || this.sorted.length < this.rows.size) return told; // of a moment few are known
    const below = this.sorted.filter((other) => other < mse).length / this.sorted.length;
    return `${told}; above ${Math.floor(100 * below)} % of ${tickText(this.sorted.length)} test images`;
  }

  /** What is decoded just now by the pad or the sliders, where the decoder has travelled. */
  now() {
    const told = aedashLab.last("code");
    const { figure, caption } = this.figures[3];
    const fits = told && this.decoder?.latent === told.code?.length; // it may be another model's
    const made = told?.pixels ?? (fits ? this.decoder.decode(told.code) : null);
    figure.classList.toggle("empty", !made);
    caption.textContent = NOW[told?.from] ?? "decoded now";
    this.paint(3, made && Float32Array.from(made), this.size ?? {});
  }

  /** Pixels on [0, 1], grey ones or one colour after the other, or RGBA bytes; nothing where there are none. */
  paint(index, pixels, { width = 28, height = 28 }) {
    const { canvas } = this.figures[index];
    assigned(canvas, {}, { width, height }); // which clears it
    if (!pixels) return;
    const image = new ImageData(width, height);
    const area = width * height;
    const colours = pixels.length / area;
    if (colours === 4) image.data.set(pixels);
    else if (colours === 1 || colours === 3)
      for (let i = 0; i < area; i++) {
        for (let k = 0; k < 3; k++) image.data[4 * i + k] = 255 * pixels[(colours === 3 ? k * area : 0) + i];
        image.data[4 * i + 3] = 255;
      }
    canvas.getContext("2d").putImageData(image, 0, 0);
  }

  neighbours() {
    const drawn = `${this.data.place} ${this.atlas?.name} ${this.rows?.size} ${JSON.stringify(this.data.near)}`;
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.data.near.forEach(({ title, images }, i) => {
      const { box, row, title: heading } = this.near[i];
      heading.textContent = title;
      box.hidden = !images.length;
      while (row.childElementCount > images.length) row.lastElementChild.remove();
      while (row.childElementCount < images.length) this.addNeighbour(i);
      images.forEach((one, k) => this.neighbour(row.children[k], one));
    });
  }

  addNeighbour(i) {
    const { row } = this.near[i];
    const at = row.childElementCount;
    const button = htmlNode("button", row);
    htmlNode("canvas", button);
    htmlNode("span", button);
    htmlNode("small", button);
    const place = () => this.data.near[i].images[at]?.place;
    button.addEventListener("click", () => this.go(place()));
    for (const kind of ["pointerenter", "focus"]) button.addEventListener(kind, () => aedashLab.tell("hover", place()));
    for (const kind of ["pointerleave", "blur"]) button.addEventListener(kind, () => aedashLab.tell("hover", null));
  }

  neighbour(button, { place, label, distance, same }) {
    const [canvas, name, far] = button.children;
    name.textContent = label;
    far.textContent = distance;
    button.classList.toggle("other", !same);
    button.setAttribute("aria-label", `Test image ${place}, class ${label}, distance ${distance}`);
    const row = this.rows?.get(place);
    if (!this.atlas || row === undefined) return;
    const { picture, columns, width, height } = this.atlas;
    assigned(canvas, {}, { width, height });
    const [x, y] = [(row % columns) * width, Math.floor(row / columns) * height];
    canvas.getContext("2d").drawImage(picture, x, y, width, height, 0, 0, width, height);
  }
}

/** RGBA of output - original by the rule of grids.error_map: blue = too dark, orange = too bright. */
function errors(output, original, area) {
  const colored = new Uint8ClampedArray(4 * area);
  const at = (pixels, k, i) => pixels[pixels.length === area ? i : k * area + i];
  for (let i = 0; i < area; i++) {
    const apart = [0, 1, 2].map((k) => clamp(at(output, k, i), 0, 1) - at(original, k, i));
    colored.set(apart[0] + apart[1] + apart[2] < 0 ? MISSING_INK : EXTRA_INK, 4 * i);
    colored[4 * i + 3] = 255 * Math.min(1, 1.5 * (Math.hypot(...apart) / Math.sqrt(3)) ** 0.8);
  }
  return colored;
}

/** A node with attributes and properties. */
function assigned(node, attributes, properties = {}) {
  assign(node, attributes);
  return Object.assign(node, properties);
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  root.view ??= new InspectorView(root);
  root.view.update(data, setTriggerValue);
}
