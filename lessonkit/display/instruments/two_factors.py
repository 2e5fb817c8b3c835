"""The smallest loss whose sharpness answers the learning rate: two factors whose product should be 1."""

import numpy as np

from lessonkit.display.figures import BLACK, SKY, STYLES, VERMILION
from lessonkit.display.instruments.own_rules import counted
from lessonkit.display.widgets.controls import slider
from lessonkit.display.widgets.instrument import Instrument, reproducible
from lessonkit.display.widgets.screen import Screen, draw_path
from lessonkit.problems.surfaces import hyperbola
from lessonkit.rules.optimizers import momentum
from lessonkit.runs.descent import descend

HIGHEST = 20.0  # sharpness that the picture shows


def sharpness_along(theta):
    """The largest eigenvalue of the Hessian of ½(xy − 1)² at points of shape (n, 2): shape (n,)."""
    x, y = np.moveaxis(theta, -1, 0)
    with np.errstate(over="ignore", invalid="ignore"):  # the values of a diverged run may be as large as floats can be
        return 0.5 * (x * x + y * y) + np.hypot(0.5 * (x * x - y * y), 2 * x * y - 1)


@reproducible
def two_factors(steps: int = 60) -> Instrument:
    """A run towards a hyperbola of minima, and its sharpness: where it exceeds the stability limit, the run moves on to a flatter minimum.

    Parameters
    ----------
    steps : int

    Returns
    -------
    Instrument

    Examples
    --------
    >>> from lessonkit import two_factors
    >>> two_factors(steps=5)
    Instrument: two factors, one product
    """
    counted("two_factors", "its limit is that of gradient descent with momentum", steps=steps)
    surface, screen = hyperbola(), Screen(rows=2, height=5.2)
    above, below = screen.axes
    rate, beta = slider("learning rate", 0.25, 0.02, 0.6, 0.01), slider("β", 0.0, 0.0, 0.9, 0.1)
    left, up = slider("start x", 3.0, 0.1, 3.9, 0.1), slider("start y", 0.4, 0.1, 2.4, 0.1)
    x = np.geomspace(0.4, 4.0, 200)
    minima, sharpness = np.stack([x, 1 / x]), x * x + 1 / (x * x)
    above.plot(*minima, color=BLACK, linewidth=1, linestyle=":", label="minima")
    (stable,) = above.plot([], [], color=SKY, linewidth=4, alpha=0.5, label="minima below the limit")
    (path,) = above.plot([], [], markersize=5, **STYLES["sgd"])
    (along,) = below.plot([], [], markersize=4, **STYLES["sgd"])
    (limit,) = below.plot([], [], color=VERMILION, linestyle="--", label="limit (2 + 2β) / learning rate")
    below.set(xlabel="step", ylabel="sharpness", xlim=(0, steps), ylim=(0, HIGHEST))
    above.legend(loc="upper right", fontsize=9)
    below.legend(loc="upper right", fontsize=9)
    screen.moving = [stable, path, along, limit]
    screen.stand_on(surface, above)

    def draw():
        run = descend(surface, momentum, (left.value, up.value), rate.value, steps, beta=beta.value)
        at, most = sharpness_along(run.theta), (2 + 2 * beta.value) / rate.value
        draw_path(path, run, run.steps)
        stable.set_data(*np.where(sharpness <= most, minima, np.nan))
        along.set_data(np.arange(run.steps + 1), at)
        limit.set_data([0, steps], [most, most])
        end = (
            "it has diverged"
            if run.diverged
            else f"loss {run.loss[-1]:.2g}, sharpness {at[-1]:.3g} at ({run.theta[-1][0]:.2g}, {run.theta[-1][1]:.2g})"
        )
        return (
            f"learning rate {rate.value:g}, β {beta.value:g}: the limit is {most:.3g}. Start ({left.value:g}, {up.value:g}) with "
            f"sharpness {at[0]:.3g}; after {run.steps} steps {end}."
        )

    return Instrument(
        "two factors, one product", [rate, left, up, beta], screen, draw, screen.drags(left, up, above), [left, up]
    )
