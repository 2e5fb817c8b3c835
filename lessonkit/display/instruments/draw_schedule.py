"""A schedule to choose, the learning rates that are executed, and the losses that follow."""

import functools

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
from lessonkit.rules.schedules import constant, cosine, step_decay
from lessonkit.rules.types import Rule
from lessonkit.runs.descent import descend

HIGHEST = 0.2


def after_warmup(step, warmup, peak, floor, schedule):
    """A linear ramp to `peak`, then `schedule`, counted from the end of the ramp; never below `floor` after the ramp."""
    step = np.asarray(step)
    later = np.maximum(schedule(np.maximum(step - warmup, 0)), floor)
    return np.where(step < warmup, peak * step / max(warmup, 1), later)


def rates_of(schedule, steps):
    """The rate of each step. A schedule that does not take arrays is called step by step, which is slower."""
    try:
        return np.asarray(schedule(np.arange(steps)), dtype=float)
    except (TypeError, ValueError):
        return np.array([schedule(step) for step in range(steps)], dtype=float)


def tried(name, schedule, *arguments):
    """Check that a schedule gives rates, when it is called by position, as `check` does."""
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


@reproducible
def draw_schedule(
    steps: int = 200, copies: int = 50, step_decay: Rule = step_decay, cosine: Rule = cosine
) -> Instrument:
    """Kind, peak, warmup and floor of a schedule: the rates executed, and the mean loss of noisy runs in a valley.

    Parameters
    ----------
    steps, copies : int
    step_decay, cosine : functions
        The schedules; your own too.

    Returns
    -------
    Instrument

    Examples
    --------
    >>> from lessonkit import draw_schedule
    >>> draw_schedule(steps=5, copies=2)
    Instrument: a schedule and what it gives
    """
    counted(
        "draw_schedule", "its runs are those of sgd; give a schedule by its name, cosine=…", steps=steps, copies=copies
    )
    tried("step_decay", step_decay, 0.1, 0.1, 2)
    tried("cosine", cosine, 3, 0.1)
    screen = Screen(rows=2)
    kind = widgets.Dropdown(options=["constant", "step decay", "cosine"], value="cosine", description="kind")
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
        ramp = round(warmup.value / 100 * steps)
        kinds = {
            "constant": lambda step: constant(step, peak.value),
            "step decay": lambda step: step_decay(step, peak.value, 0.1, max(1, (steps - ramp) // 2)),
            "cosine": lambda step: cosine(step, max(1, steps - ramp), peak.value),
        }
        rate = functools.partial(
            after_warmup, warmup=ramp, peak=peak.value, floor=floor.value / 100 * peak.value, schedule=kinds[kind.value]
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
