// The large map: up to ten thousand test images as dots or pictures, in the plane or in space. It speaks of places in
// the test split; rows are the order of the arrays that came with one message, and nobody else hears of them.

const HOW_TO =
  "Arrow keys go from dot to dot, Enter pins one, Shift and Enter chooses one, Shift and arrows turn or move the " +
  "map, with Ctrl they move it, plus, minus and 0 zoom, L draws a lasso, Escape chooses none.";
const FRONT = [25, 15]; // degrees at which a map in space is first seen
const STUBBORN = 3000; // milliseconds for which what a person chose is not overruled by what the server said before
const AMID = 5; // nearest codes
const MOST_PICKS = 100; // the oldest go first; selecting.py keeps no more
const NOTHING = { class: null, lasso: "", picks: [] };
const KEPT_ATLASES = 4; // 30 MB each, once they are unpacked
const atlases = new Map();

class CloudView {
  constructor(root) {
    Object.assign(this, { root, camera: WHOLE, turn: FRONT, flat: true, hovered: -1, movedAt: 0 });
    Object.assign(this, { choice: NOTHING, rows: new Map(), shownPictures: new Set() });
    this.lasso = new Lasso(this);
    const head = htmlNode("div", root, "head");
    this.legend = htmlNode("div", head, "legend");
    this.scale = htmlNode("div", head, "scale");
    this.field = htmlNode("div", root, "field");
    this.dots = htmlNode("canvas", this.field, "dots");
    this.canvas = htmlNode("canvas", this.field, "over");
    assign(this.canvas, { tabindex: 0, role: "application" });
    this.buildTools(htmlNode("div", this.field, "tools"));
    this.tip = htmlNode("div", this.field, "tip");
    this.tip.setAttribute("aria-live", "polite");
    this.picture = Object.assign(htmlNode("canvas", this.tip), { width: SHOWN_IMAGE, height: SHOWN_IMAGE });
    this.caption = htmlNode("div", this.tip);
    this.tip.hidden = true;
    this.note = htmlNode("p", this.field, "note");
    this.hand = new CloudHand(this);
    new ResizeObserver(() => this.draw()).observe(this.field);
    onTheme(root, () => this.draw());
    aedashLab.listen("hover", root, (place) => this.pointed !== place && this.show(this.rows.get(place) ?? -1));
    aedashLab.listen("code", root, () => this.mark());
  }

  buildTools(parent) {
    this.tools = parent;
    const add = (text, title, act) => {
      const chip = Object.assign(htmlNode("button", parent, "chip switch", text), { type: "button", title });
      chip.addEventListener("click", act);
      return chip;
    };
    const how = "Draw around dots to choose them: also Shift and drag, or the key L";
    this.armed = add("lasso", how, () => this.lasso.arm(!this.lasso.drawing));
    this.whole = add("whole map", "Show all of it again: the key 0", () => this.zoomBy(0, [0, 0]));
    this.none = add("", "Choose none: the Escape key", () => this.choose(NOTHING));
  }

  /** Show a message once all that belongs to it is there, so that no dot ever has the image of another. */
  async update(data, tell) {
    Object.assign(this, { wanted: data, tell });
    const pack = await aedashLab.tensors(data.pack).catch(() => null);
    if (this.wanted !== data) return;
    if (pack) this.accept(data, pack.tensors);
    else this.note.textContent = "The map could not be fetched: reload the page.";
  }

  accept(data, { places, labels, mse, codes }) {
    const [other, seen] = [this.data?.map !== data.map, this.places?.[this.hovered]];
    Object.assign(this, { data, places: places.data, labels: labels.data, mse: mse.data, codes: codes?.data });
    this.rows = new Map([...this.places].map((place, row) => [place, row]));
    this.hovered = this.rows.get(seen) ?? -1;
    this.atlas = atlasOf(data.atlas, () => this.draw());
    this.flat = data.box.length === 4;
    if (other) this.lasso.drop();
    if (other) Object.assign(this, { camera: WHOLE, turn: data.turn ?? FRONT });
    this.canvas.setAttribute("aria-label", `${data.alt}. ${HOW_TO}`);
    this.hear(data);
    this.updateLegend();
    this.tints = data.shades ? bytes(data.shades.steps) : this.labels;
    this.glideTo(sceneOf(data, this.places, this.labels));
  }

