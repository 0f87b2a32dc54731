// The card of what was touched. Its nodes stay while their content changes, so that focus survives ticks.

class SpecimenView {
  constructor(root) {
    Object.assign(this, { root, image: null });
    Object.assign(root, { tabIndex: -1 });
    assign(root, { role: "region", "aria-live": "polite" });
    this.build();
    this.escape = (event) => this.leave(event);
    document.addEventListener("keydown", this.escape);
    requestAnimationFrame(() => this.uncover());
  }

  build() {
    const head = htmlNode("header", this.root);
    this.title = htmlNode("h3", head);
    this.moment = htmlNode("p", head);
    this.follow = htmlNode("button", head, "follow");
    this.follow.title = "Keep a ring around its dot, and draw the way that it went";
    this.follow.addEventListener("click", () => this.tell("follow", this.data.place));
    this.explore = htmlNode("a", head, "follow inside", "Explore");
    this.explore.title = "Touch it further: its code, its neighbours, what the model draws nearby";
    const close = htmlNode("button", head, "close", "\u00d7");
    assign(close, { "aria-label": "Close", title: "Close (Esc)" });
    close.addEventListener("click", () => this.close());
    const body = htmlNode("div", this.root, "body");
    this.pictures = htmlNode("div", body, "row");
    this.code = new CodeView(body);
    this.near = htmlNode("section", body, "near");
    htmlNode("h4", this.near, "", "Nearest in the code: class, distance");
    this.others = htmlNode("div", this.near, "row");
    this.note = htmlNode("p", this.root, "note");
  }

  /** Take the focus from what was touched, and scroll that into sight; who followed a link stays where they are. */
  uncover() {
    const touched = globalThis.aedashTouched;
    if (!touched?.isConnected) return;
    this.root.focus({ preventScroll: true });
    const [card, there] = [this.root, touched].map((node) => node.getBoundingClientRect());
    if (there.bottom > card.top) touched.scrollIntoView({ block: "center" });
  }

  /** Esc closes the card, unless it is meant for a dialog or a list above it. */
  leave(event) {
    if (!this.root.isConnected) return document.removeEventListener("keydown", this.escape);
    const above = "[data-testid=stDialog], [data-testid=stPopoverBody], [data-baseweb=popover]";
    if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector(above)) this.close();
  }

  close() {
    globalThis.aedashTouched?.focus({ preventScroll: true });
    this.tell("close", 1);
  }

  update(data, tell) {
    Object.assign(this, { data, tell });
    this.root.setAttribute("aria-label", `${data.title}. ${data.moment}`);
    this.title.textContent = data.title;
    this.moment.textContent = data.moment;
    this.follow.hidden = !data.follow || data.place === null;
    this.follow.textContent = data.followed ? "Followed" : "Follow";
    this.follow.setAttribute("aria-pressed", String(data.followed));
    Object.assign(this.explore, { hidden: !data.explore, href: data.explore });
    this.note.textContent = data.notes.join(" ");
    this.note.hidden = !data.notes.length;
    this.near.hidden = !data.nearest.length;
    this.figures();
    this.neighbours();
    this.code.show({ ...data, code: floats(data.code), inUse: data.in_use });
    this.load(data.sheet);
  }

  figures() {
    this.resize(this.pictures, this.data.pictures.length, () => {
      const figure = htmlNode("figure", this.pictures);
      htmlNode("b", figure);
      htmlNode("canvas", figure);
      htmlNode("span", figure);
    });
    this.data.pictures.forEach(({ label, note }, i) => {
      const [name, , below] = this.pictures.children[i].children;
      name.textContent = label;
      below.textContent = note;
    });
  }

  neighbours() {
    this.resize(this.others, this.data.nearest.length, (i) => {
      const button = htmlNode("button", this.others);
      htmlNode("canvas", button);
      htmlNode("span", button);
      htmlNode("small", button);
      button.addEventListener("click", () => this.tell("go", this.data.nearest[i].place));
    });
    this.data.nearest.forEach(({ place, label, distance }, i) => {
      const button = this.others.children[i];
      const [, name, far] = button.children;
      name.textContent = label;
      far.textContent = distance;
      button.setAttribute("aria-label", `Test image ${place}, class ${label}, distance ${distance}`);
    });
  }

  resize(parent, count, add) {
    while (parent.childElementCount > count) parent.lastElementChild.remove();
    while (parent.childElementCount < count) add(parent.childElementCount);
  }

  /** Decode first and swap then; a slow picture never replaces a newer one. */
  async load(source) {
    if (source !== this.wanted) {
      this.wanted = source;
      const image = Object.assign(new Image(), { src: source });
      await image.decode().catch(() => {});
      if (this.wanted !== source) return;
      this.image = image;
    }
    if (!this.image) return;
    const tiles = [...this.root.querySelectorAll("figure canvas, .near canvas")];
    const side = this.image.naturalWidth / tiles.length;
    tiles.forEach((tile, i) => {
      tile.width = tile.height = Math.round((tile.clientWidth || 56) * devicePixelRatio);
      const pen = tile.getContext("2d");
      pen.imageSmoothingEnabled = false;
      pen.drawImage(this.image, i * side, 0, side, this.image.naturalHeight, 0, 0, tile.width, tile.height);
    });
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  root.view ??= new SpecimenView(root);
  root.view.update(data, setTriggerValue);
}
