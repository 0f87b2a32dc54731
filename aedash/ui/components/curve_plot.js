// Drawing of the loss chart: a frame maps epochs and values to pixels, and each part fills its own layer.

const HEAD = 30; // pixels of the chip row and its gap
const MARK_ROWS = 4;

/** The geometry of one drawing: margins, ranges and the maps between values and pixels. */
function makeFrame(view) {
  const { data, shown, zoom, window, log, root } = view;
  const unit = rem();
  const values = windowValues(shown, window, log);
  const levels = data.levels.map(({ value }) => value);
  const [low, high] = yRange(values, levels, log, Boolean(zoom));
  const [width, height] = [root.clientWidth, data.height - HEAD - view.note.offsetHeight];
  const frame = { unit, window, low, high, log, width, height, span: window[1] - window[0] };
  frame.ticks = (log ? logTicks(low, high) : niceTicks(low, high, 4)).map((value) => ({ value, text: tickText(value) }));
  const numbers = Math.max(...frame.ticks.map(({ text }) => textWidth(text, view)));
  Object.assign(frame, { left: Math.max(unit * 2.7, numbers + 10), top: 20, bottom: height - unit * 2.2 });
  frame.value = (v) => (log ? Math.log10(v) : v);
  frame.y = (v) => frame.top + ((high - frame.value(v)) / (high - low)) * (frame.bottom - frame.top);
  frame.ends = endLabels(shown, data.levels, frame);
  const widest = Math.max(0, ...frame.ends.map(({ text }) => textWidth(text, view)));
  frame.right = width - clamp(Math.ceil((widest + 14) / 8) * 8, unit, Math.max(unit * 5.4, width * 0.32));
  frame.x = (epoch) => frame.left + ((epoch - window[0]) / frame.span) * (frame.right - frame.left);
  frame.epochAt = (pixel) => clamp(window[0] + ((pixel - frame.left) / (frame.right - frame.left)) * frame.span, ...window);
  shorten(frame.ends, width - frame.right - 10, view);
  return frame;
}

/** Labels at the right end: the last value of each line in the window, ≈ before a smoothed one, and the levels.

    What lies beyond the axis gets an arrow. */
function endLabels(lines, levels, frame) {
  const labels = [];
  for (const { x, drawn, smoothed, end, role, look, ink } of lines) {
    let last = x.length - 1;
    while (last >= 0 && (x[last] > frame.window[1] || !hasPlace(drawn[last], frame.log))) last--;
    if (!end || last < 0) continue;
    labels.push({ name: end, value: drawn[last], about: smoothed ? "\u2248 " : "", look, ink, rank: RANK[role] });
  }
  for (const { label, value } of levels) {
    if (hasPlace(value, frame.log)) labels.push({ name: label, value, about: "", look: "level", rank: RANK.level });
  }
  for (const label of labels) {
    const height = frame.value(label.value);
    const arrow = height < frame.low ? " \u2193" : height > frame.high ? " \u2191" : "";
    label.y = clamp(frame.y(label.value), frame.top, frame.bottom);
    label.tail = ` ${label.about}${numberText(label.value)}${arrow}`;
    label.text = label.name + label.tail;
  }
  // The corner below is free: labels may go down beside the epochs.
  return spread(labels, frame.unit * 1.15, frame.top - 4, frame.height - 8);
}

/** Width of a label as it will be drawn; a canvas would measure without tabular figures. */
function textWidth(text, view) {
  view.ruler.textContent = text;
  return view.ruler.getComputedTextLength();
}

/** Make labels fit: first drop what follows a comma ("PCA, 20 numbers" to "PCA"), then cut letters. */
function shorten(labels, room, view) {
  for (const label of labels) {
    if (textWidth(label.text, view) <= room) continue;
    let [name] = label.name.split(",");
    label.text = name + label.tail;
    while (name.length > 1 && textWidth(label.text, view) > room) {
      name = name.slice(0, -1).trimEnd();
      label.text = `${name}\u2026${label.tail}`;
    }
  }
}