  /** What is chosen, unless a person has just chosen something else. */
  hear({ choice, inside }) {
    const late = this.told && JSON.stringify(choice) !== this.told && performance.now() - this.toldAt < STUBBORN;
    if (late) return;
    Object.assign(this, { told: null, choice, inside: inside ? bytes(inside) : null });
  }

  updateLegend() {
    const { classes, colors, shades, tools } = this.data;
    this.tools.hidden = !tools;
    const now = JSON.stringify([classes, colors, shades && [shades.name, shades.low, shades.high]]);
    if (this.legendNow === now) return; // a chip keeps the focus
    this.legendNow = now;
    this.legend.replaceChildren();
    classes.forEach((name, index) => {
      const chip = htmlNode("button", this.legend, "chip");
      Object.assign(chip, { type: "button", title: `Choose all of class ${name}` });
      const swatch = htmlNode("i", chip);
      swatch.style.background = colors[index];
      swatch.hidden = Boolean(shades);
      htmlNode("span", chip, "", name);
      const other = () => (this.choice.class === index ? null : index);
      chip.addEventListener("click", () => this.choose({ ...this.choice, class: other() }));
    });
    this.scale.hidden = !shades;
    this.scale.replaceChildren();
    if (!shades) return;
    htmlNode("span", this.scale, "", shades.low);
    this.ramp = htmlNode("i", this.scale);
    htmlNode("span", this.scale, "", `${shades.high} ${shades.name}`);
    this.look = null; // the ramp is painted anew
  }

  /** Move dots from where they are now to their next place, each image to its own. */
  glideTo(next) {
    cancelAnimationFrame(this.ticket);
    const from = this.scene;
    const alike = (one, other) => one.every((value, i) => value === other[i]);
    const same = from && alike(next.places, from.places) && from.places.length === next.places.length;
    const still = same && next.axes.every((axis, k) => alike(axis, from.axes[k]));
    if (!same || still || from.box.length !== next.box.length || prefersStillness()) return this.settle(next);
    const start = performance.now();
    const glide = clamp(start - this.movedAt, LEAST_GLIDE, GLIDE);
    this.movedAt = start;
    const step = () => {
      const share = clamp((performance.now() - start) / glide, 0, 1);
      this.settle(share === 1 ? next : between(from, next, share * share * (3 - 2 * share)));
      if (share < 1 && this.root.isConnected) this.ticket = requestAnimationFrame(step);
    };
    step();
  }

  settle(scene) {
    this.scene = scene;
    this.draw();
  }

  /** Which dots are chosen, 1 or 0 a row: of the class and in the lasso, but for those picked singly; null: none. */
  chosenRows() {
    const { class: kind, lasso, picks } = this.choice;
    if (kind === null && !lasso && !picks.length) return null;
    const any = kind !== null || lasso;
    const chosen = Uint8Array.from(this.labels, (label, i) =>
      Number(Boolean(any) && (kind === null || label === kind) && (!lasso || Boolean(this.inside?.[i]))));
    for (const place of picks) if (this.rows.has(place)) chosen[this.rows.get(place)] ^= 1;
    return chosen;
  }

  // -- drawing

  draw() {
    const [width, height] = [this.field.clientWidth, this.field.clientHeight];
    if (!this.scene || !width || !height) return;
    this.prepare(width, height);
    this.arrange(width, height);
    this.chosen = this.chosenRows();
    paintCloud(this.painter, this);
    const pen = this.dots.getContext("2d");
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.putImageData(this.painter.image, 0, 0);
    pen.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    this.shownPictures = new Set(paintPictures(pen, this, width, height));
    this.describe();
    this.mark();
    this.tip.hidden ||= this.hovered < 0;
    if (!this.tip.hidden) this.tellTip(this.hovered); // it goes with its dot
  }

