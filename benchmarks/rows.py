"""One Adam step of many small networks at once, each with a learning rate of its own: a row of parameters for each network."""

import numpy as np

from lessonkit import adam

NETS, SIZE = 21, 2410  # mlp([64, 32, 10]) has so many parameters
RATES = np.geomspace(1e-4, 1e-2, NETS)


def contestants(compiled):
    """Functions that make the step, by name; all must arrive at the same parameters."""
    theta, g = np.random.default_rng(0).standard_normal((2, NETS, SIZE))
    column, rates = RATES[:, None], RATES.tolist()
    steps = {
        "NumPy, a column of rates": lambda theta, m, v: adam(theta, g, m, v, 1, column),
        "NumPy, row by row": lambda *arrays: by_row(adam, arrays, g, rates),
    }
    if compiled:
        step = compiled["fused", "Adam"]
        steps |= {
            "fused, a column of rates": lambda theta, m, v: step(theta, g, m, v, 1, column),
            "fused, row by row": lambda *arrays: by_row(step, arrays, g, rates),
        }
    ends = [np.array(step(*fresh(theta))[0]) for step in steps.values()]
    for end in ends[1:]:
        np.testing.assert_allclose(end, ends[0], rtol=1e-9)
    kept = fresh(theta)
    if compiled:
        steps["fused, one rate for all"] = lambda theta, m, v: step(theta, g, m, v, 1, 1e-3)
    return {name: (lambda step=step: step(*kept)) for name, step in steps.items()}


def by_row(step, arrays, g, rates):
    """Step each network by itself; returns the parameters of all."""
    return [[step(theta, row, m, v, 1, lr)[0] for theta, row, m, v, lr in zip(arrays[0], g, *arrays[1:], rates)]]


def fresh(theta):
    """Parameters to write to, with Adam's moments at rest."""
    return theta.copy(), np.zeros_like(theta), np.zeros_like(theta)
