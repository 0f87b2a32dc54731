// Painting of the large map. Dots are mixed into the pixels by hand: ten thousand take 3 ms a frame, and 25 ms with the
// canvas's own drawing.

const PHASES = 4; // places within a pixel at which a dot is smooth, along each axis
const LEVELS = 8; // sizes of dots in depth
const NEAREST = 1.35; // how much larger the nearest dots are, and the furthest smaller
const PICTURE = 26; // CSS pixels

/** Of a dot, in CSS pixels: smaller where they are many, and a little larger where they are enlarged. */
function cloudRadius({ order, camera }) {
  const radius = order.length > 4000 ? 1.9 : order.length > 1200 ? 2.4 : 2.8;
  return Math.round(10 * radius * Math.min(2, camera.zoom ** 0.35)) / 10;
}

/** [red, green, blue] of a CSS colour. */
function channels(pen, color) {
  pen.fillStyle = color;
  return [1, 3, 5].map((at) => parseInt(pen.fillStyle.slice(at, at + 2), 16));
}

/** Pixels that a dot covers: how far each is in the image's bytes, and how much of it is covered, 0..1. */
function dotMask(radius, phaseX, phaseY, width) {
  const [offsets, shares, reach] = [[], [], Math.ceil(radius + 1)];
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) {
      const [dx, dy] = [x + 0.5 - (phaseX + 0.5) / PHASES, y + 0.5 - (phaseY + 0.5) / PHASES];
      const share = clamp(radius + 0.5 - Math.hypot(dx, dy), 0, 1);
      if (share > 0) [offsets, shares].forEach((list, i) => list.push(i ? share : 4 * (y * width + x)));
    }
  }
  return { offsets: Int32Array.from(offsets), shares: Float32Array.from(shares), reach };
}

/** Dots of one sheet of pixels, mixed one after another into what is there. */
class DotPainter {
  constructor(width, height, ratio) {
    Object.assign(this, { width, height, ratio, masks: new Map() });
    this.image = new ImageData(width, height);
    this.words = new Uint32Array(this.image.data.buffer);
  }

