"""Runs our own versions of a kernel on a probe, fast: all tensors in one call a step where that gives the same."""

import re

import numpy as np

from lessonkit.judging.versions import by_lines, compiled
from lessonkit.sandboxed.probe import STEPS
from lessonkit.sandboxed.runner import Trace

FAILS = (ArithmeticError, LookupError, NameError, TypeError, ValueError)  # what a version may raise


def trace_of(source, probe, steps=STEPS):
    """The trace of a version, given as source, or of its first steps alone; None where it raises."""
    function = by_lines(source) if probe.runs and steps < STEPS else compiled(source)
    with np.errstate(all="ignore"):
        if not probe.runs:
            return _called(function, probe)
        pieces = [_flattened(probe, steps)] if entry_by_entry(source) else _by_tensor(probe, steps)
        traces = [_run(function, probe.states, *piece) for piece in pieces]
    if None in traces:
        return None
    values, *states = (np.concatenate(parts, axis=1) for parts in zip(*traces))
    return Trace(values, dict(zip(probe.states, states)))


def entry_by_entry(source):
    """Whether each entry of a result depends on that entry alone, so that all tensors can be joined into one."""
    return not re.search(r"np\.(mean|median|max|min|sum|shape|size|linalg)\b", source)


def room_of_steps(start, expected, share):
    """By how much parameters may differ from the expected ones: a share of the longest step so far, and rounding.

    start : array of shape (entries,); expected : array of shape (steps, entries)
    """
    steps = np.abs(np.diff(np.vstack([start, expected]), axis=0))
    return share * np.maximum.accumulate(steps) + 1e-14 * np.maximum.accumulate(np.abs(expected))


def same_numbers(got, expected, room):
    """Which entries differ by at most `room`; infinity and NaN are the same as themselves alone."""
    near = (np.abs(got - expected) <= room) & np.isfinite(expected)
    return near | (got == expected) | (np.isnan(got) & np.isnan(expected))


def flattened(probe):
    """A probe of runs, all tensors joined: parameters, gradients by step, hyperparameters by step."""
    tensors = [(run, i) for run in probe.runs for i in (0, 1)]
    theta = np.concatenate([np.ravel(run.theta[i]) for run, i in tensors])
    g = [np.concatenate([np.ravel(run.g[step][i]) for run, i in tensors]) for step in range(STEPS)]
    sizes = [np.size(run.theta[i]) for run, i in tensors]
    values = np.array([run.hyper for run, _ in tensors], dtype=float)  # tensors × steps × hyperparameters
    hyper = np.ascontiguousarray(np.moveaxis(np.repeat(values, sizes, axis=0), 0, -1))
    return theta, g, hyper


_latest = None, None  # a probe and what it is, flattened: thousands of versions are run on one probe


def _flattened(probe, steps):
    """`flattened` as arrays of one's own: a version may write into them."""
    global _latest
    kept = _latest
    if kept[0] is not probe:
        _latest = kept = probe, flattened(probe)
    theta, g, hyper = kept[1]
    return theta.copy(), [each.copy() for each in g[:steps]], hyper[:steps].copy()


def _by_tensor(probe, steps):
    """Each tensor of a probe, as `flattened` gives all of them; a version may write into the arrays."""
    for run in probe.runs:
        for i in (0, 1):
            yield run.theta[i].copy(), [run.g[step][i].copy() for step in range(steps)], run.hyper


def _run(function, names, theta, gradients, hypers):
    """The steps of a version on some entries: theta and each state, as arrays of shape (steps, entries); None where it raises."""
    shape, state = theta.shape, [np.zeros_like(theta) for _ in names]
    rows = []
    try:
        for g, hyper in zip(gradients, hypers):
            result = function(theta, g, *state, *hyper)
            theta, *state = result if isinstance(result, tuple) else (result,)
            # A version may give one number for all entries.
            rows.append([each if np.shape(each) == shape else np.broadcast_to(each, shape) for each in (theta, *state)])
    except FAILS:
        return None
    return [np.array([row[i] for row in rows], dtype=float).reshape(len(rows), -1) for i in range(1 + len(names))]


def flat(result):
    """What a version returned from a call, as an array of one axis; in a tuple, a list holds tensors."""
    if isinstance(result, tuple):
        tensors = [each for part in result for each in (part if isinstance(part, list) else [part])]
        result = np.concatenate([np.ravel(each) for each in tensors])
    return np.ravel(result).astype(float)


def _called(function, probe):
    rows = []
    try:
        for arguments in probe.calls:
            rows.append(flat(function(*arguments)))
    except FAILS:
        return None
    return Trace(np.concatenate(rows)[None], {})