function drawAxes(layers, frame, data, zoomed) {
  const { left, right, bottom, unit, ticks } = frame;
  const epochs = epochTicks(...frame.window, right - left);
  children(layers.grid, "line", ticks.length).forEach((node, i) => {
    const y = Math.round(frame.y(ticks[i].value)) + 0.5;
    assign(node, { x1: left, x2: right, y1: y, y2: y });
  });
  const anchor = (epoch) => (frame.x(epoch) > right - 8 ? "end" : "middle"); // clear of the end labels
  const captions = [
    ...ticks.map(({ value, text }) => [left - 8, frame.y(value) + 4, "end", text]),
    ...epochs.map((epoch) => [frame.x(epoch), bottom + unit * 1.05, anchor(epoch), tickText(epoch)]),
  ];
  writeTexts(layers.ticks, captions);
  writeTexts(layers.captions, [
    [0, 9, "start", data.unit + (zoomed ? "  (double-click: whole run)" : "")],
    [right, frame.height - 4, "end", "epoch"],
  ]);
}

/** Write rows of [x, y, anchor, text, class] into a layer. */
function writeTexts(layer, rows) {
  children(layer, "text", rows.length).forEach((node, i) => {
    const [x, y, anchor, text, look = ""] = rows[i];
    assign(node, { x: x.toFixed(1), y: y.toFixed(1), "text-anchor": anchor, class: look });
    if (node.textContent !== text) node.textContent = text;
  });
}

function drawLevels(layer, frame, levels) {
  const inside = levels.filter(({ value }) => frame.value(value) >= frame.low && frame.value(value) <= frame.high);
  children(layer, "line", inside.length).forEach((node, i) => {
    const y = Math.round(frame.y(inside[i].value)) + 0.5;
    assign(node, { x1: frame.left, x2: frame.right, y1: y, y2: y });
  });
}

function drawEnds(layer, frame) {
  writeTexts(layer, frame.ends.map((end) => [frame.right + 8, end.y + 4, "start", end.text, end.look]));
  frame.ends.forEach((end, i) => layer.children[i].style.setProperty("--own", end.ink ?? ""));
}

/** Runs of neighbouring indices whose values have a place on the axis. */
function stretches(values, log) {
  const runs = [[]];
  values.forEach((value, i) => (hasPlace(value, log) ? runs.at(-1).push(i) : runs.push([])));
  return runs.filter((run) => run.length);
}

/** The area between the lowest and the highest of several runs, or of what was merged to a point. */
function bandOf(x, { low, high }, frame) {
  const floor = frame.log ? 10 ** frame.low : -Infinity;
  const point = (i, y) => `${frame.x(x[i]).toFixed(1)} ${frame.y(Math.max(y[i], floor)).toFixed(1)}`;
  return stretches(high, frame.log)
    .filter((run) => run.length > 1)
    .map((run) => `M${[...run.map((i) => point(i, high)), ...run.toReversed().map((i) => point(i, low))].join("L")}Z`)
    .join("");
}

/** A line through all points; what has no place on the axis breaks it. */
function pathOf(x, y, frame) {
  const point = (i) => `${frame.x(x[i]).toFixed(1)} ${frame.y(y[i]).toFixed(1)}`;
  return stretches(y, frame.log).map((run) => `M${run.map(point).join("L")}`).join("");
}

/** A mark for each value without a place: a tick at the foot for what a log axis has none for, else a cross above. */
function missingOf({ x, y }, frame) {
  const [foot, head] = [(frame.bottom - 5).toFixed(1), (frame.top + 1).toFixed(1)];
  const marks = Array.from(x, (epoch, i) => {
    if (hasPlace(y[i], frame.log)) return "";
    const at = frame.x(epoch).toFixed(1);
    return Number.isFinite(y[i]) ? `M${at} ${foot}v5` : `M${at} ${head}m-3 -3l6 6m0 -6l-6 6`;
  });
  return marks.join("");
}

