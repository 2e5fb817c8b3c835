"""Finds the known versions of a rule, right and wrong, that compute the same as a learner's function.

A version's trace is all that it returns on a probe. Two functions are taken for the same if their traces are.
"""

import copy
import functools
import re

import numpy as np

from lessonkit.judging.asking import probe_of
from lessonkit.judging.catalogue import CHOSEN, EXERCISES
from lessonkit.judging.traces import flattened, room_of_steps, same_numbers, trace_of
from lessonkit.judging.verdict import Difference
from lessonkit.judging.versions import Convention, changed, fits, turned

# Tolerance, as a share of the step. Reordered arithmetic differs by far less; the smallest known mistake by 5e-8.
REASSOCIATED = 1e-8


class TraceIndex:
    """Wrong versions, found by the first step of their traces; the whole trace is computed for those that are found.

    Parameters
    ----------
    probe : Probe
    versions : iterable of (mistake, source)
        A version whose source is None is left out.
    entries : int
        Versions whose traces have another number of entries are left out.
    """

    def __init__(self, probe, versions, entries):
        self.probe, self.traces = probe, {}
        started = ((mistake, source, trace_of(source, probe, steps=1)) for mistake, source in versions if source)
        started = [each for each in started if each[2] is not None and each[2].values.shape[1] == entries]
        self.members = [(mistake, source) for mistake, source, _ in started]
        self.digests = _digest(np.array([trace.values[0] for *_, trace in started]))

    def candidates(self, trace):
        """(mistake, trace) of the versions with the digest of this trace; all else is still to be compared."""
        if not self.members:
            return []
        digest = _digest(trace.values[:1])
        near = np.all(np.abs(self.digests - digest) <= 1e-6 * np.abs(digest) + 1e-12, axis=1)
        found = [(self.members[i][0], self._trace(i)) for i in np.flatnonzero(near)]
        return [each for each in found if each[1] is not None]

    def _trace(self, i):
        if i not in self.traces:
            self.traces[i] = trace_of(self.members[i][1], self.probe)
        return self.traces[i]


def _digest(first):
    """Some entries of the first steps of traces, with numbers that no rule returns in place of NaN and infinity."""
    return np.nan_to_num(first[..., ::2], nan=-7.7, posinf=1e300, neginf=-1e300)


