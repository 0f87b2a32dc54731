// Pad: a plane through code space. What lies under the pointer is decoded here, by the decoder that travelled.

const MOST = 8; // anchors
const GRASP = 10; // pixels within which an anchor is hit
const REST = 250; // milliseconds of rest after which the server is asked to decode
const SETTLED = 900; // and after which it is told where one looks, where the browser decodes by itself
const ON = 0.002; // of the plane's width: nearer to a code the pointer is on it
const WARM = 20; // pictures after which a browser has compiled the decoder
const STEPS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const BEHIND = ["density", "holes", "stretch", "pictures"];
const WAYS = ["straight", "spherical", "through data"];
const HOW = "Arrow keys move, with Shift in small steps; Enter sets an anchor, Backspace removes the last one, Space plays.";

class PadView extends PlaneView {
  constructor(root) {
    super();
    Object.assign(this, { root, spot: [0, 0], anchors: [], path: null, others: new Map(), decoder: null, spent: 0, count: 0 });
    aedashLab.forget(); // another model is on the page: what was pointed at was of the one before
    const head = htmlNode("div", root, "bar");
    this.choices = this.chips(head, BEHIND, "behind", (name) => this.lay(name));
    const stage = htmlNode("div", root, "stage");
    this.field = htmlNode("div", stage, "field");
    this.ground = htmlNode("canvas", this.field);
    this.canvas = htmlNode("canvas", this.field, "hand");
    assign(this.canvas, { tabindex: 0, role: "application" });
    const side = htmlNode("div", stage, "side");
    this.shown = htmlNode("canvas", side, "shown");
    this.shown.setAttribute("role", "img");
    this.told = htmlNode("p", side, "told");
    this.told.setAttribute("aria-live", "polite");
    this.near = htmlNode("div", side, "near");
    this.nearPicture = htmlNode("canvas", this.near);
    this.nearText = htmlNode("span", this.near);
    this.speed = htmlNode("p", side, "speed");
    this.note = htmlNode("p", root, "note");
    this.film = new Film(this, root);
    this.ways = this.chips(this.film.ways, WAYS, "way", (name) => this.go(name));
    this.besides = htmlNode("p", root, "besides");
    this.listen();
    new ResizeObserver(() => this.resize()).observe(this.field);
    onTheme(root, () => this.resize());
    aedashLab.listen("hover", root, (place) => this.mark("hover", this.codeOfPlace(place), place));
    aedashLab.listen("code", root, (told) => told?.from !== "pad" && this.mark("code", told?.code ?? null));
  }

  chips(parent, names, what, act) {
    return names.map((name) => {
      const chip = Object.assign(htmlNode("button", parent, "chip switch", name), { type: "button" });
      chip.addEventListener("click", () => {
        act(name);
        this.tell(what, name);
      });
      return chip;
    });
  }

  listen() {
    const on = (name, act) => this.canvas.addEventListener(name, act);
    on("pointermove", (event) => this.point(this.shareOf(event)));
    on("pointerdown", (event) => {
      this.film.stop();
      this.point(this.shareOf(event));
    });
    on("click", (event) => event.pointerType !== "touch" && this.anchor(this.shareOf(event)));
    on("pointerleave", () => this.settle(0));
    on("blur", () => this.settle(0));
    on("keydown", (event) => this.press(event));
  }

