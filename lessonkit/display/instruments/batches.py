"""The distribution of minibatch gradients, and the lowest loss that can be reached with them."""

import numpy as np

from lessonkit.display.figures import BLACK, SKY, VERMILION, ellipse
from lessonkit.display.instruments.own_rules import counted, name_of, tried
from lessonkit.display.widgets.controls import ladder
from lessonkit.display.widgets.instrument import Instrument, reproducible
from lessonkit.display.widgets.screen import Screen
from lessonkit.problems.data import sunspots
from lessonkit.problems.noise import sampled
from lessonkit.rules.optimizers import sgd
from lessonkit.rules.types import Array, Rule
from lessonkit.runs.descent import descend


def spots_of_two_years() -> tuple[Array, Array]:
    """The sunspots of each year from those of the two before, all less their mean.

    Returns
    -------
    x : array, shape (307, 2), hundreds of spots two years and one year before
    y : array, shape (307,)

    Examples
    --------
    >>> from lessonkit import spots_of_two_years
    >>> x, y = spots_of_two_years()
    >>> x.shape, y.shape
    ((307, 2), (307,))
    """
    data = sunspots(2)
    x, y = np.concatenate([data.x_train, data.x_val]), np.concatenate([data.y_train, data.y_val])
    return x - x.mean(), y - x.mean()


@reproducible
def batches(rule: Rule = sgd, *, steps: int = 300, copies: int = 10, drawn: int = 200) -> Instrument:
    """Batch size and learning rate: minibatch gradients at the minimum, and how far above it the loss stays.

    Parameters
    ----------
    rule : function
        Your own too.
    steps, copies : int
        Length of a run, and independent runs to average.
    drawn : int
        Minibatch gradients in the cloud.

    Returns
    -------
    Instrument

    Raises
    ------
    TypeError, ValueError
        What is not a rule, or fails in its first steps, or does not keep the copies apart.

    Examples
    --------
    >>> from lessonkit import batches
    >>> batches(steps=5)
    Instrument: minibatch gradients and the floor they set
    """
    counted("batches", steps=steps, copies=copies, drawn=drawn)
    name, rule = name_of(rule), tried("batches", rule, many=True)
    x, y = spots_of_two_years()
    screen = Screen(rows=2)
    size, rate = (
        ladder("batch size", 8, [1, 2, 4, 8, 16, 32, 64, 128, 256]),
        ladder("learning rate", 0.3, [0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 2.0, 3.0]),
    )
    left, right = screen.axes
    (dots,) = left.plot(
        [], [], linestyle="", marker="o", markersize=4, alpha=0.5, color=SKY, label="gradient of a minibatch"
    )
    (ring,) = left.plot([], [], color=VERMILION, label="two standard deviations")
    left.plot(0, 0, marker="+", color=BLACK, markersize=12, markeredgewidth=2)
    left.set(xlim=(-0.15, 0.15), ylim=(-0.15, 0.15), xlabel="∂f/∂θ₁", ylabel="∂f/∂θ₂", title="gradients at the minimum")
    left.legend(fontsize=9, loc="upper left")
    (above,) = right.plot([], [], color=SKY)
    right.set(xlim=(0, steps), ylim=(1e-6, 1e-1), yscale="log", xlabel="step", title="loss above its minimum")
    screen.moving = [dots, ring, above]
    screen.keep()
    lowest = sampled(x, y, 1)(sampled(x, y, 1).minimum)  # type: ignore[arg-type]  # this one knows it

    def draw():
        surface = sampled(x, y, size.value)
        middle = np.array(surface.minimum)
        points = surface.gradient(np.tile(middle[:, None], drawn)).T
        dots.set_data(*points.T)
        ring.set_data(*ellipse(points))
        run = descend(surface, rule, np.tile(middle[:, None], copies), rate.value, steps)
        excess = np.maximum(run.loss.mean(axis=1) - lowest, 1e-12)
        above.set_data(np.arange(run.steps + 1), excess)
        return (
            f"{name}, batch size {size.value}, learning rate {rate.value:g}: the gradients spread by {points[:, 0].std():.4f} and {points[:, 1].std():.4f}; "
            f"the loss hovers {excess[run.steps // 2 :].mean():.2g} above its minimum."
        )

    return Instrument("minibatch gradients and the floor they set", [size, rate], screen, draw)
