"""The inputs that a function is tried on, drawn from a seed. Nothing here tells what the function should return."""

import zlib
from typing import NamedTuple

import numpy as np

STEPS = 8
UNEVEN = 100  # entries
SCALES = np.array([3.0, 1e-8, 1.0, 1e-4, 30.0, 0.0])  # tiny and zero gradients show where ε is added


class Series(NamedTuple):
    """Two tensors of one shape, updated in turn for `STEPS` steps."""

    theta: list  # two arrays
    g: list  # for each step, two arrays
    hyper: list  # for each step, the hyperparameters in the order of `Probe.hyper`, `t` among them


class Probe(NamedTuple):
    """The inputs for one exercise: runs of an update rule, or single calls of a clip or a schedule.

    exercise : str
    runs : list of Series
    calls : list of tuples of arguments
    """

    exercise: str
    arguments: list  # names, in order
    states: list  # those of them that are the state of a rule
    runs: list
    calls: list

    @property
    def hyper(self):
        """The names of a rule's arguments that are neither parameters nor gradient nor state."""
        return [name for name in self.arguments[2:] if name not in self.states]


def probe(spec, seed=0):
    """The probe of an exercise.

    Parameters
    ----------
    spec : (name, arguments, states, tried, sizes_count)
        What `rules.registry` declares: ``REGISTRY["adam"].probe_spec``. `tried` gives for each hyperparameter its name, a usual
        value, and the ends of another range. Where sizes do not count, as in a rule that steps by a sign, many gradients of
        uneven size are needed to show what the state holds.
    seed : int
        Another seed gives other numbers for the same kinds of runs and calls.
    """
    exercise, arguments, states, tried, sizes_count = spec
    random = np.random.default_rng([seed, zlib.crc32(exercise.encode())])
    if "theta" not in arguments:
        return Probe(exercise, arguments, [], [], DRAWN_CALLS[exercise](random))
    usual = {name: value for name, value, _, _ in tried}
    other = {name: random.uniform(low, high) for name, _, low, high in tried}
    blank = Probe(exercise, arguments, states, [], [])
    runs = [
        _run(random, blank.hyper, (6,), usual, first=1),
        _run(random, blank.hyper, (2, 3), other, first=1),
        _run(random, blank.hyper, (1,), usual, first=1000),
        _run(random, blank.hyper, (4,), other, first=1, silent=True),
    ]
    uneven = [] if sizes_count else [_uneven(random, blank.hyper, other)]
    return blank._replace(runs=runs + uneven)