/** One path of round dots, if they are far enough apart to be told from one another. */
function dotsOf({ x, y }, frame) {
  const gap = ((frame.x(x[x.length - 1]) - frame.x(x[0])) / (x.length - 1)) || Infinity;
  if (gap < 9) return "";
  let path = "";
  for (let i = 0; i < x.length; i++) {
    if (hasPlace(y[i], frame.log)) path += `M${frame.x(x[i]).toFixed(1)} ${frame.y(y[i]).toFixed(1)}h0`;
  }
  return path;
}

/** Where a number was changed: a line, and its label in the first row that has room for it, below that of the best. */
function drawMarks(layers, frame, marks) {
  const seen = marks.filter(([epoch]) => epoch >= frame.window[0] && epoch <= frame.window[1]);
  const rows = Array(MARK_ROWS).fill(-Infinity); // where the last label of each row ends
  const lines = children(layers.marks, "line", seen.length);
  children(layers.changes, "text", seen.length).forEach((text, i) => {
    const x = frame.x(seen[i][0]);
    assign(lines[i], { x1: x, x2: x, y1: frame.top, y2: frame.bottom });
    text.textContent = seen[i][1];
    const wide = text.getComputedTextLength();
    const start = x + 5 + wide <= frame.right ? x + 5 : Math.max(frame.left + 4, x - 5 - wide);
    const row = rows.findIndex((end) => end + 8 <= start);
    if (row >= 0) rows[row] = start + wide;
    else text.textContent = ""; // the tooltip still tells it
    assign(text, { x: start, y: frame.top + frame.unit * (1.85 + 1.05 * row) });
  });
}

function drawBest(layer, frame, best) {
  const seen = best && best[0] >= frame.window[0] && best[0] <= frame.window[1] && (!frame.log || best[1] > 0);
  layer.classList.toggle("off", !seen);
  if (!seen) return;
  if (!layer.childElementCount) for (const tag of ["line", "circle", "text"]) svgNode(tag, layer);
  const [line, ring, text] = layer.children;
  const [x, y] = [frame.x(best[0]), frame.y(best[1])];
  assign(line, { x1: x, x2: x, y1: frame.top, y2: frame.bottom });
  assign(ring, { cx: x, cy: y, r: 5 });
  text.textContent = `best: epoch ${tickText(best[0])}`;
  const wide = text.getComputedTextLength();
  const start = x + 8 + wide <= frame.right ? x + 8 : Math.max(frame.left + 4, x - 8 - wide);
  assign(text, { x: start, y: frame.top + frame.unit * 0.75 });
}

/** The place of the time machine: a line with a grip at its top. */
function drawMarker(layer, frame, marker) {
  const seen = marker !== null && marker >= frame.window[0] && marker <= frame.window[1];
  layer.classList.toggle("off", !seen);
  if (!seen) return;
  if (!layer.childElementCount) for (const tag of ["line", "path"]) svgNode(tag, layer);
  const x = frame.x(marker);
  assign(layer.children[0], { x1: x, x2: x, y1: frame.top - 4, y2: frame.bottom });
  assign(layer.children[1], { d: `M${x - 5} ${frame.top - 9}h10l-5 7z` });
}

/** Crosshair at a pixel, and the window that is being dragged. */
function drawHover(layer, frame, pixel, dragStart) {
  if (!layer.childElementCount) for (const tag of ["rect", "line"]) svgNode(tag, layer);
  const [area, cross] = layer.children;
  const { top, bottom, left, right } = frame;
  layer.classList.toggle("off", pixel === null);
  if (pixel === null) return;
  assign(cross, { x1: pixel, x2: pixel, y1: top, y2: bottom });
  const [x0, x1] = [dragStart ?? pixel, pixel].map((x) => clamp(x, left, right)).sort((a, b) => a - b);
  assign(area, { x: x0, y: top, width: x1 - x0, height: bottom - top });
}
