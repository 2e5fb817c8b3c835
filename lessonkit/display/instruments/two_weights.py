"""Two weights whose gradients are only noise, with an L2 penalty and with decoupled weight decay."""

from typing import Any

import ipywidgets as widgets
import numpy as np

from lessonkit.display.figures import SKY, VERMILION
from lessonkit.display.instruments.own_rules import counted, named, with_ours
from lessonkit.display.widgets.controls import ladder, round_numbers, slider
from lessonkit.display.widgets.instrument import Instrument, reproducible
from lessonkit.display.widgets.screen import Screen
from lessonkit.rules.types import Array, Numbers, Rate, Rule
from lessonkit.runs.descent import replay


def idle_weights(rule: Rule, lr: Rate, scales: Numbers, steps: int = 300, copies: int = 20, **how: Any) -> Array:
    """The mean of two weights that start at 1, step by step; their gradients are only noise, so the decay alone matters.

    Parameters
    ----------
    rule : function
    lr : float
    scales : two floats
        Standard deviation of the gradient of each weight; the loss itself does not depend on them.
    steps, copies : int
        Independent copies are averaged.
    **how : l2=… or weight_decay=…, as in `lessonkit.replay`

    Returns
    -------
    array, shape (steps + 1, 2)

    Examples
    --------
    >>> from lessonkit import idle_weights, sgd
    >>> idle_weights(sgd, 0.1, (0.0, 0.0), steps=1, l2=1.0)
    array([[1. , 1. ],
           [0.9, 0.9]])
    """
    noise = np.random.default_rng(0).standard_normal((steps, 2, copies)) * np.reshape(scales, (2, 1))
    return replay(noise, rule, np.ones((2, copies)), lr, **how).theta.mean(axis=2)


@reproducible
def two_weights(*rules: Rule, steps: int = 300) -> Instrument:
    """Two equal weights with gradients of different size: how an L2 penalty and weight decay shrink them.

    Parameters
    ----------
    *rules : functions
        Rules of your own to choose from, beside those of the course.
    steps : int
        Length of the runs.

    Returns
    -------
    Instrument

    Raises
    ------
    TypeError, ValueError
        What is not a rule, fails in its first steps, or does not keep the copies apart.

    Examples
    --------
    >>> from lessonkit import two_weights
    >>> two_weights(steps=5)
    Instrument: two weights, two kinds of decay
    """
    counted("two_weights", steps=steps)
    own = named("two_weights", rules, many=True)
    offered, screen = with_ours(own), Screen(rows=2)
    choice = widgets.Dropdown(options=list(offered), value=next(iter(own), "adam"), description="rule")
    rate, decay = ladder("learning rate", 0.003, round_numbers(1e-4, 0.1)), slider("λ", 0.1, 0.0, 1.0, 0.02)
    scale = ladder("gradient of the second weight", 0.01, round_numbers(1e-3, 1))
    lines = []
    for axes, title in zip(screen.axes, ("L2 penalty in the gradient", "decay beside the step")):
        (first,) = axes.plot([], [], color=SKY, linestyle="-", label="first weight, gradient of size 1")
        (second,) = axes.plot([], [], color=VERMILION, linestyle="--", label="second weight, small gradient")
        lines.append((first, second))
        axes.set(title=title, ylabel="mean weight", xlim=(0, steps), ylim=(-0.1, 1.1))
        axes.legend(fontsize=9, loc="lower left")
    axes.set_xlabel("step")
    screen.moving = [line for pair in lines for line in pair]
    screen.keep()

    def draw():
        rule, scales, ends = offered[choice.value], (1.0, scale.value), []
        # a decay of the rule's own, such as that of adamw, is off under the penalty, and is the decoupled one
        for pair, l2, weight_decay in ((lines[0], decay.value, 0.0), (lines[1], 0.0, decay.value)):
            weights = idle_weights(rule, rate.value, scales, steps, l2=l2, weight_decay=weight_decay)
            for line, weight in zip(pair, weights.T):
                line.set_data(np.arange(steps + 1), weight)
            ends.append(weights[-1])
        (a, b), (c, d) = ends
        return (
            f"{choice.value}, learning rate {rate.value:g}, λ = {decay.value:g}, gradient of the second weight {scale.value:g}, "
            f"after {steps} steps. L2 penalty: first weight {a:.2f}, second {b:.2f}. Decoupled: first {c:.2f}, second {d:.2f}."
        )

    return Instrument("two weights, two kinds of decay", [choice, rate, decay, scale], screen, draw)
