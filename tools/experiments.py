"""Run all experiments of the exercises and store what comes out in `lessonkit/problems/data/experiments.npz`; `make experiments` calls this.

So that nothing of this has to be run when answers are judged. It takes about three minutes on two cores.
"""

import itertools
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from lessonkit.judging.experiments import SETTINGS, TABLE, THRESHOLDS, clipped_run
from lessonkit.problems import surfaces
from lessonkit.problems.noise import noisy
from lessonkit.rules.optimizers import adam, momentum, sgd
from lessonkit.runs.descent import descend


def noise_floor(spread, lr):
    """Four numbers of the loss: its mean over the second half, its mean, its least and its last value."""
    loss = descend(noisy(surfaces.bowl(10), spread, seed=1), sgd, lr=lr, steps=6000).loss
    return [loss[3001:].mean(), loss.mean(), loss.min(), loss[-1]]


def largest_rate(kappa, beta):
    """The largest rate with which the heavy ball stays in the valley."""

    def stays(lr):
        loss = descend(surfaces.bowl(kappa), momentum, lr=lr, beta=beta, steps=3000).loss
        return bool(loss[-1] < loss[0])

    low, high = 0.0, 8 / kappa
    for _ in range(20):  # halves the interval until six digits are sure
        middle = (low + high) / 2
        low, high = (middle, high) if stays(middle) else (low, middle)
    return [low]


def steps_to_goal(lr, goal):
    """The steps to the goal, to a tenth of it and to ten times it; the loss at the goal."""
    run = descend(surfaces.rosenbrock(), adam, lr=lr, steps=2000)
    steps = run.steps_to(goal)
    return [steps, run.steps_to(goal / 10), run.steps_to(goal * 10), run.loss[int(steps)]]


def exploding_run(lr, seed):
    """For each threshold: the loss at the end, and the share of the steps that were clipped."""
    return [clipped_run(lr, seed, threshold) for threshold in THRESHOLDS]


RUNS = {each.__name__: each for each in (noise_floor, largest_rate, steps_to_goal, exploding_run)}


def results(name, pool):
    """What an experiment gives in each of its settings: an array with an axis for each of them, and then one for what it gives."""
    settings = SETTINGS[name]
    rows = list(pool.map(RUNS[name], *zip(*itertools.product(*settings))))
    return np.array(rows, dtype=float).reshape(*map(len, settings), *np.shape(rows)[1:])


if __name__ == "__main__":
    with ProcessPoolExecutor() as pool:
        np.savez_compressed(TABLE, **{name: results(name, pool) for name in RUNS})
