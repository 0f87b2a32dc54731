// Shows nothing: runs its fragment once more when something happened, and lets marked words follow their part.

const AGAIN = 1000; // milliseconds between two runs for a part
const LOST = 3000; // and for a version that was told, and is not drawn: the run may have been of a page that is no more

class LiveView {
  constructor(root) {
    Object.assign(this, { root, told: null, timer: null, lost: null });
  }

  update(data, run) {
    if (this.data?.version !== data.version) this.told = data.version;
    Object.assign(this, { data, run });
    this.look();
  }

  look() {
    const { channel, live } = this.data.wire;
    this.follow();
    if (!live) return;
    const version = aedashWire.version(channel);
    if (version !== null && version !== this.told) this.tell(version);
    if (this.newer()) this.timer ??= setTimeout(() => this.again(), AGAIN);
  }

  tell(version) {
    this.told = version;
    this.run(version);
    clearTimeout(this.lost);
    this.lost = setTimeout(() => {
      if (!this.root.isConnected || this.data.version === this.told) return;
      this.told = this.data.version;
      this.look();
    }, LOST);
  }

  newer() {
    const { also, wire, stamp } = this.data;
    return also !== "" && aedashWire.newest(wire.channel, also) > stamp;
  }

  again() {
    this.timer = null;
    if (this.root.isConnected && this.newer()) this.run(this.told);
  }

  /** Words of the page: as the script wrote them, or as their part says. */
  follow() {
    const { channel } = this.data.wire;
    for (const place of document.querySelectorAll(`.wired[data-channel="${channel}"]`)) {
      place.written ??= place.innerHTML;
      const wire = { ...this.data.wire, parts: [place.dataset.part] };
      const html = aedashWire.over({ ...this.data, wire }).html ?? place.written;
      if (html === (place.shown ?? place.written)) continue;
      place.shown = html;
      place.innerHTML = html;
      if (html !== place.written) once(place);
    }
  }
}

/** A word that the page explains elsewhere is not explained again. */
function once(place) {
  const others = [...document.querySelectorAll("dfn")].filter((term) => !place.contains(term));
  const told = new Set(others.map(meaningOf));
  for (const term of place.querySelectorAll("dfn")) if (told.has(meaningOf(term))) term.replaceWith(term.textContent);
}

const meaningOf = (term) => term.getAttribute("aria-label").split(": ").slice(1).join(": ");

export default function ({ parentElement, data, setTriggerValue }) {
  const view = (parentElement.view ??= new LiveView(parentElement));
  return follow(parentElement, data, () => view.update(data, (version) => setTriggerValue("changed", version)));
}
