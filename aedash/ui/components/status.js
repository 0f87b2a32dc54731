// Status row. Its bar is a timeline: the handle shows where one looks, the filled part how far training is.

const REST = 250; // milliseconds of rest after which the server is told where one looks
const PLAY_WHOLE = 6000; // milliseconds for all frames
const PLAY_FRAME = { least: 50, most: 500, still: 500 }; // for one of them; still: who prefers less motion
const NEAR = 3; // moments that are fetched on either side of the one looked at
const AHEAD = 10; // and while playing

class StatusView {
  constructor(root) {
    Object.assign(this, { root, position: undefined, playing: false, playTimer: null, lookedAt: 0, sendTimer: null });
    const row = htmlNode("div", root, "row");
    this.pill = htmlNode("span", row, "pill");
    htmlNode("i", this.pill);
    this.word = htmlNode("span", this.pill);
    this.pill.setAttribute("role", "status");
    const timeline = htmlNode("div", row, "timeline");
    this.play = this.button(timeline, "play", "Play the recorded moments", () => this.togglePlay());
    htmlNode("i", this.play);
    this.bar = htmlNode("div", timeline, "bar");
    this.track = htmlNode("div", this.bar, "track");
    this.fill = htmlNode("i", this.track);
    this.track.setAttribute("role", "progressbar");
    this.track.setAttribute("aria-label", "Training progress");
    this.handle = htmlNode("div", this.bar, "handle");
    assign(this.handle, { role: "slider", tabindex: 0, "aria-label": "Recorded moment", "aria-valuemin": 0 });
    this.live = this.button(timeline, "switch live", "", () => this.look(null));
    this.metrics = htmlNode("div", row, "metrics");
    this.listen();
  }

  button(parent, look, title, action) {
    const button = htmlNode("button", parent, `chip ${look}`);
    Object.assign(button, { type: "button", title });
    button.setAttribute("aria-label", title);
    button.addEventListener("click", () => {
      if (look !== "play") this.stop();
      action();
    });
    return button;
  }

