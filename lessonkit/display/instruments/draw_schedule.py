"""A schedule to choose, the learning rates that are executed, and the losses that follow."""

import contextlib
import inspect

import ipywidgets as widgets
import numpy as np

from lessonkit.display.figures import SKY, VERMILION
from lessonkit.display.instruments.own_rules import counted
from lessonkit.display.widgets.controls import ladder, round_numbers, slider
from lessonkit.display.widgets.instrument import Instrument, reproducible
from lessonkit.display.widgets.screen import Screen
from lessonkit.problems.noise import noisy
from lessonkit.problems.surfaces import bowl
from lessonkit.rules.optimizers import sgd
from lessonkit.rules.registry import of_kind
from lessonkit.rules.types import Rule
from lessonkit.runs.descent import descend

HIGHEST = 0.2
# all but those that read losses: there is no validation set here
OFFERED = {name: entry for name, entry in of_kind("schedule").items() if entry.arguments[0] == "step"}


def has_ramp(name):
    """Whether a schedule makes the warmup itself."""
    return "warmup" in OFFERED[name].arguments


def arguments_of(name, steps, ramp, peak):
    """What a schedule is called with, by position after the step; what has a default keeps it."""
    values = {
        "total": steps if has_ramp(name) else max(1, steps - ramp),
        "warmup": ramp,
        "decay": max(1, steps // 5),
        "peak": peak,
        "base": peak,
        "factor": 0.1,
        "every": max(1, (steps - ramp) // 2),
    }
    _, *parameters = inspect.signature(OFFERED[name].function).parameters.values()
    return [values[each.name] for each in parameters if each.default is each.empty]


def shortest_ramp(name):
    """0, or 1 where a schedule refuses a warmup of 0 steps."""
    try:
        OFFERED[name].function(0, *arguments_of(name, 3, 0, 0.1))
    except ValueError:
        return 1
    return 0


def after_warmup(step, ramp, peak, floor, schedule, ramps):
    """A schedule that never falls below `floor` after the ramp; one that makes no ramp begins after a linear one to `peak`."""
    step = np.asarray(step)
    rate = schedule(step if ramps else np.maximum(step - ramp, 0))
    return np.where(step < ramp, rate if ramps else peak * step / max(ramp, 1), np.maximum(rate, floor))


def rates_of(schedule, steps):
    """The rate of each step. A schedule that is written for one step is called step by step, which is slower."""
    with contextlib.suppress(TypeError, ValueError):
        rates = np.asarray(schedule(np.arange(steps)), dtype=float)
        if rates.shape == (steps,):
            return rates
    return np.array([schedule(step) for step in range(steps)], dtype=float)


def tried(name, schedule):
    """The schedule, after a check that it gives rates, when it is called by position, as `check` does."""
    arguments = arguments_of(name, 4, 1, 0.1)
    if not callable(schedule):
        raise TypeError(f"draw_schedule: expected {name} as a function such as {name}, got {schedule!r:.60}")
    try:
        rates = rates_of(lambda step: schedule(step, *arguments), 3)
        good = rates.shape == (3,) and np.all((rates >= 0) & np.isfinite(rates))
    except Exception as error:  # a learner's function may raise anything
        raise ValueError(
            f"draw_schedule: {name}(0, {', '.join(map(repr, arguments))}) fails: {type(error).__name__}, {error!s:.300}"
        ) from error
    if not good:
        raise ValueError(
            f"draw_schedule: expected {name} to return a learning rate of 0 or more for each step, got {rates} for steps 0 to 2"
        )
    return schedule


@reproducible
def draw_schedule(steps: int = 200, copies: int = 50, **schedules: Rule) -> Instrument:
    """Kind, peak, warmup and floor of a schedule: the rates executed, and the mean loss of noisy runs in a valley.

    Parameters
    ----------
    steps, copies : int
    **schedules : name of a schedule of the course → function
        Your own in its place, such as ``cosine=mine``; it is called by position.

    Returns
    -------
    Instrument

    Raises
    ------
    TypeError, ValueError
        A name that no schedule has, or a function that gives no rates.

    Notes
    -----
    A schedule that has no warmup of its own begins after a linear ramp. A stable phase ends a fifth of the steps before the end;
    step decay cuts to a tenth halfway. `plateau` is not there, because it watches a validation loss.

    Examples
    --------
    >>> from lessonkit import draw_schedule
    >>> draw_schedule(steps=5, copies=2)
    Instrument: a schedule and what it gives
    """
    counted(
        "draw_schedule", "its runs are those of sgd; give a schedule by its name, cosine=…", steps=steps, copies=copies
    )
    if unknown := schedules.keys() - OFFERED.keys():
        raise TypeError(f"draw_schedule: no schedule is called {min(unknown)!r}; there are {', '.join(OFFERED)}")
    names = {name.replace("_", " "): name for name in OFFERED}
    functions = {name: tried(name, schedules.get(name, entry.function)) for name, entry in OFFERED.items()}
    screen = Screen(rows=2)
    kind = widgets.Dropdown(options=list(names), value="cosine", description="kind")
    peak = ladder("peak learning rate", 0.05, round_numbers(1e-3, HIGHEST))
    warmup, floor = slider("warmup (% of the steps)", 10, 0, 50, 1), slider("floor (% of the peak)", 0, 0, 100, 1)
    rates, losses = screen.axes
    (executed,) = rates.plot([], [], color=SKY)
    (loss,) = losses.plot([], [], color=VERMILION)
    rates.set(title="learning rate of each step", ylabel="learning rate", xlim=(0, steps), ylim=(0, 1.05 * HIGHEST))
    losses.set(
        title=f"mean loss of {copies} noisy walks", xlabel="step", xlim=(0, steps), yscale="log", ylim=(3e-3, 300)
    )
    screen.moving = [executed, loss]
    screen.keep()

    def rest_floor(change):  # a constant rate never falls to it
        floor.disabled = kind.value == "constant"

    kind.observe(rest_floor, names="value")

    def draw():
        name, height = names[kind.value], peak.value
        ramp = max(round(warmup.value / 100 * steps), shortest_ramp(name))
        arguments, function = arguments_of(name, steps, ramp, height), functions[name]

        def rate(step):
            return after_warmup(
                step, ramp, height, floor.value / 100 * height, lambda at: function(at, *arguments), has_ramp(name)
            )

        table = rates_of(rate, steps)
        start = np.tile(np.array([[-4.0], [1.0]]), copies)
        run = descend(noisy(bowl(10), 2.0), sgd, start, lambda step: table[step], steps)
        mean = np.minimum(run.loss.mean(axis=1), 1e300)
        executed.set_data(np.arange(run.steps), run.lr)
        loss.set_data(np.arange(run.steps + 1), mean)
        end = "diverges" if run.diverged.all() or mean[-1] > 300 else f"ends at {mean[-10:].mean():.3g}"
        return (
            f"{kind.value}, peak learning rate {peak.value:g}, warmup {warmup.value}% ({ramp} of {steps} steps), "
            f"floor {floor.value}%: first {run.lr[0]:.3g}, last {run.lr[-1]:.3g}, area {run.lr.sum():.3g}; the mean loss {end}."
        )

    return Instrument("a schedule and what it gives", [kind, peak, warmup, floor], screen, draw)
