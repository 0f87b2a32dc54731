// Image grid: one sheet in, one canvas per tile out, so that pixels stay even squares at any size and zoom.

const GAP = 3;
const PHONE = 480; // a root narrower than this shows smaller tiles
const PHONE_TILE = 46;

class MosaicView {
  constructor(root) {
    this.root = root;
    this.grid = htmlNode("div", root, "grid");
    this.grid.setAttribute("role", "img");
    this.scratch = document.createElement("canvas");
    this.sheet = null; // the decoded picture that is on show
    new ResizeObserver(() => this.draw()).observe(root);
  }

  update(data) {
    this.data = data;
    this.grid.setAttribute("aria-label", data.alt);
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

  /** How many columns fit, how wide a tile is and how much the labels need, in CSS pixels. */
  measure() {
    const { columns, labels, maxTile, minTile } = this.data;
    const width = this.root.clientWidth;
    const label = labels.some(Boolean) ? Math.ceil(rem() * (width < PHONE ? 3.6 : 4.3)) : 0;
    const least = width < PHONE ? Math.min(minTile, PHONE_TILE) : minTile;
    const tileFor = (count) => Math.floor((width - label - 2 + GAP) / count) - GAP;
    let shown = columns;
    while (shown > 3 && tileFor(shown) < least) shown--;
    return { shown, label, tile: clamp(tileFor(shown), 8, maxTile) };
  }

  draw() {
    if (!this.data || !this.root.clientWidth) return;
    const place = this.measure();
    const { rows, foot, labels } = this.data;
    const layout = [place.shown, place.tile, place.label, rows, foot.length > 0, devicePixelRatio].join();
    if (layout !== this.layout) {
      this.layout = layout;
      this.build(place);
    }
    this.names.forEach((node, row) => (node.textContent = labels[row] ?? ""));
    this.feet.forEach((node, column) => (node.textContent = foot[column] ?? ""));
    for (const tile of this.tiles) this.paint(tile);
  }

  build({ shown, label, tile }) {
    const { rows, foot } = this.data;
    Object.assign(this, { names: [], tiles: [], feet: [] });
    this.grid.replaceChildren();
    const columns = (label ? `${label - GAP}px ` : "") + `repeat(${shown}, ${tile}px)`;
    this.grid.style.gridTemplateColumns = columns;
    for (let row = 0; row < rows; row++) {
      if (label) this.names.push(htmlNode("div", this.grid, "label"));
      for (let column = 0; column < shown; column++) {
        const canvas = htmlNode("canvas", this.grid);
        canvas.style.width = canvas.style.height = `${tile}px`;
        canvas.width = canvas.height = Math.round(tile * devicePixelRatio);
        this.tiles.push({ canvas, row, column });
      }
    }
    if (!foot.length) return;
    if (label) this.names.push(htmlNode("div", this.grid, "label tiny"));
    for (let column = 0; column < shown; column++) this.feet.push(htmlNode("div", this.grid, "foot"));
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

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".root");
  root.view ??= new MosaicView(root);
  root.view.update(data);
}
