// The film strip below the plane: pictures along the way between the anchors, and the player that runs through them.

const FRAMES = 12;
const PLAY = 4000; // milliseconds for the whole way

class Film {
  /** view: the pad. It asks for `view.path`, and shows what `view.drawCode(code)` makes. */
  constructor(view, parent) {
    Object.assign(this, { view, share: null, ticket: 0 });
    this.bar = htmlNode("div", parent, "bar");
    this.play = this.button("\u25b6 Play", "Run along the way (Space)", () => this.toggle());
    this.set = this.button("+ Anchor", "Set an anchor here (Enter)", () => view.anchor());
    this.clear = this.button("Clear", "Remove all anchors (Escape)", () => view.setAnchors([]));
    this.ways = htmlNode("div", this.bar, "ways");
    this.strip = htmlNode("div", parent, "strip");
    this.strip.setAttribute("role", "group");
    this.tiles = Array.from({ length: FRAMES }, (_, i) => {
      const tile = htmlNode("button", this.strip, "tile");
      tile.type = "button";
      tile.setAttribute("aria-label", `Picture ${i + 1} of ${FRAMES} along the way`);
      htmlNode("canvas", tile);
      tile.addEventListener("click", () => this.look(i / (FRAMES - 1)));
      return tile;
    });
    this.empty = htmlNode("p", parent, "none");
  }

  button(text, title, act) {
    const button = Object.assign(htmlNode("button", this.bar, "chip switch", text), { type: "button", title });
    button.addEventListener("click", act);
    return button;
  }

  update() {
    const { path, anchors, data } = this.view;
    this.stop();
    this.play.disabled = !path;
    this.clear.disabled = !anchors.length;
    this.set.disabled = anchors.length >= data.most;
    this.strip.hidden = !path;
    this.empty.hidden = Boolean(path);
    this.empty.textContent = anchors.length
      ? "One more anchor, and a way leads from one to the other."
      : "Click the plane twice: a way leads from anchor to anchor, and its pictures stand here.";
    if (path) this.tiles.forEach((tile, i) => this.view.paintFilm(tile.firstChild, i, i / (FRAMES - 1)));
  }

  toggle() {
    if (this.ticket) return this.stop();
    if (!this.view.path) return;
    const start = performance.now() - (this.share === null || this.share >= 1 ? 0 : this.share * PLAY);
    this.play.textContent = "\u25a0 Stop";
    const step = () => {
      const share = Math.min(1, (performance.now() - start) / PLAY);
      this.look(share, true);
      if (share < 1 && this.view.root.isConnected) this.ticket = requestAnimationFrame(step);
      else this.stop();
    };
    step();
  }

  stop() {
    cancelAnimationFrame(this.ticket);
    this.ticket = 0;
    this.play.textContent = "\u25b6 Play";
  }

  /** Show what lies at a share of the way. */
  look(share, playing = false) {
    if (!playing) this.stop();
    this.share = share;
    const near = Math.round(share * (FRAMES - 1));
    this.tiles.forEach((tile, i) => tile.classList.toggle("here", i === near));
    this.view.lookAlong(share, near);
  }
}
