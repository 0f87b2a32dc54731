// Odd one out: the threshold moves here, without the server; what it catches and misses changes under the hand.

const ROWS = [
  { name: "caught", kind: 1, above: true },
  { name: "missed", kind: 1, above: false },
  { name: "alarms", kind: 0, above: true },
];
const TILES = 24; // of a row; a narrow page shows fewer
const STEPS = 1000; // of the slider

class OddView {
  constructor(root) {
    this.root = root;
    const plots = htmlNode("div", root, "plots");
    this.errors = htmlNode("section", plots, "errors");
    this.legend = htmlNode("p", this.errors, "legend");
    this.histogram = new Histogram(this.errors);
    this.range = htmlNode("input", this.errors);
    Object.assign(this.range, { type: "range", min: 0, max: STEPS, step: 1 });
    this.range.addEventListener("input", () => this.move(this.error(Number(this.range.value))));
    this.range.addEventListener("change", () => this.letGo());
    this.scale = htmlNode("p", this.errors, "scale");
    this.ends = ["", "middle", ""].map((name) => htmlNode("span", this.scale, name));
    const curve = htmlNode("section", plots, "curve");
    htmlNode("p", curve, "legend", "Caught, against false alarms");
    this.roc = new Roc(curve);
    this.keys = htmlNode("ul", plots, "keys");
    this.rows = ROWS.map((row) => this.row(row));
  }

  row({ name }) {
    const section = htmlNode("section", this.root, `row ${name}`);
    const words = htmlNode("p", section);
    const tiles = htmlNode("div", section, "tiles");
    const buttons = Array.from({ length: TILES }, () => this.tile(tiles));
    return { section, words, buttons };
  }

  tile(parent) {
    const button = htmlNode("button", parent);
    const point = (place) => globalThis.aedashLab?.tell("hover", place);
    button.addEventListener("pointerenter", () => point(Number(button.dataset.place)));
    button.addEventListener("pointerleave", () => point(null));
    button.addEventListener("click", () => this.tell("pick", Number(button.dataset.place)));
    return button;
  }

  async update(data, tell) {
    const before = this.data;
    Object.assign(this, { data, tell });
    const known = before?.pack === data.pack;
    if (!known && !(await this.fetched(data.pack))) return;
    this.scores = this.all[data.score];
    this.histogram.draw(this.scores);
    this.roc.draw(this.all);
    this.named();
    const anew = !known || before.score !== data.score;
    // what was told from here comes back: the hand may be further by now
    const wished = data.threshold !== before?.threshold && data.threshold !== this.told;
    if (anew || wished) this.move(data.threshold ?? this.scores.usual, true);
  }

  letGo() {
    this.told = Number(this.threshold.toPrecision(5));
    this.tell("threshold", this.told);
  }

  /** Read the pack; whether it is still the one that is wanted. */
  async fetched(pack) {
    const read = await aedashLab.tensors(pack).catch(() => null);
    if (!read || this.data.pack !== pack) return false;
    const { odd, errors, places } = read.tensors;
    const [count, images] = errors.shape;
    this.places = places.data;
    const whole = [...Array(count).keys()].map((i) => errors.data.subarray(i * images, (i + 1) * images));
    this.all = whole.map((each) => new Scores(each, odd.data, this.places));
    return true;
  }

  named() {
    const { names, areas, score, odd } = this.data;
    const { others, odd: few } = this.scores;
    this.legend.replaceChildren();
    for (const [kind, words] of [["odd", `${odd}, never trained on: ${withCommas(String(few.length))} test images`], ["others", `all others: ${withCommas(String(others.length))}`]]) {
      const key = htmlNode("span", this.legend, kind);
      htmlNode("i", key);
      key.append(words);
    }
    this.keys.replaceChildren();
    names.forEach((name, i) => {
      const line = htmlNode("li", this.keys, `${STROKES[i]}${i === score ? " chosen" : ""}`);
      htmlNode("i", line);
      htmlNode("b", line, "", `AUC ${areas[i].toFixed(3)}`);
      htmlNode("span", line, "", name);
    });
    this.histogram.svg.setAttribute("aria-label", `Errors of images of ${odd} and of all others, by ${names[score]}`);
    this.roc.svg.setAttribute("aria-label", names.map((name, i) => `AUC of ${name}: ${areas[i].toFixed(3)}`).join("; "));
    this.ends[0].textContent = numberText(this.scores.low);
    this.ends[2].textContent = numberText(this.scores.high);
  }

  error(step) {
    const { low, high } = this.scores;
    return low + (step / STEPS) * (high - low);
  }

  /** Put the threshold at an error. */
  move(threshold, slide = false) {
    const { low, high } = this.scores;
    this.threshold = threshold;
    if (slide) this.range.value = Math.round(clamp((threshold - low) / (high - low), 0, 1) * STEPS);
    this.histogram.at(threshold);
    this.roc.at(this.scores.shares(threshold));
    this.ends[1].textContent = `threshold ${numberText(threshold)}, MSE per pixel`;
    const counts = this.scores.counts(threshold);
    const sentences = this.sentences(counts);
    this.range.setAttribute("aria-label", "Threshold of the error");
    this.range.setAttribute("aria-valuetext", `${numberText(threshold)}: ${sentences[0]}; ${sentences[2]}`);
    ROWS.forEach(({ kind, above }, i) => {
      this.rows[i].words.textContent = sentences[i];
      this.fill(this.rows[i].buttons, this.scores.near(kind, threshold, above, TILES));
    });
  }

  sentences({ caught, missed, alarms }) {
    const { others, odd: few } = this.scores;
    const of = (count, all) => `${withCommas(String(count))} of ${withCommas(String(all))} (${((100 * count) / all).toFixed(1)} %)`;
    return [`Caught: ${of(caught, few.length)}`, `Missed: ${of(missed, few.length)}`, `False alarms: ${of(alarms, others.length)}`];
  }

  fill(buttons, tiles) {
    const { name, columns, width, height, count } = this.data.atlas;
    const rows = Math.ceil(count / columns);
    buttons.forEach((button, i) => {
      const tile = tiles[i];
      button.hidden = tile === undefined;
      if (button.hidden || Number(button.dataset.tile) === tile) return;
      const place = this.places[tile];
      Object.assign(button.dataset, { tile, place });
      const [x, y] = [tile % columns, Math.floor(tile / columns)];
      button.style.backgroundImage = `url("${aedashLab.address(name)}")`;
      button.style.aspectRatio = `${width} / ${height}`;
      button.style.backgroundSize = `${columns * 100}% ${rows * 100}%`;
      button.style.backgroundPosition = `${(100 * x) / Math.max(1, columns - 1)}% ${(100 * y) / Math.max(1, rows - 1)}%`;
      button.title = `test image ${place}, error ${numberText(this.scores.errors[place])}`;
      button.setAttribute("aria-label", button.title);
    });
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  root.view ??= new OddView(root);
  root.view.update(data, setTriggerValue);
}
