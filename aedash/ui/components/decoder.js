// A decoder that has travelled (models/travelling.py): layers on typed arrays. Decoding a picture allocates nothing.

const COUNTED = Math.fround; // torch finds the pixel that is repeated in single precision

class Decoder {
  /** tensors: {name: {data: Float32Array}}; metadata: of the parcel. shape: [channels, height, width] of a picture;
      latent: numbers of a code. */
  constructor(tensors, metadata) {
    const layers = JSON.parse(metadata.layers);
    this.shape = JSON.parse(metadata.shape);
    this.latent = size(JSON.parse(metadata.latent));
    const largest = Math.max(this.latent, ...layers.map(({ output }) => size(output)));
    let [now, next] = [new Float32Array(largest), new Float32Array(largest)];
    this.code = now;
    this.steps = layers.map((layer) => {
      const [weight, bias] = ["weight", "bias"].map((name) => tensors[`${layer.place}.${name}`]?.data);
      const made = { ...layer, weight, bias, from: now, to: now, count: size(layer.output) };
      if (layer.kind in MAPS) [now, next] = [(made.to = next), now];
      return { act: MAPS[layer.kind] ?? POINTWISE[layer.kind], layer: made };
    });
    this.pixels = now.subarray(0, size(this.shape));
  }

  /** The picture of a code, pixel by pixel on [0, 1] where nothing is clipped: written into `out`, else into memory of
      the decoder's own that the next picture overwrites. */
  decode(code, out) {
    this.code.set(code);
    for (const { act, layer } of this.steps) act(layer);
    if (!out) return this.pixels;
    out.set(this.pixels);
    return out;
  }
}

const size = (shape) => shape.reduce((product, side) => product * side, 1);

/** Layers that read one memory and write the other. */
const MAPS = { linear, convolution, transposed, nearest };

/** Layers that change each number by itself, where it is. */
const POINTWISE = {
  relu: ({ from, count }) => {
    for (let i = 0; i < count; i++) if (from[i] < 0) from[i] = 0;
  },
  leaky_relu: ({ from, count, slope }) => {
    for (let i = 0; i < count; i++) if (from[i] < 0) from[i] *= slope;
  },
  elu: ({ from, count }) => {
    for (let i = 0; i < count; i++) if (from[i] < 0) from[i] = Math.expm1(from[i]);
  },
  gelu: ({ from, count }) => {
    for (let i = 0; i < count; i++) from[i] *= 0.5 * (1 + erf(from[i] * Math.SQRT1_2));
  },
  silu: ({ from, count }) => {
    for (let i = 0; i < count; i++) from[i] /= 1 + Math.exp(-from[i]);
  },
  tanh: ({ from, count }) => {
    for (let i = 0; i < count; i++) from[i] = Math.tanh(from[i]);
  },
  sigmoid: ({ from, count }) => {
    for (let i = 0; i < count; i++) from[i] = 1 / (1 + Math.exp(-from[i]));
  },
  scaling: ({ from, count, shift, factor }) => {
    for (let i = 0; i < count; i++) from[i] = (from[i] + shift) * factor;
  },
};

/** The error function to 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26). */
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const sum = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - sum * Math.exp(-x * x));
}

/** Four rows at a time: each number of the input is read once for all of them. */
function linear({ from, to, weight, bias, count, input }) {
  const wide = size(input);
  let row = 0;
  for (; row + 3 < count; row += 4) {
    const at = row * wide;
    const [second, third, fourth] = [at + wide, at + 2 * wide, at + 3 * wide];
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let i = 0; i < wide; i++) {
      const x = from[i];
      a += x * weight[at + i];
      b += x * weight[second + i];
      c += x * weight[third + i];
      d += x * weight[fourth + i];
    }
    to[row] = a;
    to[row + 1] = b;
    to[row + 2] = c;
    to[row + 3] = d;
  }
  for (; row < count; row++) {
    let sum = 0;
    for (let i = 0; i < wide; i++) sum += from[i] * weight[row * wide + i];
    to[row] = sum;
  }
  if (bias) for (let i = 0; i < count; i++) to[i] += bias[i];
}

/** Each map of the output begins as its bias. */
function begin(to, bias, channels, area) {
  for (let channel = 0; channel < channels; channel++) {
    const value = bias ? bias[channel] : 0;
    to.fill(value, channel * area, (channel + 1) * area);
  }
}

/** One weight after another: what it adds to a map, row by row. weight: (output, input, kernel, kernel). */
function convolution({ from, to, weight, bias, kernel, stride, padding, input, output }) {
  const [channels, high, wide] = input;
  const [maps, tall, broad] = output;
  begin(to, bias, maps, tall * broad);
  let at = 0;
  for (let map = 0; map < maps; map++) {
    for (let channel = 0; channel < channels; channel++) {
      for (let down = 0; down < kernel; down++) {
        for (let right = 0; right < kernel; right++) {
          const w = weight[at++];
          const [up, left] = [down - padding, right - padding];
          const first = left < 0 ? Math.ceil(-left / stride) : 0;
          const last = Math.min(broad, Math.floor((wide - 1 - left) / stride) + 1);
          const top = up < 0 ? Math.ceil(-up / stride) : 0;
          const bottom = Math.min(tall, Math.floor((high - 1 - up) / stride) + 1);
          for (let y = top; y < bottom; y++) {
            let source = (channel * high + y * stride + up) * wide + first * stride + left;
            const row = (map * tall + y) * broad;
            for (let x = row + first; x < row + last; x++, source += stride) to[x] += w * from[source];
          }
        }
      }
    }
  }
}

/** A convolution run backwards: each pixel is spread over the output. weight: (input, output, kernel, kernel). */
function transposed({ from, to, weight, bias, kernel, stride, padding, input, output }) {
  const [channels, high, wide] = input;
  const [maps, tall, broad] = output;
  begin(to, bias, maps, tall * broad);
  let at = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let map = 0; map < maps; map++) {
      for (let down = 0; down < kernel; down++) {
        for (let right = 0; right < kernel; right++) {
          const w = weight[at++];
          const [up, left] = [down - padding, right - padding];
          const first = left < 0 ? Math.ceil(-left / stride) : 0;
          const last = Math.min(wide, Math.floor((broad - 1 - left) / stride) + 1);
          const top = up < 0 ? Math.ceil(-up / stride) : 0;
          const bottom = Math.min(high, Math.floor((tall - 1 - up) / stride) + 1);
          for (let y = top; y < bottom; y++) {
            let target = (map * tall + y * stride + up) * broad + first * stride + left;
            const row = (channel * high + y) * wide;
            for (let x = row + first; x < row + last; x++, target += stride) to[target] += w * from[x];
          }
        }
      }
    }
  }
}

/** Pixels repeated: each of the output is the one of the input that lies where it does. */
function nearest({ from, to, scale, input, output }) {
  const [, high, wide] = input;
  const [maps, tall, broad] = output;
  const each = COUNTED(1 / scale);
  const source = (i, side) => Math.min(Math.floor(COUNTED(i * each)), side - 1);
  for (let map = 0; map < maps; map++) {
    for (let y = 0; y < tall; y++) {
      const row = (map * high + source(y, high)) * wide;
      const at = (map * tall + y) * broad;
      for (let x = 0; x < broad; x++) to[at + x] = from[row + source(x, wide)];
    }
  }
}
