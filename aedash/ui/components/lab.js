// The laboratory of a page: what its cards share in the browser. Bytes that are fetched once, and what is pointed at.

const DTYPES = { F16: halves, F32: (raw) => new Float32Array(raw), U8: (raw) => new Uint8Array(raw), I32: (raw) => new Int32Array(raw) };
const KEPT_PARCELS = 24;

/** Half-precision numbers widened to single. */
function halves(raw) {
  const words = new Uint16Array(raw);
  const wide = new Float32Array(words.length);
  for (let i = 0; i < words.length; i++) {
    const [sign, exponent, fraction] = [words[i] >> 15 ? -1 : 1, (words[i] >> 10) & 31, words[i] & 1023];
    if (exponent === 31) wide[i] = fraction ? NaN : sign * Infinity;
    else wide[i] = sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024));
  }
  return wide;
}

/** The arrays of a safetensors file, and its metadata. */
function readTensors(buffer) {
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  const { __metadata__: metadata = {}, ...entries } = header;
  const tensors = {};
  for (const [name, { dtype, shape, data_offsets: [from, to] }] of Object.entries(entries)) {
    tensors[name] = { shape, data: DTYPES[dtype](buffer.slice(8 + length + from, 8 + length + to)) };
  }
  return { tensors, metadata };
}

class Lab {
  constructor() {
    Object.assign(this, { parcels: new Map(), read: new Map(), decoders: new Map(), topics: new Map(), listeners: new Set() });
  }

  address(name) {
    return `${aedashWire.base}parcel/${name}`;
  }

  /** Bytes of a parcel, as an ArrayBuffer, fetched once; rejected where the server has it no longer. */
  parcel(name) {
    return this.kept(this.parcels, name, () =>
      fetch(this.address(name)).then((answer) => (answer.ok ? answer.arrayBuffer() : Promise.reject(answer.status))),
    );
  }

  /** {tensors: {name: {shape, data}}, metadata} of a parcel that is a safetensors file. */
  tensors(name) {
    return this.kept(this.read, name, () => this.parcel(name).then(readTensors));
  }

  /** The Decoder (decoder.js) of a parcel: one for all cards, whose memory the next picture overwrites. */
  decoder(name) {
    return this.kept(this.decoders, name, () =>
      this.tensors(name).then(({ tensors, metadata }) => new Decoder(tensors, metadata)),
    );
  }

  kept(shelf, name, make) {
    const found = shelf.get(name) ?? make();
    shelf.delete(name);
    shelf.set(name, found); // the newest last
    found.catch(() => shelf.delete(name));
    for (const old of [...shelf.keys()].slice(0, -KEPT_PARCELS)) shelf.delete(old);
    return found;
  }

  // -- what is pointed at

  last(topic) {
    return this.topics.get(topic) ?? null;
  }

  tell(topic, value) {
    this.topics.set(topic, value);
    for (const one of [...this.listeners]) {
      if (!one.element.isConnected) this.listeners.delete(one);
      else if (one.topic === topic) one.act(value);
    }
  }

  /** Nothing is pointed at, and nothing decoded. */
  forget() {
    for (const topic of this.topics.keys()) this.tell(topic, null);
  }

  /** Call `act(value)` from now on; the function that ends it. It ends with the element, too. */
  listen(topic, element, act) {
    const one = { topic, element, act };
    this.listeners.add(one);
    return () => this.listeners.delete(one);
  }
}

globalThis.aedashLab ??= new Lab();
