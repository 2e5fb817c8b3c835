"""What all networks share: a flat array of parameters, and checks of their inputs."""

import numpy as np

from lessonkit.problems.networks.layers import ACTIVATIONS
from lessonkit.rules.counts import check_count, check_number
from lessonkit.rules.quantities import as_floats, shown


class Network:
    """A network with its parameters in one flat array.

    Attributes
    ----------
    size : int
        Number of parameters.
    shapes : dict of name → shape, in their order within the flat array
    first : dict of name → function of a generator that returns initial values; other parameters start at zero
    inputs : int, or None for any
        Number of features of an example.
    """

    def __init__(self, shapes, first, inputs=None):
        self.shapes, self.first, self.inputs = shapes, first, inputs
        ends = np.cumsum([int(np.prod(shape)) for shape in shapes.values()])
        self.size = int(ends[-1])
        self.places = [
            (name, slice(end - int(np.prod(shape)), end), shape) for end, (name, shape) in zip(ends, shapes.items())
        ]

    def __repr__(self):
        parts = ", ".join(f"{name} {shape}" for name, shape in self.shapes.items())
        return f"<{type(self).__name__} network of {self.size} parameters: {parts}>"

    def init(self, seed=0, dtype=np.float64):
        """Initial parameters, shape (size,), of a floating-point dtype. The same seed gives the same parameters."""
        try:
            dtype = np.dtype(dtype)
        except (TypeError, ValueError):  # the second for an integer too long to print
            raise TypeError(f"init: dtype must be one of floats, such as np.float32, got {shown(dtype)}") from None
        if dtype.kind != "f":
            raise TypeError(f"init: dtype must be one of floats, such as np.float32, got {dtype}")
        rng = np.random.default_rng(check_count("init", "seed", seed, 0))
        theta = np.zeros(self.size, dtype)
        for name, view in self.views(theta).items():
            if name in self.first:
                view[...] = self.first[name](rng)
        return theta

    def views(self, theta):
        """The parameters of each layer by name: views of `theta`, not copies."""
        self.check_parameters(theta)
        return {name: theta[place].reshape(shape) for name, place, shape in self.places}

    def check_parameters(self, theta):
        """Raise TypeError or ValueError if `theta` is not an array of this network's parameters."""
        if not isinstance(theta, np.ndarray) or theta.dtype.kind != "f":
            raise TypeError(
                f"theta must be an array of floats, got {type(theta).__name__} {theta!r:.60}; net.init(seed) makes one"
            )
        if theta.shape != (self.size,):
            raise ValueError(
                f"theta must have shape ({self.size},), one number a parameter, got {theta.shape}; "
                "net.init(seed) makes one"
            )

    def check_inputs(self, theta, x):
        """Inputs in the dtype of theta, one row an example."""
        self.check_parameters(theta)
        x = as_floats("network", "x", x).astype(theta.dtype, copy=False)
        if x.ndim != 2 or x.size == 0 or (self.inputs and x.shape[1] != self.inputs):
            raise ValueError(
                f"x must have shape (examples, {self.inputs or 'time'}), with at least one example, got {x.shape}"
            )
        return x

    def check(self, theta, x, y):
        """Inputs in the dtype of theta, and targets, after a check that there are equally many."""
        x = self.check_inputs(theta, x)
        return x, targets_of(y, (len(x),))

    def by_name(self, values, dtype=np.float64):
        """One number for each parameter, by the name of its tensor: learning rates or decays of groups of parameters.

        Parameters
        ----------
        values : dict of name → float
            A name is that of a tensor, such as ``"0.W"``, or its last part: ``"W"`` stands for all that end in ``.W``. Each
            tensor of the network must have a value; a full name comes before a last part.
        dtype : floating-point dtype

        Returns
        -------
        array, shape (size,)

        Raises
        ------
        ValueError
            A tensor without a value, or a name that no tensor has.

        Examples
        --------
        >>> from lessonkit import mlp
        >>> mlp([2, 1]).by_name({"W": 0.1, "b": 0.0})
        array([0.1, 0.1, 0. ])
        """
        numbers, unused = np.empty(self.size, dtype), set(values)
        for name, place, _ in self.places:
            known = [key for key in (name, name.rpartition(".")[2]) if key in values]
            if not known:
                raise ValueError(f"by_name: no value for {name}; this network has {', '.join(self.shapes)}")
            numbers[place] = check_number(f"by_name: {known[0]}", values[known[0]])
            unused -= set(known)
        if unused:
            raise ValueError(
                f"by_name: no tensor is called {', '.join(map(str, unused))}; this network has {', '.join(self.shapes)}"
            )
        return numbers


def targets_of(y, *shapes):
    """`y` as an array; ValueError if it has none of the shapes, the first axis of which counts the examples."""
    try:
        y = np.asarray(y)
        shape = y.shape
    except ValueError:
        shape = "rows of unequal length"
    if shape not in shapes:
        expected = " or ".join(map(str, shapes))
        raise ValueError(f"y must have shape {expected}, one target for each row of x, got {shape}")
    return y


def r_squared(loss, y):
    """Share of the targets' variance that is explained, from half the mean squared error.

    Below 0 if the mean of the targets predicts better; not finite if all targets are equal.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(1 - 2 * loss / np.var(y, axis=0).mean())


def check_activation(where, name):
    """Raise ValueError if `name` is not one of the activations."""
    if name not in list(ACTIVATIONS):
        raise ValueError(f"{where}: activation must be one of {', '.join(ACTIVATIONS)}, got {name!r:.60}")
