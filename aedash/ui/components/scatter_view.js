// Arithmetic of maps, small and large: scales, camera, keyboard, the places of names. No state, no drawing.

const GLIDE = 700; // milliseconds, or as long as the last picture stood, but not less than
const LEAST_GLIDE = 100;
const REACH = 18; // pixels within which a dot is hovered
const PAD = 12; // pixels between the box and the edge
const HIDDEN = 65535; // both coordinates of a code that is not a number
const TOP = 65534; // 0 to TOP spans the box and half a side beyond it
const SHOWN_IMAGE = 168; // canvas pixels; 84 CSS pixels on a display of double density
const MOST_ZOOM = 40;
const STRETCH = 2.5; // at most so many times as large along one axis as along the other
const WHOLE = { zoom: 1, x: 0, y: 0 }; // x, y: how far the middle is moved, in pixels

/** Pixels per code unit along both axes, so that a box [x0, y0, x1, y1] fills a field of that size. */
function scales([x0, y0, x1, y1], width, height, equal) {
  const [across, up] = [width / (x1 - x0), height / (y1 - y0)];
  const most = equal ? 1 : STRETCH;
  return [Math.min(across, up * most), Math.min(up, across * most)];
}

/** The camera with its zoom and its way within what there is to see. */
function bounded({ zoom, x, y }, width, height) {
  const [far, high] = [width, height].map((side) => ((zoom - 1) * side) / 2);
  return { zoom, x: clamp(x, -far, far), y: clamp(y, -high, high) };
}

/** Zoom by a factor; what lies at the pixel stays there. */
function zoomed(camera, factor, [x, y], width, height) {
  const zoom = clamp(camera.zoom * factor, 1, MOST_ZOOM);
  const k = zoom / camera.zoom;
  const [dx, dy] = [x - width / 2, y - height / 2];
  return bounded({ zoom, x: dx - k * (dx - camera.x), y: dy - k * (dy - camera.y) }, width, height);
}

/** The dot to go to from [x, y] in a direction [dx, dy]: near, and not far off the way; -1 where there is none. */
function dotTowards(pixels, [x, y], [dx, dy]) {
  let [found, least] = [-1, Infinity];
  pixels.forEach(([dotX, dotY], i) => {
    const along = (dotX - x) * dx + (dotY - y) * dy;
    const aside = Math.abs((dotX - x) * dy) + Math.abs((dotY - y) * dx);
    if (along > 0.5 && along + 2 * aside < least) [found, least] = [i, along + 2 * aside];
  });
  return found;
}

/** Names pushed apart until no two lie on one another, within the field. places: [x, y] of their middles. */
function apart(places, size, width, height) {
  const kept = places.map(([x, y], i) => [x + Math.cos(2.4 * i) / 9, y + Math.sin(2.4 * i) / 9]); // none on another
  for (let round = 0; round < 300; round++) {
    let clear = true;
    kept.forEach((one, i) =>
      kept.slice(i + 1).forEach((other, j) => {
        const gaps = [0, 1].map((axis) => size - Math.abs(one[axis] - other[axis]));
        if (gaps[0] <= 0 || gaps[1] <= 0) return;
        clear = false;
        const axis = gaps[0] < gaps[1] ? 0 : 1;
        const way = Math.sign(other[axis] - one[axis]) || (j % 2 ? -1 : 1);
        one[axis] -= (way * (gaps[axis] + 0.5)) / 2;
        other[axis] += (way * (gaps[axis] + 0.5)) / 2;
      }),
    );
    for (const place of kept) {
      place[0] = clamp(place[0], size / 2, width - size / 2);
      place[1] = clamp(place[1], size / 2, height - size / 2);
    }
    if (clear) break;
  }
  return kept;
}
