"""A learning rate range test: its smoothing, the rate to pick, and the run at that rate."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lessonkit.display.figures import BLACK, SKY, VERMILION
from lessonkit.display.widgets.controls import ladder, slider
from lessonkit.display.widgets.instrument import Instrument, reproducible
from lessonkit.display.widgets.screen import Screen
from lessonkit.rules.optimizers import adam
from lessonkit.rules.types import Array, Numbers
from lessonkit.runs.descent import replay
from lessonkit.runs.training import Training


def climbing(low: float, high: float, steps: int) -> Callable[..., Any]:
    """A schedule whose rate climbs geometrically, for a range test.

    Parameters
    ----------
    low, high : float, above 0
        Rate at step 0, and at the last step.
    steps : int, 2 or more

    Returns
    -------
    function of the step, one number or an array

    Examples
    --------
    >>> import numpy as np
    >>> from lessonkit import climbing
    >>> climbing(0.01, 1.0, 3)(np.arange(3)).round(12).tolist()
    [0.01, 0.1, 1.0]
    """
    return lambda step: low * (high / low) ** (np.asarray(step) / (steps - 1))


def smoothed(losses: Numbers, beta: float = 0.9) -> Array:
    """An exponential moving average of losses with bias correction: Adam's m̂, with losses in place of gradients.

    Parameters
    ----------
    losses : array, shape (n,)
    beta : float in [0, 1)

    Returns
    -------
    array, shape (n,)

    Examples
    --------
    >>> from lessonkit import smoothed
    >>> smoothed([4.0, 2.0, 2.0], beta=0.5).round(3).tolist()
    [4.0, 2.667, 2.286]
    """
    m = replay(losses, functools.partial(adam, beta1=beta)).state["m"][1:, 0]
    return m / (1 - beta ** np.arange(1, len(m) + 1))


def lowest(test: Training, beta: float = 0.9) -> float:
    """The rate at which the smoothed loss of a range test is lowest.

    Parameters
    ----------
    test : Training whose rate climbed
    beta : float in [0, 1)
        Of the smoothing, see `smoothed`.

    Returns
    -------
    float

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import numpy as np
    >>> from lessonkit import lowest
    >>> lowest(SimpleNamespace(lr=np.array([0.01, 0.1, 1.0]), loss=np.array([4.0, 2.0, 9.0])), beta=0.5)
    0.1
    """
    finite = np.isfinite(test.loss)
    return float(test.lr[finite][np.argmin(smoothed(test.loss[finite], beta))])


@reproducible
def range_test(test: Training, runs: Mapping[float, Training]) -> Instrument:
    """The losses of a range test by learning rate, and the full run at a rate that you pick.

    Parameters
    ----------
    test : Training whose rate climbed
    runs : dict of rate → Training at that rate

    Returns
    -------
    Instrument

    Raises
    ------
    ValueError
        No runs.

    Examples
    --------
    >>> from lessonkit import climbing, digits, mlp, range_test, sgd, train
    >>> net, data = mlp([64, 10]), digits()
    >>> test = train(net, data, sgd, climbing(0.001, 1.0, 45), epochs=1)
    >>> range_test(test, {0.1: train(net, data, sgd, 0.1, epochs=1)})
    Instrument: a range test, and what its rates give
    """
    if not runs:
        raise ValueError("range_test: expected a dict of rate → Training, got none")
    screen = Screen(rows=2)
    beta, pick = slider("smoothing β", 0.9, 0.0, 0.98, 0.02), ladder("learning rate", sorted(runs)[0], sorted(runs))
    left, right = screen.axes
    finite = np.isfinite(test.loss)
    rates, losses = test.lr[finite], test.loss[finite]
    start = float(test.train_loss[0])
    left.plot(rates, np.minimum(losses, 1e6), color="#999999", linewidth=0.7, label="minibatches")
    left.set(
        xscale="log", xlabel="learning rate", title="range test: loss while the rate climbs", ylim=(0, 1.6 * start)
    )
    (smooth,) = left.plot([], [], color=SKY, linewidth=2, label="smoothed")
    (here,) = left.plot([], [], color=VERMILION, linestyle="--", label="picked")
    left.legend(fontsize=9, loc="upper left")
    epochs = max(run.epochs for run in runs.values())
    (course,) = right.plot([], [], color=VERMILION, marker="o")
    right.axhline(start, color=BLACK, linestyle=":", linewidth=1)
    right.set(
        xlabel="epoch", title="training loss at the learning rate picked", xlim=(0, epochs), ylim=(0, 1.6 * start)
    )
    screen.moving = [smooth, here, course]
    screen.keep()

    def draw():
        run = runs[pick.value]
        smooth.set_data(rates, np.minimum(smoothed(losses, beta.value), 1e6))
        here.set_data([pick.value] * 2, [0, 10 * start])
        course.set_data(np.arange(run.epochs + 1), np.minimum(run.train_loss, 1e6))
        end = f"{run.train_loss[-1]:.2f}" if run.train_loss[-1] < start else "no lower than at the start"
        return (
            f"smoothing β = {beta.value:g}: the smoothed loss is lowest at a learning rate of {lowest(test, beta.value):.2g}. "
            f"Picked learning rate {pick.value:g}: after {run.epochs} epochs the loss is {end}."
        )

    return Instrument("a range test, and what its rates give", [beta, pick], screen, draw)
