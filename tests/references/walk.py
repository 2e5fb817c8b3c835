"""A rule led along the tracks of make.py, and the comparison of two paths."""

import inspect
import itertools

import numpy as np
from references.make import RATES, TRACKS


def walk(step, track="sequence", rates=RATES):
    """Rows t, theta after each update by `step(theta, g, t, lr)`."""
    start, gradient = TRACKS[track]
    theta, rows = start.copy(), []
    for t, lr in enumerate(rates, 1):
        theta = step(theta, gradient(t, theta), t, lr)
        rows.append([t, *theta])
    return np.array(rows)


def stepper(rule, *state, **hyperparameters):
    """`rule` as step(theta, g, t, lr), carrying its state along, from 0 unless `state` is given."""
    names = inspect.signature(rule).parameters
    state = state or [0.0 for _ in itertools.takewhile(lambda name: name not in ("t", "lr"), list(names)[2:])]

    def step(theta, g, t, lr):
        nonlocal state
        clock = {"t": t} if "t" in names else {}
        out = rule(theta, g, *state, **clock, lr=lr, **hyperparameters)
        theta, *state = out if isinstance(out, tuple) else (out,)
        return theta

    return step


def apart(ours, theirs):
    """Largest distance of two paths, entry by entry, relative to how far from 0 their path `theirs` has been so far.

    At a single step it would mean nothing where an entry crosses 0.
    """
    ours, theirs = ours[theirs[:, 0].astype(int) - 1, 1:], theirs[:, 1:]
    size = np.maximum.accumulate(np.abs(theirs))
    return np.max(np.abs(ours - theirs) / np.where(size == 0, 1, size))  # NaN stays, and fails every comparison