class KnownVersions:
    """The known versions of a rule with their traces on one probe; wrong ones are computed when first asked for.

    Attributes
    ----------
    right : list of (convention, trace)
        The rule as the course writes it, whose convention is None, then the rule by each other convention.
    others : TraceIndex or None
        Other rules with the arguments of this one; empty until they are first asked for.
    """

    def __init__(self, exercise, seed):
        self.probe, self.exercise = probe_of(exercise, seed), EXERCISES[exercise]
        self.start = flattened(self.probe)[0] if self.probe.runs else None
        self.bases = [(None, self.exercise.source)] + [
            (convention, changed(self.exercise.source, convention.change)) for convention in self.exercise.conventions
        ]
        self.right = [(convention, trace_of(source, self.probe)) for convention, source in self.bases]
        self.indexes, self.others = {}, None

    @functools.cached_property
    def turned(self):
        """The same versions with the sign of their states turned, as a velocity that counts downhill as positive."""
        other = copy.copy(self)
        other.bases = [(convention, turned(source, self.probe.states)) for convention, source in self.bases]
        other.right = [(convention, trace_of(source, self.probe)) for convention, source in other.bases]
        return other

    def right_versions(self, trace):
        """(convention, trace) of the right versions: those listed, then those with a number that the learner may choose."""
        yield from self.right
        conventions, candidates = CHOSEN[self.probe.exercise]
        for number in candidates(trace.values, self.probe):
            for convention in conventions:
                said = [part.replace("FREE", f"{number:g}") for part in (convention.name, convention.conversion)]
                change = {old: new.replace("FREE", repr(number)) for old, new in convention.change.items()}
                yield Convention(said[0], change, said[1]), trace_of(changed(self.exercise.source, change), self.probe)

    @property
    def rule(self):
        """The trace of the rule as the course writes it."""
        return self.right[0][1]

    def wrong_versions(self):
        """(convention, TraceIndex) of the known mistakes, by each convention in turn."""
        for number, (convention, base) in enumerate(self.bases):
            if convention is not None and re.search("; |floor|at least|ε²", convention.name):
                continue  # a mistake beside several conventions, or beside a floor, is explained by its quantities
            if number not in self.indexes:
                self.indexes[number] = TraceIndex(
                    self.probe, self._mistakes(convention, base), self.rule.values.shape[1]
                )
            yield convention, self.indexes[number]

    def _mistakes(self, convention, base):
        for mistake in self.exercise.mistakes:
            yield mistake, _either_way(self.exercise.source, base, convention, mistake)

    def same_states(self, trace, other):
        """Whether the states that came back are those of another trace, or all of them with the sign turned.

        A state that is not numbers may be anything.
        """
        return any(
            all(
                trace.states[name] is None or np.all(self._agree(name, sign * trace.states[name], other.states[name]))
                for name in self.probe.states
            )
            for sign in (1, -1)
        )

    def matches(self, index, trace):
        """The mistakes of each version in an index that has this trace and these states."""
        return [
            mistake
            for mistake, wrong in index.candidates(trace)
            if self.close(trace.values, wrong.values) and self.same_states(trace, wrong)
        ]

    def close(self, got, expected):
        """True where two traces are equal up to the order of the arithmetic."""
        return got.shape == expected.shape and bool(np.all(self.entries_agree(got, expected)))

    def entries_agree(self, got, expected, share=REASSOCIATED):
        """Which entries are equal up to a share of the step, by default up to the order of the arithmetic; NaN equals NaN."""
        with np.errstate(all="ignore"):
            if self.start is None:
                room = share / 10 * np.abs(expected) + (1e-18 if self.probe.exercise.startswith("clip") else 1e-13)
            else:
                room = room_of_steps(self.start, expected, share)
            return same_numbers(got, expected, room)

    def version(self, convention):
        """The trace of the rule by a convention."""
        return next(trace for other, trace in self.right if other is convention)

    def followed(self, trace, name):
        """The convention of this name; for a clip or a schedule without one, that by which most numbers are right, if any."""
        if self.probe.runs or name is not None:
            return next(convention for convention, _ in self.right if (convention and convention.name) == name)
        shares = [np.mean(self.entries_agree(trace.values, each.values)) for _, each in self.right]
        return self.right[int(np.argmax(shares))][0] if max(shares) > 0.5 else None

    def place(self, got, expected):
        """(step, quantity, entry) that differs first. In one step, states are compared before theta, which follows from them."""
        tables = [
            (name, got.states[name], expected.states[name])
            for name in self.probe.states
            if got.states.get(name) is not None
        ] + [(self.quantity, got.values, expected.values)]
        step, order, entry = min(
            (int(row), order, int(entry))
            for order, (name, mine, ours) in enumerate(tables)
            for row, entry in np.argwhere(~self._agree(name, mine, ours))
        )
        return step, tables[order][0], entry

    def difference(self, got, expected):
        """The Difference at `place`."""
        step, name, entry = self.place(got, expected)
        mine, ours = (table.values if name == self.quantity else table.states[name] for table in (got, expected))
        if self.probe.runs:
            return Difference(step + 1, self._tensor(entry), name, float(ours[step, entry]), float(mine[step, entry]))
        call, place = self._call(entry)
        return Difference(call + 1, place, name, float(ours[0, entry]), float(mine[0, entry]))

    def sizes(self):
        """How many numbers come back from each call."""
        return [
            sum(map(np.size, first)) + 1 if isinstance(first, list) else np.size(first)
            for first, *_ in self.probe.calls
        ]

    def _agree(self, name, got, expected):
        if name == self.quantity:
            return self.entries_agree(got, expected)
        return np.isclose(got, expected, rtol=1e-9, atol=1e-30, equal_nan=True)

    @property
    def quantity(self):
        """What the values of a trace are, in words."""
        return {"g": "clipped g", "grads": "clipped g"}.get(
            self.probe.arguments[0], "theta" if self.probe.runs else "rate"
        )

    def _tensor(self, entry):
        for number, run in enumerate(self.probe.runs):
            for name, theta in zip("AB", run.theta):
                if entry < np.size(theta):
                    return f"tensor {name} of run {number + 1}, entry {entry}"
                entry -= np.size(theta)

    def _call(self, entry):
        for number, ((first, *rest), size) in enumerate(zip(self.probe.calls, self.sizes())):
            if entry < size:
                asked = ", ".join(
                    f"{name} = {_short(value)}" for name, value in zip(self.probe.arguments, (first, *rest))
                )
                return number, f"entry {entry} for {asked}" if size > 1 else f"for {asked}"
            entry -= size


def _short(value):
    if isinstance(value, list):
        return "[" + ", ".join(map(_short, value)) + "]"
    return (
        f"{value:.6g}" if np.ndim(value) == 0 else np.array2string(value, precision=4, threshold=12).replace("\n", "")
    )


def _either_way(source, base, convention, mistake):
    """Apply convention then mistake; if a change does not fit, mistake then convention. None if neither order fits."""
    if fits(base, mistake.change):
        return changed(base, mistake.change)
    text = changed(source, mistake.change) if fits(source, mistake.change) else None
    return changed(text, convention.change) if text and convention and fits(text, convention.change) else None


@functools.lru_cache(maxsize=64)
def known_versions(exercise, seed):
    """The known versions of a rule, on the probe of a seed."""
    return KnownVersions(exercise, seed)
