// Latent map: dots on a canvas that glide to the next snapshot. Isolated class and pins stay with the element.

const GLIDE = 700; // milliseconds
const REACH = 18; // pixels within which a dot is hovered
const MOST_PINS = 8;
const HIDDEN = 65535; // both coordinates of a code that is not a number
const TOP = 65534; // 0 to TOP spans the box and half a side beyond it
const SHOWN_IMAGE = 168; // canvas pixels; 84 CSS pixels on a display of double density

class MapView {
  constructor(root) {
    Object.assign(this, { root, only: null, pins: null, now: null, box: null, hovered: -1, stamps: new Map() });
    this.legend = htmlNode("div", root, "legend");
    this.field = htmlNode("div", root, "field");
    this.canvas = htmlNode("canvas", this.field);
    this.canvas.setAttribute("role", "img");
    this.note = htmlNode("p", this.field, "note");
    this.tip = htmlNode("div", this.field, "tip");
    this.picture = htmlNode("canvas", this.tip);
    this.picture.width = this.picture.height = SHOWN_IMAGE;
    this.caption = htmlNode("div", this.tip);
    this.tip.hidden = true;
    this.listen();
    new ResizeObserver(() => this.draw()).observe(this.field);
    onTheme(root, () => this.draw());
  }

  listen() {
    const place = ({ clientX, clientY }) => {
      const { left, top } = this.canvas.getBoundingClientRect();
      return [clientX - left, clientY - top];
    };
    this.canvas.addEventListener("pointermove", (event) => this.hover(this.dotAt(...place(event))));
    this.canvas.addEventListener("pointerleave", () => this.hover(-1));
    this.canvas.addEventListener("click", (event) => {
      this.togglePin(this.dotAt(...place(event)));
      this.hover(this.dotAt(...place(event))); // a finger does not hover
    });
  }

  update(data, setStateValue) {
    Object.assign(this, { data, emit: (pins) => setStateValue("pinned", pins) });
    this.labels = bytes(data.labels);
    this.stamps.clear(); // their size depends on the number of dots
    this.pins = (this.pins ?? data.pinned).filter((index) => index < this.labels.length);
    this.trails = data.trails.map(({ index, path }) => ({ index, path: this.placed(shorts(path)) }));
    this.canvas.setAttribute("aria-label", data.alt);
    this.note.textContent = data.note;
    this.legend.hidden = !data.legend;
    this.updateLegend();
    this.glideTo(this.placed(shorts(data.points)), data.box);
  }

  /** Map quantised pairs to plane coordinates [x, y, x, y, ...]; NaN for hidden ones. */
  placed(steps) {
    const [x0, y0, x1, y1] = this.data.box;
    const unpack = (step, low, high) => (step === HIDDEN ? NaN : low + ((step / TOP) * 2 - 0.5) * (high - low));
    return Float32Array.from(steps, (step, i) => (i % 2 ? unpack(step, y0, y1) : unpack(step, x0, x1)));
  }

  updateLegend() {
    const { classes, colors } = this.data;
    if (classes.join("|") === this.classNames) return;
    this.classNames = classes.join("|");
    this.only = null;
    this.legend.replaceChildren();
    classes.forEach((name, index) => {
      const chip = htmlNode("button", this.legend, "chip");
      Object.assign(chip, { type: "button", title: `Show only ${name}` });
      htmlNode("i", chip).style.background = colors[index];
      htmlNode("span", chip, "", name);
      chip.setAttribute("aria-pressed", "false");
      chip.addEventListener("click", () => this.isolate(index));
    });
  }

  isolate(index) {
    this.only = this.only === index ? null : index;
    [...this.legend.children].forEach((chip, i) => chip.setAttribute("aria-pressed", String(i === this.only)));
    this.draw();
  }

  /** Move dots and box from where they are now to their next place. */
  glideTo(points, box) {
    cancelAnimationFrame(this.ticket);
    const [from, fromBox] = [this.now, this.box];
    const moved = from?.length === points.length && points.some((value, i) => value !== from[i]);
    if (!moved || prefersStillness()) {
      Object.assign(this, { now: points, box });
      this.draw();
      return;
    }
    const start = performance.now();
    const step = () => {
      const share = clamp((performance.now() - start) / GLIDE, 0, 1);
      const eased = share * share * (3 - 2 * share);
      const mix = (old, next) => (Number.isNaN(old) || share === 1 ? next : old + (next - old) * eased);
      this.now = points.map((value, i) => mix(from[i], value));
      this.box = box.map((value, i) => mix(fromBox[i], value));
      this.draw();
      if (share < 1 && this.root.isConnected) this.ticket = requestAnimationFrame(step);
    };
    step();
  }

