// The arithmetic of the loss chart: smoothing, ranges, ticks and places of labels. No DOM.

const SMOOTHING = { off: 0, light: 0.012, strong: 0.05 }; // time constant as a share of the drawn epochs

/** Exponential smoothing forward and then backward: it does not lag behind a steep start. */
function smooth(x, y, strength) {
  const scale = SMOOTHING[strength] * (x[x.length - 1] - x[0]);
  if (!(scale > 0)) return y;
  const out = Float32Array.from(y);
  const keep = (gap) => Math.exp(-gap / scale);
  for (let i = 1; i < out.length; i++) out[i] += (out[i - 1] - out[i]) * keep(x[i] - x[i - 1]);
  for (let i = out.length - 2; i >= 0; i--) out[i] += (out[i + 1] - out[i]) * keep(x[i + 1] - x[i]);
  return out;
}

/** All y of the lines with x inside the window, sorted; on a log axis only what it can show. */
function windowValues(lines, [x0, x1], log) {
  const values = [];
  for (const { x, y } of lines) {
    for (let i = 0; i < x.length; i++) if (x[i] >= x0 && x[i] <= x1 && (!log || y[i] > 0)) values.push(y[i]);
  }
  return values.sort((a, b) => a - b);
}

/** The y range [low, high] in axis units (log10 on a log axis), padded; near levels may widen it. */
function yRange(values, levels, log, zoomed) {
  const axis = log ? Math.log10 : (v) => v;
  const usable = levels.filter((level) => !log || level > 0);
  if (!values.length) values = usable.length ? usable.toSorted((a, b) => a - b) : [1, 10];
  // One bad batch must not flatten the rest; when zoomed, everything in the window is wanted.
  const top = zoomed ? values.length - 1 : Math.ceil((values.length - 1) * 0.995);
  let [low, high] = [axis(values[0]), axis(values[top])];
  const reach = (high - low) * 0.3;
  for (const level of usable.map(axis)) {
    if (level < low && level > low - reach) low = level;
    if (level > high && level < high + reach) high = level;
  }
  const pad = (high - low) * 0.06 || Math.abs(high) * 0.05 || 0.05;
  return [low - pad, high + pad];
}

/** Round steps of 1, 2, 2.5 or 5 times a power of ten: about `count` of them between the ends. */
function niceTicks(low, high, count) {
  const power = 10 ** Math.floor(Math.log10((high - low) / count));
  const step = [1, 2, 2.5, 5, 10].map((k) => k * power).find((k) => k >= (high - low) / count) ?? power;
  const ticks = [];
  for (let i = Math.ceil(low / step); i * step <= high + step * 1e-6; i++) ticks.push(Number((i * step).toPrecision(10)));
  return ticks;
}

/** Ticks of a log axis between two exponents: the densest family of mantissas that gives three to six. */
function logTicks(low, high) {
  const powers = [];
  for (let power = Math.floor(low); power <= high; power++) powers.push(power);
  const inside = (value) => Math.log10(value) >= low && Math.log10(value) <= high;
  for (const mantissas of [[1, 1.5, 2, 3, 4, 5, 6, 7, 8], [1, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]]) {
    const family = powers.flatMap((power) => mantissas.map((m) => Number((m * 10 ** power).toPrecision(3))));
    const ticks = family.filter(inside);
    if (ticks.length >= 3 && ticks.length <= 6) return ticks;
  }
  const stride = Math.ceil(powers.length / 6);
  if (stride > 1) return powers.filter((power) => power % stride === 0 && power >= low).map((power) => 10 ** power);
  return niceTicks(10 ** low, 10 ** high, 4).filter((value) => value > 0);
}

/** Whole epochs while there is room for them, else fractions. */
function epochTicks(x0, x1, width) {
  const most = Math.max(2, Math.floor(width / 55));
  if (x1 - x0 < 2) return niceTicks(x0, x1, Math.min(5, most));
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((k) => (x1 - x0) / k <= most) ?? 1000;
  const ticks = [];
  for (let epoch = Math.ceil(x0 / step) * step; epoch <= x1 + 1e-9; epoch += step) ticks.push(epoch);
  return ticks;
}

/** Push labels {y, rank} apart to `gap` inside [top, bottom]; those of the highest rank leave when it is full. */
function spread(labels, gap, top, bottom) {
  const room = Math.max(1, Math.floor((bottom - top) / gap) + 1);
  const placed = labels.toSorted((a, b) => a.rank - b.rank).slice(0, room).sort((a, b) => a.y - b.y);
  placed.forEach((label, i) => {
    label.y = Math.max(label.y, i ? placed[i - 1].y + gap : top);
  });
  for (let i = placed.length - 1, limit = bottom; i >= 0; i--) {
    placed[i].y = Math.min(placed[i].y, limit);
    limit = placed[i].y - gap;
  }
  return placed;
}

/** Index of the value nearest to `target` in ascending `x`. */
function nearestIndex(x, target) {
  let [low, high] = [0, x.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x[middle] < target) low = middle;
    else high = middle;
  }
  return target - x[low] <= x[high] - target ? low : high;
}
