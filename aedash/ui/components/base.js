// Shared helpers, put in front of every component by source.py.

const SVG_SPACE = "http://www.w3.org/2000/svg";

/** Make an SVG element and append it to `parent`. */
function svgNode(tag, parent, attributes = {}) {
  const node = document.createElementNS(SVG_SPACE, tag);
  assign(node, attributes);
  parent.append(node);
  return node;
}

/** Make an HTML element with a class and text, and append it to `parent`. */
function htmlNode(tag, parent, className = "", text = "") {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  parent.append(node);
  return node;
}

function assign(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
}

/** Bring `parent` to exactly `count` children of a tag, keeping those it has: nodes survive updates. */
function children(parent, tag, count) {
  while (parent.childElementCount > count) parent.lastElementChild.remove();
  while (parent.childElementCount < count) svgNode(tag, parent);
  return [...parent.children];
}

function bytes(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

const floats = (packed) => (typeof packed === "string" ? new Float32Array(bytes(packed).buffer) : packed);
const shorts = (base64) => new Uint16Array(bytes(base64).buffer);

/** The root font size in pixels: the projector mode enlarges it, and every size follows. */
function rem() {
  return parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
}

const isPlain = (size) => size === 0 || (size >= 1e-3 && size < 1e6); // written without a power of ten
const withPower = (text) => text.replace("e+", "e");
const withCommas = (text) => text.replace(/\B(?=(\d{3})+$)/g, ",");

/** A measured number by the rule of formatting.number: 65.3, 0.0235, 12,345, 1.2e-5; only an exact half may differ. */
function numberText(value) {
  if (Number.isNaN(value)) return "\u2013";
  if (!Number.isFinite(value)) return value > 0 ? "\u221e" : "-\u221e";
  if (Math.abs(value) < 1e-99) return "0";
  if (!isPlain(Number(Math.abs(value).toPrecision(3)))) return withPower(value.toExponential(1));
  const digits = 2 - Number(value.toExponential(2).split("e")[1]);
  return digits > 0 ? value.toFixed(digits) : withCommas(value.toFixed(0));
}

/** A round number of an axis, every digit of it, with powers of ten where numberText has them. */
function tickText(value) {
  const round = Number(value.toPrecision(10));
  if (!isPlain(Math.abs(round))) return withPower(round.toExponential());
  const [whole, rest] = String(round).split(".");
  return withCommas(whole) + (rest ? `.${rest}` : "");
}

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

const prefersStillness = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Call `redraw` on a change of theme. The watch ends with the element, so nothing leaks over pages. */
function onTheme(element, redraw) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const refresh = () => {
    if (element.isConnected) return setTimeout(redraw, 100); // after Streamlit has set its variables
    watch.disconnect();
    system.removeEventListener("change", refresh);
  };
  const watch = new MutationObserver(refresh);
  for (const node of [document.documentElement, document.body, document.querySelector(".stApp")]) {
    if (node) watch.observe(node, { attributes: true, attributeFilter: ["class", "style", "data-theme"] });
  }
  system.addEventListener("change", refresh);
}

/** Show the data of a component, and over them whatever is newer on the wire; the function that ends it.

    root: where its view lives; show: called with all that is to be shown now. */
function follow(root, data, show) {
  root.leave?.();
  root.leave = null;
  if (!data.wire) return show(data);
  const { channel, parts, live } = data.wire;
  const draw = () => show({ ...data, ...aedashWire.over(data) });
  const tell = (names) => (names === null || !parts.length || parts.some((name) => names.includes(name))) && draw();
  root.leave = aedashWire.watch(channel, { element: root, news: live, tell });
  draw();
  return root.leave;
}
