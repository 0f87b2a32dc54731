// Image grid: one sheet in, one canvas per tile out, so that pixels stay even squares at any size and zoom.

const GAP = 3;
const GROUP_GAP = 13;
const PHONE = 480; // a root narrower than this shows smaller tiles
const PHONE_TILE = 46;

class MosaicView {
  constructor(root) {
    this.root = root;
    this.grid = htmlNode("div", root, "grid");
    this.scratch = document.createElement("canvas");
    this.sheet = null; // the decoded picture that is on show
    this.at = 0; // the tile that the keyboard is at
    this.grid.addEventListener("click", ({ target }) => this.touch(this.tiles.findIndex((tile) => tile.canvas === target)));
    this.grid.addEventListener("keydown", (event) => this.press(event));
    new ResizeObserver(() => this.draw()).observe(root);
  }

  update(data, tell) {
    Object.assign(this, { data, tell });
    assign(this.grid, { "aria-label": data.alt, role: data.touchable ? "group" : "img" });
    this.draw();
    this.load(data);
  }

  /** Decode first and swap then: no frame is ever blank. A slow picture never replaces a newer one. */
  async load({ image, columns, filled }) {
    if (image === this.wanted) return;
    this.wanted = image;
    let picture = null;
    if (image) {
      picture = new Image();
      picture.src = image;
      await picture.decode().catch(() => (picture = null)); // what is on show stays
      if (!picture) return;
    }
    if (this.wanted !== image) return;
    this.sheet = picture && { picture, columns, filled };
    this.draw();
  }

  /** How many columns fit, how wide a tile is and how much the labels need, in CSS pixels.

      Groups of columns lie side by side; where that would make tiles too small, below one another. */
  measure() {
    const { columns, group, labels, maxTile, minTile, room } = this.data;
    const width = this.root.clientWidth;
    const label = labels.some(Boolean) ? Math.ceil(rem() * (width < PHONE ? room - 0.7 : room)) : 0;
    const least = width < PHONE ? Math.min(minTile, PHONE_TILE) : minTile;
    const parted = (count) => (group ? (Math.ceil(count / group) - 1) * GROUP_GAP : 0);
    const tileFor = (count) => Math.floor((width - label - 2 + GAP - parted(count)) / count) - GAP;
    const bands = group && tileFor(columns) < least ? columns / group : 1;
    let shown = columns / bands;
    while (shown > 3 && tileFor(shown) < least) shown--;
    return { shown, bands, label, tile: clamp(tileFor(shown), 8, (maxTile * Math.max(15, rem())) / 15) };
  }

  draw() {
    if (!this.data || !this.root.clientWidth) return;
    const place = this.measure();
    const { rows, foot, labels, swatches } = this.data;
    const layout = [...Object.values(place), rows, foot.length > 0, swatches.join(), this.data.touchable, devicePixelRatio].join();
    if (layout !== this.layout) {
      this.layout = layout;
      this.build(place);
    }
    for (const { node, row } of this.names) node.textContent = labels[row] ?? "";
    for (const { node, column } of this.feet) node.textContent = foot[column] ?? "";
    for (const tile of this.tiles) this.paint(tile);
    if (this.data.touchable) this.tiles.forEach((tile, i) => this.offer(tile, i));
  }

  /** A tile that can be touched is a button; one of them is in the order of the Tab key, arrows go to the others. */
  offer({ canvas, row, column }, i) {
    const marked = this.data.touched === (this.data.labels.length ? column : row * this.data.columns + column);
    const name = `${this.data.labels[row] ?? "picture"} ${column + 1}`;
    assign(canvas, { role: "button", "aria-label": name, "aria-pressed": marked });
    canvas.tabIndex = i === Math.min(this.at, this.tiles.length - 1) ? 0 : -1;
  }

  touch(index) {
    const tile = this.tiles[index];
    if (!this.data.touchable || !tile || !this.sheet || tile.row >= this.sheet.filled) return;
    this.goTo(index);
    globalThis.aedashTouched = tile.canvas; // where the focus returns to
    this.tell("touched", [tile.row, tile.column]);
  }

