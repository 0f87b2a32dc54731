// Latent map: dots on a canvas that glide to the next snapshot. Isolated class and camera stay with the element.

const HOW = "Arrow keys go from dot to dot, Enter opens one, plus, minus and 0 zoom.";

class MapView {
  constructor(root) {
    Object.assign(this, { root, only: null, now: null, box: null, hovered: -1, camera: WHOLE, stamps: new Map(), movedAt: 0 });
    const head = htmlNode("div", root, "head");
    this.legend = htmlNode("div", head, "legend");
    this.followed = htmlNode("div", head, "followed");
    this.field = htmlNode("div", root, "field");
    this.canvas = htmlNode("canvas", this.field);
    assign(this.canvas, { tabindex: 0, role: "application" });
    this.reset = htmlNode("button", this.field, "chip switch reset", "whole map");
    this.reset.addEventListener("click", () => this.zoomBy(0, [0, 0]));
    this.tip = htmlNode("div", this.field, "tip");
    this.tip.setAttribute("aria-live", "polite");
    this.picture = Object.assign(htmlNode("canvas", this.tip), { width: SHOWN_IMAGE, height: SHOWN_IMAGE });
    this.caption = htmlNode("div", this.tip);
    this.tip.hidden = true;
    this.note = htmlNode("p", root, "note");
    this.hand = new Hand(this);
    new ResizeObserver(() => this.draw()).observe(this.field);
    onTheme(root, () => this.draw());
  }

  update(data, tell) {
    Object.assign(this, { data, tell });
    this.labels = bytes(data.labels);
    this.stamps.clear(); // their size depends on the number of dots
    const places = this.placed(shorts(data.points));
    this.follow(places);
    this.canvas.setAttribute("aria-label", `${data.alt}. ${HOW}`);
    this.legend.hidden = !data.legend;
    this.note.hidden = !data.note;
    this.updateLegend();
    this.updateFollowed();
    this.glideTo(places, data.box);
  }

  /** Ways of the dots that are followed: as the script drew them, then on with what is live; none at moments between. */
  follow(places) {
    const { trails, wire, place = "script" } = this.data;
    if (trails !== this.given) {
      this.given = trails;
      this.ways = trails.map(({ index, path }) => ({ index, path: this.placed(shorts(path)) }));
    } else if (place === "live" && this.places?.some((value, i) => value !== places[i])) {
      const last = this.places;
      for (const way of this.ways) way.path = Float32Array.of(...way.path, last[2 * way.index], last[2 * way.index + 1]);
    }
    this.places = places;
    this.trails = Number.isInteger(place) && place !== wire.moment ? [] : this.ways;
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

  /** Chips of the dots that are followed, each with the way to let it go, and all of them. */
  updateFollowed() {
    const { followed } = this.data;
    if (followed.join() === this.followedNow) return;
    this.followedNow = followed.join();
    this.followed.replaceChildren();
    const offer = (text, title, index) => {
      const chip = Object.assign(htmlNode("button", this.followed, "chip switch", text), { type: "button", title });
      chip.addEventListener("click", () => this.tell("unfollowed", index));
    };
    for (const index of followed) offer(`${index} \u00d7`, `Follow test image ${index} no longer`, index);
    if (followed.length) offer("clear", "Follow none of them", -1);
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
    const glide = clamp(start - this.movedAt, LEAST_GLIDE, GLIDE);
    this.movedAt = start;
    const step = () => {
      const share = clamp((performance.now() - start) / glide, 0, 1);
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
    const [across, up] = scales(this.box, width - 2 * PAD, height - 2 * PAD, this.data.equal);
    const { zoom, x: left, y: top } = (this.camera = bounded(this.camera, width, height));
    this.toPixel = (x, y) => [
      width / 2 + left + (x - (x0 + x1) / 2) * across * zoom,
      height / 2 + top - (y - (y0 + y1) / 2) * up * zoom,
    ];
    drawDots(pen, this, width, height);
    for (const trail of this.trails) drawTrail(pen, this, trail);
    for (const index of this.data.followed) drawRing(pen, this, index, 2);
    if (this.data.touched !== null) drawRing(pen, this, this.data.touched, 3);
    drawNames(pen, this, width, height);
    this.reset.hidden = zoom === 1;
    this.canvas.style.touchAction = zoom === 1 ? "pan-y" : "none";
    this.note.textContent = this.told(across / up, width, height);
    this.hover(this.hovered);
  }

  /** What is to be known of the picture: whether an axis is stretched, and what lies outside. */
  told(stretch, width, height) {
    const notes = [this.data.note];
    const more = Math.max(stretch, 1 / stretch);
    if (more > 1.05) notes.push(`Its ${stretch > 1 ? "width" : "height"} is stretched ${more.toFixed(1)} times.`);
    const outside = ([x, y]) => x < 0 || y < 0 || x > width || y > height;
    const count = this.camera.zoom > 1 ? 0 : [...this.labels.keys()].filter((i) => outside(this.pixelOf(i))).length;
    if (count) notes.push(`${count} ${count === 1 ? "dot lies" : "dots lie"} outside.`);
    return notes.filter(Boolean).join(" ");
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

  /** Places of all dots that can be touched now; far off for the others. */
  pixels() {
    const hidden = (i) => this.only !== null && this.labels[i] !== this.only;
    return Array.from(this.labels, (_, i) => (hidden(i) ? [NaN, NaN] : this.pixelOf(i)));
  }

  dotAt(x, y) {
    let [found, nearest] = [-1, REACH ** 2];
    this.pixels().forEach(([dotX, dotY], i) => {
      const distance = (dotX - x) ** 2 + (dotY - y) ** 2;
      if (distance < nearest) [found, nearest] = [i, distance];
    });
    return found;
  }

  /** Hover the next dot in a direction, from the middle at first. */
  step(way) {
    const from = this.hovered < 0 ? [this.field.clientWidth / 2, this.field.clientHeight / 2] : this.pixelOf(this.hovered);
    const next = dotTowards(this.pixels(), from, way);
    if (next >= 0) this.hover(next);
  }

  touch(index) {
    if (index < 0 || !this.data.touchable) return;
    globalThis.aedashTouched = this.canvas; // where the focus returns to
    this.tell("touched", index);
    this.hover(index); // a finger does not hover
  }

  /** Zoom by a factor about a pixel; 0: the whole map. */
  zoomBy(factor, place) {
    const [width, height] = [this.field.clientWidth, this.field.clientHeight];
    this.camera = factor ? zoomed(this.camera, factor, place, width, height) : WHOLE;
    this.draw();
  }

  moveBy(dx, dy) {
    if (this.camera.zoom === 1) return;
    this.camera = { ...this.camera, x: this.camera.x + dx, y: this.camera.y + dy };
    this.draw();
  }

  hover(index) {
    this.hovered = index < this.labels?.length ? index : -1;
    this.tip.hidden = this.hovered < 0;
    if (!this.tip.hidden) showTip(this, index);
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  root.style.height = `${data.height}px`;
  root.view ??= new MapView(root);
  return follow(root, data, (now) => root.view.update(now, setTriggerValue));
}
