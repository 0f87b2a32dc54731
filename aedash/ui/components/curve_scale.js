// The arithmetic of the loss chart: smoothing, ranges, ticks and places of labels. No DOM.

const SMOOTHING = { off: 0, light: 0.025, strong: 0.08 }; // half the widest mean, as a share of the points
const TRUST = 3; // standard deviations
const NEARBY = 12; // points on either side that tell how noisy the data are at a place

/** Means over a wide window, held within the noise of every narrower mean down to the data themselves.

    So nothing that stands out of the noise is smoothed away: neither a steep start nor a step. Noise is a share of the
    value where all values are positive, as of a loss. What is not finite stays so and counts for nothing. */
function smooth(y, strength) {
  const places = [...y.keys()].filter((i) => Number.isFinite(y[i]));
  const widest = Math.round(SMOOTHING[strength] * places.length);
  if (widest < 1 || places.length < 3) return y;
  const values = Float64Array.from(places, (i) => y[i]);
  const positive = values.every((value) => value > 0);
  const noise = noiseOf(positive ? values.map(Math.log) : values);
  let drawn = meansOf(meansOf(values, widest), widest);
  for (let half = widest; ; half >>= 1) {
    drawn = within(drawn, meansOf(values, half), noise.map((one) => (TRUST * one) / Math.sqrt(2 * half + 1)), positive);
    if (half === 0) break;
  }
  const out = Float32Array.from(y);
  places.forEach((place, i) => (out[place] = drawn[i]));
  return out;
}

/** Each value at most so far from its mean: room in logarithms where `relative`. */
function within(values, means, room, relative) {
  return values.map((value, i) => {
    if (relative) return clamp(value, means[i] * Math.exp(-room[i]), means[i] * Math.exp(room[i]));
    return clamp(value, means[i] - room[i], means[i] + room[i]);
  });
}

/** Mean of the values at most `half` places away, fewer at the ends. */
function meansOf(values, half) {
  const sums = new Float64Array(values.length + 1);
  values.forEach((value, i) => (sums[i + 1] = sums[i] + value));
  return values.map((_, i) => {
    const [start, end] = [Math.max(0, i - half), Math.min(values.length, i + half + 1)];
    return (sums[end] - sums[start]) / (end - start);
  });
}

/** Standard deviation of the noise at each of three or more values, from the median of what bends nearby. */
function noiseOf(values) {
  const bends = values.map((_, i) => {
    const middle = clamp(i, 1, values.length - 2);
    return Math.abs(values[middle - 1] - 2 * values[middle] + values[middle + 1]);
  });
  return bends.map((_, i) => {
    const near = bends.slice(Math.max(0, i - NEARBY), i + NEARBY + 1).sort();
    return near[near.length >> 1] / (0.6745 * Math.sqrt(6)); // 1 + 4 + 1 variances, and a normal law's median
  });
}

/** Whether an axis has a place for a value. */
const hasPlace = (value, log) => Number.isFinite(value) && (!log || value > 0);

/** The y of a line with x inside the window. */
const valuesInside = ({ x, y }, [x0, x1]) => y.filter((_, i) => x[i] >= x0 && x[i] <= x1);

/** All y of the lines with x inside the window, sorted; only what the axis can show. */
function windowValues(lines, window, log) {
  const values = lines.flatMap((line) => [...valuesInside(line, window)]);
  return values.filter((value) => hasPlace(value, log)).sort((a, b) => a - b);
}

/** What of the lines the axis cannot show, in words; nothing to tell is an empty text. */
function missingText(lines, window, log) {
  const parts = lines.flatMap((line) => {
    const values = valuesInside(line, window);
    const lost = values.filter((value) => !Number.isFinite(value)).length;
    const below = log ? values.filter((value) => value <= 0 && Number.isFinite(value)).length : 0;
    const share = below * 100 < values.length ? "Under 1 %" : `${Math.round((100 * below) / values.length)} %`;
    return [
      ...(below ? [`${share} of ${line.name} not above 0: not drawn on the log axis.`] : []),
      ...(lost ? [`${line.name}: not a number at ${lost} ${lost > 1 ? "places" : "place"}.`] : []),
    ];
  });
  return parts.join(" ");
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
