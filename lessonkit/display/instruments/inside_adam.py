"""Adam's moments and steps, one step at a time."""

import ipywidgets as widgets
import numpy as np

from lessonkit.display.figures import BLACK, SKY, STYLES, VERMILION, styles_of
from lessonkit.display.instruments.own_rules import counted, name_of, tried
from lessonkit.display.widgets.controls import played, slider
from lessonkit.display.widgets.instrument import Instrument, reproducible
from lessonkit.display.widgets.screen import Screen
from lessonkit.rules.ablations import momentum_averaged
from lessonkit.rules.optimizers import adam
from lessonkit.rules.types import Rule
from lessonkit.runs.descent import replay

# limits of the axes; only a few, because each change needs a new background
ROOM = (2, 5, 12, 30)
LONGEST = (8, 40)  # a step of Adam is at most some 7 rates long


@reproducible
def inside_adam(rule: Rule = adam, *, steps: int = 60, lr: float = 0.01) -> Instrument:
    """Adam's moments step by step, with and without bias correction, for a gradient of 1 with noise.

    Parameters
    ----------
    rule : function
        Adam, or a rule of your own with Adam's two moments, whatever they are called.
    steps : int
        Length of the run.
    lr : float
        Learning rate α; steps are shown in units of it.

    Returns
    -------
    Instrument

    Raises
    ------
    TypeError, ValueError
        What is not a rule, fails in its first steps, or keeps something else than the two moments.

    Examples
    --------
    >>> from lessonkit import inside_adam
    >>> inside_adam(steps=5)
    Instrument: inside Adam: moments and steps
    """
    counted("inside_adam", steps=steps)
    name, rule = name_of(rule), tried("inside_adam", rule)
    beta1, beta2 = betas_of(rule, name)
    screen = Screen(rows=2)
    moments, sizes = screen.axes
    at, noise = slider("step t", min(3, steps), 1, steps, 1), slider("noise (standard deviation)", 0.0, 0.0, 5.0, 0.1)
    correct = widgets.Checkbox(value=True, description="bias correction", indent=False)
    bars = moments.bar(
        ["g", "m", "√v", "m̂", "√v̂"],
        np.zeros(5),
        color=["#999999", SKY, VERMILION, SKY, VERMILION],
        hatch=["", "", "", "//", "//"],
        edgecolor=BLACK,
    )
    moments.set(title="gradient and moments", ylabel="value")
    moments.axhline(0, color=BLACK, linewidth=1)
    (corrected,) = sizes.plot([], [], label=name, **{**styles_of([name])[0], "marker": ""})
    (plain,) = sizes.plot([], [], label="without correction", **{**STYLES["momentum"], "marker": ""})
    (here,) = sizes.plot([], [], "o", color=BLACK, markersize=9, fillstyle="none", markeredgewidth=2)
    sizes.set(xlim=(1, steps), title="step, in units of the learning rate α", xlabel="step t", ylabel="step / α")
    sizes.legend(fontsize=9, loc="upper right")
    screen.moving = [*bars, corrected, plain, here]
    moments.set_ylim(-ROOM[-1], ROOM[-1])
    sizes.set_ylim(-3, LONGEST[0])
    screen.keep()  # with the longest numbers beside the axes, because the layout is done once
    drawn, numbers = [], np.arange(1, steps + 1)

    def draw():
        gradients = 1 + noise.value * np.random.default_rng(0).standard_normal(steps)
        run = replay(gradients, rule, lr=lr)
        m, v = (kept[1:, 0] for kept in run.state.values())
        m_hat, v_hat = m / (1 - beta1**numbers), v / (1 - beta2**numbers)
        made, bare = -np.diff(run.theta[:, 0]) / lr, m / (np.sqrt(v) + 1e-8)
        low, high = min(made.min(), bare.min()), max(made.max(), bare.max())
        room = first_above(ROOM, np.abs(gradients).max())
        limits = ((-room, room), (-1 if low >= -1 else -3, first_above(LONGEST, high)))
        if drawn != [limits]:
            drawn[:] = [limits]
            for axes, limit in zip(screen.axes, limits):
                axes.set_ylim(*limit)
            screen.keep(limits)
        t = at.value
        now = [values[t - 1] for values in (gradients, m, v, m_hat, v_hat)]
        for bar, height, rooted in zip(bars, now, (False, False, True, False, True)):
            bar.set_height(np.sqrt(height) if rooted else height)
        corrected.set_data(numbers, made)
        plain.set_data(numbers, bare)
        step, how = (made[t - 1], f"of {name}") if correct.value else (bare[t - 1], "without correction")
        here.set_data([t], [step])
        g, m, v, m_hat, v_hat = now
        return (
            f"step t = {t}, noise {noise.value:g}: g = {g:.3f}, m = {m:.4f}, v = {v:.6f}, m̂ = {m_hat:.4f}, v̂ = {v_hat:.4f}; "
            f"step {how} = {step:.3f} α."
        )

    return Instrument("inside Adam: moments and steps", [*played(at, 0.2), noise, correct], screen, draw)


def betas_of(rule, name):
    """β₁ and β₂ of a rule with Adam's moments, read from what it keeps; ValueError if it keeps something else."""
    g = np.array([1.0, -0.5, 2.0])
    kept = replay(g, rule, 1.0).state
    betas = [1 - values[1, 0] for values in kept.values()]  # the gradient of the first step is 1, and its square
    if (
        len(kept) != 2
        or not all(0 <= beta < 1 for beta in betas)
        or not all(
            np.allclose(values, replay(each, momentum_averaged, beta=beta).state["v"])
            for values, each, beta in zip(kept.values(), (g, g * g), betas)
        )
    ):
        raise ValueError(
            f"inside_adam: expected a rule that keeps Adam's two moments, the running mean of the gradients and that of their "
            f"squares, in this order; {name} keeps {' and '.join(kept) or 'nothing'}, and not these means. "
            f"valley({name}) shows its path"
        )
    return betas


def first_above(limits, value):
    """The first of the limits that is not below a value; the last one if all are."""
    return next((limit for limit in limits if limit >= value), limits[-1])
