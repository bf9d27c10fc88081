"""Writes golden.json: what VGG-16 and both teacher families compute on weights and inputs given by a formula.

An independent numpy implementation from the original definitions (Keras' VGG16, pytorch/examples' TransformerNet,
lengstrom/fast-style-transfer's transform.net); `python3 make.py` needs numpy only. The unit tests of limn-networks build
the same weights and compare.
"""

import json
import pathlib

import numpy as np


class Formula:
    """Pseudo-random numbers that are cheap to state in two languages: tensor k holds ((i+1)·(7919+2k) mod 1009)/1009 − ½."""

    def __init__(self):
        self.k = 0

    def values(self, shape, gain=1.0, offset=0.0):
        i = np.arange(1, int(np.prod(shape)) + 1, dtype=np.int64)
        v = (i * (7919 + 2 * self.k) % 1009).astype(np.float64) / 1009 - 0.5
        self.k += 1
        return (offset + gain * v).reshape(shape)

    def kernel(self, shape, fan_in):
        return self.values(shape, np.sqrt(12.0 / fan_in))


def conv(x, w, b=None, stride=1):
    """Valid cross-correlation of [C,H,W] with OIHW."""
    k = w.shape[-1]
    windows = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(1, 2))[:, ::stride, ::stride]
    y = np.einsum("chwij,ocij->ohw", windows, w)
    return y if b is None else y + b[:, None, None]


def pad(x, before, after, mode):
    return np.pad(x, ((0, 0), (before, after), (before, after)), mode=mode)


def relu(x):
    return np.maximum(x, 0)


def norm(x, scale, shift, eps):
    mean = x.mean((1, 2), keepdims=True)
    var = x.var((1, 2), keepdims=True)
    return (x - mean) / np.sqrt(var + eps) * scale[:, None, None] + shift[:, None, None]


def probe(x):
    """A few numbers that tell a layout mistake."""
    flat = x.reshape(-1)
    return {
        "shape": list(x.shape),
        "mean": float(x.mean()),
        "rms": float(np.sqrt((x**2).mean())),
        "first": [float(v) for v in flat[:4]],
        "last": [float(v) for v in flat[-4:]],
    }


def vgg(blocks, height, width):
    """What the convolutions of `blocks`, (channels, number) each, compute before and after their ReLU, by name."""
    f = Formula()
    layers = []
    inputs = 3
    for b, (outputs, count) in enumerate(blocks):
        for c in range(count):
            w = f.kernel((outputs, inputs, 3, 3), 9 * inputs)
            layers.append((f"conv{b + 1}_{c + 1}", w, f.values((outputs,), 0.2)))
            inputs = outputs
    x = f.values((3, height, width), 0.02)  # RGB gradients of an image in [0, 1]
    x = x[::-1] * 255  # the network reads BGR, 0..255
    maps = {}
    for name, w, b in layers:
        if name.endswith("_1") and maps:
            c, h, width = x.shape
            x = x.reshape(c, h // 2, 2, width // 2, 2).max((2, 4))
        before = conv(pad(x, 1, 1, "constant"), w, b)
        x = relu(before)
        maps[name] = {"before": probe(before), "after": probe(x)}
    return maps


def vgg16():
    maps = vgg([(64, 2), (128, 2), (256, 3)], 12, 8)
    return {name: maps[name]["after"] for name in ["conv1_2", "conv2_2", "conv3_3"]}


def vgg19():
    maps = vgg([(64, 2), (128, 2), (256, 4), (512, 4), (512, 4)], 32, 16)
    return {name: maps[name] for name in ["conv1_1", "conv3_4", "conv4_2", "conv5_1", "conv5_4"]}


def transformer_net():
    f = Formula()

    def layer(inputs, outputs, kernel):
        w = f.kernel((outputs, inputs, kernel, kernel), kernel * kernel * inputs)
        return w, f.values((outputs,), 0.2)

    def instance(channels):
        return f.values((channels,), 0.4, 1.0), f.values((channels,), 0.4)

    def reflected(x, parameters, stride=1):
        w, b = parameters
        p = w.shape[-1] // 2
        return conv(pad(x, p, p, "reflect"), w, b, stride)

    down = [(layer(3, 32, 9), instance(32), 1), (layer(32, 64, 3), instance(64), 2), (layer(64, 128, 3), instance(128), 2)]
    residual = [[(layer(128, 128, 3), instance(128)) for _ in range(2)] for _ in range(5)]
    up = [(layer(128, 64, 3), instance(64)), (layer(64, 32, 3), instance(32))]
    last = layer(32, 3, 9)
    x = f.values((3, 16, 12), 255.0, 127.5)
    for parameters, n, stride in down:
        x = relu(norm(reflected(x, parameters, stride), *n, 1e-5))
    for (a, na), (b, nb) in residual:
        inner = relu(norm(reflected(x, a), *na, 1e-5))
        x = x + norm(reflected(inner, b), *nb, 1e-5)
    for parameters, n in up:
        x = relu(norm(reflected(x.repeat(2, 1).repeat(2, 2), parameters), *n, 1e-5))
    return probe(reflected(x, last))


def fast_style_transfer():
    f = Formula()

    def layer(a, b, kernel, outputs):
        w = f.kernel((kernel, kernel, a, b), kernel * kernel * (a + b - outputs))
        return w, f.values((outputs,), 0.4, 1.0), f.values((outputs,), 0.4)

    def same(x, parameters, stride=1):
        w, scale, shift = parameters
        k = w.shape[0]
        pads = []
        for n in x.shape[1:]:
            total = max((-(-n // stride) - 1) * stride + k - n, 0)
            pads.append((total // 2, total - total // 2))
        x = np.pad(x, [(0, 0), *pads])
        return norm(conv(x, w.transpose(3, 2, 0, 1), stride=stride), scale, shift, 1e-3)

    def transposed(x, parameters):
        w, scale, shift = parameters  # H, W, out, in
        c, h, width = x.shape
        y = np.zeros((w.shape[2], 2 * h + 1, 2 * width + 1))
        for i in range(3):
            for j in range(3):
                y[:, i : i + 2 * h : 2, j : j + 2 * width : 2] += np.einsum("oc,chw->ohw", w[i, j], x)
        return norm(y[:, : 2 * h, : 2 * width], scale, shift, 1e-3)

    down = [(layer(3, 32, 9, 32), 1), (layer(32, 64, 3, 64), 2), (layer(64, 128, 3, 128), 2)]
    residual = [[layer(128, 128, 3, 128) for _ in range(2)] for _ in range(5)]
    up = [layer(64, 128, 3, 64), layer(32, 64, 3, 32)]
    last = layer(32, 3, 9, 3)
    x = f.values((3, 16, 12), 255.0, 127.5)
    for parameters, stride in down:
        x = relu(same(x, parameters, stride))
    for a, b in residual:
        x = x + same(relu(same(x, a)), b)
    for parameters in up:
        x = relu(transposed(x, parameters))
    return probe(np.tanh(same(x, last)) * 150 + 127.5)


if __name__ == "__main__":
    golden = {"vgg16": vgg16(), "vgg19": vgg19(), "transformer_net": transformer_net(), "fast_style_transfer": fast_style_transfer()}
    path = pathlib.Path(__file__).with_name("golden.json")
    path.write_text(json.dumps(golden, indent=1) + "\n")
