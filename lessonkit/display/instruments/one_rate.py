"""Gradient descent with one learning rate for two curvatures; and its start near a saddle point."""

import numpy as np

from lessonkit.display.figures import STYLES, contours, styles_of
from lessonkit.display.instruments.own_rules import counted, named
from lessonkit.display.widgets.controls import ladder, round_numbers, slider
from lessonkit.display.widgets.instrument import Instrument, reproducible
from lessonkit.display.widgets.screen import Screen, draw_path
from lessonkit.problems import surfaces
from lessonkit.rules.optimizers import momentum, sgd
from lessonkit.rules.types import Rule
from lessonkit.runs.descent import descend


@reproducible
def one_rate(steps: int = 60) -> Instrument:
    """Gradient descent in a valley: the path, and what one step does along the valley and across it.

    Parameters
    ----------
    steps : int

    Returns
    -------
    Instrument

    Examples
    --------
    >>> from lessonkit import one_rate
    >>> one_rate(steps=5)
    Instrument: one rate for two curvatures
    """
    counted(
        "one_rate",
        "its stability limit is that of gradient descent; valley(rule) shows the path of any rule",
        steps=steps,
    )
    screen = Screen()
    rate, kappa = (
        slider("learning rate", 0.01, 0.0005, 0.03, 0.0005),
        ladder("condition number κ", 50.0, round_numbers(1, 500)),
    )
    left, up = slider("start x", -4.0, -5.0, 5.0, 0.1), slider("start y", 1.0, -1.5, 1.5, 0.1)
    angle = slider("turned by (degrees)", 0, 0, 90, 5)
    (path,) = screen.axes.plot([], [], markersize=5, **STYLES["sgd"])
    screen.moving = [path]

    def draw():
        surface = surfaces.bowl(kappa.value, angle.value)
        screen.stand_on(surface)
        run = descend(surface, sgd, (left.value, up.value), rate.value, steps)
        draw_path(path, run, run.steps)
        factors = [abs(1 - rate.value * curvature) for curvature in (2, 2 * kappa.value)]
        limit = 2 / (2 * kappa.value)
        fate = "diverges" if rate.value > limit else "oscillates for ever" if rate.value == limit else "converges"
        return (
            f"{surface.name}, learning rate {rate.value:g}, stability limit {limit:.4g}: {fate}. A step leaves {factors[0]:.3f} of the way along "
            f"the valley and {factors[1]:.3f} across it. Loss {run.loss[0]:.3g} → {run.loss[-1]:.3g} after {run.steps} steps."
        )

    return Instrument(
        "one rate for two curvatures", [rate, kappa, angle], screen, draw, screen.drags(left, up), [left, up]
    )


@reproducible
def marble(*rules: Rule, steps: int = 200) -> Instrument:
    """Runs that start near the ridge of a saddle: how long they stay there, without and with momentum.

    Parameters
    ----------
    *rules : functions
        Rules to compare; your own too. By default SGD and momentum.
    steps : int

    Returns
    -------
    Instrument

    Raises
    ------
    TypeError, ValueError
        What is not a rule, or fails in its first steps.

    Examples
    --------
    >>> from lessonkit import marble
    >>> marble(steps=5)
    Instrument: a marble near a saddle
    """
    counted("marble", steps=steps)
    rules = named("marble", rules or (sgd, momentum))
    screen, surface = Screen(rows=2), surfaces.saddle()
    offset = ladder("distance from the ridge", 1e-3, [10.0**power for power in range(-15, 0)])
    rate = slider("learning rate", 0.1, 0.01, 0.5, 0.01)
    contours(screen.axes[0], surface)
    screen.axes[0].set_title(surface.name)
    screen.axes[1].set(
        xlabel="step",
        ylabel="distance",
        title="distance from the ridge",
        yscale="log",
        xlim=(0, steps),
        ylim=(1e-16, 3),
    )
    lines = [
        [axes.plot([], [], label=name, markersize=4, **look)[0] for axes in screen.axes]
        for name, look in zip(rules, styles_of(rules))
    ]
    screen.axes[1].legend(loc="lower right", fontsize=9)
    screen.moving = [line for pair in lines for line in pair]
    screen.keep()

    def draw():
        words = []
        for (name, rule), (path, away) in zip(rules.items(), lines):
            run = descend(surface, rule, (1.5, offset.value), rate.value, steps)
            far = np.abs(run.theta[:, 1])
            draw_path(path, run, 20)
            away.set(data=(np.arange(run.steps + 1), np.maximum(far, 1e-16)), markevery=path.get_markevery())
            words.append(
                f"{name} " + (f"has left after {np.argmax(far > 0.5)} steps" if (far > 0.5).any() else "is still there")
            )
        return f"distance from the ridge {offset.value:g}, learning rate {rate.value:g}: {', '.join(words)}."

    return Instrument("a marble near a saddle", [offset, rate], screen, draw)
