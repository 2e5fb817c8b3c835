"""What a network of layers is trained on: classes, or numbers. Each loss checks its targets and gives its own gradient.

These are called at each step, so NumPy's ufuncs reduce directly: the methods `max` and `sum` take longer to begin than to add.
"""

import numpy as np

from lessonkit.problems.networks.network import r_squared, targets_of
from lessonkit.rules.quantities import as_floats, shown


class CrossEntropy:
    """Softmax cross-entropy, the mean over the examples; `outputs` are scores, one for each class."""

    def __init__(self, classes):
        self.classes = classes

    def check(self, y, examples, dtype):
        """The targets, after a check that they are classes."""
        y = targets_of(y, (examples,))
        if y.dtype.kind not in "iu" or np.minimum.reduce(y) < 0 or np.maximum.reduce(y) >= self.classes:
            advice = '; a network for numbers is made with loss="squared"' if y.dtype.kind == "f" else ""
            raise ValueError(
                f"y must be whole numbers from 0 to {self.classes - 1}, one class an example, "
                f"got {y.dtype} {shown(np.unique(y)[:5].tolist())}{advice}"
            )
        return y

    def value(self, outputs, y):
        """The mean loss."""
        return float(-log_softmax(outputs)[np.arange(len(y)), y].mean())

    def value_and_slope(self, outputs, y):
        """The mean loss, and its gradient with respect to the outputs."""
        logp, rows = log_softmax(outputs), np.arange(len(y))
        d = np.exp(logp)
        d[rows, y] -= 1
        d /= len(y)
        return float(-logp[rows, y].mean()), d

    def quality(self, outputs, y):
        """Share of examples whose highest score is the right one."""
        return float((outputs.argmax(axis=1) == y).mean())


class Squared:
    """Half the squared error, the mean over examples and outputs."""

    def __init__(self, outputs):
        self.outputs = outputs

    def check(self, y, examples, dtype):
        """The targets as floats of `dtype`, shape (examples, outputs)."""
        flat = [(examples,)] if self.outputs == 1 else []
        y = as_floats("network", "y", targets_of(y, *flat, (examples, self.outputs)))
        return y.astype(dtype, copy=False).reshape(examples, self.outputs)

    def value(self, outputs, y):
        """The mean loss."""
        return float(((outputs - y) ** 2).mean() / 2)

    def value_and_slope(self, outputs, y):
        """The mean loss, and its gradient with respect to the outputs."""
        return self.value(outputs, y), (outputs - y) / y.size

    def quality(self, outputs, y):
        """Share of the targets' variance that is explained (R²)."""
        return r_squared(self.value(outputs, y), y)


LOSSES = {"cross-entropy": CrossEntropy, "squared": Squared}


def log_softmax(scores):
    """The logarithm of softmax along the last axis, safe for large scores."""
    shifted = scores - np.maximum.reduce(scores, axis=-1, keepdims=True)
    return shifted - np.log(np.add.reduce(np.exp(shifted), axis=-1, keepdims=True))