  shareOf({ clientX, clientY }) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return [clamp((clientX - left) / width, 0, 1), clamp(1 - (clientY - top) / height, 0, 1)];
  }

  press(event) {
    if (event.key in STEPS) {
      const step = event.shiftKey ? 0.005 : 0.03;
      this.point(STEPS[event.key].map((way, axis) => clamp(this.spotShare()[axis] + way * step, 0, 1)));
    } else if (event.key === "Enter") this.anchor();
    else if (event.key === "Backspace" || event.key === "Delete") this.setAnchors(this.anchors.slice(0, -1));
    else if (event.key === "Escape" && this.anchors.length) this.setAnchors([]);
    else if (event.key === " ") this.film.toggle();
    else return;
    event.preventDefault();
  }

  // -- data of the script

  update(data, tell) {
    const before = this.data;
    Object.assign(this, { data, tell });
    this.root.style.height = `${data.height}px`;
    if (data.edition !== before?.edition) this.adopt(data);
    if (data.decoder !== before?.decoder) this.load(data.decoder);
    if (data.pack !== before?.pack) this.learn(data.pack);
    if (data.atlas?.name !== before?.atlas?.name) this.picture(data.atlas);
    this.fields = Object.fromEntries(
      Object.entries(data.fields).map(([name, field]) => [name, field && new Field(field)]),
    );
    this.canvas.setAttribute("aria-label", `${data.alt} ${HOW}`);
    this.choices.forEach((chip) => chip.setAttribute("aria-pressed", String(chip.textContent === this.behind)));
    this.explain();
    this.besides.textContent = data.note;
    this.besides.hidden = !data.note;
    this.rest();
    this.resize();
    this.draw();
  }

  /** Another plane, or another link: what it asks for takes the place of what was here. */
  adopt(data) {
    const [origin, across, up] = [data.origin, data.across, data.up].map(floats);
    Object.assign(this, { origin, across, up, spot: data.spot, behind: data.behind, way: data.way });
    this.code = new Float32Array(origin.length);
    this.other = new Float32Array(origin.length);
    this.painter = new Painter(data.shape);
    this.anchors = data.anchors;
    this.others.clear();
    this.moving = null;
  }

  rest() {
    this.findPath();
    this.film.update();
    this.remark();
  }

  load(name) {
    this.decoder = null;
    if (!name) return;
    aedashLab.decoder(name).then((decoder) => {
      if (this.data.decoder !== name) return;
      this.decoder = decoder;
      this.film.update();
      this.lay(this.behind);
      this.draw();
    }, () => this.say("The decoder did not arrive: reload the page."));
  }

  /** The codes of test images, for what is nearest and for ways through them. */
  learn(name) {
    this.known = null;
    if (!name) return;
    aedashLab.tensors(name).then(({ tensors }) => {
      if (this.data.pack !== name || !tensors.codes) return;
      const { places, labels, codes } = tensors;
      this.known = { places: places.data, labels: labels.data, codes: codes.data, latent: codes.shape[1] };
      this.rest();
      this.resize();
      this.draw();
    }, () => null);
  }

  picture(atlas) {
    this.atlas = null;
    if (!atlas) return;
    const image = new Image();
    image.src = aedashLab.address(atlas.name);
    image.decode().then(() => {
      this.atlas = image;
      this.draw();
    }, () => null);
  }

  // -- what a person does

  point(share) {
    if (!this.data) return;
    this.moving = null;
    this.acted = true;
    this.spot = this.placeAt(share);
    this.settle(this.data.decoder ? SETTLED : REST);
    this.soon();
  }

  /** Once a frame, however often the pointer moves. */
  soon() {
    this.ticket ??= requestAnimationFrame(() => {
      this.ticket = null;
      this.draw();
    });
  }

  /** Tell the server where one looks, once at rest. */
  settle(wait) {
    clearTimeout(this.timer);
    const text = this.spot.map(rounded).join(",");
    if (!this.data || text === (this.toldSpot ?? this.data.spot.map(rounded).join(","))) return;
    this.timer = setTimeout(() => {
      this.toldSpot = text;
      if (this.root.isConnected) this.tell("spot", text);
    }, wait);
  }

  /** Set an anchor, or remove the one that is there. */
  anchor(share = this.spotShare()) {
    const [width, height] = [this.field.clientWidth, this.field.clientHeight];
    const far = ([x, y]) => Math.hypot((x - share[0]) * width, (y - share[1]) * height);
    const hit = this.anchors.findIndex((place) => far(this.shares(place)) < GRASP);
    if (hit >= 0) this.setAnchors(this.anchors.filter((_, i) => i !== hit));
    else if (this.anchors.length < MOST) this.setAnchors([...this.anchors, this.placeAt(share)]);
  }

  setAnchors(anchors) {
    this.anchors = anchors;
    this.moving = null;
    this.rest();
    this.draw();
    this.tell("anchors", anchors.map((place) => place.map(rounded).join(",")).join("~"));
  }

  go(way) {
    this.way = way;
    this.rest();
    this.draw();
  }

  findPath() {
    this.path = null;
    const wise = this.decoder !== null || this.data.decoder !== "";
    const way = !wise || (this.way === "through data" && !this.known) ? "straight" : this.way;
    this.ways.forEach((chip) => {
      const name = chip.textContent;
      chip.setAttribute("aria-pressed", String(name === way));
      chip.disabled = (!wise && name !== "straight") || (name === "through data" && !this.known);
      chip.title = chip.disabled ? (wise ? "Codes of over 64 numbers stay on the server" : "The server decodes straight ways") : "";
    });
    if (this.anchors.length < 2) return;
    const codes = this.anchors.map((place) => this.codeAt(place, new Float32Array(this.origin.length)));
    this.path = pathOver(codes, way, this.known);
  }

  /** The picture at a share of the way; the plane marks where it lies. */
  lookAlong(share, near) {
    if (!this.path) return;
    const code = alongPath(this.path, share, this.other);
    this.moving = { code, foot: this.footOf(code), near };
    this.acted = true;
    this.draw();
  }

  mark(what, code, place = null) {
    if (code && this.origin && code.length === this.origin.length) this.others.set(what, { foot: this.footOf(code), place });
    else this.others.delete(what);
    this.soon();
  }

  remark() {
    const place = aedashLab.last("hover");
    this.mark("hover", this.codeOfPlace(place), place);
  }

  // -- drawing

  resize() {
    const [width, height] = [this.field.clientWidth, this.field.clientHeight];
    if (!width || !height || !this.data) return;
    for (const canvas of [this.ground, this.canvas]) {
      Object.assign(canvas, { width: Math.round(width * devicePixelRatio), height: Math.round(height * devicePixelRatio) });
    }
    this.lay(this.behind);
    this.draw();
  }

  /** Lay something behind the plane. */
  lay(behind) {
    this.behind = behind;
    this.lattice?.stop();
    this.choices.forEach((chip) => chip.setAttribute("aria-pressed", String(chip.textContent === behind)));
    this.explain();
    const pen = this.ground.getContext("2d");
    pen.clearRect(0, 0, this.ground.width, this.ground.height);
    if (behind === "pictures") return this.layPictures();
    paintFields(pen, this.fields, behind, this.ground.width, this.ground.height, (name) => this.tone(name));
    if (this.origin.length <= 2 && this.known && behind !== "stretch") this.layDots(pen);
  }

  explain() {
    this.note.textContent = this.data.words[this.behind];
  }

  /** The colour [r, g, b] that a variable of the theme stands for. */
  tone(name) {
    this.note.style.outlineColor = `var(${name})`;
    const probe = (this.probe ??= document.createElement("canvas").getContext("2d", { willReadFrequently: true }));
    probe.fillStyle = getComputedStyle(this.note).outlineColor;
    probe.fillRect(0, 0, 1, 1);
    return [...probe.getImageData(0, 0, 1, 1).data].slice(0, 3);
  }

  draw() {
    if (!this.data || !this.canvas.width) return;
    this.drawMarks();
    this.drawCode();
    this.drawNear();
  }

  /** Decode what is looked at, and show it large. */
  drawCode() {
    const code = this.moving?.code ?? this.codeAt(this.spot, this.code);
    const start = performance.now();
    let picture = null;
    if (this.decoder) {
      picture = this.painter.paint(this.decoder.decode(code));
      this.count += 1;
      this.spent = this.spent ? 0.8 * this.spent + 0.2 * (performance.now() - start) : performance.now() - start;
      if (this.acted) aedashLab.tell("code", { code: code.slice(), from: "pad" });
      this.acted = false;
    } else if (this.moving ? this.data.film : this.data.spotPicture) picture = this.fromServer();
    if (picture) showSharp(this.shown, picture);
    this.drawSpeed();
  }

  fromServer() {
    const area = this.data.shape.reduce((product, side) => product * side, 1);
    if (!this.moving) return this.painter.paint(bytes(this.data.spotPicture), 255);
    return this.painter.paint(bytes(this.data.film).subarray(this.moving.near * area, (this.moving.near + 1) * area), 255);
  }

  drawSpeed() {
    const text = this.decoder && this.count >= WARM ? `${numberText(this.spent)} ms a picture, in this browser` : "";
    if (performance.now() - (this.speedAt ?? -1000) < 500 && this.speed.textContent) return;
    this.speedAt = performance.now();
    this.speed.textContent = text;
  }

  /** A picture of the film, for its strip. */
  paintFilm(canvas, index, share) {
    if (this.decoder) return showSharp(canvas, this.painter.paint(this.decoder.decode(alongPath(this.path, share, this.other))));
    if (!this.data.film) return;
    const area = this.data.shape.reduce((product, side) => product * side, 1);
    showSharp(canvas, this.painter.paint(bytes(this.data.film).subarray(index * area, (index + 1) * area), 255));
  }

  /** Where the data are, in words, and the test image whose code is nearest. */
  drawNear() {
    const foot = this.moving?.foot ?? this.spot;
    this.say(this.surroundings(foot));
    const found = this.known && nearestTo(this.moving?.code ?? this.code, this.known);
    this.near.hidden = !found;
    if (!found) return;
    const { places, labels } = this.known;
    const name = `test image ${places[found.row]}, ${this.data.classes[labels[found.row]]}`;
    const on = found.distance < ON * (this.data.high[0] - this.data.low[0]);
    this.nearText.textContent = on ? `the code of ${name}` : `nearest: ${name}, ${numberText(found.distance)} away`;
    this.nearPicture.hidden = !this.atlas;
    if (!this.atlas) return;
    const { columns, width, height } = this.data.atlas;
    const [left, top] = [(found.row % columns) * width, Math.floor(found.row / columns) * height];
    Object.assign(this.nearPicture, { width: 2 * width, height: 2 * height });
    const pen = this.nearPicture.getContext("2d");
    pen.imageSmoothingEnabled = false;
    pen.drawImage(this.atlas, left, top, width, height, 0, 0, 2 * width, 2 * height);
  }

  surroundings(foot) {
    if (foot.length > 2 && foot[2] > 1e-3) return `On the way, ${numberText(foot[2])} off this plane.`;
    const common = this.fields.common.near(...this.shares(foot));
    const share = clamp(Math.round(100 * common), 1, 99);
    if (common >= RARE) return `Data here: denser than around ${share} % of test images.`;
    return "Sparse here: sparser than around 99 % of test images. The decoder hardly learned such codes.";
  }

  say(text) {
    if (this.told.textContent !== text) this.told.textContent = text;
  }

  drawMarks() {
    const [width, height] = [this.field.clientWidth, this.field.clientHeight];
    const pen = this.canvas.getContext("2d");
    pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    pen.clearRect(0, 0, width, height);
    const style = getComputedStyle(this.root);
    const [ink, page] = [style.color, style.getPropertyValue("--st-background-color").trim()];
    const toPixel = (place) => {
      const [x, y] = this.shares(place);
      return [x * width, this.data.flat ? height / 2 : (1 - y) * height];
    };
    pen.font = `600 ${Math.round(rem() * 0.73)}px ${style.fontFamily}`;
    const marks = { pen, ink, page, toPixel, width, height };
    if (this.path) drawWay(marks, this.path.corners.map((corner) => this.footOf(corner)));
    for (const { place, at } of this.data.marks) drawMark(marks, at, "ring", String(place));
    this.anchors.forEach((place, i) => drawMark(marks, place, "anchor", String(i + 1)));
    for (const [what, { foot, place }] of this.others) {
      const off = foot[2] > ON * (this.data.high[0] - this.data.low[0]) ? `${numberText(foot[2])} off the plane` : "";
      const text = [place, off].filter((part) => part !== null && part !== "").join(", ");
      drawMark(marks, foot, what === "hover" ? "ring" : "diamond", text);
    }
    drawMark(marks, this.moving?.foot ?? this.spot, "cross");
  }
}

const rounded = (value) => String(Number(value.toPrecision(4)));

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  root.view ??= new PadView(root);
  root.view.update(data, setTriggerValue);
}
