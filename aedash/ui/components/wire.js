// The wire: one stream of events a page, for all that its components watch. It is made once a page and stays over
// Streamlit's own pages. A component watches a channel for as long as it is on screen; nobody watching, or a tab in the
// background, costs no stream.

const SETTLE = 40; // milliseconds in which all components of a page have come
const FIRST_WAIT = 500; // milliseconds before a lost stream is asked for again, twice as many each time
const LAST_WAIT = 30_000;
const POLL = 5000; // milliseconds between two readings where there is no stream for this page
const TRIES = 6; // readings before a stream is asked for again
const KEPT = 120; // recorded moments
const AT_ONCE = 3; // of those that are fetched ahead
const KEPT_CHANNELS = 12; // that nobody watches any more
const FULL = "Many people are watching: this page looks for news once in 5 seconds.";

const EDGES = ["x", "y", "low", "high"];

/** Packed numbers, or numbers, one after the other. */
function joined(...parts) {
  const arrays = parts.map((part) => (typeof part === "string" ? floats(part) : part));
  const all = new Float32Array(arrays[0].length + arrays[1].length);
  arrays.reduce((at, array) => (all.set(array, at), at + array.length), 0);
  return all;
}

/** A part whose lines go on where those before it ended. */
function longer(before, { append, ...part }) {
  const grown = (line, i) => {
    const edges = EDGES.filter((name) => name in line).map((name) => [name, joined(before.lines[i][name], line[name])]);
    return { ...line, ...Object.fromEntries(edges) };
  };
  return { ...part, lines: part.lines.map(grown) };
}

class Wire {
  constructor() {
    Object.assign(this, { channels: new Map(), watchers: new Set(), stream: null, asked: "", wait: FIRST_WAIT, tries: 0 });
    Object.assign(this, { timer: null, moments: new Map(), queue: [], fetching: 0 });
    const page = document.querySelector('script[src*="static/js/"]')?.src.split("static/js/")[0];
    this.base = new URL("wire/", page?.startsWith(location.origin) ? page : document.baseURI).href;
    document.addEventListener("visibilitychange", () => this.settle());
    addEventListener("pagehide", () => this.close());
    addEventListener("pageshow", () => this.settle());
  }

  channel(name) {
    const fresh = { parts: {}, stamps: {}, version: null, wanted: null, moment: null, asked: 0, shown: 0 };
    if (!this.channels.has(name)) {
      this.forget();
      this.channels.set(name, fresh);
    }
    return this.channels.get(name);
  }

  /** The runs of a long visit do not pile up. */
  forget() {
    const watched = new Set([...this.watchers].map(({ channel }) => channel));
    const rest = [...this.channels.keys()].filter((name) => !watched.has(name));
    for (const name of rest.slice(0, -KEPT_CHANNELS)) this.channels.delete(name);
  }

  /** Call `tell(names of the parts that changed)` from now on; the function that ends it. news: from a stream, too. */
  watch(channel, { element, news, tell }) {
    const watcher = { channel, element, news, tell };
    this.watchers.add(watcher);
    this.settle();
    return () => {
      this.watchers.delete(watcher);
      this.settle();
    };
  }

  /** What of a component's parts lies over the data that its script gave it; `place` says since when: the step of a
      recorded moment, "live", or "script" where nothing does. */
  over({ wire: { channel, parts, moment }, stamp }) {
    const { wanted, moment: past, at, ...now } = this.channel(channel);
    const late = moment !== null && wanted === null;
    const newer = parts.filter((name) => now.parts[name] && (late || now.stamps[name] > stamp));
    const mine = (all, names) => Object.assign({}, ...names.map((name) => all[name]));
    const live = { ...mine(now.parts, newer), place: newer.length ? "live" : "script" };
    if (wanted === null) return live;
    if (past) return { ...live, ...mine(past, parts), place: at };
    return moment === null ? live : { place: "script" };
  }

  version(channel) {
    return this.channel(channel).version;
  }

  newest(channel, part) {
    return this.channel(channel).stamps[part] ?? 0;
  }

  tell(name, parts) {
    for (const watcher of [...this.watchers]) {
      if (!watcher.element.isConnected) this.watchers.delete(watcher);
      else if (watcher.channel === name) watcher.tell(parts);
    }
    this.settle();
  }

