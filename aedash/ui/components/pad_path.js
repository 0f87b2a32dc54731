// Ways between codes: straight, spherical, through the data. A way is a row of corners with its length up to each.

const ARC = 24; // corners of a spherical way between two anchors
const HOPS = 1200; // codes that a way through the data is sought among

/** The way through those corners, Float32Array each. */
function pathOf(corners) {
  const lengths = [0];
  for (let i = 1; i < corners.length; i++) lengths.push(lengths[i - 1] + Math.sqrt(gap(corners[i - 1], corners[i])));
  return { corners, lengths, whole: lengths[lengths.length - 1] };
}

/** Write the code at a share of the way, 0 to 1, into `out`. */
function alongPath({ corners, lengths, whole }, share, out) {
  const target = share * whole;
  let i = 1;
  while (i < corners.length - 1 && lengths[i] < target) i++;
  const from = corners[i - 1];
  const to = corners[Math.min(i, corners.length - 1)];
  const step = lengths[i] - lengths[i - 1];
  const part = step > 0 ? clamp((target - lengths[i - 1]) / step, 0, 1) : 0;
  for (let k = 0; k < out.length; k++) out[k] = from[k] + part * (to[k] - from[k]);
  return out;
}

/** Squared distance. */
function gap(one, other) {
  let sum = 0;
  for (let k = 0; k < one.length; k++) sum += (one[k] - other[k]) ** 2;
  return sum;
}

/** Corners between two codes on the great circle about zero, their lengths changing evenly (Shoemake 1985). */
function spherical(from, to) {
  let [dot, one, other] = [0, 0, 0];
  for (let k = 0; k < from.length; k++) {
    dot += from[k] * to[k];
    one += from[k] ** 2;
    other += to[k] ** 2;
  }
  const angle = Math.acos(clamp(dot / Math.sqrt(one * other || 1), -1, 1));
  if (!(angle > 1e-3 && angle < Math.PI - 1e-3)) return [from, to];
  return Array.from({ length: ARC + 1 }, (_, i) => {
    const [a, b] = [Math.sin((1 - i / ARC) * angle), Math.sin((i / ARC) * angle)];
    return from.map((value, k) => (a * value + b * to[k]) / Math.sin(angle));
  });
}

/** Corners between two codes that step from image to image: the sum of the steps' squares is the least, so that many
    short steps through where data are beat a long one over where none are (Dijkstra 1959). codes: (N, latent). */
function throughData(from, to, codes, latent) {
  const count = codes.length / latent;
  const every = Math.max(1, Math.ceil(count / HOPS));
  const nodes = [from, to];
  for (let i = 0; i < count; i += every) nodes.push(codes.subarray(i * latent, (i + 1) * latent));
  const cost = new Float64Array(nodes.length).fill(Infinity);
  const before = new Int32Array(nodes.length).fill(-1);
  const settled = new Uint8Array(nodes.length);
  cost[0] = 0;
  for (;;) {
    let at = -1;
    for (let i = 0; i < nodes.length; i++) if (!settled[i] && (at < 0 || cost[i] < cost[at])) at = i;
    if (at === 1 || at < 0 || cost[at] === Infinity) break;
    settled[at] = 1;
    for (let i = 0; i < nodes.length; i++) {
      if (settled[i]) continue;
      const total = cost[at] + gap(nodes[at], nodes[i]);
      if (total < cost[i]) [cost[i], before[i]] = [total, at];
    }
  }
  const corners = [];
  for (let at = 1; at >= 0; at = before[at]) corners.unshift(nodes[at]);
  return corners;
}

/** The way over all anchors in turn. way: one of WAYS; known: {codes, latent} of the data, or null. */
function pathOver(anchors, way, known) {
  const corners = [anchors[0]];
  for (let i = 1; i < anchors.length; i++) {
    const [from, to] = [anchors[i - 1], anchors[i]];
    const between =
      way === "spherical" ? spherical(from, to)
      : way === "through data" && known ? throughData(from, to, known.codes, known.latent)
      : [from, to];
    corners.push(...between.slice(1));
  }
  return pathOf(corners);
}
