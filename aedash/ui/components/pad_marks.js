// What is drawn on the plane: the spot, anchors, images, the way. Each stands out on any ground by an edge in page colour.

/** Stroke or fill a shape twice: its edge in the page's colour, then itself. */
function twice({ pen, ink, page }, thick, trace, fill = false) {
  for (const [color, width] of [[page, thick + 3], [ink, thick]]) {
    Object.assign(pen, { strokeStyle: color, lineWidth: width, lineJoin: "round", lineCap: "round" });
    pen.beginPath();
    trace(pen);
    pen.stroke();
  }
  if (!fill) return;
  pen.fillStyle = ink;
  pen.fill();
}

const SHAPES = {
  ring: (pen, x, y) => pen.arc(x, y, 5, 0, 2 * Math.PI),
  anchor: (pen, x, y) => pen.arc(x, y, 8, 0, 2 * Math.PI),
  diamond: (pen, x, y) => {
    pen.moveTo(x, y - 6);
    for (const [dx, dy] of [[6, 0], [0, 6], [-6, 0], [0, -6]]) pen.lineTo(x + dx, y + dy);
  },
  cross: (pen, x, y) => {
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      pen.moveTo(x + 4 * dx, y + 4 * dy);
      pen.lineTo(x + 11 * dx, y + 11 * dy);
    }
  },
};

/** A mark at a place; what lies outside is drawn at the edge. text: within an anchor, beside another one. */
function drawMark(marks, place, kind, text = "") {
  const { pen, ink, page, toPixel, width, height } = marks;
  const [left, top] = toPixel(place);
  const [x, y] = [clamp(left, 5, width - 5), clamp(top, 5, height - 5)];
  twice(marks, kind === "anchor" ? 1 : 2, () => SHAPES[kind](pen, x, y), kind === "anchor");
  if (!text) return;
  const inside = kind === "anchor";
  Object.assign(pen, { textAlign: inside ? "center" : "left", textBaseline: "middle", lineWidth: 3.5 });
  Object.assign(pen, { strokeStyle: page, fillStyle: inside ? page : ink });
  const at = inside ? x : x + 14 + pen.measureText(text).width > width ? x - 14 - pen.measureText(text).width : x + 14;
  if (!inside) pen.strokeText(text, at, y);
  pen.fillText(text, at, inside ? y + 0.5 : y);
}

/** A way over the plane, through the feet of its corners. */
function drawWay(marks, feet) {
  twice(marks, 1.5, (pen) => feet.forEach((foot, i) => pen[i ? "lineTo" : "moveTo"](...marks.toPixel(foot))));
}
