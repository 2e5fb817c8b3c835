"""Layers: each has parameters, a forward pass and a backward pass.

`forward` returns its output and what `backward` will need. `backward` takes the gradient of the loss with respect to the
output, and returns the gradient with respect to the input and to each parameter; `gradients` of a layer with parameters
returns the latter alone, for the first one of a network. `seen` is None in training; in evaluation
it is the number of leading rows that belong to the training set, whose statistics batch norm uses.
"""

import math

import numpy as np

ACTIVATIONS = {  # name: (function, its derivative written with the function's value)
    "relu": (lambda z: np.maximum(z, 0), lambda a: a > 0),
    "tanh": (np.tanh, lambda a: 1 - a * a),
    "sigmoid": (lambda z: 0.5 + 0.5 * np.tanh(0.5 * z), lambda a: a * (1 - a)),
    "linear": (lambda z: z, lambda a: np.ones_like(a)),
}


class Dense:
    """A linear map with a bias, a W + b.

    W is initialized from a normal distribution with variance gain / fan-in: He et al. (2015), arXiv:1502.01852, equation 10, for gain = 2;
    close to Glorot & Bengio (2010) for gain = 1. b starts at zero.
    """

    def __init__(self, inputs, outputs, gain):
        self.shapes = {"W": (inputs, outputs), "b": (outputs,)}
        self.first = {"W": lambda rng: rng.standard_normal((inputs, outputs)) * math.sqrt(gain / inputs)}

    def forward(self, p, a, rng, seen):
        z = a @ p["W"]
        z += p["b"]
        return z, a

    def backward(self, p, a, d):
        return d @ p["W"].T, self.gradients(p, a, d)

    def gradients(self, p, a, d):
        return {"W": a.T @ d, "b": np.add.reduce(d)}


class Activation:
    """A nonlinearity, entry by entry."""

    shapes, first = {}, {}

    def __init__(self, name):
        self.function, self.derivative = ACTIVATIONS[name]

    def forward(self, p, z, rng, seen):
        a = self.function(z)
        return a, a

    def backward(self, p, a, d):
        return d * self.derivative(a), {}


class BatchNorm:
    """Each feature normalized to mean 0 and variance 1, then scaled by gamma and shifted by beta, which are learned.

    The statistics are those of the batch in training, and those of the training set in evaluation: Ioffe & Szegedy (2015), arXiv:1502.03167,
    Algorithms 1 and 2, with exact statistics of the training set instead of moving averages.
    """

    def __init__(self, features, eps=1e-5):
        self.eps, self.shapes = eps, {"gamma": (features,), "beta": (features,)}
        self.first = {"gamma": lambda rng: np.ones(features)}

    def forward(self, p, z, rng, seen):
        population = z if seen is None else z[:seen]
        scale = 1 / np.sqrt(population.var(axis=0) + self.eps)
        unit = (z - population.mean(axis=0)) * scale
        return p["gamma"] * unit + p["beta"], (unit, scale)

    def backward(self, p, kept, d):
        unit, scale = kept
        found = self.gradients(p, kept, d)
        return p["gamma"] * scale * (d - found["beta"] / len(d) - unit * found["gamma"] / len(d)), found

    def gradients(self, p, kept, d):
        return {"gamma": (d * kept[0]).sum(axis=0), "beta": d.sum(axis=0)}


class Dropout:
    """In training each entry is set to 0 with probability `rate`, and the others are divided by 1 − rate.

    Srivastava et al. (2014), Dropout: a simple way to prevent neural networks from overfitting, JMLR 15.
    """

    shapes, first = {}, {}

    def __init__(self, rate):
        self.rate = rate

    def forward(self, p, a, rng, seen):
        if seen is not None:
            return a, None
        if not isinstance(rng, np.random.Generator):
            raise ValueError(
                f"a network with dropout needs a generator in training, got {rng!r:.60}: "
                "pass rng=np.random.default_rng(seed)"
            )
        mask = (rng.random(a.shape) >= self.rate).astype(a.dtype) / (1 - self.rate)
        return a * mask, mask

    def backward(self, p, mask, d):
        return d * mask, {}


class Convolution:
    """3 × 3 filters over images, without padding, as matrix products over all patches.

    (n, height, width, channels in) → (n, height − 2, width − 2, channels out). A column of W is a filter: for each
    channel in, its nine weights row by row.
    """

    def __init__(self, channels_in, channels_out):
        self.shapes = {"W": (9 * channels_in, channels_out), "b": (channels_out,)}
        self.first = {"W": lambda rng: rng.standard_normal(self.shapes["W"]) * math.sqrt(2 / (9 * channels_in))}

    def forward(self, p, a, rng, seen):
        n, height, width, channels = a.shape
        patches = np.lib.stride_tricks.sliding_window_view(a, (3, 3), axis=(1, 2))
        patches = patches.reshape(n, height - 2, width - 2, channels * 9)
        return patches @ p["W"] + p["b"], (patches, a.shape)

    def backward(self, p, kept, d):
        _, (n, height, width, channels) = kept
        flat = d.reshape(-1, d.shape[-1])
        parts = (flat @ p["W"].T).reshape(n, height - 2, width - 2, channels, 3, 3)
        back = np.zeros((n, height, width, channels), d.dtype)
        for i in range(3):
            for j in range(3):
                back[:, i : i + height - 2, j : j + width - 2] += parts[..., i, j]
        return back, self.gradients(p, kept, d)

    def gradients(self, p, kept, d):
        patches, flat = kept[0], d.reshape(-1, d.shape[-1])
        return {"W": patches.reshape(-1, patches.shape[-1]).T @ flat, "b": flat.sum(axis=0)}


class Pool:
    """The mean of each 2 × 2 block."""

    shapes, first = {}, {}

    def forward(self, p, a, rng, seen):
        n, height, width, channels = a.shape
        return a.reshape(n, height // 2, 2, width // 2, 2, channels).mean(axis=(2, 4)), None

    def backward(self, p, kept, d):
        return np.repeat(np.repeat(d, 2, axis=1), 2, axis=2) / 4, {}


class Reshape:
    """Each example in another shape, such as a row of pixels as an image."""

    shapes, first = {}, {}

    def __init__(self, *shape):
        self.shape = shape

    def forward(self, p, a, rng, seen):
        return a.reshape(len(a), *self.shape), a.shape

    def backward(self, p, shape, d):
        return d.reshape(shape), {}
