// Live loss chart. The nodes are made once and updated in place; zoom, chips and switches stay with the element.

const ORDER = ["earlier", "published", "term", "member", "train", "second"]; // drawn from back to front
const RANK = { train: 0, second: 0, member: 0, term: 1, published: 2, earlier: 3, level: 4 }; // who keeps its label

class CurveView {
  constructor(root) {
    Object.assign(this, { root, zoom: null, hidden: new Map(), smoothing: "light", logChoice: null });
    Object.assign(this, { pointer: null, dragStart: null, frame: null });
    this.buildHead();
    this.plot = htmlNode("div", root, "plot");
    this.note = htmlNode("p", root, "note");
    this.tip = htmlNode("div", root, "tip");
    this.tip.hidden = true;
    this.svg = svgNode("svg", this.plot, { role: "img" });
    const layers = ["grid", "ticks", "levels", "lines", "marks", "changes", "bests", "markers", "ends", "captions", "hover"];
    this.layers = Object.fromEntries(layers.map((name) => [name, svgNode("g", this.svg, { class: name })]));
    this.clip = svgNode("rect", svgNode("clipPath", this.svg, { id: "inside" }));
    this.layers.lines.setAttribute("clip-path", "url(#inside)");
    this.groups = new Map();
    this.ruler = svgNode("text", svgNode("g", this.svg, { class: "ends", visibility: "hidden" }));
    this.listen();
    new ResizeObserver(() => this.draw()).observe(root);
    document.fonts.ready.then(() => this.draw()); // the widths of labels change with the font
  }

  buildHead() {
    const head = htmlNode("div", this.root, "head");
    this.chips = htmlNode("div", head, "chips");
    const control = (text, title, action) => {
      const button = htmlNode("button", head, "chip switch", text);
      Object.assign(button, { type: "button", title });
      button.addEventListener("click", () => (action(), this.draw()));
      return button;
    };
    this.whole = control("whole run", "Show the whole run again (or double-click)", () => (this.zoom = null));
    const smoothing = "Smoothing of the training loss: off, light, strong. \u2248 stands before a smoothed value.";
    this.smoother = control("smooth", smoothing, () => {
      const steps = Object.keys(SMOOTHING);
      this.smoothing = steps[(steps.indexOf(this.smoothing) + 1) % steps.length];
    });
    this.smoothWord = htmlNode("span", this.smoother, "word");
    this.logger = control("log y", "Logarithmic axis", () => (this.logChoice = !this.log));
  }