  take({ channel, version, stamp, parts }) {
    const one = this.channel(channel);
    for (const [name, part] of Object.entries(parts)) {
      if (part?.append && !one.parts[name]) continue;
      one.parts[name] = part?.append ? longer(one.parts[name], part) : part;
      one.stamps[name] = stamp;
    }
    one.version = version;
    this.tell(channel, Object.keys(parts));
  }

  // -- the stream

  names() {
    const news = [...this.watchers].filter(({ news, element }) => news && element.isConnected);
    return [...new Set(news.map(({ channel }) => channel))].sort();
  }

  settle() {
    this.settling ??= setTimeout(() => {
      this.settling = null;
      const asked = document.hidden ? "" : this.names().map((name) => `watch=${name}`).join("&");
      if (asked === this.asked) return;
      this.close();
      this.asked = asked;
      Object.assign(this, { wait: FIRST_WAIT, tries: 0 });
      this.open();
    }, SETTLE);
  }

  close() {
    this.stream?.close();
    clearTimeout(this.timer);
    Object.assign(this, { stream: null, timer: null, asked: "" });
    this.say("");
  }

  open() {
    if (!this.asked) return;
    const stream = (this.stream = new EventSource(`${this.base}stream?${this.asked}`));
    stream.onmessage = ({ data }) => {
      Object.assign(this, { wait: FIRST_WAIT, tries: 0 });
      this.say("");
      this.take(JSON.parse(data));
    };
    stream.onerror = () => {
      const refused = stream.readyState === EventSource.CLOSED;
      stream.close();
      if (this.stream !== stream) return;
      this.stream = null;
      if (refused) this.read();
      else this.later(() => this.open());
    };
  }

  later(act) {
    this.timer = setTimeout(act, this.wait * (0.75 + Math.random() / 2));
    this.wait = Math.min(LAST_WAIT, 2 * this.wait);
  }

  /** No stream for this page: read now and then what there is, and ask for a stream again. */
  async read() {
    const { asked } = this;
    const boards = await fetch(`${this.base}now?${asked}`)
      .then((answer) => (answer.ok ? answer.json() : null))
      .catch(() => null);
    if (asked !== this.asked) return;
    if (!boards) return this.later(() => this.open());
    this.say(FULL);
    boards.forEach((board) => this.take(board));
    this.timer = setTimeout(() => (++this.tries % TRIES ? this.read() : this.open()), POLL);
  }

  say(sentence) {
    if (!sentence) return this.note?.remove();
    this.note ??= Object.assign(document.createElement("p"), { className: "wire_note" });
    this.note.setAttribute("role", "status");
    this.note.textContent = sentence;
    if (!this.note.isConnected) document.body.append(this.note);
  }

  // -- recorded moments

  /** Show a recorded step, once it is here, on all that watch the channel; null: the present. */
  async travel(name, step, edition) {
    const one = this.channel(name);
    if (one.wanted === step && one.edition === edition) return;
    const turn = ++one.asked;
    Object.assign(one, { wanted: step, edition });
    const parts = step === null ? null : await this.moment(name, step, edition);
    if (turn < one.shown || (one.wanted === null && step !== null)) return;
    Object.assign(one, { shown: turn, moment: parts, at: step });
    this.tell(name, null);
  }

  /** The parts of a recorded moment; null where it is no longer there. */
  moment(name, step, edition) {
    const address = `${this.base}moment/${name}/${step}?edition=${edition}`;
    const found = this.moments.get(address) ?? this.fetched(address);
    this.moments.delete(address);
    this.moments.set(address, found); // the newest last
    for (const old of [...this.moments.keys()].slice(0, -KEPT)) this.moments.delete(old);
    return found;
  }

  async fetched(address) {
    const parts = await fetch(address)
      .then(async (answer) => (answer.ok ? (await answer.json()).parts : null))
      .catch(() => null);
    if (!parts) this.moments.delete(address);
    return parts;
  }

  /** Fetch moments before they are asked for, a few at a time. */
  ahead(name, steps, edition) {
    this.queue = steps.map((step) => [name, step, edition]);
    while (this.fetching < AT_ONCE && this.queue.length) this.next();
  }

  async next() {
    const wanted = this.queue.shift();
    if (!wanted) return;
    this.fetching++;
    await this.moment(...wanted);
    this.fetching--;
    this.next();
  }
}

globalThis.aedashWire ??= new Wire();
