"""Every rule, clip and schedule, declared once. Pages, figures, instruments, judge, tests and benchmarks enumerate them from here."""

import inspect
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from lessonkit.rules.arguments import checked
from lessonkit.rules.quantities import QUANTITIES

REGISTRY = {}  # name → Declared, in the order of declaration
KINDS = {"rule": "Update rules", "clip": "Gradient clipping, before the rule", "schedule": "Learning rate schedules"}


class Style(NamedTuple):
    """How the runs of a rule are drawn, in every figure: no two rules share a colour, or the same pair of line and marker.

    color : str, a name in `PALETTE` of display/figures/canvas.py
    line, marker : as matplotlib takes them
    """

    color: str
    line: object
    marker: str


@dataclass(frozen=True)
class Declared:
    """What is declared about a rule, a clip or a schedule.

    Attributes
    ----------
    kind : str, one of `KINDS`
    function : the equation with its checks
    lesson : int, the lesson that teaches it
    states : dict of name → meaning, in the order of the arguments; empty if it keeps no state
    rate : float or None, a learning rate that works on the bowl with κ = 50; rules only
    style : Style or None; rules only
    """

    kind: str
    function: object
    lesson: int
    states: dict = field(default_factory=dict)
    rate: float | None = None
    style: Style | None = None

    @property
    def name(self):
        """The name that the equation is called by."""
        return self.function.__name__

    @property
    def arguments(self):
        """The names of its arguments, in order."""
        return tuple(inspect.signature(self.function).parameters)

    @property
    def probe_spec(self):
        """The specification that `sandboxed.probe.probe` takes.

        Name, arguments, states, values to try, and whether scaling the gradients changes the step.
        """
        tried = [(name, *quantity.tried) for name, quantity in QUANTITIES.items() if quantity.tried]
        return self.name, list(self.arguments), list(self.states), tried, self.kind != "rule" or self._sizes_count()

    def _sizes_count(self):
        """Whether scaling the gradients changes the step. It does not if the step is a sign, as in Lion.

        Computes one step twice, the second time with gradient and states twice as large, and compares the new theta.
        """
        count = {"t": 2} if "t" in self.arguments else {}

        def theta_after(scale):
            arrays = [scale * np.array([0.3, 1.0, 2.0]) for _ in ("g", *self.states)]
            result = self.function(np.zeros(3), *arrays, **count, lr=0.1)
            return result[0] if self.states else result

        return not np.array_equal(theta_after(1), theta_after(2))


def _declared(kind, **what):
    def declare(function):
        REGISTRY[function.__name__] = Declared(kind, function, **what)
        return function

    return declare


def rule(*, lesson, rate, style, **meanings):
    """Declare an update rule and check its arguments; `meanings` as for `checked`: ``v="velocity, …"``."""
    states = {name: meaning for name, meaning in meanings.items() if name not in QUANTITIES}

    def declare(equation):
        return _declared("rule", lesson=lesson, states=states, rate=rate, style=style)(checked(**meanings)(equation))

    return declare


def clip(*, lesson):
    """Declare a function that limits gradients before the rule gets them."""
    return _declared("clip", lesson=lesson)


def schedule(*, lesson):
    """Declare a learning rate schedule."""
    return _declared("schedule", lesson=lesson)


def of_kind(kind):
    """The entries of a kind: dict of name → Declared."""
    return {name: entry for name, entry in REGISTRY.items() if entry.kind == kind}