  listen() {
    const place = (event) => event.clientX - this.plot.getBoundingClientRect().left;
    this.plot.addEventListener("pointermove", (event) => this.hover(place(event)));
    this.plot.addEventListener("pointerleave", () => this.hover(null));
    this.plot.addEventListener("pointercancel", () => this.endDrag(null));
    this.plot.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      this.dragStart = place(event);
      this.plot.setPointerCapture(event.pointerId);
    });
    this.plot.addEventListener("pointerup", (event) => this.endDrag(place(event)));
    this.plot.addEventListener("dblclick", () => {
      this.zoom = null;
      this.draw();
    });
  }

  endDrag(end) {
    const start = this.dragStart;
    this.dragStart = null;
    if (start !== null && end !== null && Math.abs(end - start) > 12) {
      const ends = [start, end].sort((a, b) => a - b).map((pixel) => this.frame.epochAt(pixel));
      if (ends[1] > ends[0]) this.zoom = ends;
    }
    this.draw();
  }

  update(data) {
    this.data = data;
    this.lines = data.lines.map((line) => ({
      ...line,
      id: line.name.split(" × ").at(-1), // a term's weight may change, and its line stays the same
      x: floats(line.x),
      y: floats(line.y),
      band: line.low && { low: floats(line.low), high: floats(line.high) },
    }));
    let term = 0;
    for (const line of this.lines) line.look = line.role === "term" ? `term term${term++ % 3}` : line.role;
    this.lines.sort((a, b) => ORDER.indexOf(a.role) - ORDER.indexOf(b.role));
    for (const { id, shown } of this.lines) if (!this.hidden.has(id)) this.hidden.set(id, !shown);
    if (data.start !== this.start) this.zoom = data.start > 0 && data.start < data.epochs ? [data.start, data.epochs] : null;
    this.start = data.start;
    if (this.zoom && this.zoom[0] >= data.epochs) this.zoom = null; // another, shorter run
    this.svg.setAttribute("aria-label", data.alt);
    this.updateChips(data.lines);
    this.draw();
  }

  updateChips(lines) {
    const wanted = lines.map(({ name, role }) => `${role} ${name}`).join("|");
    if (wanted === this.chipNames) return;
    this.chipNames = wanted;
    this.chips.replaceChildren();
    for (const { name } of lines) {
      const line = this.lines.find((other) => other.name === name);
      const { id } = line;
      const chip = htmlNode("button", this.chips, `chip ${line.look}`);
      Object.assign(chip, { type: "button", title: `Show or hide ${name}` });
      chip.style.setProperty("--own", line.color);
      const swatch = svgNode("svg", chip, { width: 22, height: 8, "aria-hidden": "true" });
      svgNode("path", swatch, { d: "M1 4H21", class: `line ${line.look}` });
      if (line.role === "second") svgNode("path", swatch, { d: "M11 4h0", class: "dots" });
      htmlNode("span", chip, "", name);
      chip.setAttribute("aria-pressed", String(!this.hidden.get(id)));
      chip.addEventListener("click", () => {
        this.hidden.set(id, !this.hidden.get(id));
        chip.setAttribute("aria-pressed", String(!this.hidden.get(id)));
        this.draw();
      });
    }
  }

  get log() {
    return this.logChoice ?? this.data.log;
  }

  draw() {
    if (!this.data || !this.root.clientWidth) return;
    this.whole.hidden = !this.zoom;
    this.smoother.hidden = this.lines.some((line) => !line.smooth) && !this.lines.some((line) => line.smooth);
    this.smoother.setAttribute("aria-pressed", String(this.smoothing !== "off"));
    this.smoothWord.textContent = this.smoothing;
    this.logger.setAttribute("aria-pressed", String(this.log));
    for (const line of this.lines) {
      line.smoothed = ["train", "member"].includes(line.role) && line.smooth && this.smoothing !== "off";
      line.drawn = line.smoothed ? smooth(line.y, this.smoothing) : line.y;
    }
    this.shown = this.lines.filter(({ id }) => !this.hidden.get(id));
    this.window = this.zoom ?? [0, Math.max(this.data.epochs, 1e-6)];
    this.note.textContent = missingText(this.shown, this.window, this.log);
    this.note.hidden = !this.note.textContent;
    const frame = (this.frame = makeFrame(this));
    assign(this.svg, { width: frame.width, height: frame.height });
    const { left, right, top, bottom } = frame;
    assign(this.clip, { x: left, y: top - 4, width: right - left, height: bottom - top + 5 });
    drawAxes(this.layers, frame, this.data, Boolean(this.zoom));
    drawLevels(this.layers.levels, frame, this.data.levels);
    this.drawLines();
    drawMarks(this.layers, frame, this.data.marks);
    const bestHidden = this.lines.some(({ id, role }) => role === "second" && this.hidden.get(id));
    drawBest(this.layers.bests, frame, bestHidden ? null : this.data.best);
    drawMarker(this.layers.markers, frame, this.data.marker);
    drawEnds(this.layers.ends, frame);
    this.hover(this.pointer);
  }

  drawLines() {
    for (const line of this.lines) {
      if (!this.groups.has(line.id)) this.groups.set(line.id, svgNode("g", this.layers.lines));
      const group = this.groups.get(line.id);
      const hidden = this.hidden.get(line.id);
      group.setAttribute("class", line.look);
      group.style.setProperty("--own", line.color);
      const [area, raw, main, dots, missing] = children(group, "path", 5);
      assign(area, { class: "band", d: hidden || !line.band ? "" : bandOf(line.x, line.band, this.frame) });
      assign(raw, { class: "line raw", d: hidden || !line.smoothed ? "" : pathOf(line.x, line.y, this.frame) });
      assign(main, { class: "line", d: hidden ? "" : pathOf(line.x, line.drawn, this.frame) });
      assign(dots, { class: "dots", d: hidden || line.role !== "second" ? "" : dotsOf(line, this.frame) });
      assign(missing, { class: "missing", d: hidden ? "" : missingOf(line, this.frame) });
    }
    for (const [id, group] of this.groups) {
      if (this.lines.some((line) => line.id === id)) continue;
      group.remove();
      this.groups.delete(id);
    }
  }

  hover(pixel) {
    this.pointer = pixel;
    const { frame } = this;
    if (!frame) return;
    const inside = pixel !== null && pixel >= frame.left && pixel <= frame.right;
    drawHover(this.layers.hover, frame, inside ? pixel : null, this.dragStart);
    this.tip.hidden = !inside;
    if (!inside) return;
    const epoch = frame.epochAt(pixel);
    const reach = frame.span / 20;
    const covers = ({ x }) => x.length && epoch >= x[0] - reach && epoch <= x[x.length - 1] + reach;
    const near = this.shown.filter(covers);
    this.tip.replaceChildren();
    htmlNode("b", this.tip, "", `epoch ${epoch.toFixed(frame.span < 2 ? 2 : 1)}`);
    for (const line of near.toReversed()) {
      const row = htmlNode("div", this.tip, `reading ${line.look}`);
      row.style.setProperty("--own", line.color);
      htmlNode("i", row);
      htmlNode("span", row, "", line.name);
      const at = nearestIndex(line.x, epoch);
      htmlNode("b", row, "", numberText(line.y[at]));
      if (line.smoothed) htmlNode("em", row, "", `smoothed ${numberText(line.drawn[at])}`);
    }
    for (const [at, label] of this.data.marks) {
      if (Math.abs(frame.x(at) - pixel) < 6) htmlNode("div", this.tip, "mark", `from here on ${label}`);
    }
    const { offsetWidth } = this.tip;
    const flip = pixel + 14 + offsetWidth > frame.width;
    this.tip.style.left = `${Math.max(0, flip ? pixel - offsetWidth - 14 : pixel + 14)}px`;
  }
}

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".root");
  root.style.height = `${data.height}px`;
  root.view ??= new CurveView(root);
  return follow(root, data, (now) => root.view.update(now));
}
