// Arithmetic of the large map: where its dots are, how it is turned, which pictures have room. No state, no drawing.

/** How (x, y, z) lie when turned by [yaw, pitch] in degrees: three numbers each for across, up, and towards the eye. */
function turning([yaw, pitch]) {
  const [a, b] = [(yaw * Math.PI) / 180, (pitch * Math.PI) / 180];
  const [sa, ca, sb, cb] = [Math.sin(a), Math.cos(a), Math.sin(b), Math.cos(b)];
  return [ca, 0, sa, sa * sb, cb, -ca * sb, -sa * cb, sb, ca * cb];
}

const median = (values) => Float32Array.from(values).sort()[values.length >> 1] ?? NaN;

/** {row, square} of those codes, one after another in an array, that are nearest to one, the nearest first. */
function nearestRows(codes, code, count) {
  const best = [];
  for (let row = 0; row < codes.length / code.length; row++) {
    let square = 0;
    for (let i = 0; i < code.length; i++) square += (codes[row * code.length + i] - code[i]) ** 2;
    if (best.length === count && !(square < best[count - 1].square)) continue;
    const before = best.findIndex((other) => square < other.square);
    best.splice(before < 0 ? best.length : before, 0, { row, square });
    best.length = Math.min(best.length, count);
  }
  return best;
}

/** The mean place of some rows, each by the inverse of its squared square: a code that is there lies on its dot. */
function amid(axes, near) {
  const weights = near.map(({ square }) => 1 / Math.max(square, 1e-9) ** 2);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return axes.map((axis) => near.reduce((sum, { row }, i) => sum + (weights[i] / total) * axis[row], 0));
}

/** Where all dots lie: the box, three axes of map coordinates, NaN for hidden dots, and the middle of each class. */
function sceneOf({ box, points, classes }, places, labels) {
  const steps = shorts(points);
  const count = box.length / 2;
  const unpack = (step, low, high) => (step === HIDDEN ? NaN : low + ((step / TOP) * 2 - 0.5) * (high - low));
  const along = (axis) => (_, i) => (axis < count ? unpack(steps[count * i + axis], box[axis], box[count + axis]) : 0);
  const axes = [0, 1, 2].map((axis) => Float32Array.from(places, along(axis)));
  const middle = (axis, kind) => median(axis.filter((value, i) => labels[i] === kind && !Number.isNaN(value)));
  return { places, box, axes, middles: classes.map((_, kind) => axes.map((axis) => middle(axis, kind))) };
}

/** A scene on the way from one to another, share 0..1. */
function between(from, to, share) {
  const mix = (before, after) => (Number.isNaN(before) ? after : before + (after - before) * share);
  const mixed = (one, other) => other.map((value, i) => mix(one[i], value));
  return {
    ...to,
    box: mixed(from.box, to.box),
    axes: to.axes.map((axis, k) => mixed(from.axes[k], axis)),
    middles: to.middles.map((middle, kind) => mixed(from.middles[kind], middle)),
  };
}

/** How map coordinates become pixels of a field [width, height]: turned by `turn`, null in the plane, then enlarged.

    centre: what lies in the middle of the whole map; half: half its longest side; reach: the largest depth. */
function lensOf(box, turn, { zoom, x, y }, [width, height], equal) {
  const axes = box.length / 2;
  const edges = [0, 1, 2].map((k) => (k < axes ? [box[k], box[axes + k]] : [0, 0]));
  const centre = edges.map(([low, high]) => (low + high) / 2);
  const half = Math.max(...edges.map(([low, high]) => (high - low) / 2));
  const frame = turn ? [-half, -half, half, half].map((edge) => edge * 1.15) : box;
  const [across, up] = scales(frame, width - 2 * PAD, height - 2 * PAD, equal || turn).map((unit) => unit * zoom);
  const rows = turning(turn ?? [0, 0]);
  const shift = [0, 3].map((row) => centre.reduce((sum, value, k) => sum + rows[row + k] * value, 0));
  return { rows, centre, half, reach: 1.3 * half, across, up, shift, left: width / 2 + x, top: height / 2 + y };
}

/** The pixel of a point [x, y, z]. */
function pixelOf(lens, point) {
  const along = (row) => point.reduce((sum, value, k) => sum + lens.rows[row + k] * value, 0);
  return toPixel(lens, [along(0), along(3)]);
}

/** Between pixels and the coordinates of a map as it is turned, in which a lasso is kept. */
const toPixel = ({ left, top, across, up, shift: [u0, v0] }, [u, v]) => [left + (u - u0) * across, top - (v - v0) * up];
const toPlane = ({ left, top, across, up, shift: [u0, v0] }, [x, y]) => [(x - left) / across + u0, (top - y) / up + v0];

/** Pixels and depths of all points, three axes of numbers, into the arrays across, down and depth. */
function look({ rows, centre, across: scaleX, up: scaleY, left, top }, [xs, ys, zs], { across, down, depth }) {
  const [a, b, c, d, e, f, g, h, k] = rows;
  for (let i = 0; i < across.length; i++) {
    const [x, y, z] = [xs[i] - centre[0], ys[i] - centre[1], zs[i] - centre[2]];
    across[i] = left + scaleX * (a * x + b * y + c * z);
    down[i] = top - scaleY * (d * x + e * y + f * z);
    depth[i] = g * x + h * y + k * z;
  }
}

/** Indices of those whose squares of a side overlap no earlier one's; order: who comes first. */
function thinned(order, across, down, side) {
  const [kept, cells] = [[], new Map()];
  const cell = (x, y) => (Math.floor(x / side) + 5000) * 100003 + Math.floor(y / side);
  const free = (x, y) => {
    for (let i = -1; i <= 1; i++) {
      for (let j = -1; j <= 1; j++) {
        const near = cells.get(cell(x + i * side, y + j * side));
        if (near !== undefined && Math.abs(across[near] - x) < side && Math.abs(down[near] - y) < side) return false;
      }
    }
    return true;
  };
  for (const index of order) {
    const [x, y] = [across[index], down[index]];
    if (Number.isNaN(x) || !free(x, y)) continue;
    cells.set(cell(x, y), index); // another of the same cell would overlap it
    kept.push(index);
  }
  return kept;
}

/** Indices sorted by a number within [-reach, reach], smallest first, in 256 steps: a frame has no time for more. */
function sortedBy(values, reach, order) {
  const step = (value) => clamp(Math.floor(((value / reach + 1) / 2) * 255), 0, 255) || 0;
  const starts = new Uint32Array(257);
  for (const value of values) starts[step(value) + 1]++;
  for (let i = 0; i < 256; i++) starts[i + 1] += starts[i];
  values.forEach((value, i) => (order[starts[step(value)]++] = i));
  return order;
}
