"""The effective learning rate of each coordinate, as bars beside the path."""

import ipywidgets as widgets
import numpy as np

from lessonkit.display.figures import BLACK, SKY, STYLES, VERMILION
from lessonkit.display.widgets.controls import ladder, played, round_numbers, slider
from lessonkit.display.widgets.instrument import Instrument, reproducible
from lessonkit.display.widgets.screen import Screen
from lessonkit.problems.surfaces import bowl
from lessonkit.rules.optimizers import adagrad, rmsprop, sgd
from lessonkit.rules.types import Array
from lessonkit.runs.descent import Run, descend

RULES = {"adagrad": adagrad, "rmsprop": rmsprop, "sgd": sgd}


def effective_rates(run: Run, eps: float = 1e-8) -> Array:
    """The effective learning rate of each coordinate: what its gradient was multiplied by, from the recorded state.

    Parameters
    ----------
    run : Run by `adagrad` or `rmsprop`, or by a rule without a state such as `sgd`
    eps : float
        The ε that the rule used.

    Returns
    -------
    array, shape (steps, d)
        α / (√G + ε) or α / (√s + ε); the rate α itself where there is no state.

    Raises
    ------
    ValueError
        A rule with another state.

    Examples
    --------
    >>> from lessonkit import adagrad, effective_rates, replay
    >>> effective_rates(replay([[4.0, 0.5]], adagrad, lr=0.1)).round(3)
    array([[0.025, 0.2  ]])
    """
    if not set(run.state) <= {"G", "s"}:
        raise ValueError(
            f"effective_rates: expected a run by adagrad, rmsprop or sgd, got {run!r} "
            f"with the state {', '.join(run.state)}"
        )
    lr = run.lr.reshape(-1, *[1] * (run.g.ndim - 1))
    squares = [kept[1:] for kept in run.state.values()]
    return lr / (np.sqrt(squares[0]) + eps) if squares else lr * np.ones_like(run.g)


@reproducible
def own_rates(kappa: float = 50, steps: int = 100) -> Instrument:
    """A valley that can be turned, and a rule with a learning rate for each coordinate: the path, and the rates as bars.

    Parameters
    ----------
    kappa : float
        Condition number of the valley.
    steps : int
        How far the step slider goes.

    Returns
    -------
    Instrument

    Examples
    --------
    >>> from lessonkit import own_rates
    >>> own_rates(steps=5)
    Instrument: a rate for each coordinate
    """
    screen = Screen(rows=2)
    ground, rates = screen.axes
    choice = widgets.Dropdown(options=list(RULES), value="adagrad", description="rule")
    rate = ladder("rate", 0.5, round_numbers(1e-3, 3))
    angle, at = slider("turned by (degrees)", 0, 0, 90, 1), slider("step", min(30, steps), 1, steps, 1)
    (line,) = ground.plot([], [], markersize=5, **STYLES["adagrad"])
    bars = rates.bar(["x", "y"], [1, 1], color=[SKY, VERMILION], hatch=["", "//"], edgecolor=BLACK)
    rates.set(
        title="what multiplies the gradient in this step", ylabel="effective rate", yscale="log", ylim=(1e-4, 1e1)
    )
    screen.moving = [line, *bars]

    def draw():
        surface, rule = bowl(kappa, angle.value), RULES[choice.value]
        screen.stand_on(surface, ground)
        run = descend(surface, rule, lr=rate.value, steps=at.value)
        line.set(**STYLES[choice.value], markevery=max(1, run.steps // 12))
        line.set_data(*run.theta.T)
        x, y = effective_rates(run)[-1]
        for bar, height in zip(bars, (x, y)):
            bar.set_height(height)
        ratio = max(x, y) / min(x, y)
        unequal = f"that of {'x' if x > y else 'y'} is {ratio:.3g} times the other" if ratio > 1.005 else "one for both"
        end = "diverged" if run.diverged else f"loss {run.loss[-1]:.3g}"
        return (
            f"{choice.value}, rate {rate.value:g}, valley turned by {angle.value}°, step {run.steps}: "
            f"effective rates {x:.3g} for x, {y:.3g} for y, {unequal}; {end}."
        )

    return Instrument("a rate for each coordinate", [choice, rate, *played(at), angle], screen, draw)