  draw() {
    const [width, height] = [this.field.clientWidth, this.field.clientHeight];
    if (!this.now || !width || !height) return;
    const pen = this.prepare(width, height);
    const [x0, y0, x1, y1] = this.box;
    const pad = 12;
    const scale = Math.min((width - 2 * pad) / (x1 - x0), (height - 2 * pad) / (y1 - y0));
    this.toPixel = (x, y) => [width / 2 + (x - (x0 + x1) / 2) * scale, height / 2 - (y - (y0 + y1) / 2) * scale];
    drawDots(pen, this);
    for (const trail of this.trails) drawTrail(pen, this, trail);
    for (const index of this.pins) drawRing(pen, this, index);
    drawNames(pen, this);
    this.hover(this.hovered);
  }

  /** Match the canvas to its CSS size and the display, clear it, and read the theme. */
  prepare(width, height) {
    const [wide, high] = [width, height].map((side) => Math.round(side * devicePixelRatio));
    if (this.canvas.width !== wide || this.canvas.height !== high) {
      Object.assign(this.canvas, { width: wide, height: high });
      this.stamps.clear();
    }
    const style = getComputedStyle(this.root);
    this.ink = style.color;
    this.page = style.getPropertyValue("--st-background-color").trim();
    this.font = style.fontFamily;
    const pen = this.canvas.getContext("2d");
    pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    pen.clearRect(0, 0, width, height);
    return pen;
  }

  pixelOf(index) {
    return this.toPixel(this.now[2 * index], this.now[2 * index + 1]);
  }

  dotAt(x, y) {
    let [found, nearest] = [-1, REACH ** 2];
    for (let i = 0; this.toPixel && i < this.labels.length; i++) {
      if (this.only !== null && this.labels[i] !== this.only) continue;
      const [dotX, dotY] = this.pixelOf(i);
      const distance = (dotX - x) ** 2 + (dotY - y) ** 2;
      if (distance < nearest) [found, nearest] = [i, distance];
    }
    return found;
  }

  hover(index) {
    this.hovered = index < this.labels?.length ? index : -1;
    this.tip.hidden = this.hovered < 0;
    if (this.tip.hidden) return;
    this.showImage(index);
    this.caption.textContent = `${this.data.classes[this.labels[index]]}, test number ${index}`;
    const [x, y] = this.pixelOf(index);
    const { offsetWidth, offsetHeight } = this.tip;
    const left = x + 12 + offsetWidth > this.field.clientWidth ? x - offsetWidth - 12 : x + 12;
    this.tip.style.left = `${Math.max(0, left)}px`;
    this.tip.style.top = `${clamp(y - offsetHeight / 2, -26, Math.max(0, this.field.clientHeight - offsetHeight))}px`;
  }

  showImage(index) {
    const atlas = globalThis.__aedash_atlas?.[this.data.atlas];
    this.picture.hidden = !atlas?.picture.complete || index >= atlas.count;
    if (this.picture.hidden) return;
    const { columns, width, height } = atlas;
    const pen = this.picture.getContext("2d");
    pen.imageSmoothingEnabled = false;
    const [left, top] = [(index % columns) * width, Math.floor(index / columns) * height];
    pen.drawImage(atlas.picture, left, top, width, height, 0, 0, SHOWN_IMAGE, SHOWN_IMAGE);
  }

  togglePin(index) {
    if (index < 0) return;
    const pinned = this.pins.includes(index);
    if (!pinned && this.pins.length >= MOST_PINS) return;
    this.pins = pinned ? this.pins.filter((other) => other !== index) : [...this.pins, index];
    this.emit(this.pins);
    this.draw();
  }
}

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector(".root");
  root.style.height = `${data.height}px`;
  root.view ??= new MapView(root);
  root.view.update(data, setStateValue);
}