  clear([red, green, blue]) {
    this.words.fill(((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0);
  }

  mask(radius, phaseX, phaseY) {
    const name = `${radius} ${phaseX} ${phaseY}`;
    if (!this.masks.has(name)) this.masks.set(name, dotMask(radius * this.ratio, phaseX, phaseY, this.width));
    return this.masks.get(name);
  }

  /** Sixteen masks of a size, found by their phase. */
  stamps(radius) {
    return Array.from({ length: PHASES ** 2 }, (_, i) => this.mask(radius, i % PHASES, Math.floor(i / PHASES)));
  }

  /** x, y: CSS pixels; stamps: of its size; color: [red, green, blue]; alpha: 0..1. */
  dot(x, y, stamps, [red, green, blue], alpha) {
    const { ratio, width, height } = this;
    const [left, top] = [x * ratio, y * ratio];
    if (!(left >= 0 && top >= 0 && left < width && top < height)) return;
    const phase = Math.floor((left % 1) * PHASES) + PHASES * Math.floor((top % 1) * PHASES);
    const { offsets, shares, reach } = stamps[phase];
    const column = clamp(Math.floor(left), reach, width - 1 - reach); // none is cut
    const start = 4 * (clamp(Math.floor(top), reach, height - 1 - reach) * width + column);
    const bytes = this.image.data;
    for (let i = 0; i < offsets.length; i++) {
      const [at, share] = [start + offsets[i], shares[i] * alpha];
      bytes[at] += (red - bytes[at]) * share;
      bytes[at + 1] += (green - bytes[at + 1]) * share;
      bytes[at + 2] += (blue - bytes[at + 2]) * share;
    }
  }
}

/** All dots, those that are not chosen in grey and behind; in depth the far ones smaller, paler and behind. */
function paintCloud(painter, view) {
  const { across, down, depth, order, chosen, tints, palette, flat, data } = view;
  const [radius, few] = [cloudRadius(view), data.pictures ? 0.4 : 0.85];
  const sizes = Array.from({ length: LEVELS }, (_, i) => radius * NEAREST ** ((2 * i) / (LEVELS - 1) - 1));
  const stamps = flat ? [painter.stamps(radius)] : sizes.map((size) => painter.stamps(size));
  painter.clear(view.paper);
  for (const front of chosen ? [0, 1] : [1]) {
    for (const i of order) {
      if (chosen && chosen[i] !== front) continue;
      const level = flat ? 0 : clamp(Math.floor(((depth[i] / view.lens.reach + 1) / 2) * LEVELS), 0, LEVELS - 1);
      const alpha = (flat ? 1 : 0.45 + (0.55 * level) / (LEVELS - 1)) * (front ? few : 0.3);
      painter.dot(across[i], down[i], stamps[level], front ? palette[tints[i]] : view.grey, alpha);
    }
  }
}

/** Pictures of those that have room, in a frame of their colour; they remember where they are for the pointer. */
function paintPictures(pen, view, width, height) {
  const { across, down, order, chosen, tints, atlas, data } = view;
  if (!data.pictures || !isThere(atlas)) return [];
  const first = chosen ? [...order].filter((i) => chosen[i]) : order;
  const seen = thinned(first, across, down, PICTURE + 2).filter((i) => {
    const [left, top] = [across[i] - PICTURE / 2, down[i] - PICTURE / 2]; // whole ones
    return isWithin(left, top, width - PICTURE, height - PICTURE);
  });
  pen.imageSmoothingEnabled = true;
  for (const i of seen) {
    const [left, top] = [across[i] - PICTURE / 2, down[i] - PICTURE / 2];
    pen.fillStyle = `rgb(${view.palette[tints[i]].join()})`;
    pen.fillRect(left - 1, top - 1, PICTURE + 2, PICTURE + 2);
    drawPicture(pen, atlas, i, left + 1, top + 1, PICTURE - 2);
  }
  return seen;
}

const isWithin = (x, y, width, height) => x >= 0 && y >= 0 && x <= width && y <= height;

/** Whether the atlas has come; one that could not be fetched is complete, too. */
const isThere = (atlas) => Boolean(atlas?.picture.complete && atlas.picture.naturalWidth);

/** The image of a row of the atlas. */
function drawPicture(pen, { picture, columns, width, height }, row, left, top, side) {
  const [x, y] = [(row % columns) * width, Math.floor(row / columns) * height];
  pen.drawImage(picture, x, y, width, height, left, top, side, side);
}

/** What lies over the dots: names, the lasso, rings, the decoded code, the axes. */
function paintMarks(pen, view, width, height) {
  const { data, choice, hovered } = view;
  if (!data.pictures && data.classes.every((name) => name.length <= 2)) {
    const places = view.scene.middles.map((middle) => pixelOf(view.lens, middle));
    const shown = [...places.keys()].filter((i) => isWithin(...places[i], width, height) && (choice.class ?? i) === i);
    writeNames(pen, view, shown.map((i) => data.classes[i]), shown.map((i) => places[i]), width, height);
  }
  paintAxes(pen, view, width, height);
  const outline = view.lasso.outline();
  if (outline?.length) paintLasso(pen, view, outline);
  for (const place of choice.picks) ringRow(pen, view, view.rows.get(place), 1.5);
  ringRow(pen, view, view.rows.get(data.pinned), 3);
  if (hovered >= 0) ringRow(pen, view, hovered, 2);
  if (view.spot) paintSpot(pen, view, pixelOf(view.lens, view.spot));
}

function ringRow(pen, view, row, thick) {
  if (row === undefined || Number.isNaN(view.across[row])) return;
  const radius = view.shownPictures.has(row) ? PICTURE / 2 + 1 : cloudRadius(view) + 3;
  ring(pen, view, [view.across[row], view.down[row]], radius, thick);
}

function paintLasso(pen, view, corners) {
  pen.beginPath();
  corners.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  if (!view.lasso.path) pen.closePath();
  for (const [color, width] of [[view.page, 4], [view.primary, 1.75]]) {
    Object.assign(pen, { strokeStyle: color, lineWidth: width, lineJoin: "round" });
    pen.stroke();
  }
  const { cursor } = view.lasso;
  if (!cursor) return;
  const [x, y] = cursor;
  pen.beginPath();
  for (const [dx, dy] of [[9, 0], [0, 9]]) {
    pen.moveTo(x - dx, y - dy);
    pen.lineTo(x + dx, y + dy);
  }
  pen.stroke();
}

/** Where the code lies that is decoded now: a diamond. */
function paintSpot(pen, view, [x, y]) {
  if (Number.isNaN(x)) return;
  pen.beginPath();
  for (const [dx, dy] of [[0, -8], [8, 0], [0, 8], [-8, 0]]) pen.lineTo(x + dx, y + dy);
  pen.closePath();
  Object.assign(pen, { strokeStyle: view.page, lineWidth: 4, fillStyle: view.primary, lineJoin: "round" });
  pen.stroke();
  pen.fill();
}

/** Names of the axes: along the edges, or on three arms from a corner where the map is turned. */
function paintAxes(pen, view, width, height) {
  const { axes } = view.data;
  if (!axes.length) return;
  const font = `${Math.round(rem() * 0.75)}px ${view.font}`;
  Object.assign(pen, { font, fillStyle: view.ink, strokeStyle: view.page });
  Object.assign(pen, { lineWidth: 4, lineJoin: "round", textBaseline: "bottom", textAlign: "right", globalAlpha: 0.8 });
  const write = (text, x, y) => (pen.strokeText(text, x, y), pen.fillText(text, x, y));
  const forms = (text) => [text, text.replace(/ of .*/, ""), text.split(",")[0]];
  const short = (text, room) => forms(text).find((form) => pen.measureText(form).width < room / 2) ?? forms(text)[2];
  if (view.flat) {
    write(`${short(axes[0], width)} \u2192`, width - 4, height - 3);
    pen.save();
    pen.translate(4 + rem() * 0.8, 6);
    pen.rotate(-Math.PI / 2);
    write(`${short(axes[1], Math.min(width, height))} \u2192`, 0, 0);
    pen.restore();
  } else {
    const [turn, length] = [turning(view.turn), 26];
    const middle = [width - 46, height - 44];
    pen.textBaseline = "middle";
    pen.textAlign = "center";
    axes.forEach((_, i) => {
      const end = [middle[0] + length * turn[i], middle[1] - length * turn[3 + i]];
      pen.beginPath();
      pen.moveTo(...middle);
      pen.lineTo(...end);
      pen.save();
      Object.assign(pen, { strokeStyle: view.ink, lineWidth: 1.5 });
      pen.stroke();
      pen.restore();
      write(String(i + 1), middle[0] + (length + 9) * turn[i], middle[1] - (length + 9) * turn[3 + i]);
    });
  }
  pen.globalAlpha = 1;
}
