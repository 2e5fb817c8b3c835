"""Paths down a surface, side by side."""

import math

import ipywidgets as widgets
import numpy as np

from lessonkit.display.figures import styles_of
from lessonkit.display.instruments.own_rules import counted, named, usual_rate
from lessonkit.display.widgets.controls import coordinate, ladder, played, round_numbers, row, slider
from lessonkit.display.widgets.instrument import Instrument, reproducible
from lessonkit.display.widgets.screen import Screen, draw_path
from lessonkit.problems import surfaces
from lessonkit.rules.optimizers import adam, momentum, sgd
from lessonkit.rules.types import Rule
from lessonkit.runs.descent import descend

OTHER_GROUNDS = {
    "saddle": surfaces.saddle,
    "flat region": surfaces.flat_region,
    "Rosenbrock": surfaces.rosenbrock,
    "Beale": surfaces.beale,
}


@reproducible
def valley(*kernels: Rule, steps: int = 200) -> Instrument:
    """Paths of several rules on a surface: choose the surface, the start, the rules and their learning rates, and play the steps.

    The start can be dragged on the picture, or set by its sliders. Turning the valley turns the start with it, so that only
    the axes change for the rules.

    Parameters
    ----------
    *kernels : functions
        Rules to compare; your own too. By default SGD, momentum and Adam.
    steps : int
        How far the step slider goes.

    Returns
    -------
    Instrument

    Raises
    ------
    TypeError, ValueError
        What is not a rule, or fails in its first steps.

    Examples
    --------
    >>> from lessonkit import adam, sgd, valley
    >>> valley(sgd, adam, steps=5)
    Instrument: paths down a valley: sgd, adam
    """
    counted("valley", steps=steps)
    rules = named("valley", kernels or (sgd, momentum, adam))
    screen, names = Screen(5.6, 4.4), list(rules)
    ground = widgets.Dropdown(options=["bowl", *OTHER_GROUNDS], description="ground")
    kappa, angle = (
        ladder("condition number κ", 50.0, round_numbers(1, 1000)),
        slider("turned by (degrees)", 0, 0, 90, 1),
    )
    left, up = coordinate("start x", -4.0, -5.0, 5.0), coordinate("start y", 1.0, -5.0, 5.0)
    count = slider("steps", min(60, steps), 1, steps, 1)
    chosen = [widgets.Checkbox(value=True, description=name, indent=False, layout={"width": "auto"}) for name in names]
    rates = [
        ladder(f"learning rate of {name}", usual_rate(name, rule), round_numbers(1e-4, 3))
        for name, rule in rules.items()
    ]
    lines = [
        screen.axes.plot([], [], label=name, markersize=5, **look)[0] for name, look in zip(names, styles_of(names))
    ]
    screen.moving = lines
    screen.axes.legend(handles=lines, loc="upper right", fontsize=9)
    screen.stand_on(surfaces.rosenbrock())  # the longest numbers beside the axes, because the layout is done once

    def surface_now():
        surface = surfaces.bowl(kappa.value, angle.value) if ground.value == "bowl" else OTHER_GROUNDS[ground.value]()
        screen.stand_on(surface)
        return surface

    def place(x, y, degrees):
        """Move the start and turn the bowl without drawing: the control that asked for it draws."""
        with instrument.lock:
            held, instrument.held = instrument.held, True
            angle.value = degrees
            left.value, up.value = x, y  # after the angle, which turns the start
            instrument.held = held

    def start_on_new_ground(change):
        place(*OTHER_GROUNDS.get(change["new"], surfaces.bowl)().start, 0)
        kappa.disabled = angle.disabled = change["new"] != "bowl"

    def turn_start(change):
        if ground.value == "bowl":
            place(*rotated(left.value, up.value, change["new"] - change["old"]), change["new"])

    def draw():
        surface, words = surface_now(), []
        start = left.value, up.value
        for (name, rule), use, rate, line in zip(rules.items(), chosen, rates, lines):
            line.set_visible(use.value)
            rate.disabled = not use.value
            if not use.value:
                continue
            run = descend(surface, rule, start, rate.value, count.value)
            draw_path(line, run)
            words.append(f"{name}: loss {run.loss[0]:.3g} → {run.loss[-1]:.3g} after {run.steps} steps" + fate(run))
        return f"{surface.name}. " + ("; ".join(words) or "No rule chosen") + "."

    ground.observe(start_on_new_ground, names="value")
    angle.observe(turn_start, names="value")
    few = len(rules) <= 3
    controls = [ground, *played(count), *(rates if few else [])]
    more = [*([] if few else rates), *([row(chosen)] if len(rules) > 1 else []), left, up]
    title = "paths down a valley: " + ", ".join(names)
    instrument = Instrument(title, [*controls, kappa, angle], screen, draw, screen.drags(left, up), more)
    return instrument


def rotated(x, y, degrees):
    """The point (x, y) rotated about the origin, counterclockwise."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return c * x - s * y, s * x + c * y


def fate(run):
    """A remark on a run that diverges: its loss is above its start and still grows; empty for others."""
    early, late = np.array_split(run.loss, 2)
    grows = run.loss[-1] > run.loss[0] and late.max() > early.max()
    return " (diverges: the learning rate is too large)" if run.diverged or grows else ""
