// The plane of the pad: which code lies at which place, where a code's foot is, and what fills the plane.

/** What a view needs of its plane: `data`, and `origin`, `across` and `up` of its code space. */
class PlaneView {
  shares([x, y]) {
    const { low, high } = this.data;
    return [(x - low[0]) / (high[0] - low[0]), (y - low[1]) / (high[1] - low[1])];
  }

  spotShare() {
    return this.shares(this.spot);
  }

  placeAt([across, up]) {
    const { low, high, flat } = this.data;
    return [low[0] + across * (high[0] - low[0]), flat ? 0 : low[1] + up * (high[1] - low[1])];
  }

  /** Write the code of a place into `out`. */
  codeAt([x, y], out) {
    for (let k = 0; k < out.length; k++) out[k] = this.origin[k] + x * this.across[k] + y * this.up[k];
    return out;
  }

  /** The foot of a code on the plane, and how far off it lies. */
  footOf(code) {
    let [x, y, length] = [0, 0, 0];
    for (let k = 0; k < code.length; k++) {
      const off = code[k] - this.origin[k];
      x += off * this.across[k];
      y += off * this.up[k];
      length += off * off;
    }
    return [x, y, Math.sqrt(Math.max(0, length - x * x - y * y))];
  }

  codeOfPlace(place) {
    if (place === null || !this.known) return null;
    const row = this.known.places.indexOf(place);
    return row < 0 ? null : this.codeOfRow(row);
  }

  codeOfRow(row) {
    const { codes, latent } = this.known;
    return codes.subarray(row * latent, (row + 1) * latent);
  }

  layPictures() {
    const { flat, lattice } = this.data;
    const [columns, rows] = this.decoder
      ? [this.field.clientWidth, flat ? TILE : this.field.clientHeight].map((side) => Math.max(1, Math.round(side / TILE)))
      : [lattice?.columns ?? 0, lattice?.rows ?? 0];
    const area = this.data.shape.reduce((product, side) => product * side, 1);
    const painter = new Painter(this.data.shape);
    const code = new Float32Array(this.origin.length);
    const stored = lattice ? bytes(lattice.packed) : null;
    const paint = (index) => {
      if (!this.decoder) return painter.paint(stored.subarray(index * area, (index + 1) * area), 255);
      const share = [((index % columns) + 0.5) / columns, 1 - (Math.floor(index / columns) + 0.5) / rows];
      return painter.paint(this.decoder.decode(this.codeAt(this.placeAt(share), code)));
    };
    if (columns) this.lattice = new Lattice(this.ground, { columns, rows, paint });
  }

  /** Of a code that is the plane itself: a dot for each test image. */
  layDots(pen) {
    const { codes, labels, latent } = this.known;
    const radius = 1.2 * devicePixelRatio;
    pen.globalAlpha = 0.55;
    for (let row = 0; row < labels.length; row++) {
      const [x, y] = this.shares(this.footOf(codes.subarray(row * latent, (row + 1) * latent)));
      pen.fillStyle = this.data.colors[labels[row] % this.data.colors.length];
      pen.fillRect(x * this.ground.width - radius, (1 - y) * this.ground.height - radius, 2 * radius, 2 * radius);
    }
    pen.globalAlpha = 1;
  }
}

/** The row of the nearest code, and how far it is. */
function nearestTo(code, { codes, latent }) {
  let [row, least] = [-1, Infinity];
  for (let i = 0, at = 0; at < codes.length; i++, at += latent) {
    let sum = 0;
    for (let k = 0; k < latent && sum < least; k++) {
      const off = codes[at + k] - code[k];
      sum += off * off;
    }
    if (sum < least) [row, least] = [i, sum];
  }
  return row < 0 ? null : { row, distance: Math.sqrt(least) };
}
