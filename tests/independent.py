"""The other path: networks as plain functions of stored tensors, a reader of their own, nothing of aedash's models.

A figure that both paths give is right, or wrong twice in the same way.
"""

import json

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch.nn import functional as F

BETWEEN = {"relu": F.relu, "sigmoid": torch.sigmoid, "none": lambda x: x}


def stored(path):
    """{name: float32 tensor} of a safetensors file: a length, a header of JSON, then the numbers."""
    raw = path.read_bytes()
    size = int.from_bytes(raw[:8], "little")
    header = {name: entry for name, entry in json.loads(raw[8 : 8 + size]).items() if name != "__metadata__"}
    bare = {name.removeprefix("model/"): entry for name, entry in header.items()}
    kinds = {"F32": np.float32, "F16": np.float16}

    def tensor(entry):
        begin, end = entry["data_offsets"]
        numbers = np.frombuffer(raw[8 + size + begin : 8 + size + end], kinds[entry["dtype"]])
        return torch.from_numpy(numbers.astype(np.float32).reshape(entry["shape"]))

    return {name: tensor(entry) for name, entry in bare.items()}


def digits(images):
    """(N, 1, 28, 28) uint8 tensors are digits of scikit-learn: (N,) their rows in its table, by their shapes."""
    small = torch.from_numpy(load_digits().images).float()[:, None] / 16
    large = F.interpolate(small, (20, 20), mode="bicubic", align_corners=False).clamp(0, 1)
    padded = F.pad(large.mul(255).round(), (4, 4, 4, 4)).byte().flatten(1).numpy()
    rows = {row.tobytes(): i for i, row in enumerate(padded)}
    return [rows[image.tobytes()] for image in images.flatten(1).numpy()]


def stack(x, tensors, part, between="relu", last="none"):
    """x through the linear layers of a part, in order: (N, D) -> (N, K)."""
    layers = sorted((name for name in tensors if name.startswith(f"{part}.") and name.endswith(".weight")), key=_place)
    for name in layers:
        x = F.linear(x, tensors[name], tensors[name.replace("weight", "bias")])
        x = BETWEEN[last if name == layers[-1] else between](x)
    return x


def _place(name):
    return int(name.split(".")[1])


def conv_encoder(x, tensors, layers, last):
    """Convolutions with activation and pooling. layers: [{kernel, stride, padding, pool}] as the config has them."""
    names = sorted((n for n in tensors if n.startswith("encoder.") and n.endswith(".weight")), key=_place)
    for name, layer in zip(names, layers, strict=True):
        bias = tensors[name.replace("weight", "bias")]
        x = F.conv2d(x, tensors[name], bias, layer["stride"], layer["padding"])
        x = BETWEEN[last if name == names[-1] else "relu"](x)
        x = F.max_pool2d(x, layer["pool"]) if layer["pool"] > 1 else x
    return x


def conv_decoder(x, tensors, layers, output):
    """Transposed convolutions, or enlargement by repetition before plain ones, as the config's layers say."""
    names = sorted((n for n in tensors if n.startswith("decoder.") and n.endswith(".weight")), key=_place)
    for name, layer in zip(names, layers, strict=True):
        weight, bias = tensors[name], tensors[name.replace("weight", "bias")]
        if "scale" in layer:
            side = round(x.shape[2] * layer["scale"])
            x = F.conv2d(F.interpolate(x, (side, side)), weight, bias, 1, layer["padding"])
        else:
            x = F.conv_transpose2d(x, weight, bias, layer["stride"], layer["padding"], layer["output_padding"])
        x = BETWEEN[output if name == names[-1] else "relu"](x)
    return x


def dense(x, labels, tensors, config):
    """(reconstruction, mean, log variance or None) of a dense network."""
    flat = x.flatten(1)
    code = stack(flat, tensors, "encoder", last=config["code_activation"] if not config["variational"] else "none")
    mean, log_var = code.chunk(2, 1) if config["variational"] else (code, None)
    return stack(mean, tensors, "decoder", last=config["output"]).view_as(x), mean, log_var


def conditional(x, labels, tensors, config):
    """The same of one that is told the class, before and behind the code."""
    told = F.one_hot(labels, 10).float()
    mean, log_var = stack(torch.cat([x.flatten(1), told], 1), tensors, "encoder").chunk(2, 1)
    return stack(torch.cat([mean, told], 1), tensors, "decoder", last=config["output"]).view_as(x), mean, log_var


def convolutional(x, labels, tensors, config):
    """The same of a convolutional one that is not variational."""
    code = conv_encoder(x, tensors, config["encoder"], config["code_activation"])
    return conv_decoder(code, tensors, config["decoder"], config["output"]), code, None


def pca(x, labels, tensors, config):
    """The same of principal components."""
    code = (x.flatten(1) - tensors["centre"]) @ tensors["axes"].T
    return (code @ tensors["axes"] + tensors["centre"]).view_as(x), code, None


def vq(x, labels, tensors, config):
    """The same of a VQ-VAE: directions, each rounded to the codebook's nearest."""
    h = F.relu(F.conv2d(x, tensors["encoder.0.weight"], tensors["encoder.0.bias"], 2, 1))
    h = F.relu(F.conv2d(h, tensors["encoder.2.weight"], tensors["encoder.2.bias"], 2, 1))
    code = F.conv2d(h, tensors["encoder.4.weight"], tensors["encoder.4.bias"])
    code = code / code.norm(dim=1, keepdim=True)
    book = tensors["codebook"] / tensors["codebook"].norm(dim=1, keepdim=True)
    words = torch.cdist(code.movedim(1, -1).flatten(0, -2), book).argmin(1)
    entries = book[words].view(len(x), *code.shape[2:], -1).movedim(-1, 1)
    h = F.relu(F.conv2d(entries, tensors["decoder.0.weight"], tensors["decoder.0.bias"], padding=1))
    h = F.relu(F.conv_transpose2d(h, tensors["decoder.2.weight"], tensors["decoder.2.bias"], 2, 1))
    made = F.conv_transpose2d(h, tensors["decoder.4.weight"], tensors["decoder.4.bias"], 2, 1)
    return BETWEEN[config["output"]](made), code, None


NETS = {
    "dense": dense,
    "conditional": conditional,
    "conv_transpose": convolutional,
    "conv_upsample": convolutional,
    "pca": pca,
    "vq": vq,
}
