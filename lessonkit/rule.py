"""How to call a kernel, ours or a learner's: which state it keeps, whether it counts steps, what it must return."""

import functools
import inspect

import numpy as np

from lessonkit.contract import QUANTITIES, check_quantity


class Rule:
    """A kernel with its hyperparameters fixed, ready to be called step after step.

    Parameters
    ----------
    kernel : function (theta, g, *state, [t], lr, …) → theta, or (theta, *state)
        What stands between `g` and the first hyperparameter (`t`, `lr`, `beta1`, …) is state, and starts at zero.
    hyper : dict
        Values for its hyperparameters other than `t` and `lr`; the rest keep their defaults.
    weight_decay : float in [0, inf), or None
        The kernel's own, where it has one; else ``lr * weight_decay * theta`` is taken off beside its step.

    Raises
    ------
    TypeError
        Where the kernel cannot be called this way; the message says what is missing.

    Examples
    --------
    >>> from lessonkit.optimizers import adam
    >>> Rule(adam, {"beta1": 0.5}).states
    ('m', 'v')
    """

    def __init__(self, kernel, hyper, weight_decay=None):
        if not callable(kernel):
            raise TypeError(f"expected a kernel, a function such as adam, got {type(kernel).__name__} {kernel!r:.60}")
        self.kernel = kernel
        self.name = getattr(kernel.func if isinstance(kernel, functools.partial) else kernel, "__name__", "kernel")
        parameters = inspect.signature(kernel).parameters
        names = list(parameters)
        first = next((i for i, name in enumerate(names) if name in QUANTITIES), len(names))
        self.states = tuple(names[2:first])
        self.counts = "t" in names
        if first < 2 or "lr" not in names:
            raise TypeError(f"{self.name}({', '.join(names)}): expected (theta, g, …state, lr, …); "
                            "a kernel starts with the parameters and the gradient, and has a rate called lr")
        self.decay = 0.0
        if weight_decay is not None and "weight_decay" in names:
            hyper = {**hyper, "weight_decay": weight_decay}
        elif weight_decay is not None:
            self.decay = check_quantity(self.name, "weight_decay", weight_decay)
        unknown = sorted(set(hyper) - set(names[first:]))
        if unknown:
            raise TypeError(f"{self.name} has no hyperparameter {', '.join(unknown)}; it has {', '.join(names[first:])}")
        missing = [name for name in names[first:] if name not in ("t", "lr", *hyper) and parameters[name].default is inspect.Parameter.empty]
        if missing:
            raise TypeError(f"{self.name} needs {', '.join(missing)}: pass {missing[0]}=… or give it a default")
        self.hyper = hyper
        self.output = ", ".join(["theta", *self.states])

    def rest(self, theta):
        """The state before the first step: zeros."""
        return [np.zeros_like(theta) for _ in self.states]

    def step(self, theta, g, state, t, lr):
        """One update → theta, state; what the kernel returned is checked for number and shape."""
        count = {"t": t} if self.counts else {}
        before = theta.copy() if self.decay else theta
        returned = self.kernel(theta, g, *state, **count, lr=lr, **self.hyper)
        arrays = returned if isinstance(returned, (tuple, list)) else (returned,)
        if len(arrays) != 1 + len(self.states) or any(array is None for array in arrays):
            came = "None; is a return missing?" if returned is None else f"{len(arrays)}"
            raise TypeError(f"{self.name}: expected {1 + len(self.states)} arrays back ({self.output}), got {came}")
        for name, array in zip(("theta", *self.states), arrays):
            if np.shape(array) != before.shape:
                raise ValueError(f"{self.name}: {name} came back with shape {np.shape(array)}, "
                                 f"expected {before.shape}, the shape it went in with")
        theta, *state = (np.asarray(array, dtype=before.dtype) for array in arrays)
        return (theta - lr * self.decay * before if self.decay else theta), state