  /** Match both canvases to their CSS size and the display, and read the theme. */
  prepare(width, height) {
    this.ratio = Math.min(devicePixelRatio, 2);
    const [wide, high] = [width, height].map((side) => Math.round(side * this.ratio));
    if (this.dots.width !== wide || this.dots.height !== high || !this.painter) {
      for (const canvas of [this.dots, this.canvas]) Object.assign(canvas, { width: wide, height: high });
      this.painter = new DotPainter(wide, high, this.ratio);
    }
    const style = getComputedStyle(this.root);
    const look = [style.color, style.getPropertyValue("--st-background-color").trim(), style.fontFamily];
    const name = JSON.stringify([look, this.data.colors, this.data.shades?.light]);
    if (this.look === name) return;
    this.look = name;
    [this.ink, this.page, this.font] = look;
    this.primary = style.getPropertyValue("--st-primary-color").trim();
    const pen = this.dots.getContext("2d");
    this.paper = channels(pen, this.page);
    const dark = this.paper[1] < 128;
    this.grey = channels(pen, dark ? "#6B7480" : "#A4ABB5");
    const { shades, colors } = this.data;
    const stops = shades ? [...(dark ? shades.dark : shades.light), dark ? "#4A525D" : "#C3C8D0"] : colors;
    this.palette = stops.map((color) => channels(pen, color));
    if (shades) this.ramp.style.background = `linear-gradient(to right, ${stops.slice(0, -1).join()})`;
  }

  /** Pixels and depth of all dots, and the order in which they are painted. */
  arrange(width, height) {
    const { axes, box } = this.scene;
    const count = axes[0].length;
    if (this.across?.length !== count) {
      for (const name of ["across", "down", "depth"]) this[name] = new Float32Array(count);
      this.order = new Uint16Array(count);
    }
    this.camera = bounded(this.camera, width, height);
    this.lens = lensOf(box, this.flat ? null : this.turn, this.camera, [width, height], this.data.equal);
    look(this.lens, axes, this);
    if (this.flat) this.order.forEach((_, i) => (this.order[i] = i));
    else sortedBy(this.depth, this.lens.reach, this.order);
  }

  /** What lies over the dots, which alone follows the pointer. */
  mark() {
    if (!this.lens) return;
    const { width, height } = this.canvas;
    const pen = this.canvas.getContext("2d");
    pen.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    this.spot = this.spotOf(aedashLab.last("code"));
    paintMarks(pen, this, width / this.ratio, height / this.ratio);
  }

  /** Where a code lies that was told: exactly on a map that is linear in it, on another amid the nearest codes. */
  spotOf(told) {
    const { linear, tools } = this.data;
    if (!told?.code || !tools) return null; // beside it stand maps of something else
    const along = (axis) => axis.reduce((sum, weight, i) => sum + weight * (told.code[i] - linear.centre[i]), 0);
    if (linear?.centre.length === told.code.length) return [...linear.axes.map(along), 0].slice(0, 3);
    const known = this.codes && this.codes.length === told.code.length * this.places.length;
    const named = () => (told.near ?? []).map((place) => ({ row: this.rows.get(place), square: 1 }));
    const near = (known ? nearestRows(this.codes, told.code, AMID) : named()).filter(({ row }) => row !== undefined);
    return near.length ? amid(this.scene.axes, near) : null;
  }

  /** Words and buttons that say how it is looked at and what is chosen. */
  describe() {
    const moved = this.camera.zoom > 1 || (!this.flat && this.turn.some((angle, k) => angle !== FRONT[k]));
    this.whole.hidden = !moved;
    this.canvas.style.touchAction = this.camera.zoom > 1 || this.lasso.drawing ? "none" : "pan-y";
    const count = this.chosen ? this.chosen.reduce((sum, each) => sum + each, 0) : 0;
    this.none.hidden = !this.chosen;
    this.none.textContent = `${withCommas(String(count))} chosen \u00d7`;
    this.armed.setAttribute("aria-pressed", String(this.lasso.drawing));
    [...this.legend.children].forEach((chip, i) => chip.setAttribute("aria-pressed", String(i === this.choice.class)));
    this.note.textContent = this.lasso.drawing ? this.lasso.words() : this.data.note;
  }

  // -- what a hand does

  dotAt(x, y) {
    const { across, down, order } = this;
    let [found, nearest] = [-1, REACH ** 2];
    for (const i of this.shownPictures) {
      if (Math.abs(across[i] - x) <= PICTURE / 2 && Math.abs(down[i] - y) <= PICTURE / 2) return i;
    }
    for (const i of order) {
      const distance = (across[i] - x) ** 2 + (down[i] - y) ** 2;
      if (distance < nearest || (distance === nearest && this.chosen?.[i])) [found, nearest] = [i, distance];
    }
    return found;
  }

