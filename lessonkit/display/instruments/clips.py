"""A gradient of two numbers, clipped in both ways; and runs recorded at several thresholds."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lessonkit.display.figures import BLACK, SKY, STYLES, VERMILION
from lessonkit.display.widgets.controls import ladder, slider
from lessonkit.display.widgets.instrument import Instrument, reproducible
from lessonkit.display.widgets.screen import Screen
from lessonkit.rules.clipping import angle, clip_by_global_norm, clip_by_value
from lessonkit.rules.types import Rule
from lessonkit.runs.training import Training


@reproducible
def clips(value: Rule = clip_by_value, norm: Rule = clip_by_global_norm) -> Instrument:
    """A gradient to drag: what each clip makes of it, and by how much each one turns it.

    Parameters
    ----------
    value, norm : functions
        The clip by value and the clip by norm; your own too.

    Returns
    -------
    Instrument

    Raises
    ------
    ValueError
        A clip that fails, or returns something else than ours.

    Examples
    --------
    >>> from lessonkit import clips
    >>> clips()
    Instrument: one gradient, two clips
    """
    g = np.array([12.0, 4.0])
    tried("value=clip_by_value, called as value(g, c)", lambda: value(g.copy(), 5.0))
    tried("norm=clip_by_global_norm, called as norm([g], c)", lambda: only_one(norm([g.copy()], 5.0))[0])
    screen = Screen(4.8, 4.4)
    along, up = slider("gradient, x", 12.0, -15.0, 15.0, 0.5), slider("gradient, y", 4.0, -15.0, 15.0, 0.5)
    threshold = slider("threshold c", 5.0, 0.5, 15.0, 0.5)
    (box,) = screen.axes.plot([], [], color=VERMILION, linestyle=":", linewidth=1)
    (circle,) = screen.axes.plot([], [], color=SKY, linestyle="--", linewidth=1)
    looks = {
        "g": dict(color=BLACK, linestyle="-", marker="o"),
        "clipped by value": dict(color=VERMILION, linestyle=":", marker="s"),
        "clipped by norm": dict(color=SKY, linestyle="--", marker="^"),
    }
    arrows = [
        screen.axes.plot([], [], label=label, markevery=[1], linewidth=2, **look)[0] for label, look in looks.items()
    ]
    screen.axes.set(xlim=(-16, 16), ylim=(-16, 16), aspect="equal", xlabel="∂f/∂x", ylabel="∂f/∂y")
    screen.axes.legend(loc="upper left", fontsize=9)
    screen.moving = [box, circle, *arrows]
    screen.keep()
    round_trip = np.linspace(0, 2 * np.pi, 100)

    def draw():
        g, c = np.array([along.value, up.value]), threshold.value
        by_value, (by_norm, length) = value(g, c), only_one(norm([g], c))
        for arrow, tip in zip(arrows, (g, by_value, by_norm)):
            arrow.set_data([0, tip[0]], [0, tip[1]])
        box.set_data([-c, c, c, -c, -c], [-c, -c, c, c, -c])
        circle.set_data(c * np.cos(round_trip), c * np.sin(round_trip))
        return (
            f"g = ({g[0]:g}, {g[1]:g}), norm {length:.2f}, threshold c = {c:g}. By value: ({by_value[0]:.2f}, {by_value[1]:.2f}), "
            f"{turned(g, by_value)}. By norm: ({by_norm[0]:.2f}, {by_norm[1]:.2f}), {turned(g, by_norm)}."
        )

    return Instrument("one gradient, two clips", [along, up, threshold], screen, draw, screen.drags(along, up))


def only_one(returned):
    """The gradient and the norm that a clip by norm returns for a list of one gradient."""
    (clipped,), length = returned
    return clipped, length


def tried(expected, clipped):
    """Call a clip for a gradient of two numbers; ValueError if it returns something else than such a gradient."""
    try:
        shape = np.shape(clipped())
        came = "" if shape == (2,) else f"an array of shape {shape} for a gradient of shape (2,)"
    except Exception as error:  # a learner's function may raise anything
        came = f"{type(error).__name__}, {error!s:.300}"
    if came:
        raise ValueError(f"clips: expected a clip such as {expected}, that returns what that one does; got {came}")


def turned(g, clipped):
    """The new norm, and by how much a clip turned a gradient, in words."""
    if np.array_equal(g, clipped):
        return "as it was"
    return f"norm {np.linalg.norm(clipped):.2f}, turned by {angle(g, clipped):.1f}°"


@reproducible
def thresholds(runs: Mapping[Any, Training]) -> Instrument:
    """Recorded trainings of one network, each clipped at another threshold; the slider picks one.

    Parameters
    ----------
    runs : dict of threshold → Training by `sgd`; None or infinity for one that was not clipped

    Returns
    -------
    Instrument

    Raises
    ------
    ValueError
        No runs.

    Examples
    --------
    >>> from lessonkit import digits, mlp, sgd, thresholds, train
    >>> calm = train(mlp([64, 10]), digits(), sgd, lr=0.1, epochs=1, clip_norm=1.0)
    >>> thresholds({1.0: calm})
    Instrument: one run, clipped here or there
    """
    runs = {np.inf if c is None else float(c): run for c, run in runs.items()}
    if not runs:
        raise ValueError("thresholds: expected a dict of threshold → Training, got none")
    screen = Screen(rows=2)
    losses, norms = screen.axes
    pick = ladder("threshold c", max(runs), sorted(runs))
    (loss,) = losses.plot([], [], **{**STYLES["sgd"], "marker": ""})
    (norm,) = norms.plot([], [], color=BLACK, linewidth=1, label="gradient")
    (used,) = norms.plot(
        [], [], color=VERMILION, linestyle="--", linewidth=1.5, label="as the rule got it: step / rate"
    )
    count = max(len(run.loss) for run in runs.values())
    for axes, title in ((losses, "loss of the minibatch"), (norms, "norm of the gradient")):
        axes.set(title=title, xlim=(0, count), ylim=(1e-3, 1e6), yscale="log")
    norms.set_xlabel("step")
    norms.legend(fontsize=9, loc="upper right")
    screen.moving = [loss, norm, used]
    screen.keep()

    def draw():
        c, run = pick.value, runs[pick.value]
        steps = np.arange(len(run.loss))
        with np.errstate(all="ignore"):  # the values of a ruined run may be infinite or NaN
            loss.set_data(steps, run.loss)
            norm.set_data(steps, run.norm)
            used.set_data(steps, run.update / run.lr)
            cut, end = np.mean(run.norm > c), run.train_loss[-1]
        how = f"threshold c = {c:g}, " + ("not clipped" if c == np.inf else f"clipped in {cut:.0%} of the steps")
        if not end < run.train_loss[0]:
            return f"{how}: the run is ruined."
        return (
            f"{how}: the longest gradient has norm {run.norm.max():.3g}; the run ends at a training loss of {end:.3f}."
        )

    return Instrument("one run, clipped here or there", [pick], screen, draw)
