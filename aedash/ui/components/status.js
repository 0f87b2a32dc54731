// Status row. Its bar is a timeline: the handle shows where one looks, the filled part how far training is.

const SEND_EVERY = 125; // milliseconds between two messages to the server
const PLAY_WHOLE = 6000; // milliseconds for all frames
const PLAY_FRAME = 250; // at least, for one of them

class StatusView {
  constructor(root) {
    Object.assign(this, { root, position: undefined, playing: false, playTimer: null, lookedAt: 0, sendTimer: null, sentAt: 0 });
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
      this.handle.focus({ preventScroll: true });
      event.preventDefault();
      drag(event);
    });
    this.bar.addEventListener("pointermove", (event) => {
      if (this.bar.hasPointerCapture(event.pointerId)) drag(event);
    });
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
    if (this.position === undefined) this.position = data.position;
    if (!this.travels) this.look(null); // another run under the same key: nothing is recorded yet
    this.drawPill();
    this.drawMetrics();
    this.draw();
    this.playOn();
  }

  get travels() {
    return this.data.frames.length >= 2;
  }

  /** Index of the frame that is looked at; live counts as the last one. */
  get index() {
    return this.indexOf(this.position);
  }

  indexOf(position) {
    return position === null ? this.data.frames.length - 1 : this.nearest(position);
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
    this.draw();
    this.send();
  }

  /** Tell the server at once, then at most every SEND_EVERY; the last position always arrives. */
  send() {
    if (this.sendTimer !== null) return;
    const wait = Math.max(0, this.sentAt + SEND_EVERY - performance.now());
    this.sendTimer = setTimeout(() => {
      this.sendTimer = null;
      this.sentAt = performance.now();
      this.setStateValue("position", this.position);
    }, wait);
  }

  togglePlay() {
    if (this.playing) return this.stop();
    this.playing = true;
    if (this.position === null) this.lookAt(0);
    this.draw();
    this.playOn();
  }

  /** The next frame, once the server has shown this one: no panel is left behind. */
  playOn() {
    if (!this.playing || this.playTimer !== null || this.data.position !== this.position) return;
    if (this.position === null) return this.stop();
    const pace = Math.max(PLAY_FRAME, PLAY_WHOLE / this.data.frames.length);
    this.playTimer = setTimeout(() => {
      this.playTimer = null;
      if (this.root.isConnected) this.lookAt(this.index + 1);
    }, Math.max(0, this.lookedAt + pace - performance.now()));
  }

  stop() {
    clearTimeout(this.playTimer);
    Object.assign(this, { playing: false, playTimer: null });
    this.draw();
  }

  draw() {
    const { progress, frames, over } = this.data;
    const shown = this.playing ? this.data.position : this.position; // playing, the handle goes with the panels
    const live = shown === null;
    const index = this.indexOf(shown);
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
  root.view.update(data, setStateValue);
}