  /** Hover the next dot in a direction, from the middle at first. */
  step(way) {
    const [width, height] = [this.field.clientWidth, this.field.clientHeight];
    const from = this.hovered < 0 ? [width / 2, height / 2] : [this.across[this.hovered], this.down[this.hovered]];
    const next = dotTowards(Array.from(this.across, (x, i) => [x, this.down[i]]), from, way);
    if (next >= 0 && isWithin(this.across[next], this.down[next], width, height)) this.hover(next);
  }

  /** A dot under the pointer or the keys, told to the other cards; -1: none. */
  hover(row) {
    const place = row >= 0 ? this.places[row] : null;
    if (this.hovered === row && this.tip.hidden === row < 0) return;
    this.pointed = place;
    this.show(row);
    aedashLab.tell("hover", place);
    this.tip.hidden = row < 0;
    if (row >= 0) this.tellTip(row);
  }

  /** Ring a dot that is hovered here or elsewhere. */
  show(row) {
    this.hovered = row;
    this.tip.hidden = true;
    this.mark();
  }

  tellTip(row) {
    const ready = isThere(this.atlas);
    this.picture.hidden = !ready;
    const pen = this.picture.getContext("2d");
    pen.imageSmoothingEnabled = false;
    if (ready) drawPicture(pen, this.atlas, row, 0, 0, SHOWN_IMAGE);
    const error = Number.isNaN(this.mse[row]) ? "" : `\nerror ${numberText(this.mse[row])} per pixel`;
    this.caption.textContent = `${this.data.classes[this.labels[row]]}, test image ${this.places[row]}${error}`;
    placeTip(this, [this.across[row], this.down[row]]);
  }

  touch(row, event) {
    if (row < 0) return;
    const place = this.places[row];
    this.hover(row); // a finger does not hover
    if (!event?.shiftKey) return this.tell("pinned", place);
    const others = this.choice.picks.filter((other) => other !== place);
    const picked = others.length < this.choice.picks.length;
    this.choose({ ...this.choice, picks: picked ? others : [...others, place].slice(-MOST_PICKS) });
  }

  /** Choose: shown at once, and told. inside: of a new lasso, 1 or 0 a row. */
  choose(choice, inside = choice.lasso ? this.inside : null) {
    Object.assign(this, { choice, inside, told: JSON.stringify(choice), toldAt: performance.now() });
    this.tell("chosen", choice);
    this.draw();
  }

  escape() {
    if (this.lasso.drawing || this.lasso.path) this.lasso.arm(false);
    else if (this.chosen) this.choose(NOTHING);
  }

  /** Zoom by a factor about a pixel; 0: the whole map, as at first. */
  zoomBy(factor, place) {
    this.camera = factor ? zoomed(this.camera, factor, place, this.field.clientWidth, this.field.clientHeight) : WHOLE;
    if (!factor) this.turn = FRONT;
    this.draw();
  }

  /** Drag: moves a map in the plane; turns one in space, and moves it with the right button or Ctrl. */
  moveBy(dx, dy) {
    const tidy = (angle) => Number(angle.toFixed(1));
    if (this.flat || this.panning) this.camera = { ...this.camera, x: this.camera.x + dx, y: this.camera.y + dy };
    else this.turn = [tidy((this.turn[0] + dx / 2) % 360), tidy(clamp(this.turn[1] + dy / 2, -90, 90))];
    if (!this.flat) this.hover(-1);
    this.draw();
  }
}

/** The images of all rows, in one picture that is fetched once; act: when it is there. */
function atlasOf(atlas, act) {
  if (!atlas) return null;
  if (!atlases.has(atlas.name)) {
    const picture = new Image();
    picture.src = aedashLab.address(atlas.name);
    picture.addEventListener("error", () => atlases.delete(atlas.name)); // it may be there again
    atlases.set(atlas.name, picture);
    for (const old of [...atlases.keys()].slice(0, -KEPT_ATLASES)) atlases.delete(old);
  }
  const picture = atlases.get(atlas.name);
  if (!picture.complete) picture.addEventListener("load", act, { once: true });
  return { ...atlas, picture };
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  root.style.height = `${data.height}px`;
  root.view ??= new CloudView(root);
  root.view.update(data, setTriggerValue);
}
