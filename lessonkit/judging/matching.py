"""Finds the known versions of a rule, right and wrong, that compute the same as a learner's function.

A version's trace is all that it returns on a probe. Two functions are taken for the same if their traces are.
"""

import functools
import itertools

import numpy as np

from lessonkit.judging.asking import probe_of
from lessonkit.judging.catalogue import CHOSEN, EXERCISES
from lessonkit.judging.mutants import mutants
from lessonkit.judging.traces import entry_by_entry, flattened, trace_of
from lessonkit.judging.verdict import Difference
from lessonkit.judging.versions import Convention, changed, fits

FEW = 60  # A rule with more small changes than this is not tried with all pairs.
# Tolerance, as a share of the step. Reordered arithmetic differs by far less; the smallest known mistake by 5e-8.
REASSOCIATED = 1e-8


class TraceIndex:
    """Wrong versions with their traces, and a digest of each trace by which they are found.

    Parameters
    ----------
    probe : Probe
    versions : iterable of (mistakes, source)
        Of versions with the same source, only the first is kept. A version whose source is None is left out.
    shape : tuple
        Versions whose trace has another shape are left out.
    """

    def __init__(self, probe, versions, shape):
        names = {}
        for mistakes, source in versions:
            if source is not None:
                names.setdefault(source, mistakes)
        traced = ((mistakes, trace_of(source, probe), source) for source, mistakes in names.items())
        self.members = [member for member in traced if member[1] is not None and member[1].values.shape == shape]
        self.digests = np.array([_digest(trace) for _, trace, _ in self.members])

    def candidates(self, trace):
        """The members whose trace may be this one: their digests are equal, and all else is still to be compared."""
        if not self.members:
            return []
        digest = _digest(trace)
        near = np.all(np.abs(self.digests - digest) <= 1e-6 * np.abs(digest) + 1e-12, axis=1)
        return [self.members[i] for i in np.flatnonzero(near)]


def _digest(trace):
    """Some entries of a trace, with numbers that no rule returns in place of NaN and infinity."""
    return np.nan_to_num(trace.values[::3].ravel()[::2], nan=-7.7, posinf=1e300, neginf=-1e300)


class KnownVersions:
    """The known versions of a rule with their traces on one probe; wrong ones are computed when first asked for.

    Attributes
    ----------
    right : list of (convention, trace)
        The rule as the course writes it, whose convention is None, then the rule by each other convention.
    """

    def __init__(self, exercise, seed):
        self.probe, self.exercise = probe_of(exercise, seed), EXERCISES[exercise]
        self.start = flattened(self.probe)[0] if self.probe.runs else None
        self.bases = [(None, self.exercise.source)] + [
            (convention, changed(self.exercise.source, convention.change)) for convention in self.exercise.conventions
        ]
        self.right = [(convention, trace_of(source, self.probe)) for convention, source in self.bases]
        self.indexes = {}

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
        """(convention, TraceIndex) of the known wrong versions, the likelier first: mistakes, small changes, two mistakes."""
        for kind in (self._mistakes, self._mutants, self._pairs):
            for base in range(len(self.bases)):
                yield self.bases[base][0], self._index(kind, base)

    def _index(self, kind, base):
        if (kind, base) not in self.indexes:
            self.indexes[kind, base] = TraceIndex(self.probe, kind(*self.bases[base]), self.rule.values.shape)
        return self.indexes[kind, base]

    def _mistakes(self, convention, base):
        for mistake in self.exercise.mistakes:
            yield [mistake], _either_way(self.exercise.source, base, convention, [mistake])

    def _mutants(self, convention, base):
        return (([name], source) for name, source in mutants(base))

    def _pairs(self, convention, base):
        for one, two in itertools.combinations(self.exercise.mistakes, 2):
            if not (one.about and one.about == two.about):
                source = _either_way(self.exercise.source, base, convention, [one, two])
                if source is not None and entry_by_entry(source):  # the others take too long
                    yield [one, two], source

    def double_changes(self, trace):
        """For each plausible first change, yields a TraceIndex of the versions with a second change.

        If the learner's states are wrong, only first changes that explain them are tried, at most FEW; otherwise all, if
        there are at most FEW.
        """
        first = [member for kind in (self._mistakes, self._mutants) for member in self._index(kind, 0).members]
        shape = self.rule.values.shape
        if not self._same_states(trace, self.rule):
            first = [member for member in first if self._same_states(trace, member[1])]
        elif len(first) > FEW:
            return
        for mistakes, _, source in first[:FEW]:
            if (key := ("doubles", source)) not in self.indexes:
                self.indexes[key] = TraceIndex(
                    self.probe, (([*mistakes, name], text) for name, text in mutants(source)), shape
                )
            yield self.indexes[key]

    def _same_states(self, trace, other):
        return all(
            trace.states.get(name) is not None and np.all(self._agree(name, trace.states[name], other.states[name]))
            for name in self.probe.states
        )

    def matches(self, index, trace):
        """The mistakes of each version in an index that has this trace."""
        return [mistakes for mistakes, wrong, _ in index.candidates(trace) if self.close(trace.values, wrong.values)]

    def close(self, got, expected):
        """True where two traces are equal up to the order of the arithmetic."""
        return got.shape == expected.shape and bool(np.all(self.entries_agree(got, expected)))

    def entries_agree(self, got, expected):
        """Which entries are equal up to the order of the arithmetic; NaN equals NaN."""
        with np.errstate(all="ignore"):
            if self.start is None:
                room = 1e-9 * np.abs(expected) + (1e-18 if self.probe.exercise.startswith("clip") else 1e-13)
            else:
                steps = np.abs(np.diff(np.vstack([self.start, expected]), axis=0))
                room = REASSOCIATED * np.maximum.accumulate(steps) + 1e-14 * np.maximum.accumulate(np.abs(expected))
            return (np.abs(got - expected) <= room) | (got == expected) | (np.isnan(got) & np.isnan(expected))

    def difference(self, got, expected):
        """The earliest differing entry. In one step, states are compared before theta, which is computed from them."""
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
        name, mine, ours = tables[order]
        if self.probe.runs:
            return Difference(step + 1, self._tensor(entry), name, float(ours[step, entry]), float(mine[step, entry]))
        call, place = self._call(entry)
        return Difference(call + 1, place, name, float(ours[0, entry]), float(mine[0, entry]))

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
        for number, (first, *rest) in enumerate(self.probe.calls):
            size = sum(map(np.size, first)) + 1 if isinstance(first, list) else np.size(first)
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


def _either_way(source, base, convention, mistakes):
    """Apply convention then mistakes; if a change does not fit, mistakes then convention. None if neither order fits."""
    orders = [(base, mistakes)]
    if convention is not None:
        orders.append((source, [*mistakes, convention]))
    for text, changes in orders:
        for each in changes:
            text = changed(text, each.change) if text is not None and fits(text, each.change) else None
        if text is not None:
            return text
    return None


@functools.lru_cache(maxsize=64)
def known_versions(exercise, seed):
    """The known versions of a rule, on the probe of a seed."""
    return KnownVersions(exercise, seed)
