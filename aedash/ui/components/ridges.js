// Values of one unit: a row a class, all on one axis.

const RIDGE = 17; // CSS pixels of a row
const LABEL = 74; // its name, at the left
const TOLD = 52; // what is said of it, at the right

class RidgesView {
  constructor(root) {
    this.root = root;
    this.drawing = svgNode("svg", root);
    this.drawing.setAttribute("role", "img");
    new ResizeObserver(() => this.draw()).observe(root);
  }

  update(data) {
    this.data = data;
    this.drawing.setAttribute("aria-label", data.alt);
    this.draw();
  }

  draw() {
    const wide = this.root.clientWidth;
    if (!this.data || !wide) return;
    const { rows, low, high, own } = this.data;
    const bottom = rows.length * RIDGE + 8;
    assign(this.drawing, { width: wide, height: bottom + 18, viewBox: `0 0 ${wide} ${bottom + 18}` });
    this.drawing.replaceChildren();
    const across = wide - LABEL - TOLD;
    const x = (value) => LABEL + ((value - low) / (high - low || 1)) * across;
    if (low < 0 && high > 0) this.line(x(0), bottom, "zero");
    rows.forEach((row, i) => this.ridge(row, (i + 1) * RIDGE + 4, across));
    if (own !== null) this.line(clamp(x(own), LABEL, LABEL + across), bottom, "own");
    for (const [at, value, anchor] of [[LABEL, low, "start"], [LABEL + across, high, "end"]]) {
      const text = svgNode("text", this.drawing, { x: at, y: bottom + 13, class: "end", "text-anchor": anchor });
      text.textContent = numberText(value);
    }
  }

  ridge({ name, color, shares, told }, base, across) {
    const step = across / shares.length;
    const largest = Math.max(...shares) || 1;
    const tall = shares.map((share) => (share / largest) * (RIDGE + 2));
    const top = tall.map((each, i) => `L${LABEL + (i + 0.5) * step},${base - each}`).join("");
    const path = `M${LABEL},${base}${top}L${LABEL + across},${base}Z`;
    svgNode("path", this.drawing, { d: path, fill: color, stroke: color, class: "ridge" });
    const label = svgNode("text", this.drawing, { x: LABEL - 8, y: base - 2, "text-anchor": "end" });
    label.textContent = name;
    const said = svgNode("text", this.drawing, { x: LABEL + across + 8, y: base - 2, class: "end" });
    said.textContent = told;
  }

  line(x, bottom, kind) {
    svgNode("path", this.drawing, { d: `M${x},2V${bottom}`, class: kind });
  }
}

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".root");
  root.view ??= new RidgesView(root);
  root.view.update(data);
}
