"""The record of a descent, and the arrays that are filled while it runs."""

from dataclasses import dataclass

import numpy as np

from lessonkit.machine.terminal import Printed
from lessonkit.rules.quantities import as_floats
from lessonkit.runs.common import Step


@dataclass(eq=False, repr=False)
class Run(Printed):
    """The record of a run, step by step. `theta`, `state` and `loss` have one entry more: index 0 is the start.

    Attributes
    ----------
    rule : str
        Name of the kernel.
    theta : array, shape (steps + 1, d) or (steps + 1, d, K); or (steps + 1, *shape of one tensor)
    g : array, shape (steps, d[, K])
        Gradient of the surface.
    used : array like `g`
        Gradient that the kernel got: clipped, and with the gradient of the L2 penalty; `g` itself if neither was asked for.
    state : dict of arrays like `theta`, by the kernel's own names
    lr : array, shape (steps,), or (steps, …) for a rate per start
    loss : array, shape (steps + 1,) or (steps + 1, K)
    diverged : array of bool, shape () or (K,)
        Whether a loss, a parameter or the last state was not finite.
    message : str
        Empty, or why the run ended early.
    first : int
        Number of updates before this record; not 0 if the run goes on from another.
    """

    rule: str
    theta: np.ndarray
    g: np.ndarray
    used: np.ndarray
    state: dict
    lr: np.ndarray
    loss: np.ndarray
    diverged: np.ndarray
    message: str = ""
    first: int = 0

    @property
    def steps(self):
        """Number of updates in this record."""
        return len(self.g)

    def steps_to(self, target):
        """Number of updates until the loss is first below `target`; `inf` if it never is. Shape () or (K,)."""
        below = self.loss < as_floats("steps_to", "target", target)
        return np.where(below.any(axis=0), below.argmax(axis=0), np.inf)[()]

    def __repr__(self):
        where = f", {self.loss.shape[1]} starts" if self.loss.ndim > 1 else ""
        return f"<Run of {self.rule}: {self.steps} steps{where}{'; ' + self.message if self.message else ''}>"


class RunRecorder:
    """The arrays of a `Run`, made for all its steps and filled one by one.

    Parameters
    ----------
    states : tuple of str
        Names of the kernel's state.
    theta : array, shape (d,) or (d, K)
        The start: it gives shape and dtype.
    steps : int
    each : tuple
        The shape of a loss: () for one run, (K,) for K starts.
    clipped : bool
        Whether the kernel gets something else than the gradient, which then takes memory of its own.
    """

    def __init__(self, states, theta, steps, each, clipped):
        shape, dtype = theta.shape, theta.dtype
        self.theta, self.loss = np.empty((steps + 1, *shape), dtype), np.empty((steps + 1, *each))
        self.state = {name: np.empty_like(self.theta) for name in states}
        self.g = np.empty((steps, *shape), dtype)
        self.used = np.empty_like(self.g) if clipped else self.g
        self.entries = tuple(range(theta.ndim - len(each)))  # the axes of theta that belong to one run
        self.alive, self.done = np.ones(each, bool)[()], 0  # which runs have been finite so far

    def add(self, k, theta, state, loss):
        """Record where update `k` has led; 0 is the start."""
        self.theta[k], self.loss[k] = theta, loss
        for kept, array in zip(self.state.values(), state, strict=True):
            kept[k] = array
        self.done = k
        if np.count_nonzero(np.isfinite(theta)) < theta.size or np.count_nonzero(np.isfinite(loss)) < loss.size:
            self.alive = self.alive & np.isfinite(loss) & np.isfinite(theta).all(axis=self.entries)

    def step(self, first, rate):
        """The latest update, for a callback; `first` updates came before this record."""
        state = {name: kept[self.done] for name, kept in self.state.items()}
        k = self.done
        return Step(first + k, self.theta[k], self.g[k - 1], state, rate, self.loss[k])

    def check_last_state(self):
        """Mark the starts whose last state is not finite as diverged; return the name of the array that showed it last.

        After a square has overflowed in the state, the step is 0, and theta does not show why.
        """
        lost = "theta"
        for name, kept in self.state.items():
            if self.alive.any():
                self.alive, lost = self.alive & np.isfinite(kept[self.done]).all(axis=self.entries), name
        return lost

    def as_run(self, rule, rates, message, first):
        """The record of the updates made so far."""
        return Run(
            rule,
            self.theta[: self.done + 1],
            self.g[: self.done],
            self.used[: self.done],
            {name: kept[: self.done + 1] for name, kept in self.state.items()},
            np.array(rates[: self.done]),
            self.loss[: self.done + 1],
            ~self.alive,
            message,
            first,
        )
