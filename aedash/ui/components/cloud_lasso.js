// The lasso of the large map: drawn with a pointer or set corner by corner with keys, and kept as a text.

const MOST_CORNERS = 24;

/** Whether [x, y] lies in a polygon of corners [[x, y], ...], by the even-odd rule; as `inside` in lasso.py. */
function isInside(corners, x, y) {
  let inside = false;
  corners.forEach(([x1, y1], i) => {
    const [x0, y0] = corners[(i || corners.length) - 1];
    if (y0 > y !== y1 > y && x < x0 + ((x1 - x0) * (y - y0)) / (y1 - y0)) inside = !inside;
  });
  return inside;
}

/** A path with at most MOST_CORNERS corners: the smallest triangles go first (Visvalingam and Whyatt 1993). */
function simplified(path) {
  const kept = [...path];
  const area = (i) => {
    const [a, b, c] = [kept.at(i - 1), kept[i], kept[(i + 1) % kept.length]];
    return Math.abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]));
  };
  while (kept.length > MOST_CORNERS) {
    let least = 0;
    const areas = kept.map((_, i) => area(i));
    areas.forEach((each, i) => each < areas[least] && (least = i));
    kept.splice(least, 1);
  }
  return kept;
}

/** A coordinate as an address has it: to a thousandth of the power of ten below `side`, which the map is long. */
function rounded(value, side) {
  const digits = clamp(3 - Math.floor(Math.log10(side)), 0, 12);
  return Number(value.toFixed(digits));
}

/** What a lasso's text says: the map that it was drawn on, how that was turned, and its corners. */
function lassoOf(text) {
  const [map, ...numbers] = text.split(" ");
  const values = numbers.map(Number);
  const corners = [];
  for (let i = 2; i < values.length; i += 2) corners.push(values.slice(i, i + 2));
  return { map, turn: values.slice(0, 2), corners };
}

/** drawing: whether the next drag draws; path: corners so far, in pixels, or null; cursor: the cross of the keys. */
class Lasso {
  constructor(view) {
    this.view = view;
    this.drop();
  }

  drop() {
    Object.assign(this, { drawing: false, path: null, cursor: null });
  }

  arm(drawing) {
    this.drop();
    this.drawing = drawing;
    this.view.hover(-1);
    this.view.draw();
  }

  /** A drag begins. */
  begin(at) {
    Object.assign(this, { path: [at], cursor: null });
  }

  words() {
    return this.cursor
      ? "Lasso: arrow keys move the cross, Enter sets a corner, L closes it, Escape leaves it."
      : "Draw around the dots that you mean. With keys: press L on the map.";
  }

  /** L: begin at the hovered dot or in the middle, or close what has been set. */
  key() {
    if (this.cursor) return this.close();
    const { field, hovered, across, down } = this.view;
    const at = hovered < 0 ? [field.clientWidth / 2, field.clientHeight / 2] : [across[hovered], down[hovered]];
    this.arm(true);
    Object.assign(this, { cursor: at, path: [at] });
    this.view.draw();
  }

  moveCursor([dx, dy], leap) {
    const { clientWidth, clientHeight } = this.view.field;
    const [x, y] = this.cursor;
    this.cursor = [clamp(x + dx * leap, 0, clientWidth), clamp(y + dy * leap, 0, clientHeight)];
    this.path = [...this.path.slice(0, -1), this.cursor];
    this.view.mark();
  }

  setCorner() {
    this.path = [...this.path, this.cursor];
    this.view.mark();
  }

  /** Choose what is inside; of less than three corners, as a click has, nothing. */
  close() {
    const { path, view } = this;
    this.drop();
    if (path.length < 3) return view.draw();
    const { lens, across, down, data, flat, turn } = view;
    const corners = simplified(path).map((at) => toPlane(lens, at).map((value) => rounded(value, 2 * lens.half)));
    const lasso = [data.map, ...(flat ? [0, 0] : turn), ...corners.flat()].join(" ");
    const inside = Uint8Array.from(across, (x, i) => Number(isInside(corners, ...toPlane(lens, [x, down[i]]))));
    view.choose({ ...view.choice, lasso }, inside);
  }

  /** What is drawn of it, in pixels: what is being set, or the kept one if it is of this map as it is turned now. */
  outline() {
    const { choice, data, flat, turn, lens } = this.view;
    if (this.path || !choice.lasso) return this.path;
    const kept = lassoOf(choice.lasso);
    const alike = kept.map === data.map && (flat || kept.turn.every((angle, k) => Math.abs(angle - turn[k]) < 0.06));
    return alike && data.tools ? kept.corners.map((corner) => toPixel(lens, corner)) : null;
  }
}