  listen() {
    const drag = (event) => {
      const { left, width } = this.bar.getBoundingClientRect();
      this.lookAt(this.nearest((event.clientX - left) / width));
    };
    this.bar.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !this.travels) return;
      this.stop();
      this.bar.setPointerCapture(event.pointerId);
      this.dragged = true;
      this.handle.focus({ preventScroll: true });
      event.preventDefault();
      drag(event);
    });
    this.bar.addEventListener("pointermove", (event) => {
      if (this.bar.hasPointerCapture(event.pointerId)) drag(event);
    });
    this.bar.addEventListener("lostpointercapture", () => {
      this.dragged = false;
      this.send();
    });
    this.bar.addEventListener("pointerenter", () => this.fetchAhead(NEAR));
    this.handle.addEventListener("keydown", (event) => {
      const jump = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, Home: -Infinity, End: Infinity }[event.key];
      if (!jump || !this.travels) return;
      event.preventDefault();
      this.stop();
      this.lookAt(Math.max(0, this.index + jump));
    });
  }

  update(data, setStateValue) {
    Object.assign(this, { data, setStateValue });
    if (this.position === undefined) this.position = this.sent = data.position;
    if (!this.travels) this.look(null); // another run under the same key: nothing is recorded yet
    this.travel();
    this.drawPill();
    this.drawMetrics();
    this.draw();
  }

  get travels() {
    return this.data.frames.length >= 2;
  }

  /** Index of the frame that is looked at; live counts as the last one. */
  get index() {
    return this.position === null ? this.data.frames.length - 1 : this.nearest(this.position);
  }

  nearest(position) {
    const { frames } = this.data;
    const distance = (index) => Math.abs(frames[index] - position);
    return frames.reduce((best, _, index) => (distance(index) < distance(best) ? index : best), 0);
  }

  /** Look at a frame; at the last one, and beyond, there is only the present. */
  lookAt(index) {
    const { frames } = this.data;
    this.look(index >= frames.length - 1 ? null : frames[index]);
  }

  look(position) {
    if (position === this.position) return;
    this.position = position;
    this.lookedAt = performance.now();
    this.travel();
    this.draw();
    this.send();
  }

  /** Bring what the page shows to where one looks, without the server's script. */
  travel() {
    const { wire, steps } = this.data;
    if (!wire || (this.position !== null && !steps.length)) return;
    aedashWire.travel(wire.channel, this.position === null ? null : steps[this.index], wire.edition);
    if (this.position !== null) this.fetchAhead(this.playing ? AHEAD : NEAR);
  }

  /** Fetch the moments around the one looked at, the nearest first and those behind it before those in front of it. */
  fetchAhead(far) {
    const { wire, steps } = this.data;
    if (!wire || !steps.length) return;
    const ways = Array.from({ length: far }, (_, i) => (this.playing ? [i + 1] : [i + 1, -i - 1])).flat();
    const near = ways.map((way) => this.recorded(this.index + way)).filter((step) => step !== undefined);
    aedashWire.ahead(wire.channel, near, wire.edition);
  }

  /** The step of a frame to fetch. Not of the last one, which is the present: more may yet be told of its moment. */
  recorded(index) {
    const { steps } = this.data;
    return index < steps.length - 1 ? steps[index] : undefined;
  }

  /** The moment of a frame is here, or cannot be had. */
  async ready(index) {
    const { wire } = this.data;
    const step = this.recorded(index);
    if (wire && step !== undefined) await aedashWire.moment(wire.channel, step, wire.edition);
  }

  /** Tell the server once where one looks, after everything has come to rest. */
  send() {
    clearTimeout(this.sendTimer);
    if (this.playing || this.dragged || this.position === this.sent) return;
    this.sendTimer = setTimeout(() => {
      this.sent = this.position;
      this.setStateValue("position", this.position);
    }, REST);
  }

  async togglePlay() {
    if (this.playing) return this.stop();
    this.playing = true;
    clearTimeout(this.sendTimer);
    this.draw();
    if (this.position === null) {
      await this.ready(0);
      if (!this.playing) return;
      this.lookAt(0);
    }
    this.playOn();
  }

  /** The next frame at its time, once its moment is here: no panel is left behind, and no frame passed over. */
  playOn() {
    if (!this.playing) return;
    if (this.position === null) return this.stop();
    const { least, most, still } = PLAY_FRAME;
    const pace = prefersStillness() ? still : clamp(PLAY_WHOLE / this.data.frames.length, least, most);
    this.playTimer = setTimeout(async () => {
      const next = this.index + 1;
      await this.ready(next);
      if (!this.playing || !this.root.isConnected) return;
      this.lookAt(next);
      this.playOn();
    }, Math.max(0, this.lookedAt + pace - performance.now()));
  }

  stop() {
    clearTimeout(this.playTimer);
    this.playing = false;
    this.draw();
    this.send();
  }

  draw() {
    const { progress, frames, over } = this.data;
    const live = this.position === null;
    const { index } = this;
    this.fill.style.width = `${progress * 100}%`;
    this.track.setAttribute("aria-valuenow", Math.round(progress * 100));
    this.root.classList.toggle("still", !this.travels);
    this.root.classList.toggle("playing", this.playing);
    this.live.textContent = over ? "end" : "live";
    this.live.title = over ? "Back to the end" : "Follow the newest state";
    this.live.setAttribute("aria-label", this.live.title);
    this.live.setAttribute("aria-pressed", String(live));
    this.root.classList.toggle("ended", over && live);
    this.bar.classList.toggle("past", !live);
    if (!this.travels) return;
    const at = live ? progress : frames[index];
    this.handle.style.left = `${at * 100}%`;
    const text = live ? (over ? "the end" : "live") : `${Math.round(at * 100)} % of the run, frame ${index + 1} of ${frames.length}`;
    assign(this.handle, { "aria-valuemax": frames.length - 1, "aria-valuenow": index, "aria-valuetext": text });
  }

  drawPill() {
    const { state, word } = this.data;
    this.pill.className = `pill ${state}`;
    // Written only when it changes: screen readers announce changes of state and nothing else.
    if (this.word.textContent !== word) this.word.textContent = word;
  }

  /** Write a label; a word of the glossary in it says what it means, see shell/terms.js. */
  name(label, text) {
    const word = Object.keys(this.data.meanings).find((each) => text.includes(each));
    if (!word) return (label.textContent = text);
    const [before, after] = text.split(word);
    label.replaceChildren(before);
    const term = htmlNode("dfn", label, "term", word);
    assign(term, { tabindex: 0, role: "button", "aria-label": `${word}: ${this.data.meanings[word]}` });
    label.append(after);
  }

  drawMetrics() {
    const { metrics } = this.data;
    while (this.metrics.childElementCount > metrics.length) this.metrics.lastElementChild.remove();
    while (this.metrics.childElementCount < metrics.length) {
      const metric = htmlNode("div", this.metrics, "metric");
      htmlNode("b", metric);
      htmlNode("span", metric);
    }
    metrics.forEach((texts, i) => {
      const [value, label] = this.metrics.children[i].children;
      value.textContent = texts[0];
      if (label.textContent !== texts[1]) this.name(label, texts[1]);
    });
  }
}

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector(".root");
  root.view ??= new StatusView(root);
  return follow(root, data, (now) => root.view.update(now, setStateValue));
}
