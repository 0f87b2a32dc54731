// Painting of the latent map. `view` holds the data, the colours of the theme and the map to pixels.

const dotRadius = (view) => (view.labels.length > 1200 ? 2.4 : 2.8);

/** A dot painted once per colour and then copied: ten thousand arcs a frame would be too slow. */
function dotStamp(view, color) {
  if (!view.stamps.has(color)) {
    const radius = dotRadius(view);
    const side = Math.ceil((2 * radius + 2) * devicePixelRatio);
    const stamp = Object.assign(document.createElement("canvas"), { width: side, height: side });
    const pen = stamp.getContext("2d");
    pen.fillStyle = color;
    pen.arc(side / 2, side / 2, radius * devicePixelRatio, 0, 2 * Math.PI);
    pen.fill();
    view.stamps.set(color, stamp);
  }
  return view.stamps.get(color);
}

/** All dots in the order of the data; those of other classes faint and behind while one is isolated. */
function drawDots(pen, view, width, height) {
  const { labels, only, data } = view;
  const side = 2 * dotRadius(view) + 2;
  for (const front of only === null ? [true] : [false, true]) {
    pen.globalAlpha = front ? (data.faint ? 0.3 : 0.82) : 0.1;
    for (let i = 0; i < labels.length; i++) {
      if (only !== null && (labels[i] === only) !== front) continue;
      const [x, y] = view.pixelOf(i);
      if (Number.isNaN(x) || x < 0 || y < 0 || x > width || y > height) continue;
      const [left, top] = [clamp(x - side / 2, 0, width - side), clamp(y - side / 2, 0, height - side)]; // none is cut
      pen.drawImage(dotStamp(view, data.colors[labels[i]]), left, top, side, side);
    }
  }
  pen.globalAlpha = 1;
}

/** The way of one dot, older parts fainter, on a halo that lifts it off the other dots. */
function drawTrail(pen, view, { index, path }) {
  const places = [];
  for (let i = 0; i < path.length; i += 2) places.push(view.toPixel(path[i], path[i + 1]));
  places.push(view.pixelOf(index));
  const color = view.data.colors[view.labels[index]];
  pen.lineCap = "round";
  for (const [stroke, width] of [[view.page, 4.5], [color, 2]]) {
    Object.assign(pen, { strokeStyle: stroke, lineWidth: width });
    for (let i = 1; i < places.length; i++) {
      if ([...places[i - 1], ...places[i]].some(Number.isNaN)) continue;
      pen.globalAlpha = 0.1 + (0.8 * i) / places.length;
      pen.beginPath();
      pen.moveTo(...places[i - 1]);
      pen.lineTo(...places[i]);
      pen.stroke();
    }
  }
  pen.globalAlpha = 1;
}

/** A ring around a dot. */
function drawRing(pen, view, index, thick) {
  ring(pen, view, view.pixelOf(index), dotRadius(view) + 3, thick);
}

/** A ring on a halo, so that it is seen on any colour. */
function ring(pen, view, [x, y], radius, thick) {
  for (const [color, width] of [[view.page, thick + 2.5], [view.ink, thick]]) {
    Object.assign(pen, { strokeStyle: color, lineWidth: width });
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.stroke();
  }
}

/** Short class names near the medians of their dots. */
function drawNames(pen, view, width, height) {
  const { labels, only, now, data } = view;
  if (data.faint || data.classes.some((name) => name.length > 2)) return;
  const dots = data.classes.map(() => []);
  labels.forEach((kind, i) => Number.isNaN(now[2 * i]) || dots[kind].push(view.pixelOf(i)));
  const middle = (own, axis) => own.map((dot) => dot[axis]).sort((a, b) => a - b)[own.length >> 1];
  const shown = data.classes.map((_, kind) => kind).filter((kind) => dots[kind].length && (only ?? kind) === kind);
  const middles = shown.map((kind) => [middle(dots[kind], 0), middle(dots[kind], 1)]);
  const seen = middles.map(([x, y]) => x >= 0 && y >= 0 && x <= width && y <= height);
  const names = shown.filter((_, i) => seen[i]).map((kind) => data.classes[kind]);
  writeNames(pen, view, names, middles.filter((_, i) => seen[i]), width, height);
}

/** Short names about their places, pushed apart, with a halo in the page colour. */
function writeNames(pen, view, names, places, width, height) {
  const size = Math.round(rem() * 0.93);
  const font = `700 ${size}px ${view.font}`;
  Object.assign(pen, { font, textAlign: "center", textBaseline: "middle", lineWidth: 4.5, lineJoin: "round" });
  Object.assign(pen, { strokeStyle: view.page, fillStyle: view.ink });
  apart(places, size + 2, width, height).forEach((place, i) => {
    pen.strokeText(names[i], ...place);
    pen.fillText(names[i], ...place);
  });
}

/** The image of the dot under the pointer, its class and number. */
function showTip(view, index) {
  showImage(view, index);
  view.caption.textContent = `${view.data.classes[view.labels[index]]}, test image ${index}`;
  placeTip(view, view.pixelOf(index));
}

/** The tip beside a pixel and within the field. */
function placeTip({ tip, field }, [x, y]) {
  const { offsetWidth, offsetHeight } = tip;
  const left = x + 12 + offsetWidth > field.clientWidth ? x - offsetWidth - 12 : x + 12;
  tip.style.left = `${clamp(left, 0, Math.max(0, field.clientWidth - offsetWidth))}px`;
  tip.style.top = `${clamp(y - offsetHeight / 2, 0, Math.max(0, field.clientHeight - offsetHeight))}px`;
}

function showImage({ picture, data }, index) {
  const atlas = globalThis.__aedash_atlas?.[data.atlas];
  picture.hidden = !atlas?.picture.complete || index >= atlas.count;
  if (picture.hidden) return;
  const { columns, width, height } = atlas;
  const pen = picture.getContext("2d");
  pen.imageSmoothingEnabled = false;
  const [left, top] = [(index % columns) * width, Math.floor(index / columns) * height];
  pen.drawImage(atlas.picture, left, top, width, height, 0, 0, SHOWN_IMAGE, SHOWN_IMAGE);
}