  press(event) {
    if (!this.data.touchable) return;
    const across = this.tiles.findIndex((tile) => tile.row > 0);
    const columns = across < 0 ? this.tiles.length : across;
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns };
    if (event.key in steps) this.goTo(this.at + steps[event.key]);
    else if (event.key === "Enter" || event.key === " ") this.touch(this.at);
    else return;
    event.preventDefault();
  }

  goTo(index) {
    if (!this.tiles[index]) return;
    this.tiles[this.at].canvas.tabIndex = -1;
    this.at = index;
    this.tiles[index].canvas.tabIndex = 0;
    this.tiles[index].canvas.focus();
  }

  build({ shown, bands, label, tile }) {
    const { columns } = this.data;
    Object.assign(this, { names: [], tiles: [], feet: [], at: 0 });
    this.grid.replaceChildren();
    const tracks = label ? [`${label - GAP}px`] : [];
    for (let column = 0; column < shown; column++) {
      tracks.push(`${tile}px`);
      if (this.parts(column, shown)) tracks.push(`${GROUP_GAP - GAP}px`);
    }
    this.grid.style.gridTemplateColumns = tracks.join(" ");
    for (let band = 0; band < bands; band++) {
      if (band) htmlNode("div", this.grid, "between");
      this.band({ first: (band * columns) / bands, shown, label, tile });
    }
  }

  /** Whether a gap between two groups follows a column. */
  parts(column, shown) {
    const { group } = this.data;
    return group > 0 && column + 1 < shown && (column + 1) % group === 0;
  }

  /** All rows of the columns from `first` on. */
  band({ first, shown, label, tile }) {
    const { rows, foot } = this.data;
    for (let row = 0; row < rows; row++) {
      if (label) this.name(row);
      for (let column = 0; column < shown; column++) {
        const canvas = htmlNode("canvas", this.grid);
        canvas.style.width = canvas.style.height = `${tile}px`;
        canvas.width = canvas.height = Math.round(tile * devicePixelRatio);
        this.tiles.push({ canvas, row, column: first + column });
        if (this.parts(column, shown)) htmlNode("div", this.grid);
      }
    }
    if (!foot.length) return;
    if (label) this.names.push({ node: htmlNode("div", this.grid, "label tiny"), row: rows });
    for (let column = 0; column < shown; column++) {
      this.feet.push({ node: htmlNode("div", this.grid, "foot"), column: first + column });
      if (this.parts(column, shown)) htmlNode("div", this.grid);
    }
  }

  /** The label of a row; with the colour of its curve, where rows have one. */
  name(row) {
    const { swatches } = this.data;
    const box = htmlNode("div", this.grid, swatches.length ? "label swatched" : "label");
    if (swatches[row]) htmlNode("i", box).style.background = swatches[row];
    this.names.push({ node: htmlNode("span", box), row });
  }

  /** Enlarge to a whole factor without smoothing, then shrink smoothly to the tile. */
  paint({ canvas, row, column }) {
    const pen = canvas.getContext("2d");
    pen.clearRect(0, 0, canvas.width, canvas.height);
    if (!this.sheet || row >= this.sheet.filled || column >= this.sheet.columns) return;
    const { picture, columns, filled } = this.sheet;
    const [width, height] = [picture.naturalWidth / columns, picture.naturalHeight / filled];
    const factor = Math.ceil(canvas.width / Math.max(width, height));
    Object.assign(this.scratch, { width: width * factor, height: height * factor });
    const large = this.scratch.getContext("2d");
    large.imageSmoothingEnabled = false;
    large.drawImage(picture, column * width, row * height, width, height, 0, 0, width * factor, height * factor);
    pen.imageSmoothingQuality = "high";
    pen.drawImage(this.scratch, 0, 0, canvas.width, canvas.height);
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  root.view ??= new MosaicView(root);
  return follow(root, data, (now) => root.view.update(now, setTriggerValue));
}
