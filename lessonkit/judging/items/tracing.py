"""Compares what a function returned with what a version returns: parameters and states."""

import ast
import functools

import numpy as np

from lessonkit.judging.items.slips import slipped
from lessonkit.judging.items.spaces import SPACES, drawn_probe, printed
from lessonkit.judging.matching import REASSOCIATED
from lessonkit.judging.traces import room_of_steps, same_numbers, trace_of
from lessonkit.judging.verdict import Difference
from lessonkit.judging.versions import changed, fits


@functools.lru_cache(maxsize=8192)
def with_mistake(source, name):
    """A version with a mistake, called by its name, in it; None if the mistake has no place in this version."""
    text = slipped(source, name)
    return text and ast.unparse(ast.parse(text))


def with_known_mistake(source, mistake):
    """As `with_mistake`, also for those that are known by what they change in the lesson's version, where this has the same parts."""
    return with_mistake(source, mistake.name) or (
        changed(source, mistake.change) if fits(source, mistake.change) else None
    )


@functools.lru_cache(maxsize=4096)
def traced(source, exercise, seed):
    """The trace of a version on the probe of a seed; None if it raises."""
    return trace_of(source, drawn_probe(exercise, seed))


def shape_of(exercise, seed):
    """A Trace of the shape that every right function gives on the probe of a seed."""
    return traced(printed(exercise), exercise, seed)


def differing(got, expected, probe):
    """Where two traces part: list of (step, order, entry, quantity, expected, got), the earliest first.

    In one step, states come before the parameters, which are computed from them. A state that is no array of numbers differs.
    """
    start = np.concatenate([np.ravel(theta) for run in probe.runs for theta in run.theta]) if probe.runs else None
    tables = [(name, got.states.get(name), expected.states[name]) for name in probe.states]
    tables.append(("theta" if probe.runs else "result", got.values, expected.values))
    found = []
    for order, (name, mine, ours) in enumerate(tables):
        mine = np.full(ours.shape, np.nan) if mine is None or mine.shape != ours.shape else mine
        with np.errstate(all="ignore"):
            room = 1e-9 * np.abs(ours) + 1e-30 if order < len(probe.states) else _room(start, ours)
            same = same_numbers(mine, ours, room)
        found += [
            (int(step), order, int(entry), name, float(ours[step, entry]), float(mine[step, entry]))
            for step, entry in np.argwhere(~same)[:1]
        ]
    return sorted(found, key=lambda each: each[:3])


def which_of_two(got, version, seed):
    """Which of the two results of a step of power iteration is wrong, to be put behind a sentence; empty for all other functions."""
    returns, probe = SPACES[version.exercise].returns, drawn_probe(version.exercise, seed)
    if not returns:
        return ""
    ours = traced(version.source, version.exercise, seed).values[0]
    with np.errstate(all="ignore"):
        wrong = ~same_numbers(got.values[0], ours, _room(None, ours))
    first = np.cumsum([0, *(1 + np.size(v) for v, *_ in probe.calls[:-1])])  # each call gives a number, then an array
    one, other = wrong[first].any(), np.delete(wrong, first).any()
    if one and other:
        return f": {returns[0]} is wrong, and so is {returns[1]}"
    return f": {returns[0]} is {'wrong' if one else 'right'}, {returns[1]} is {'wrong' if other else 'right'}"


def _room(start, expected):
    """By how much the order of the arithmetic may change parameters, gradients or rates."""
    if start is None:
        return 1e-9 * np.abs(expected) + 1e-16
    return room_of_steps(start, expected, REASSOCIATED)


def first_difference(parts, probe):
    """The earliest of the places that `differing` found, in words."""
    step, _, entry, name, expected, got = parts[0]
    if probe.runs:
        return Difference(step + 1, f"entry {entry}", name, expected, got)
    return Difference(entry + 1, "of all numbers that it returned", name, expected, got)
