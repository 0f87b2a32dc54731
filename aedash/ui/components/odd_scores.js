// Scores of two kinds of images: sorted once, so that a threshold is answered by looking up, not by counting.

const BINS = 64;
const SHOWN_SHARE = 0.995; // of each kind lies within the histogram
const ALARMS = 0.05; // share of the others above the threshold at first
const CURVE = 240; // points of a ROC curve

/** How many of the ascending numbers lie below a value. */
function below(sorted, value) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

class Scores {
  /** errors: of all N images by one score; odd: (N,), 1 where an image is of the class left out; places: the pictured. */
  constructor(errors, odd, places) {
    const of = (kind) => errors.filter((_, i) => odd[i] === kind).sort();
    [this.others, this.odd] = [of(0), of(1)];
    this.errors = errors;
    this.pictured = [0, 1].map((kind) => {
      const tiles = [...places.keys()].filter((tile) => odd[places[tile]] === kind);
      tiles.sort((a, b) => errors[places[a]] - errors[places[b]]);
      return { tiles, errors: Float32Array.from(tiles, (tile) => errors[places[tile]]) };
    });
    const at = (sorted, share) => sorted[Math.floor(share * (sorted.length - 1))];
    this.low = Math.min(this.others[0], this.odd[0]);
    this.high = Math.max(at(this.others, SHOWN_SHARE), at(this.odd, SHOWN_SHARE));
    if (!(this.high > this.low)) this.high = this.low + (this.low || 1);
    this.usual = this.others[Math.min(this.others.length - 1, Math.ceil((1 - ALARMS) * this.others.length))];
  }

  /** Images above the threshold and not: {caught, missed, alarms, passed}. */
  counts(threshold) {
    const [missed, passed] = [below(this.odd, threshold), below(this.others, threshold)];
    return { missed, passed, caught: this.odd.length - missed, alarms: this.others.length - passed };
  }

  /** Tiles of pictured images of a kind, the nearest to the threshold first: above it, or below. */
  near(kind, threshold, above, count) {
    const { tiles, errors } = this.pictured[kind];
    const cut = below(errors, threshold);
    return above ? tiles.slice(cut, cut + count) : tiles.slice(Math.max(0, cut - count), cut).reverse();
  }

  /** Share of a kind in each bin, what lies beyond the last one left out. */
  bins(sorted) {
    const width = (this.high - this.low) / BINS;
    const edges = Array.from({ length: BINS + 1 }, (_, i) => below(sorted, this.low + i * width));
    return edges.slice(1).map((edge, i) => (edge - edges[i]) / sorted.length);
  }

  /** [share of false alarms, share caught] from the highest threshold to the lowest. */
  roc() {
    const whole = [...Array(CURVE + 1).keys()].map((i) => i / CURVE);
    const cuts = [this.others, this.odd].flatMap((sorted) => whole.map((share) => sorted[Math.floor(share * (sorted.length - 1))]));
    const points = cuts.sort((a, b) => b - a).map((cut) => this.shares(cut));
    return [[0, 0], ...points, [1, 1]];
  }

  shares(threshold) {
    const { alarms, caught } = this.counts(threshold);
    return [alarms / this.others.length, caught / this.odd.length];
  }
}
