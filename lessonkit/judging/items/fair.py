"""A fair comparison of two rules: the same number of rates, the same seeds, and new seeds for the result."""

import numpy as np

from lessonkit.judging.by_hand import draw_for
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.items.calls import digits
from lessonkit.judging.items.runs import Valley
from lessonkit.judging.items.spaces import drawn_version
from lessonkit.judging.versions import compiled
from lessonkit.problems.surfaces import bowl

TRIED, SEEDS = 5, 3


def comparison_of(learner):
    """A comparison of a learner's version of Lion with the heavy ball: its version, its text, and its results.

    Returns
    -------
    Version
    str
    dict of what was compared → the ratio of Lion's loss to the heavy ball's
    """
    draw, version = draw_for("fair comparison", learner), drawn_version("lion", learner)
    valley = Valley(draw)
    first, second = int(draw.integers(100, 500)), int(draw.integers(500, 900))
    low = {"lion": digits(draw, 0.01, 0.03), "momentum": float(f"{digits(draw, 0.005, 0.02) / valley.kappa:.3g}")}
    beta1, beta2, decay, beta = (
        digits(draw, 0.6, 0.9),
        digits(draw, 0.8, 0.96),
        digits(draw, 0.01, 0.05),
        digits(draw, 0.6, 0.9),
    )
    text = (
        f"Compare your `lion` (beta1={beta1:g}, beta2={beta2:g}, weight_decay={decay:g}) with our `momentum` (beta={beta:g}) on "
        f"`noisy(bowl({valley.kappa:g}, {valley.angle:g}), {valley.spread:g}, seed)`, {valley.steps} steps a run.\n\n"
        f"1. Each rule gets {TRIED} rates: lion {low['lion']:g}, momentum {low['momentum']:g}, and each of the others twice the one before.\n"
        f"2. For each rate take the mean of the last loss over the seeds {_listed(first)}. The best rate of a rule has the lowest mean.\n"
        f"3. With its best rate, run each rule on the new seeds {_listed(second)}.\n\n"
        "What is the mean last loss of your lion on the new seeds, divided by that of momentum? Copy all the digits that `float(…)` shows."
    )
    rules = {
        "lion": (compiled(version.source), {"beta1": beta1, "beta2": beta2, "weight_decay": decay}),
        "momentum": (compiled(EXERCISES["momentum"].source), {"beta": beta}),
    }
    seeds = [*range(first, first + SEEDS), *range(second, second + SEEDS)]
    losses = {name: _last_losses(valley, *rules[name], low[name], seeds) for name in rules}
    old = {name: each[:, :SEEDS] for name, each in losses.items()}
    new = {name: each[:, SEEDS:] for name, each in losses.items()}
    best = {name: int(np.argmin(losses.mean(axis=1))) for name, losses in old.items()}

    def ratio(losses, rate):
        return float(np.mean(losses["lion"][rate("lion")]) / np.mean(losses["momentum"][rate("momentum")]))

    lucky = float(np.min(new["lion"]) / np.min(new["momentum"]))
    return (
        version,
        text,
        {
            "fair": ratio(new, best.get),
            "compares on the seeds that chose the rate": ratio(old, best.get),
            "chooses the rate on the new seeds": ratio(new, lambda name: int(np.argmin(new[name].mean(axis=1)))),
            "takes the best of all runs": lucky,
            "turns the ratio round": 1 / ratio(new, best.get),
            "gives both the first rate": ratio(new, lambda name: 0),
        },
    )


def _listed(first):
    return f"{first}, {first + 1} and {first + 2}"


def _last_losses(valley, function, hyper, low, seeds):
    """The last loss for each rate and seed, all runs in one array."""
    surface = bowl(valley.kappa, valley.angle)
    noise = np.array([valley.noise(seed) for seed in seeds])  # seeds × steps × 2
    lr = np.repeat(low * 2.0 ** np.arange(TRIED), len(seeds))
    theta = np.repeat(np.array(surface.start)[:, None], lr.size, axis=1)
    state = np.zeros_like(theta)
    with np.errstate(all="ignore"):
        for step in range(valley.steps):
            g = surface.gradient(theta) + np.tile(noise[:, step].T, TRIED)
            theta, state = function(theta, g, state, lr, **hyper)
    return surface(theta).reshape(TRIED, len(seeds))
