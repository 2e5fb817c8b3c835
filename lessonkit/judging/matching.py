"""All that is known about an exercise, with the traces that it leaves on one probe, to look a function's trace up in."""

import functools
import itertools

import numpy as np

from lessonkit.judging.asking import probe_of
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.mutants import mutants
from lessonkit.judging.playing import entry_by_entry, flattened, trace_of
from lessonkit.judging.source import changed
from lessonkit.judging.verdict import Difference

FEW = 60  # changes of a rule so short that all pairs of them can be tried
REASSOCIATED = (
    1e-8  # of a step: other orders of the same arithmetic differ by far less, the tiniest known mistake by 5e-8
)


class Batch:
    """Wrong versions with their traces, and a few columns of each to look them up by."""

    def __init__(self, probe, candidates, shape):
        names = {source: mistakes for mistakes, source in reversed(list(candidates)) if source is not None}
        traced = ((mistakes, trace_of(source, probe), source) for source, mistakes in reversed(names.items()))
        self.members = [member for member in traced if member[1] is not None and member[1].values.shape == shape]
        self.index = np.array([_digest(trace) for _, trace, _ in self.members])

    def like(self, trace):
        """The members that may have this trace."""
        if not self.members:
            return []
        digest = _digest(trace)
        near = np.all(np.abs(self.index - digest) <= 1e-6 * np.abs(digest) + 1e-12, axis=1)
        return [self.members[i] for i in np.flatnonzero(near)]


def _digest(trace):
    return np.nan_to_num(trace.values[::3].ravel()[::2], nan=-7.7, posinf=1e300, neginf=-1e300)


class Known:
    """All that is known about an exercise, with the traces on one probe; each batch is computed when first asked for."""

    def __init__(self, exercise, seed):
        self.probe, self.exercise = probe_of(exercise, seed), EXERCISES[exercise]
        self.start = flattened(self.probe)[0] if self.probe.runs else None
        self.bases = [(None, self.exercise.source)] + [
            (convention, changed(self.exercise.source, convention.change)) for convention in self.exercise.conventions
        ]
        self.right = [(convention, trace_of(source, self.probe)) for convention, source in self.bases]
        self.kept = {}

    def candidates(self):
        """All known wrong versions, the likelier first: (mistakes, convention, trace), in batches that are kept."""
        for kind in (self._mistakes, self._mutants, self._pairs):
            for base in range(len(self.bases)):
                if (kind, base) not in self.kept:
                    self.kept[kind, base] = Batch(self.probe, kind(*self.bases[base]), self.right[0][1].values.shape)
                yield self.bases[base][0], self.kept[kind, base]

    def _mistakes(self, convention, base):
        for mistake in self.exercise.mistakes:
            yield [mistake], _either_way(self.exercise.source, base, convention, [mistake])

    def _mutants(self, convention, base):
        return (([name], source) for name, source in mutants(base))

    def _pairs(self, convention, base):
        for one, two in itertools.combinations(self.exercise.mistakes, 2):
            if not (one.about and one.about == two.about):
                source = _either_way(self.exercise.source, base, convention, [one, two])
                if source is not None and entry_by_entry(source):  # whole tensors take long
                    yield [one, two], source

    def doubles(self, trace):
        """Two small changes at once, of the rule as the course writes it.

        Where the states are those of a known single change, the second change is looked for behind it; a rule that has
        few changes is tried with all pairs.
        """
        first = [member for kind in (self._mistakes, self._mutants) for member in self.kept[kind, 0].members]
        right, shape = self.right[0][1], self.right[0][1].values.shape
        if self.probe.states and not all(self._alike(trace, right, name) for name in self.probe.states):
            first = [
                member for member in first if all(self._alike(trace, member[1], name) for name in self.probe.states)
            ]
        elif len(first) > FEW:
            return
        for mistakes, _, source in first[:FEW]:
            if (key := ("doubles", source)) not in self.kept:
                self.kept[key] = Batch(self.probe, (([*mistakes, name], text) for name, text in mutants(source)), shape)
            yield self.kept[key]

    def _alike(self, trace, other, name):
        return trace.states.get(name) is not None and bool(
            np.all(self._same(name, trace.states[name], other.states[name]))
        )

    def equal(self, batch, trace):
        """The mistakes of a batch whose trace this is."""
        return [mistakes for mistakes, wrong, _ in batch.like(trace) if self.close(trace.values, wrong.values)]

    def close(self, got, expected):
        """True where two traces are the same but for the order of the arithmetic."""
        return got.shape == expected.shape and bool(np.all(self.agree(got, expected)))

    def agree(self, got, expected):
        """Entry by entry: equal within what reassociation makes of it, NaN like NaN."""
        with np.errstate(all="ignore"):
            if self.start is None:
                room = 1e-9 * np.abs(expected) + (1e-18 if self.probe.exercise.startswith("clip") else 1e-13)
            else:
                steps = np.abs(np.diff(np.vstack([self.start, expected]), axis=0))
                room = REASSOCIATED * np.maximum.accumulate(steps) + 1e-14 * np.maximum.accumulate(np.abs(expected))
            return (np.abs(got - expected) <= room) | (got == expected) | (np.isnan(got) & np.isnan(expected))

    def difference(self, got, expected):
        """The first place where two traces part; within a step a state comes before what is made of it."""
        tables = [
            (name, got.states[name], expected.states[name])
            for name in self.probe.states
            if got.states.get(name) is not None
        ] + [(self.quantity, got.values, expected.values)]
        step, order, entry = min(
            (int(row), order, int(entry))
            for order, (name, mine, ours) in enumerate(tables)
            for row, entry in np.argwhere(~self._same(name, mine, ours))
        )
        name, mine, ours = tables[order]
        if self.probe.runs:
            return Difference(step + 1, self._tensor(entry), name, float(ours[step, entry]), float(mine[step, entry]))
        call, place = self._call(entry)
        return Difference(call + 1, place, name, float(ours[0, entry]), float(mine[0, entry]))

    def _same(self, name, got, expected):
        if name == self.quantity:
            return self.agree(got, expected)
        return np.isclose(got, expected, rtol=1e-9, atol=1e-30, equal_nan=True)

    @property
    def quantity(self):
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
    """The source with a convention and mistakes; what does not fit after the convention may fit before it."""
    for text, rest in ((base, []), (source, [convention] * (convention is not None))):
        for each in [*mistakes, *rest]:
            text = changed(text, each.change) if text is not None else None
        if text is not None:
            return text
    return None


@functools.lru_cache(maxsize=64)
def catalogue(exercise, seed):
    """What is known about an exercise, on the probe of a seed."""
    return Known(exercise, seed)
