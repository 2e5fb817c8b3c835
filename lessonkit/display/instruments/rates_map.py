"""Momentum's learning rate and β as a point on a map, and the path for them."""

import inspect

import numpy as np

from lessonkit.display.figures import BLACK, SKY, VERMILION, contours, draw_heat, styles_of
from lessonkit.display.instruments.own_rules import counted, name_of, tried
from lessonkit.display.widgets.controls import played, slider, values_of
from lessonkit.display.widgets.instrument import Instrument, reproducible
from lessonkit.display.widgets.screen import Screen, draw_path
from lessonkit.problems.surfaces import Surface, bowl
from lessonkit.rules.ablations import momentum_averaged
from lessonkit.rules.optimizers import momentum
from lessonkit.rules.quantities import QUANTITIES, as_floats, shown
from lessonkit.rules.types import Array, Numbers, Rule
from lessonkit.runs.descent import descend, replay


def contraction_map(
    surface: Surface, kernel: Rule, rates: Numbers, betas: Numbers, window: int = 150, beta: str = "beta"
) -> Array:
    """The factor by which a step shortens the distance to the minimum, for each rate and β; 1 or more if it never arrives.

    The farthest point of the third `window` of steps is compared with that of the second, because a run that oscillates is
    close to the minimum at some steps and far from it at others. This is a measurement: where a run oscillates, it differs from
    the factor of the long run in the third digit, because the two windows see other parts of an oscillation.

    Parameters
    ----------
    surface : Surface whose minimum is the origin
    kernel : function with a hyperparameter such as momentum's `beta`
    rates, betas : arrays
    window : int
        In steps; longer than half an oscillation.
    beta : str
        Name of that hyperparameter.

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
        share, rate = (pair.ravel() for pair in np.meshgrid(some, rates, indexing="ij"))
        starts = np.tile(np.array(surface.start)[:, None], share.size)
        run = descend(surface, kernel, starts, rate, 3 * window, **{beta: share})
        factors = np.full(share.size, np.inf)
        if run.steps == 3 * window:  # otherwise all of them diverged
            with np.errstate(all="ignore"):  # the distance of a diverged run is infinite or NaN
                far = np.linalg.norm(run.theta[window + 1 :], axis=1).reshape(2, window, -1).max(axis=1)
                factors = np.where(far[1] == 0, 0.0, (far[1] / far[0]) ** (1 / window))
                factors = np.where(run.diverged, np.inf, factors)
        rows.append(factors.reshape(len(some), -1))
    return np.concatenate(rows)


@reproducible
def rates_map(rule: Rule = momentum, *, beta: str = "beta", kappa: float = 50, steps: int = 100) -> Instrument:
    """A map of a rule's learning rate and β for a valley, and the path at the point that you drag on it.

    Parameters
    ----------
    rule : function
        Momentum, or a rule of your own with a hyperparameter in [0, 1).
    beta : str
        Name of that hyperparameter, such as ``"beta1"``.
    kappa : float
        Condition number of the valley.
    steps : int

    Returns
    -------
    Instrument

    Raises
    ------
    TypeError, ValueError
        What is not a rule, fails in its first steps, does not keep many starts apart, or has no such hyperparameter.

    Examples
    --------
    >>> from lessonkit import rates_map
    >>> rates_map(steps=5)
    Instrument: momentum's rate and β on a valley
    """
    counted("rates_map", steps=steps)
    name, rule = name_of(rule), with_beta(rule, beta)
    surface, screen, label = bowl(kappa), Screen(rows=2), beta.replace("beta", "β")
    ground, valley = screen.axes
    ground.get_gridspec().set_height_ratios([9, 4])  # the map is what one drags
    unit = 0.05 / kappa
    rates, betas = unit * np.arange(1, 43), np.arange(99) / 100
    rate, share = slider("learning rate", 10 * unit, unit, 42 * unit, unit), slider(label, 0.0, 0.0, 0.98, 0.01)
    factors = contraction_map(surface, rule, rates, betas, beta=beta)
    draw_heat(ground, factors, rates, betas, "learning rate", label, "factor a step", [0.8, 0.85, 0.9, 0.95, 1.0])
    for number in ground.texts:  # on a level line, to be read on any grey
        number.set(fontsize=10, bbox=dict(facecolor="white", edgecolor="none", pad=0.5))
    ground.set_title("factor by which a step shortens the way")
    contours(valley, surface)
    valley.set_title(surface.name)
    (here,) = ground.plot([], [], "o", color=VERMILION, markeredgecolor=BLACK, markersize=10)
    (path,) = valley.plot([], [], markersize=5, **styles_of([name])[0])
    screen.moving = [here, path]
    screen.keep()

    def draw():
        run = descend(surface, rule, lr=rate.value, steps=steps, **{beta: share.value})
        here.set_data([rate.value], [share.value])
        draw_path(path, run, 25)
        factor = factors[abs(betas - share.value).argmin(), abs(rates - rate.value).argmin()]
        arrived = run.steps_to(1e-6)
        what = f"each step shortens the way by a factor of about {factor:.3f}" if factor < 1 else "it never arrives"
        when = f"; loss below one millionth after {arrived:.0f} steps" if np.isfinite(arrived) else ""
        return f"learning rate {rate.value:g}, {label} = {share.value:g}: {what}{when}."

    return Instrument(
        f"{name}'s rate and {label} on a valley", [rate, share], screen, draw, screen.drags(rate, share, ground)
    )


def with_beta(rule, beta):
    """A rule that takes many values of its hyperparameter `beta` in one call."""
    name, tame = name_of(rule), tried("rates_map", rule, many=True)
    own = [key for key in inspect.signature(tame).parameters if key in QUANTITIES or key == beta]
    if beta not in own:
        others = [key for key in own if key.startswith("beta")]
        advice = f"name the one to draw: beta={others[0]!r}" if others else "valley shows its path"
        raise ValueError(f"rates_map: {name} has no hyperparameter {beta!r}; it has {', '.join(own)}; {advice}")
    return tried("rates_map", tame, many=True, **{beta: np.array([0.5, 0.9])})


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

    Raises
    ------
    TypeError, ValueError
        What is not a list of finite numbers.

    Examples
    --------
    >>> from lessonkit import velocities
    >>> velocities()
    Instrument: the velocity, step by step
    """
    if callable(gradients):
        raise TypeError(
            f"velocities: expected the gradient of each step, such as [2.0, 1.8, -0.5], got the function {name_of(gradients)}; "
            "this shows momentum in two forms alone, valley shows the path of any rule"
        )
    screen, gradients = Screen(5.6, 3.6), as_floats("velocities", "gradients", gradients)
    if gradients.ndim != 1 or not len(gradients) or not np.isfinite(gradients).all():
        raise ValueError(
            f"velocities: expected the gradient of each step, finite numbers such as [2.0, 1.8, -0.5], got {shown(gradients)}"
        )
    steps = np.arange(1, len(gradients) + 1)
    at, beta = slider("step", min(4, len(gradients)), 1, len(gradients), 1), slider("β", 0.9, 0.0, 0.95, 0.05)
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
            f"step {t}, β = {beta.value:g}: gradient {gradients[t - 1]:g}, velocity summed {summed[t - 1]:.4g}, "
            f"averaged {averaged[t - 1]:.4g}."
        )

    return Instrument("the velocity, step by step", [*played(at, 0.5), beta], screen, draw)
