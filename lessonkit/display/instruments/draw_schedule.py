"""A schedule to choose, the learning rates that are executed, and the losses that follow."""

import functools

import ipywidgets as widgets
import numpy as np

from lessonkit.display.figures import SKY, VERMILION
from lessonkit.display.widgets.controls import ladder, round_numbers, slider
from lessonkit.display.widgets.instrument import Instrument, reproducible
from lessonkit.display.widgets.screen import Screen
from lessonkit.problems.noise import noisy
from lessonkit.problems.surfaces import bowl
from lessonkit.rules.optimizers import sgd
from lessonkit.rules.schedules import constant, cosine, step_decay
from lessonkit.rules.types import Rule
from lessonkit.runs.descent import descend


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
    screen = Screen(rows=2)
    kind = widgets.Dropdown(options=["constant", "step decay", "cosine"], value="cosine", description="kind")
    peak = ladder("peak", 0.05, round_numbers(1e-3, 0.2))
    warmup, floor = slider("warmup (% of the steps)", 10, 0, 50, 1), slider("floor (% of the peak)", 0, 0, 100, 1)
    rates, losses = screen.axes
    (executed,) = rates.plot([], [], color=SKY)
    (loss,) = losses.plot([], [], color=VERMILION)
    rates.set(title="rate executed", xlabel="step", ylabel="rate / peak", xlim=(0, steps), ylim=(0, 1.05))
    losses.set(
        title=f"mean loss of {copies} noisy walks", xlabel="step", xlim=(0, steps), yscale="log", ylim=(3e-3, 300)
    )
    screen.moving = [executed, loss]
    screen.keep()

    def draw():
        ramp = round(warmup.value / 100 * steps)
        kinds = {
            "constant": functools.partial(constant, peak=peak.value),
            "step decay": functools.partial(step_decay, base=peak.value, factor=0.1, every=max(1, (steps - ramp) // 2)),
            "cosine": functools.partial(cosine, total=max(1, steps - ramp), peak=peak.value),
        }
        rate = functools.partial(
            after_warmup, warmup=ramp, peak=peak.value, floor=floor.value / 100 * peak.value, schedule=kinds[kind.value]
        )
        table = rates_of(rate, steps)
        start = np.tile(np.array([[-4.0], [1.0]]), copies)
        run = descend(noisy(bowl(10), 2.0), sgd, start, lambda step: table[step], steps)
        mean = np.minimum(run.loss.mean(axis=1), 1e300)
        executed.set_data(np.arange(run.steps), run.lr / peak.value)
        loss.set_data(np.arange(run.steps + 1), mean)
        end = (
            "climbs out of the picture" if run.diverged.all() or mean[-1] > 300 else f"ends at {mean[-10:].mean():.3g}"
        )
        return (
            f"{kind.value}, peak {peak.value:g}, {ramp} of {steps} steps of warmup: first rate {run.lr[0]:.3g}, "
            f"last {run.lr[-1]:.3g}, area {run.lr.sum():.3g}; the mean loss {end}."
        )

    return Instrument("a schedule and what it gives", [kind, peak, warmup, floor], screen, draw)
