"""The effective learning rate of each coordinate, as bars beside the path."""

import ipywidgets as widgets
import numpy as np

from lessonkit.display.figures import BLACK, SKY, VERMILION, styles_of
from lessonkit.display.instruments.own_rules import counted, named, usual_rate, with_ours
from lessonkit.display.widgets.controls import ladder, played, round_numbers, slider
from lessonkit.display.widgets.instrument import Instrument, reproducible
from lessonkit.display.widgets.screen import Screen, draw_path
from lessonkit.problems.surfaces import bowl
from lessonkit.rules.types import Array, Rule
from lessonkit.runs.descent import Run, descend, replay
from lessonkit.runs.stepper import Stepper

TINY = 1e-9


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
def own_rates(*rules: Rule, kappa: float = 50, steps: int = 100) -> Instrument:
    """A valley that can be turned, and a rule with a learning rate for each coordinate: the path, and the rates as bars.

    Parameters
    ----------
    *rules : functions
        Rules of your own to choose from, beside those of the course. Without momentum: an effective rate is what multiplies
        the gradient.
    kappa : float
        Condition number of the valley.
    steps : int
        How far the step slider goes.

    Returns
    -------
    Instrument

    Raises
    ------
    TypeError, ValueError
        What is not a rule, or fails in its first steps, or has momentum.

    Examples
    --------
    >>> from lessonkit import own_rates
    >>> own_rates(steps=5)
    Instrument: a rate for each coordinate
    """
    counted("own_rates", steps=steps)
    own = named("own_rates", rules)
    for name, rule in own.items():
        if moves_without_gradient(rule):
            raise ValueError(
                f"own_rates: expected a rule without momentum and weight decay, because an effective rate is what multiplies "
                f"the gradient, but {name} also moves where the gradient is 0; valley({name}) shows its path"
            )
    offered = {name: rule for name, rule in with_ours(own).items() if not moves_without_gradient(rule)}
    screen = Screen(rows=2)
    ground, rates = screen.axes
    first = next(iter(own), "adagrad")
    choice = widgets.Dropdown(options=list(offered), value=first, description="rule")
    rate = ladder("learning rate", usual_rate(first, offered[first]), round_numbers(1e-3, 3))
    looks = dict(zip(offered, styles_of(offered)))
    angle, at = slider("turned by (degrees)", 0, 0, 90, 1), slider("step", min(30, steps), 1, steps, 1)
    (line,) = ground.plot([], [], markersize=5)
    bars = rates.bar(["x", "y"], [1, 1], color=[SKY, VERMILION], hatch=["", "//"], edgecolor=BLACK)
    rates.set(
        title="what multiplies the gradient in this step", ylabel="effective rate", yscale="log", ylim=(1e-4, 1e1)
    )
    screen.moving = [line, *bars]

    def draw():
        surface, rule = bowl(kappa, angle.value), offered[choice.value]
        screen.stand_on(surface, ground)
        run = descend(surface, rule, lr=rate.value, steps=at.value)
        line.set(**looks[choice.value])
        draw_path(line, run)
        x, y = measured_rates(rule, run)
        for bar, height in zip(bars, (x, y)):
            bar.set_height(height)
        ratio = max(x, y) / min(x, y)
        unequal = f"that of {'x' if x > y else 'y'} is {ratio:.3g} times the other" if ratio > 1.005 else "one for both"
        end = f"diverged at step {run.steps}" if run.diverged else f"loss {run.loss[-1]:.3g}"
        return (
            f"{choice.value}, learning rate {rate.value:g}, valley turned by {angle.value}°, step {at.value}: "
            f"effective rates {x:.3g} for x, {y:.3g} for y, {unequal}; {end}."
        )

    return Instrument("a rate for each coordinate", [choice, rate, *played(at), angle], screen, draw)


def moves_without_gradient(rule):
    """Whether a rule makes a step where the gradient is 0, by its momentum or by a weight decay."""
    theta = replay([1.0, 0.0], rule, 1.0, lr=0.01).theta[:, 0]
    return theta[2] != theta[1]


def measured_rates(rule, run):
    """What multiplied each gradient in the last step of a run, from the same step made once more at 0, where no digit is lost."""
    state = [kept[-2].copy() for kept in run.state.values()]
    g = np.where(run.g[-1] == 0, TINY, run.g[-1])  # at the bottom of the valley: what would multiply a small gradient
    with np.errstate(all="ignore"):  # the last step of a diverged run
        theta, _ = Stepper(rule, {}).step(np.zeros_like(g), g.copy(), state, run.steps, run.lr[-1])
        return -theta / g
