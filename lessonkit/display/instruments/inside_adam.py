"""Adam's moments and steps, one step at a time."""

import ipywidgets as widgets
import numpy as np

from lessonkit.display.figures import BLACK, SKY, STYLES, VERMILION
from lessonkit.display.widgets.controls import played, slider
from lessonkit.display.widgets.instrument import Instrument, reproducible
from lessonkit.display.widgets.screen import Screen
from lessonkit.rules.ablations import adam_uncorrected
from lessonkit.rules.optimizers import adam
from lessonkit.runs.descent import replay

ROOM = (2, 5, 12)  # limits of the axes; only a few, because each change needs a new background


@reproducible
def inside_adam(steps: int = 60, lr: float = 0.01) -> Instrument:
    """Adam's moments step by step, with and without bias correction, for a gradient of 1 with noise.

    Parameters
    ----------
    steps : int
        Length of the run.
    lr : float
        Rate α; steps are shown in units of it.

    Returns
    -------
    Instrument

    Examples
    --------
    >>> from lessonkit import inside_adam
    >>> inside_adam(steps=5)
    Instrument: inside Adam: moments and steps
    """
    screen = Screen(rows=2)
    moments, sizes = screen.axes
    at, noise = slider("step t", min(3, steps), 1, steps, 1), slider("noise (standard deviation)", 0.0, 0.0, 5.0, 0.1)
    correct = widgets.Checkbox(value=True, description="bias correction", indent=False)
    names = ["g", "m", "√v", "m̂", "√v̂"]
    bars = moments.bar(
        names,
        np.zeros(5),
        color=["#999999", SKY, VERMILION, SKY, VERMILION],
        hatch=["", "", "", "//", "//"],
        edgecolor=BLACK,
    )
    moments.set(title="gradient and moments", ylabel="value")
    moments.axhline(0, color=BLACK, linewidth=1)
    (corrected,) = sizes.plot([], [], label="with correction", **{**STYLES["adam"], "marker": ""})
    (plain,) = sizes.plot([], [], label="without", **{**STYLES["momentum"], "marker": ""})
    (here,) = sizes.plot([], [], "o", color=BLACK, markersize=9, fillstyle="none", markeredgewidth=2)
    sizes.set(xlim=(1, steps), title="step made, in units of the rate α", xlabel="step t", ylabel="step / α")
    sizes.legend(fontsize=9, loc="upper right")
    screen.moving = [*bars, corrected, plain, here]
    drawn = []

    def draw():
        gradients = 1 + noise.value * np.random.default_rng(0).standard_normal(steps)
        run, bare = replay(gradients, adam, lr=lr), replay(gradients, adam_uncorrected, lr=lr)
        made, made_bare = (-np.diff(each.theta[:, 0]) / lr for each in (run, bare))
        room = next(room for room in ROOM if room >= np.abs(gradients).max())
        low = min(made.min(), made_bare.min())
        limits = [(-room, room), (-1 if low >= -1 else -3, 8)]  # a step of Adam is at most some 7 rates long
        if drawn != limits:
            drawn[:] = limits
            for axes, limit in zip(screen.axes, limits):
                axes.set_ylim(*limit)
            screen.keep()
        t = at.value
        m, v = run.state["m"][t, 0], run.state["v"][t, 0]
        m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
        for bar, height in zip(bars, (gradients[t - 1], m, np.sqrt(v), m_hat, np.sqrt(v_hat))):
            bar.set_height(height)
        corrected.set_data(np.arange(1, steps + 1), made)
        plain.set_data(np.arange(1, steps + 1), made_bare)
        step = (made if correct.value else made_bare)[t - 1]
        here.set_data([t], [step])
        how = "with" if correct.value else "without"
        return (
            f"t = {t}: g = {gradients[t - 1]:.3f}, m = {m:.4f}, v = {v:.6f}, m̂ = {m_hat:.4f}, v̂ = {v_hat:.4f}; "
            f"step {how} correction = {step:.3f} α."
        )

    return Instrument("inside Adam: moments and steps", [*played(at, 0.2), noise, correct], screen, draw)
