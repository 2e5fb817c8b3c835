"""Momentum's learning rate and β as a point on a map, and the path for them."""

import numpy as np

from lessonkit.display.figures import BLACK, SKY, STYLES, VERMILION, contours, draw_heat
from lessonkit.display.widgets.controls import played, slider, values_of
from lessonkit.display.widgets.instrument import Instrument, reproducible
from lessonkit.display.widgets.screen import Screen
from lessonkit.problems.surfaces import Surface, bowl
from lessonkit.rules.ablations import momentum_averaged
from lessonkit.rules.optimizers import momentum
from lessonkit.rules.types import Array, Numbers, Rule
from lessonkit.runs.descent import descend, replay


def contraction_map(surface: Surface, kernel: Rule, rates: Numbers, betas: Numbers, window: int = 150) -> Array:
    """The factor by which a step shortens the distance to the minimum, for each rate and β; 1 or more if it never arrives.

    The farthest point of the third `window` of steps is compared with that of the second, because a run that oscillates is
    close to the minimum at some steps and far from it at others.

    Parameters
    ----------
    surface : Surface whose minimum is the origin
    kernel : function with a `beta`, such as `momentum`
    rates, betas : arrays
    window : int
        In steps; longer than half an oscillation.

    Returns
    -------
    array, shape (len(betas), len(rates))

    Examples
    --------
    >>> from lessonkit import bowl, contraction_map, momentum
    >>> contraction_map(bowl(10), momentum, rates=[0.05, 0.2], betas=[0.0]).round(2)
    array([[0.9, inf]])
    """
    rates, betas, rows = np.asarray(rates, dtype=float), np.asarray(betas, dtype=float), []
    for some in np.array_split(betas, -(-len(betas) // 10)):  # ten at a time, to keep the record small
        beta, rate = (pair.ravel() for pair in np.meshgrid(some, rates, indexing="ij"))
        run = descend(
            surface, kernel, np.tile(np.array(surface.start)[:, None], beta.size), rate, 3 * window, beta=beta
        )
        factors = np.full(beta.size, np.inf)
        if run.steps == 3 * window:  # otherwise all of them diverged
            with np.errstate(all="ignore"):  # the distance of a diverged run is infinite or NaN
                far = np.linalg.norm(run.theta[window + 1 :], axis=1).reshape(2, window, -1).max(axis=1)
                factors = np.where(run.diverged, np.inf, (far[1] / far[0]) ** (1 / window))
        rows.append(factors.reshape(len(some), -1))
    return np.concatenate(rows)


@reproducible
def rates_map(kappa: float = 50, steps: int = 100) -> Instrument:
    """A map of momentum's rate and β for a valley, and the path at the point that you drag on it.

    Parameters
    ----------
    kappa : float
        Condition number of the valley.
    steps : int

    Returns
    -------
    Instrument

    Examples
    --------
    >>> from lessonkit import rates_map
    >>> rates_map(steps=5)
    Instrument: momentum's rate and β on a valley
    """
    surface, screen = bowl(kappa), Screen(rows=2)
    unit = 0.05 / kappa
    rates, betas = unit * np.arange(1, 43), np.arange(99) / 100
    rate, beta = slider("rate", 10 * unit, unit, 42 * unit, unit), slider("β", 0.0, 0.0, 0.98, 0.01)
    factors = contraction_map(surface, momentum, rates, betas)
    draw_heat(screen.axes[0], factors, rates, betas, "rate", "β", "factor a step", [0.8, 0.85, 0.9, 0.95, 1.0])
    screen.axes[0].set_title("factor by which a step shortens the way")
    contours(screen.axes[1], surface)
    screen.axes[1].set_title(surface.name)
    (here,) = screen.axes[0].plot([], [], "o", color=VERMILION, markeredgecolor=BLACK, markersize=10)
    (path,) = screen.axes[1].plot([], [], markersize=5, **STYLES["momentum"])
    screen.moving = [here, path]
    screen.keep()

    def draw():
        run = descend(surface, momentum, lr=rate.value, beta=beta.value, steps=steps)
        here.set_data([rate.value], [beta.value])
        path.set_data(*run.theta.T)
        path.set_markevery(max(1, run.steps // 25))
        factor = factors[abs(betas - beta.value).argmin(), abs(rates - rate.value).argmin()]
        arrived = run.steps_to(1e-6)
        what = f"each step shortens the way by a factor of {factor:.3f}" if factor < 1 else "it never arrives"
        when = f"; loss below one millionth after {arrived:.0f} steps" if np.isfinite(arrived) else ""
        return f"rate {rate.value:g}, β = {beta.value:g}: {what}{when}."

    return Instrument(
        "momentum's rate and β on a valley", [rate, beta], screen, draw, screen.drags(rate, beta, screen.axes[0])
    )


@reproducible
def velocities(gradients: Numbers = (2.0, 1.8, 1.5, -0.5, -0.5, -0.5)) -> Instrument:
    """The velocity step by step, as a sum and as an average of gradients, for the β that you choose.

    Parameters
    ----------
    gradients : sequence of float
        The gradient of each step; by default the last ones have the opposite sign.

    Returns
    -------
    Instrument

    Examples
    --------
    >>> from lessonkit import velocities
    >>> velocities()
    Instrument: the velocity, step by step
    """
    screen = Screen(5.6, 3.6)
    gradients = np.asarray(gradients, dtype=float)
    steps = np.arange(1, len(gradients) + 1)
    at, beta = slider("step", 4, 1, len(gradients), 1), slider("β", 0.9, 0.0, 0.95, 0.05)
    bars = {
        label: screen.axes.bar(
            steps + shift, np.zeros(len(steps)), 0.25, label=label, color=color, hatch=hatch, edgecolor=BLACK
        )
        for shift, label, color, hatch in (
            (-0.25, "gradient", "#999999", ""),
            (0.0, "velocity, summed", SKY, "//"),
            (0.25, "velocity, averaged", VERMILION, ".."),
        )
    }
    screen.axes.axhline(0, color=BLACK, linewidth=1)
    screen.axes.set(xlabel="step", ylabel="value", xlim=(0.4, len(steps) + 0.6))
    screen.axes.legend(fontsize=9, loc="upper left")
    screen.moving = [bar for group in bars.values() for bar in group]
    largest = replay(gradients, momentum, lr=1.0, beta=values_of(beta)[-1]).state["v"]
    screen.axes.set_ylim(min(-1.0, 1.1 * gradients.min()), 1.1 * max(largest.max(), gradients.max()))
    screen.keep()

    def draw():
        summed, averaged = (
            replay(gradients, rule, lr=1.0, beta=beta.value).state["v"][1:, 0] for rule in (momentum, momentum_averaged)
        )
        for group, heights in zip(bars.values(), (gradients, summed, averaged)):
            for k, (bar, height) in enumerate(zip(group, heights)):
                bar.set_height(height if k < at.value else 0)
        t = at.value
        return (
            f"step {t}: gradient {gradients[t - 1]:g}, velocity summed {summed[t - 1]:.4g}, "
            f"averaged {averaged[t - 1]:.4g}."
        )

    return Instrument("the velocity, step by step", [*played(at, 0.5), beta], screen, draw)
