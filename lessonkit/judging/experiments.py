"""Experiments for learners to run with a version and settings of their own: each has a number of its own as its result."""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from lessonkit.judging.by_hand import draw_for
from lessonkit.judging.given_numbers import NotANumber, near, number
from lessonkit.judging.items import runs
from lessonkit.judging.items.calls import digits, hyperparameters
from lessonkit.judging.items.edge import edge_of
from lessonkit.judging.items.fair import comparison_of
from lessonkit.judging.items.spaces import drawn_version, printed, spec_of
from lessonkit.judging.items.tracing import with_mistake
from lessonkit.judging.items.your_version import mistakes_of, shown_formula, told
from lessonkit.judging.task import Task
from lessonkit.judging.verdict import Verdict
from lessonkit.judging.versions import compiled

TOLERANCE = 1e-9  # relative; a run gives the same digits on every machine, and more of them
ALL = "Copy all the digits that `float(…)` shows."


@dataclass(frozen=True, repr=False)
class Experiment(Task):
    """An experiment that has one number as its result; `check(value)` judges it.

    Attributes
    ----------
    name : str
    text : str, the task
    """

    name: str
    text: str
    _compute: Callable = field(repr=False)  # () → the result
    _readings: Callable = field(repr=False)  # () → dict of mistake in words → the result that it gives
    _exact: bool = True  # whether all digits are asked for; else three

    @functools.cached_property
    def _value(self):
        return self._compute()

    def _is(self, given, value):
        if not self._exact:
            return bool(near(given, value))
        return abs(given - value) <= TOLERANCE * abs(value)

    def check(self, value: float) -> Verdict:
        """Judge a result: right, right but rounded, or else the mistake that gives it."""
        try:
            given = number(value)
        except NotANumber as trouble:
            return Verdict(self.name, False, str(trouble), mistake=trouble.name)
        if self._is(given, self._value):
            return Verdict(self.name, True, "")
        for mistake, wrong in self._readings().items():
            if wrong is not None and self._is(given, wrong):
                return Verdict(
                    self.name,
                    False,
                    "That number answers another question.",
                    mistake=mistake,
                    question="Read once more what is asked: which rule, which settings, which number of the run?",
                )
        if self._exact and near(given, self._value):
            return Verdict(self.name, False, f"Right as far as it goes. {ALL}", mistake="is rounded")
        return Verdict(
            self.name,
            False,
            "Your run gives another number.",
            question="Does it have exactly the setting that is given, and has your version passed its check?",
        )


def _own_run(exercise):
    def made(learner):
        version, code, losses = runs.run_of(exercise, learner)
        names = sorted({"bowl", "descend", *re.findall(r"\b(noisy|sgd)\b", code)})
        code = f"from lessonkit import {', '.join(names)}\n\n{code}"
        text = _task(
            told(version, f"**Your version of `{exercise}`**"),
            f"Run it with your own settings:\n\n```python\n{code}\n```\n\nWhat is the last loss, `run.loss[-1]`? {ALL}",
        )

        def readings():
            own = losses(version.source)
            return {
                "is the loss one step earlier": own[-2],
                "is the lowest loss, not the last": own.min(),
                "is the loss at the start": own[0],
                "is the run of another version": losses(printed(exercise))[-1],
            }

        return Experiment(f"run_{exercise}", text, lambda: float(losses(version.source)[-1]), readings)

    return made


def _range_test(learner):
    """At which rate the loss of a range test is lowest."""
    version, code, losses, rate = runs.range_test_of(learner)
    code = f"from lessonkit import bowl, descend, noisy\n\n{code}"
    text = _task(
        told(version, "**Your range test, `range_step`**"),
        f"Run it with your own settings:\n\n```python\n{code}\n```\n\n"
        f"After which step t is the loss lowest, and which rate did that step have? Give the rate. {ALL}",
    )

    def value(shift=0):
        return float(rate(int(np.nanargmin(losses(version.source))) + shift))

    def readings():
        own = losses(version.source)
        return {
            "is the rate one step later": value(1),
            "is the rate one step earlier": value(-1),
            "is the number of the step": float(np.nanargmin(own)),
            "is the lowest loss, not its rate": float(np.nanmin(own)),
            "is a tenth of the rate": value() / 10,
            "is the last rate": float(rate(len(own) - 1)),
        }

    return Experiment("range_test", text, value, readings)


def _fair_comparison(learner):
    """How two rules compare with equal chances."""
    version, text, found = comparison_of(learner)
    fair = found.pop("fair")
    return Experiment(
        "fair_comparison", _task(told(version, "**Your version of `lion`**"), text), lambda: fair, lambda: found
    )


