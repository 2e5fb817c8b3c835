"""Calls a kernel, ours or a learner's, from its signature: which state it keeps, whether it takes the step's number."""

import functools
import inspect

import numpy as np

from lessonkit.rules.quantities import QUANTITIES, as_floats, as_parameters, check_quantity
from lessonkit.runs.own_names import with_our_names


class Stepper:
    """A kernel with its hyperparameters fixed, ready to be called step after step.

    Parameters
    ----------
    kernel : function (theta, g, *state, [t], lr, …) → theta, or (theta, *state)
        The arguments between `g` and the first hyperparameter (`t`, `lr`, `beta1`, …) are state, which starts at zero.
        Hyperparameters with names of your own come after `lr`. Arrays may be updated in place.
    hyper : dict
        Values for hyperparameters other than `t` and `lr`; those left out keep their defaults.
    weight_decay : float in [0, inf), or None
        Passed to the kernel, if it has that argument; otherwise ``lr * weight_decay * theta`` is subtracted beside its step.

    Raises
    ------
    TypeError
        A kernel that cannot be called this way; the message says what is missing.

    Examples
    --------
    >>> from lessonkit import adam
    >>> Stepper(adam, {"beta1": 0.5}).states
    ('m', 'v')
    """

    def __init__(self, kernel, hyper, weight_decay=None):
        if not callable(kernel):
            raise TypeError(f"expected a rule, a function such as adam, got {type(kernel).__name__} {kernel!r:.60}")
        bare, fixed = (kernel.func, kernel.keywords) if isinstance(kernel, functools.partial) else (kernel, {})
        self.kernel, self.name = kernel, getattr(inspect.unwrap(bare), "__name__", type(bare).__name__)
        try:
            signature = inspect.signature(kernel)
        except ValueError as error:
            raise TypeError(f"{self.name}: expected a rule, a function such as adam ({error})") from None
        if "lr" not in signature.parameters:  # `check` calls by position, so its rate may have another name
            self.kernel = kernel = with_our_names(kernel)
            signature = inspect.signature(kernel)
        parameters = {name: p for name, p in signature.parameters.items() if p.kind != p.VAR_KEYWORD}
        names = list(parameters)
        first = next((i for i, name in enumerate(names) if name in QUANTITIES), len(names))
        if first < 2 or "lr" not in names:
            raise TypeError(
                f"{self.name}({', '.join(names)}): expected (theta, g, …state, lr, …); "
                "a kernel starts with the parameters and the gradient, and has a rate called lr"
            )
        self.states, self.counts = tuple(names[2:first]), "t" in names
        self.reading = f"what stands before {names[first]} is read as state"
        for name in ("t", "lr"):
            if name in hyper or name in fixed:
                advice = "pass the rate as lr=… to the loop" if name == "lr" else "leave it out"
                raise TypeError(
                    f"{self.name}: {name} is set by the loop at every step and cannot be fixed before; {advice}"
                )
        self.decay = 0.0 if weight_decay is None else check_quantity(self.name, "weight_decay", weight_decay)
        if weight_decay is not None and "weight_decay" in names:
            self.decay, hyper = 0.0, {**hyper, "weight_decay": weight_decay}
        unknown = sorted(set(hyper) - set(names[first:]))
        if unknown:
            behind = f"; {self.reading}, so move {unknown[0]} behind lr" if unknown[0] in self.states else ""
            raise TypeError(
                f"{self.name} has no hyperparameter {', '.join(unknown)}; it has {', '.join(names[first:])}{behind}"
            )
        missing = [
            name
            for name in names[first:]
            if name not in ("t", "lr", *hyper) and parameters[name].default is inspect.Parameter.empty
        ]
        if missing:
            raise TypeError(f"{self.name} needs {', '.join(missing)}: pass {missing[0]}=… or give it a default")
        self.hyper = hyper

    def rest(self, theta):
        """The state before the first step: zeros. TypeError where `theta` is neither float32 nor float64."""
        theta = as_parameters(self.name, "theta", theta)
        return [np.zeros_like(theta) for _ in self.states]

    def go_on(self, kept):
        """The state after the last step of another run; `kept` has the state of each step, by name."""
        if tuple(kept) != self.states:
            raise ValueError(
                f"{self.name} keeps {', '.join(self.states) or 'no state'}, but the run to go on from "
                f"kept {', '.join(kept) or 'none'}; start from its theta[-1], with the state at rest"
            )
        return [values[-1].copy() for values in kept.values()]

    def step(self, theta, g, state, t, lr):
        """One update: returns theta and the state, after a check of what the kernel returned."""
        count = {"t": t} if self.counts else {}
        before = theta.copy() if self.decay else theta
        returned = self.kernel(theta, g, *state, **count, lr=lr, **self.hyper)
        if self._lists_entries(returned, before.shape):
            returned = np.array(returned)
        arrays = returned if isinstance(returned, (tuple, list)) else (returned,)
        names = ("theta", *self.states)
        if returned is None or len(arrays) != len(names):
            came = "None; is a return missing?" if returned is None else f"{len(arrays)}"
            hint = f"; {self.reading}" if self.states else ""
            raise TypeError(
                f"{self.name}: expected {len(names)} array{'s' * bool(self.states)} back "
                f"({', '.join(names)}), got {came}{hint}"
            )
        theta, *state = [self._like(before, name, array) for name, array in zip(names, arrays)]
        return (theta - lr * self.decay * before if self.decay else theta), state

    def _lists_entries(self, returned, shape):
        """Whether a rule without a state has returned its parameters as a list, one entry of axis 0 after the other."""
        return (
            isinstance(returned, list)
            and not self.states
            and len(returned) == shape[0]
            and all(np.shape(each) == shape[1:] for each in returned)
        )

    def _like(self, before, name, array):
        if type(array) is not np.ndarray or array.dtype != before.dtype:
            array = as_floats(self.name, f"the returned {name}", array).astype(before.dtype)
        if array.shape != before.shape:
            raise ValueError(
                f"{self.name}: {name} came back with shape {array.shape}, expected {before.shape}, "
                "the shape it went in with"
            )
        return array
