// What lies behind the plane: fields that were measured by the server, and pictures that are decoded here, tile by tile.

const TILE = 30; // CSS pixels of a tile of the lattice, about
const SLICE = 7; // milliseconds of decoding between two frames
const RARE = 0.01; // share of the data below which a place is sparse
const FAINT = 6; // the density's logarithm below its median at which nothing is painted

/** A field of a square mesh: bytes between low and high, the first row lowest. */
class Field {
  constructor({ packed, low, high }) {
    Object.assign(this, { bytes: bytes(packed), low, high });
    this.side = Math.round(Math.sqrt(this.bytes.length));
  }

  at(column, row) {
    return this.low + (this.bytes[row * this.side + column] / 255) * (this.high - this.low);
  }

  /** At shares of the plane's width and height, in the cell that they lie in. */
  near(across, up) {
    const cell = (share) => clamp(Math.floor(share * this.side), 0, this.side - 1);
    return this.at(cell(across), cell(up));
  }
}

/** How full the density's colour is, by its logarithm: from far below the median up to the highest on the plane. */
const thick = ({ density }, x, y) => clamp((density.at(x, y) + FAINT) / (Math.max(density.high, 0) + FAINT), 0, 1);

/** A colour and how full it is, 0 to 1, at a cell: what is painted behind the plane. */
const PAINTS = {
  density: [["--primary", (fields, x, y) => 0.8 * thick(fields, x, y) ** 1.5]],
  holes: [
    ["--primary", (fields, x, y) => 0.35 * thick(fields, x, y) ** 1.5],
    ["--second", ({ prior, common }, x, y) => (common.at(x, y) < RARE ? 0.8 * prior.at(x, y) : 0)],
  ],
  stretch: [["--ink", ({ stretch }, x, y) => (stretch ? (stretch.at(x, y) - stretch.low) / (stretch.high - stretch.low || 1) : 0) * 0.7]],
};

/** Paint fields over the whole of a canvas, smoothly. tone: the colour [r, g, b] of a variable of the theme. */
function paintFields(pen, fields, behind, width, height, tone) {
  const side = fields[behind === "stretch" ? "stretch" : "density"]?.side; // none: not there yet, or not finite
  if (!side) return;
  for (const [name, full] of PAINTS[behind]) {
    const [red, green, blue] = tone(name);
    const small = Object.assign(document.createElement("canvas"), { width: side, height: side });
    const brush = small.getContext("2d");
    const image = brush.createImageData(side, side);
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        image.data.set([red, green, blue, 255 * full(fields, x, y)], 4 * ((side - 1 - y) * side + x));
      }
    }
    brush.putImageData(image, 0, 0);
    pen.imageSmoothingEnabled = true;
    pen.imageSmoothingQuality = "high";
    pen.drawImage(small, 0, 0, width, height);
  }
}

/** A picture painted pixel by pixel: numbers on [0, 1], or bytes. */
class Painter {
  constructor([channels, high, wide]) {
    Object.assign(this, { channels, high, wide });
    this.canvas = Object.assign(document.createElement("canvas"), { width: wide, height: high });
    this.pen = this.canvas.getContext("2d");
    this.image = this.pen.createImageData(wide, high);
    this.image.data.fill(255);
  }

  /** The canvas of its own size with the picture on it. */
  paint(pixels, most = 1) {
    const { data } = this.image;
    const area = this.high * this.wide;
    const factor = 255 / most;
    for (let i = 0; i < area; i++) {
      for (let k = 0; k < 3; k++) data[4 * i + k] = pixels[this.channels === 3 ? k * area + i : i] * factor;
    }
    this.pen.putImageData(this.image, 0, 0);
    return this.canvas;
  }
}

/** Draw a small picture into a canvas with square pixels: to a whole multiple first, which the browser then shrinks. */
function showSharp(canvas, picture, width = canvas.clientWidth || 56) {
  const times = Math.max(1, Math.ceil((width * devicePixelRatio) / picture.width));
  const [wide, high] = [picture.width * times, picture.height * times];
  if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
  const pen = canvas.getContext("2d");
  pen.imageSmoothingEnabled = false;
  pen.drawImage(picture, 0, 0, wide, high);
}

/** The lattice of decoded pictures, drawn as they come: a few milliseconds' worth a frame. */
class Lattice {
  /** tiles: {columns, rows, paint(index) -> canvas}; done: nothing is left, or it was given up. */
  constructor(canvas, tiles) {
    Object.assign(this, { canvas, tiles, next: 0 });
    this.ticket = requestAnimationFrame(() => this.go());
  }

  stop() {
    cancelAnimationFrame(this.ticket);
  }

  go() {
    const { columns, rows, paint } = this.tiles;
    const pen = this.canvas.getContext("2d");
    pen.imageSmoothingEnabled = false;
    const until = performance.now() + SLICE;
    while (this.next < columns * rows && performance.now() < until) {
      const [column, row] = [this.next % columns, Math.floor(this.next / columns)];
      const edge = (i, of, side) => Math.round((i / of) * side);
      const [left, right] = [edge(column, columns, this.canvas.width), edge(column + 1, columns, this.canvas.width)];
      const [top, bottom] = [edge(row, rows, this.canvas.height), edge(row + 1, rows, this.canvas.height)];
      pen.drawImage(paint(this.next), left, top, right - left, bottom - top);
      this.next += 1;
    }
    if (this.next < columns * rows && this.canvas.isConnected) this.ticket = requestAnimationFrame(() => this.go());
  }
}
