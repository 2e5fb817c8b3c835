"""A learner's trace, taken apart into single steps: each step is compared with the rule's step from the same inputs.

The inputs of a step are what the learner's function returned the step before. So a mistake in one line is seen in that line alone, and
what it does to the steps that follow is no mistake of theirs.
"""

import functools
import itertools
import re

import numpy as np

from lessonkit.judging.traces import flattened
from lessonkit.judging.versions import by_lines, compiled
from lessonkit.sandboxed.probe import STEPS


class OneStep:
    """All steps of a trace. Arrays have the shape (steps, entries).

    Attributes
    ----------
    given : dict of name → array: the rule's arguments at each step
    got : dict of name → array: ``theta`` and the states that came back
    states : list of names
    groups : list of (step, columns) that share their hyperparameters
    telling : list of those groups that tell most of what a quantity is made of: late steps, many entries
    tensors : list of columns, one item for each tensor
    shapes : list of their shapes
    lost : array of bool, the steps that do not count, since their numbers are out of all range
    """

    def __init__(self, probe, trace, grows=0):
        theta, gradients, hyper = flattened(probe)
        self.states = list(probe.states)
        self.got = {"theta": trace.values, **{name: trace.states[name] for name in self.states}}
        first = {"theta": theta, **{name: np.zeros_like(theta) for name in self.states}}
        before = {name: np.vstack([first[name], self.got[name][:-1]]) for name in first}
        values = {name: np.array([each[i] for each in hyper]) for i, name in enumerate(probe.hyper)}
        order = ["theta", "g", *self.states, *probe.hyper]
        found = before | {"g": np.array(gradients)} | values
        self.given = {name: found[name] for name in order}
        self.hyper = {name: self.given[name] for name in probe.hyper}
        sizes = [np.size(theta) for run in probe.runs for theta in run.theta]
        edges = np.cumsum([0, *sizes])
        self.tensors = [slice(*edge) for edge in itertools.pairwise(edges)]
        self.shapes = [theta.shape for run in probe.runs for theta in run.theta]
        runs = [slice(edges[2 * i], edges[2 * i + 2]) for i in range(len(probe.runs))]
        self.lost = np.repeat([[0 < grows <= step + 1] for step in range(STEPS)], len(theta), axis=1)
        self.lengths = np.repeat([len(theta) for run in probe.runs for theta in run.theta], sizes)
        self.groups = [(step, columns) for step in range(STEPS) for columns in runs]
        self.telling = [(STEPS - 1, runs[-1]), (STEPS - 1, runs[0]), (STEPS // 2, runs[1])]

    def per_group(self, values):
        """The first value in each group: for what is the same in all of a group."""
        return np.array([values[step, columns.start] for step, columns in self.groups])

    def by_group(self, values):
        """The entries of each group, as an array of shape (groups, entries of the longest); NaN where a group has fewer."""
        out = np.full((len(self.groups), max(columns.stop - columns.start for _, columns in self.groups)), np.nan)
        for row, (step, columns) in enumerate(self.groups):
            out[row, : columns.stop - columns.start] = values[step, columns]
        return out

    def spread(self, by_group):
        """One number for each group, as an array with one for each entry."""
        out = np.empty_like(self.given["theta"])
        for (step, columns), value in zip(self.groups, by_group):
            out[step, columns] = value
        return out

    def after(self, source, states=None, sign=1, given=None):
        """What a right version returns from the same inputs, as `got`.

        Parameters
        ----------
        source : str
        states : list of arrays, optional
            New states that are taken instead of those that the version computes.
        sign : 1 or -1
            Of the learner's states beside those of the version.
        given : dict of name → array, optional
            Inputs that are taken instead of the learner's.
        """
        inputs = self.given | {name: sign * self.given[name] for name in self.states} | (given or {})
        new = [] if states is None else [sign * each for each in states]
        with np.errstate(all="ignore"):
            function = compiled(source) if states is None else _with_new_states(source, tuple(self.states))
            result = function(*inputs.values(), *new)
        result = result if isinstance(result, tuple) else (result,)
        return dict(zip(["theta", *self.states], result))

    def close(self, name, expected, got=None):
        """Which entries of a quantity equal the expected ones, up to the order of the arithmetic."""
        got = self.got[name] if got is None else got
        with np.errstate(all="ignore"):
            if name == "theta":
                room = 1e-8 * np.abs(expected - self.given["theta"]) + 1e-14 * np.maximum(
                    np.abs(expected), np.abs(self.given["theta"])
                )
            else:
                size = np.abs(self.given["g"])
                room = 1e-9 * np.abs(expected) + 1e-14 * np.minimum(size, size**2) + 1e-30
            near = (np.abs(got - expected) <= room) & np.isfinite(expected)
            return near | (got == expected) | (np.isnan(got) & np.isnan(expected)) | self.lost


@functools.lru_cache(maxsize=1024)
def _with_new_states(source, states):
    """The function of a source with its new states as further arguments, `v_new`, in place of the lines that compute them."""
    head, body = source.split("\n", 1)
    head = re.sub(r"\):$", "".join(f", {name}_new=0" for name in states) + "):", head)
    return by_lines(
        f"{head}\n" + re.sub(rf"^    ({'|'.join(states)}) = .*$", r"    \1 = \1_new", body, flags=re.MULTILINE)
    )