def _run(random, names, shape, hyper, first, silent=False):
    """Gradients of both signs, of size 0, 1e-8 and up to 30; the learning rate is cut midway.

    silent : bool, whether the gradients are zero, for one tensor always, for the other one in the first steps and again later
    """
    scales = np.resize(SCALES, shape)
    theta = [
        random.normal(size=shape) * (scales > 1e-6) for _ in range(2)
    ]  # a tiny step keeps its digits if it starts from 0
    if silent:
        theta = [random.normal(size=shape) for _ in range(2)]
    g = [
        [random.choice([-1.0, 1.0], size=shape) * random.uniform(0.3, 1.0, size=shape) * scales for _ in range(2)]
        for _ in range(STEPS)
    ]
    if silent:
        sizes = [0, 0, 0, 1, 1, 0, 0, 3]  # what a gradient leaves fades for two steps, then a larger one comes
        g = [[0 * a, size * a] for size, (a, _) in zip(sizes, g)]
    lr = random.uniform(0.05, 0.2)
    steps = [hyper | {"t": first + step, "lr": lr if step < STEPS // 2 else lr * 0.3} for step in range(STEPS)]
    return Series(theta, g, [[each[name] for name in names] for each in steps])


def _uneven(random, names, hyper):
    """A run with many entries, whose gradients differ in size from step to step, so that the state decides many signs."""
    even = _run(random, names, (UNEVEN,), hyper, first=1)
    g = [
        [random.normal(size=UNEVEN) * 10 ** random.uniform(-1, 1, size=UNEVEN) for _ in range(2)] for _ in range(STEPS)
    ]
    return even._replace(g=g)


def _vectors(random):
    # `asarray` because NumPy turns an array without axes into a number, and a mask or `out=` needs an array.
    return [
        (np.asarray(scale * random.normal(size=shape)), c)
        for shape in [(7,), (2, 3), ()]
        for scale, c in [(4.0, 1.0), (1.0, 50.0), (9.0, 2.5)]
    ] + [(np.array([-3.0, 0.0, 3.0, 2.0, -2.0]), 2.0)]


def _lists(random):
    def grads(scale):
        return [np.asarray(scale * random.normal(size=shape)) for shape in [(3,), (2, 2), (1,), ()]]

    at = [np.array([3.0, 0.0]), np.array([[4.0]])]
    return [
        (grads(5.0), 1.0),
        (grads(2.0), 3.7),
        (grads(1e-3), 1.0),
        (grads(1.0), 0.25),
        (at, 5.0),
        (at, 4.0),
        (at, 6.0),
        ([np.zeros(2), np.zeros((2, 1))], 1.0),
        ([random.normal(size=4) * 30], 2.0),
        (grads(1e-9), 1e-10),
    ]


def _decays(random):
    calls = []
    for every in (5, 7, int(random.integers(2, 12)), 1):
        base, factor = random.uniform(0.05, 2.0), random.uniform(0.2, 0.8)
        calls += [(step, base, factor, every) for step in range(3 * every + 2)]
    return calls


def _cosines(random):
    calls = []
    for total in (10, 37, int(random.integers(12, 90))):
        peak = random.uniform(0.05, 2.0)
        steps = {0, 1, 2, total // 3, total // 2, total - 2, total - 1, total}
        calls += [(step, total, peak) for step in sorted(steps)]
    return calls


def _warmups(random):
    calls = []
    for total, warmup in ((40, 8), (100, 30), (int(random.integers(30, 60)), int(random.integers(3, 20)))):
        peak = random.uniform(0.05, 2.0)
        rising = {0, 1, 2, warmup // 2, warmup - 1, warmup}
        falling = {warmup + 1, (total + warmup) // 2, total - 2, total - 1, total}
        calls += [(step, total, warmup, peak) for step in sorted(rising | falling)]
    return calls


def _cycles(random):
    factors = random.uniform(3.0, 25.0), random.uniform(2.0, 40.0)
    return [(*call, *factors) for call in _warmups(random)]


def _roots(random):
    calls = []
    for warmup in (7, 20, int(random.integers(4, 40))):
        peak = random.uniform(0.05, 2.0)
        steps = {0, 1, warmup // 2, warmup - 1, warmup, warmup + 1, 2 * warmup, 4 * warmup, 9 * warmup + 1}
        calls += [(step, warmup, peak) for step in sorted(steps)]
    return calls


def _stables(random):
    calls = []
    for total, warmup, decay in ((40, 8, 10), (100, 30, 50), (60, int(random.integers(3, 20)), 30)):
        peak, falls = random.uniform(0.05, 2.0), total - decay
        rising = {0, 1, 2, warmup // 2, warmup - 1, warmup, (warmup + falls) // 2}
        falling = {falls - 1, falls, falls + 1, falls + decay // 3, total - 2, total - 1, total}
        calls += [(step, total, warmup, decay, peak) for step in sorted(rising | falling)]
    return calls


def _losses(random):
    calls = []
    for patience in (1, 2, 3, int(random.integers(2, 6))):
        base, factor = random.uniform(0.05, 2.0), random.uniform(0.2, 0.8)
        noisy = np.round(4 * random.normal(size=30)) / 8 + np.linspace(3, 2, 30)  # eighths, so that there are ties
        calls += [
            (losses, base, factor, patience)
            for losses in (
                noisy,
                np.array([2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]),
                np.array([1.0, 3.0, 2.5, 2.0, 1.5, 1.2, 1.1, 1.05, 1.04, 1.03]),
                np.array([2.0, 5.0, 5.0, 5.0, 3.0, 4.0, 3.5, 4.0, 1.9, 2.5, 2.4, 2.3, 2.2, 2.1, 2.0]),
                1 - 2e-6 * np.arange(10.0),  # improvements too small for some thresholds
                100 - 1e-3 * np.arange(10.0),
                1 - 5e-4 * np.arange(10.0),
                0.2 - 5e-3 * np.arange(10.0),
                10 - 5e-2 * np.arange(10.0),
                np.array([1.0, 0.5]),
            )
        ]
    return calls


def _gradients(random):
    """A direction, the gradients behind, at and ahead of a point, and their distance; all independent, so that each one shows."""
    return [
        (*(size * random.normal(size=shape) for size in (length, 1, 1, 1)), random.uniform(0.5, 1) * h)
        for shape, length, h in ((3, 1.0, 1e-3), (2, 3.0, 0.1), (6, 0.2, 1.0), (1, 2.0, 0.01), (5, 1.0, 1e-5))
    ]


DRAWN_CALLS = {
    "clip_by_value": _vectors,
    "clip_by_global_norm": _lists,
    "step_decay": _decays,
    "cosine": _cosines,
    "warmup_cosine": _warmups,
    "warmup_linear": _warmups,
    "inverse_sqrt": _roots,
    "one_cycle": _cycles,
    "warmup_stable_decay": _stables,
    "plateau": _losses,
    "power_step": _gradients,
}
