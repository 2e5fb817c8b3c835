"""A recurrent network that reads a series number by number, and whose gradient can explode."""

import numpy as np

from lessonkit.problems.networks.layers import ACTIVATIONS
from lessonkit.problems.networks.network import Network, check_activation, r_squared
from lessonkit.rules.counts import MOST, check_count, check_number
from lessonkit.rules.quantities import as_floats, shown


class Recurrent(Network):
    """h ← f(h W + x w + b) for each x of the series; the last h predicts the next number, h · u + c.

    Trained on half the mean squared error, through the whole series (backpropagation through time).
    """

    def __init__(self, hidden, radius, activation):
        self.hidden, (self.function, self.derivative) = hidden, ACTIVATIONS[activation]
        super().__init__(
            {"W": (hidden, hidden), "w": (hidden,), "b": (hidden,), "u": (hidden,), "c": (1,)},
            {
                "W": lambda rng: radius * np.linalg.qr(rng.standard_normal((hidden, hidden)))[0],
                "w": lambda rng: rng.standard_normal(hidden),
                "u": lambda rng: rng.standard_normal(hidden) / np.sqrt(hidden),
            },
        )

    def check(self, theta, x, y):
        """As for every network; also checks that the targets are numbers."""
        x, y = super().check(theta, x, y)
        return x, as_floats("network", "y", y).astype(theta.dtype, copy=False)

    def states(self, theta, x):
        """h before each number and after the last, shape (time + 1, examples, hidden)."""
        p = self.views(theta)
        h = np.zeros((x.shape[1] + 1, len(x), self.hidden), theta.dtype)
        for t in range(x.shape[1]):
            h[t + 1] = self.function(h[t] @ p["W"] + x[:, t, None] * p["w"] + p["b"])
        return h

    def loss_and_gradient(self, theta, x, y, rng=None):
        """Half the mean squared error of a batch, and its gradient; x has shape (examples, time), y (examples,)."""
        x, y = self.check(theta, x, y)
        p, h = self.views(theta), self.states(theta, x)
        error = h[-1] @ p["u"] + p["c"] - y
        g = np.zeros_like(theta)
        into, d_out = self.views(g), error / len(x)
        into["u"][...], into["c"][...] = h[-1].T @ d_out, d_out.sum()
        d = np.outer(d_out, p["u"])
        for t in range(x.shape[1] - 1, -1, -1):
            d = d * self.derivative(h[t + 1])
            into["W"] += h[t].T @ d
            into["w"] += x[:, t] @ d
            into["b"] += d.sum(axis=0)
            d = d @ p["W"].T
        return float((error**2).mean() / 2), g

    def predict(self, theta, x, seen=None):
        """The next number of each series, shape (examples,)."""
        x, p = self.check_inputs(theta, x), self.views(theta)
        return self.states(theta, x)[-1] @ p["u"] + p["c"]

    def loss(self, theta, x, y, seen=None):
        """Half the mean squared error."""
        x, y = self.check(theta, x, y)
        return float(((self.predict(theta, x) - y) ** 2).mean() / 2)

    def accuracy(self, theta, x, y, seen=None):
        """Share of the targets' variance that is explained (R²)."""
        return r_squared(self.loss(theta, x, y), y)


def rnn(hidden: int = 16, radius: float = 1.0, activation: str = "tanh") -> Recurrent:
    """A recurrent network for the next number of a series.

    Parameters
    ----------
    hidden : int, 1 or more
        Units in the state.
    radius : float, above 0
        Absolute value of the eigenvalues of the initial recurrent matrix, an orthogonal matrix times `radius`. If the activation
        does not saturate, the gradient over T steps grows or shrinks like radiusᵀ: Pascanu, Mikolov & Bengio (2013),
        arXiv:1211.5063, section 2.
    activation : "tanh", "relu", "sigmoid" or "linear"

    Returns
    -------
    Network

    Raises
    ------
    ValueError, TypeError
        A number of units below 1, a radius that is not a number above 0, or an activation of another name.

    Examples
    --------
    >>> from lessonkit import rnn
    >>> rnn(hidden=4).size
    29
    """
    check_count("rnn", "hidden", hidden, high=MOST)
    if not 0 < check_number("rnn: radius", radius) < np.inf:
        raise ValueError(
            f"rnn: radius must be a number above 0, got {shown(radius)}; "
            "1 keeps the gradient's length, 2 lets it explode"
        )
    check_activation("rnn", activation)
    return Recurrent(hidden, float(radius), activation)
