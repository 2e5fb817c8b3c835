"""Networks of layers one after another: a perceptron and a small convolutional network."""

import itertools
from collections.abc import Sequence

import numpy as np

from lessonkit.problems.networks.layers import Activation, BatchNorm, Convolution, Dense, Dropout, Pool, Reshape
from lessonkit.problems.networks.losses import LOSSES, CrossEntropy
from lessonkit.problems.networks.network import Network, check_activation
from lessonkit.rules.counts import MOST, check_count, check_number
from lessonkit.rules.quantities import shown


class Layered(Network):
    """Layers one after another, and a loss at the end."""

    def __init__(self, layers, inputs, target):
        self.layers, self.target = layers, target
        self.normalizes = any(isinstance(layer, BatchNorm) for layer in layers)
        super().__init__(
            {f"{i}.{name}": shape for i, layer in enumerate(layers) for name, shape in layer.shapes.items()},
            {f"{i}.{name}": draw for i, layer in enumerate(layers) for name, draw in layer.first.items()},
            inputs,
        )
        places = iter(self.places)
        self.places_of = [[(name, *next(places)[1:]) for name in layer.shapes] for layer in layers]
        self.first_trained = next(i for i, layer in enumerate(layers) if layer.shapes)

    def check(self, theta, x, y):
        """Inputs in the dtype of theta, and targets, after a check that they fit the loss."""
        x = self.check_inputs(theta, x)
        return x, self.target.check(y, len(x), theta.dtype)

    def forward(self, theta, x, rng=None, seen=None):
        """Scores, and what each layer's `backward` needs; `seen` as in `lessonkit.problems.networks.layers`."""
        self.check_parameters(theta)
        kept = []
        for layer, places in zip(self.layers, self.places_of):
            p = {name: theta[place].reshape(shape) for name, place, shape in places}
            x, memory = layer.forward(p, x, rng, seen)
            kept.append((layer, p, memory))
        return x, kept

    def loss_and_gradient(self, theta, x, y, rng=None):
        """Mean loss of a batch in training, and its gradient.

        Parameters
        ----------
        theta : array of floats, shape (size,)
        x : array, shape (examples, inputs)
        y : array of ints, shape (examples,), from 0 to classes − 1; or of floats, shape (examples, outputs), for the squared
            loss, where one output may also be shape (examples,)
        rng : Generator, needed for dropout only

        Returns
        -------
        loss : float
        g : array like `theta`
        """
        x, y = self.check(theta, x, y)
        outputs, kept = self.forward(theta, x, rng)
        loss, d = self.target.value_and_slope(outputs, y)
        found = []
        for layer, p, memory in kept[: self.first_trained : -1]:
            d, gradients = layer.backward(p, memory, d)
            found.append(gradients)
        layer, p, memory = kept[self.first_trained]  # nobody asks for the gradient with respect to the examples
        found.append(layer.gradients(p, memory, d))
        tensors = [each.ravel() for gradients in reversed(found) for each in gradients.values()]
        return loss, np.concatenate(tensors, dtype=theta.dtype)

    def predict(self, theta, x, seen=None):
        """Outputs in evaluation, shape (examples, outputs): for classes, a score for each.

        Without dropout. Batch norm uses the statistics of the training inputs `seen`, shape (any number, inputs).
        """
        x = self.check_inputs(theta, x)
        if not self.normalizes:
            return self.forward(theta, x, seen=0)[0]
        if seen is None:
            raise ValueError(
                "a network with batch norm is evaluated by the statistics of its training data: pass seen=x_train"
            )
        seen = self.check_inputs(theta, seen)
        both = np.concatenate([seen, x])
        return self.forward(theta, both, seen=len(seen))[0][len(seen) :]

    def loss(self, theta, x, y, seen=None):
        """Mean loss in evaluation."""
        x, y = self.check(theta, x, y)
        return self.target.value(self.predict(theta, x, seen), y)

    def accuracy(self, theta, x, y, seen=None):
        """Share of examples whose highest score is the right one; for the squared loss, share of variance explained (R²)."""
        x, y = self.check(theta, x, y)
        return self.target.quality(self.predict(theta, x, seen), y)


def mlp(
    sizes: Sequence[int],
    activation: str = "relu",
    batch_norm: bool = False,
    dropout: float = 0.0,
    loss: str = "cross-entropy",
) -> Layered:
    """A multilayer perceptron, for classification or regression.

    Parameters
    ----------
    sizes : list of ints, at least two
        Inputs, hidden units of each layer, classes or outputs: ``[64, 32, 10]``.
    activation : "relu", "tanh", "sigmoid" or "linear"
    batch_norm : bool
        Normalize before each activation.
    dropout : float in [0, 1)
        Share of hidden units that are set to 0 in training.
    loss : "cross-entropy" or "squared"
        For classes, or for numbers: half the mean squared error, as in `rnn`.

    Returns
    -------
    Network

    Raises
    ------
    ValueError, TypeError
        Fewer than two sizes, a size below 1, an activation or a loss of another name, a share out of its range,
        or a `batch_norm` that is no bool.

    Examples
    --------
    >>> from lessonkit import mlp
    >>> net = mlp([64, 32, 10])
    >>> net.size, list(net.shapes)
    (2410, ['0.W', '0.b', '2.W', '2.b'])
    """
    if not isinstance(sizes, (list, tuple)) or len(sizes) < 2:
        raise ValueError(f"mlp: sizes must list at least inputs and classes, such as [64, 32, 10], got {shown(sizes)}")
    for size in sizes:
        check_count("mlp", "each of sizes", size, high=MOST)
    check_activation("mlp", activation)
    if not isinstance(batch_norm, (bool, np.bool_)):
        raise TypeError(f"mlp: batch_norm must be True or False, got {batch_norm!r:.60}")
    dropout = check_number("mlp: dropout", dropout)  # NumPy's own float64 would turn float32 into float64
    if not 0 <= dropout < 1:
        raise ValueError(f"mlp: dropout must be a share in [0, 1), got {shown(dropout)}")
    if loss not in list(LOSSES):
        raise ValueError(f"mlp: loss must be one of {', '.join(LOSSES)}, got {shown(loss)}")
    layers, gain = [], 2 if activation == "relu" else 1
    for inputs, outputs in itertools.pairwise(sizes[:-1]):
        layers += [
            Dense(inputs, outputs, gain),
            *([BatchNorm(outputs)] if batch_norm else []),
            Activation(activation),
            *([Dropout(dropout)] if dropout else []),
        ]
    return Layered([*layers, Dense(sizes[-2], sizes[-1], 1)], sizes[0], LOSSES[loss](sizes[-1]))


def convnet(channels: int = 8) -> Layered:
    """A small convolutional network for 8 × 8 images of ten classes: 3 × 3 filters, ReLU, 2 × 2 means, a dense layer.

    Parameters
    ----------
    channels : int, 1 or more
        Number of filters.

    Returns
    -------
    Network

    Raises
    ------
    ValueError
        A number of filters that is no whole number of 1 or more.

    Examples
    --------
    >>> from lessonkit import convnet
    >>> convnet(8).size
    810
    """
    check_count("convnet", "channels", channels, high=MOST)
    return Layered(
        [
            Reshape(8, 8, 1),
            Convolution(1, channels),
            Activation("relu"),
            Pool(),
            Reshape(9 * channels),
            Dense(9 * channels, 10, 1),
        ],
        64,
        CrossEntropy(10),
    )