def _edge(learner):
    """The sharpness at the last step above the limit of momentum."""
    version, code, measured, lr, beta = edge_of(learner)
    text = _task(
        told(version, "**Your version of `power_step`**"),
        f"Run it with your own settings:\n\n```python\n{code}\n```\n\n"
        "Compute the limit of the sharpness for this rule, this learning rate and this β. "
        f"What is the last number in `measured` that is above it? {ALL}",
    )

    def last_above(found, limit):
        above = np.flatnonzero(found > limit)
        return float(found[above[-1]]) if above.size else None

    def value(source):
        return last_above(measured(source), (2 + 2 * beta) / lr)

    def readings():
        found = measured(version.source)
        step = int(np.flatnonzero(found == value(version.source))[-1])
        return {
            "takes the limit without momentum": last_above(found, 2 / lr),
            "is the next sharpness, below the limit": float(found[step + 1]),
            "is the largest sharpness": float(found.max()),
            "is the last sharpness of the run": float(found[-1]),
            "is the limit": (2 + 2 * beta) / lr,
            "is the number of the step": float(step),
            "is the run of another version": value(printed("power_step")),
        }

    return Experiment("edge", text, lambda: value(version.source), readings)


def _two_steps(exercise):
    """Two steps of a version on paper, or one rate of a schedule."""

    def made(learner):
        version, draw = drawn_version(exercise, learner, "two steps"), draw_for(f"two steps of {exercise}", learner)
        title = shown_formula(version.source)
        if exercise == "warmup_cosine":
            total, warmup = int(draw.integers(60, 120)), int(draw.integers(10, 25))
            arguments = int(draw.integers(warmup + 5, total - 5)), total, warmup, digits(draw, 0.2, 0.9)
            values = ", ".join(f"{name} = {value:g}" for name, value in zip(("total", "warmup", "peak"), arguments[1:]))
            asked = f"With {values}: what is the rate at step {arguments[0]}, where the first step is 0?"

            def value(source):
                return float(compiled(source)(*arguments))

        else:
            _, names, states, *_ = spec_of(exercise)
            names = names[2 + len(states) :]
            hyper, start = hyperparameters(names, draw), digits(draw, 3, 7)
            g = [digits(draw, 2, 5), digits(draw, -2.5, -1)]
            values = ", ".join(f"{name} = {value:g}" for name, value in hyper.items())
            asked = (
                f"Two steps, with {values}: θ starts at {start:g}, the state ({', '.join(states)}) at zero; the gradients are "
                f"{g[0]:g}, then {g[1]:g}. How far has θ moved after both, with its sign?"
            )

            def value(source):
                function, theta, state = compiled(source), np.array([start]), [np.zeros(1) for _ in states]
                for t, gradient in enumerate(g, start=1):
                    result = function(theta, np.array([gradient]), *state, *({"t": t, **hyper}[name] for name in names))
                    theta, *state = result
                return float(theta[0] - start)

        def readings():
            made = {mistake.name: with_mistake(version.source, mistake.name) for mistake in mistakes_of(exercise)}
            return {name: _number(value, text) for name, text in made.items() if text}

        return Experiment(
            f"two_steps_{exercise}", f"{title}\n\n{asked}", lambda: value(version.source), readings, False
        )

    return made


def _number(value, source):
    """What a wrong version gives; None if it raises."""
    try:
        with np.errstate(all="ignore"):
            return value(source)
    except (ArithmeticError, LookupError, NameError, TypeError, ValueError):
        return None


def _task(formula, asked):
    return f"{formula}\n\n{asked}"


RUN = (
    "two_rates",
    "falling_rate",
    "momentum",
    "nesterov",
    "adagrad",
    "rmsprop",
    "adam",
    "adamw",
    "clip_by_global_norm",
    "warmup_cosine",
    "lion",
)
TWO_STEPS = ("momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "lion", "warmup_cosine")
EXPERIMENTS = {
    **{f"run_{exercise}": _own_run(exercise) for exercise in RUN},
    "range_test": _range_test,
    "fair_comparison": _fair_comparison,
    "edge": _edge,
    **{f"two_steps_{exercise}": _two_steps(exercise) for exercise in TWO_STEPS},
}


@functools.lru_cache(maxsize=256)
def _experiment(name, learner):
    return EXPERIMENTS[name](learner)


def experiment(name: str, learner: str) -> Experiment:
    """An experiment with the version and the setting of one learner.

    Parameters
    ----------
    name : str
        Such as ``"run_adam"``, ``"range_test"``, ``"fair_comparison"`` or ``"two_steps_momentum"``.
    learner : str
        Name or number of the learner. The same learner gets the same setting.

    Returns
    -------
    Experiment
        Shows as the task; its `check(value)` judges a result.

    Raises
    ------
    ValueError
        No experiment of that name, or a learner that is no text.

    Examples
    --------
    >>> from lessonkit import experiment
    >>> experiment("run_adam", "Ada").check("a lot").mistake
    'not a number'
    """
    if name not in EXPERIMENTS:
        raise ValueError(f"no experiment is called {name!r}; expected one of {', '.join(EXPERIMENTS)}")
    draw_for(name, learner)
    return _experiment(name, learner)
