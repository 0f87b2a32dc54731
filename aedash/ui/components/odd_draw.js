// The two drawings: a histogram of each kind, and the ROC curves. In SVG, whose colours follow the theme by themselves.

const PLOT = { width: 560, height: 190, left: 6, right: 6, top: 8, bottom: 20 };
const SQUARE_SIDE = 190;
const STROKES = ["line model", "line pca", "line mean"]; // by the order of the scores

/** A path through points [x, y]. */
const through = (points) => `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}`;

class Histogram {
  constructor(parent) {
    const { width, height } = PLOT;
    this.svg = svgNode("svg", parent, { viewBox: `0 0 ${width} ${height}`, role: "img", preserveAspectRatio: "none" });
    this.areas = ["others", "odd"].map((kind) => svgNode("path", this.svg, { class: kind }));
    this.cut = svgNode("line", this.svg, { class: "cut", y1: 0, y2: height - PLOT.bottom });
    this.base = svgNode("line", this.svg, { class: "axis", x1: 0, x2: width });
    assign(this.base, { y1: height - PLOT.bottom, y2: height - PLOT.bottom });
  }

  draw(scores) {
    this.scores = scores;
    const bins = [scores.others, scores.odd].map((sorted) => scores.bins(sorted));
    const most = Math.max(...bins.flat()) || 1;
    const floor = PLOT.height - PLOT.bottom;
    bins.forEach((shares, i) => {
      const corners = shares.flatMap((share, bin) => [bin, bin + 1].map((edge) => [this.x(edge / BINS), floor - (share / most) * (floor - PLOT.top)]));
      this.areas[i].setAttribute("d", `${through([[this.x(0), floor], ...corners, [this.x(1), floor]])}Z`);
    });
  }

  x(share) {
    return PLOT.left + share * (PLOT.width - PLOT.left - PLOT.right);
  }

  at(threshold) {
    const { low, high } = this.scores;
    const x = this.x(clamp((threshold - low) / (high - low), 0, 1));
    assign(this.cut, { x1: x, x2: x });
  }
}

class Roc {
  constructor(parent) {
    const side = SQUARE_SIDE;
    this.svg = svgNode("svg", parent, { viewBox: `-1 -1 ${side + 2} ${side + 2}`, role: "img" });
    svgNode("rect", this.svg, { class: "frame", width: side, height: side });
    svgNode("path", this.svg, { class: "chance", d: `M0 ${side}L${side} 0` });
    this.lines = STROKES.map((stroke) => svgNode("path", this.svg, { class: stroke }));
    this.point = svgNode("circle", this.svg, { class: "point", r: 5 });
  }

  place([alarms, caught]) {
    return [alarms * SQUARE_SIDE, (1 - caught) * SQUARE_SIDE];
  }

  draw(all) {
    this.lines.forEach((line, i) => line.setAttribute("d", all[i] ? through(all[i].roc().map((each) => this.place(each))) : ""));
  }

  at(shares) {
    const [cx, cy] = this.place(shares);
    assign(this.point, { cx, cy });
  }
}
