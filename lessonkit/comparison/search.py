"""The search for a rule's best setting: a grid, one step further where the best is at its edge, then finer around it."""

import itertools
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from lessonkit.machine.terminal import Printed
from lessonkit.rules.counts import check_count, check_number
from lessonkit.rules.quantities import as_floats
from lessonkit.runs.common import progress_bar

SHARES = ("beta", "beta1", "beta2")  # what counts is 1 − β: 0.9 is to 0.99 as 0.99 is to 0.999


@dataclass(eq=False, repr=False)
class Tuned(Printed):
    """What a search for a rule's setting has tried.

    Attributes
    ----------
    rule : function
    names : tuple of str
        The hyperparameters that were searched.
    tried : dict, tuple of their values → list of losses, one a seed
        A loss that is not finite counts as infinite.
    losses : dict, tuple of their values → median loss
        Only settings that have run with all seeds.
    seeds : tuple of int
    budget : int
        Settings that it was allowed to try. It tries fewer only where no other number is left between two neighbors.
    message : str
        Empty, or why the search ended early.
    """

    rule: Callable
    names: tuple
    seeds: tuple
    budget: int
    tried: dict = field(default_factory=dict)
    losses: dict = field(default_factory=dict)
    message: str = ""

    def note(self, setting, loss):
        """Add the loss of one seed."""
        self.tried[setting].append(loss)
        if len(self.tried[setting]) == len(self.seeds):
            self.losses[setting] = float(np.median(self.tried[setting]))

    @property
    def lowest(self):
        """The values of the setting with the lowest median loss so far; at the edge of what was tried or not."""
        return min(self.losses, key=self.losses.__getitem__)

    @property
    def _name(self):
        return getattr(self.rule, "__name__", str(self.rule))

    @property
    def best(self):
        """The best setting as a dict; ValueError if it is at the edge of what was tried, or if the search was interrupted."""
        if self.message:
            raise ValueError(f"tune: {self.message}")
        if math.isinf(self.losses[self.lowest]):
            raise ValueError(
                f"tune: no setting trains {self._name}: every median loss is infinite or no number. "
                "Try smaller learning rates, and whether the rule works in one `descend`"
            )
        for axis, side in self.open_sides():
            others = sorted(self._values(axis))
            raise ValueError(
                f"tune: of {self._name}, the best {self.names[axis]}, {self.lowest[axis]:.3g}, has no {'larger' if side > 0 else 'smaller'} "
                f"one beside it that was tried (from {others[0]:.3g} to {others[-1]:.3g}), so a better one may lie beyond; "
                "go on with start=… and a larger budget, or move the grid"
            )
        return dict(zip(self.names, self.lowest))

    def open_sides(self):
        """(axis, −1 or 1) where the lowest setting is at the edge of all values that were tried; 0 needs no smaller one."""
        for axis, side in self._sides():
            if _nearest(self._values(axis), self.lowest[axis], side) is None:
                yield axis, side

    def next_setting(self):
        """What to try next: beyond an edge; else beside the lowest setting; else in the widest gap beside it."""
        beside = ((axis, side) for axis, side in self._sides() if self._neighbor(axis, side) is None)
        for axis, side in itertools.chain(self.open_sides(), beside):
            return self._with(axis, self._beyond(axis, side))
        gaps = []
        for axis, side in itertools.product(range(len(self.names)), (-1, 1)):
            there = self._neighbor(axis, side)
            if there is not None:
                name, low, high = self.names[axis], min(self.lowest[axis], there), max(self.lowest[axis], there)
                low = low or high / 100  # no middle in the logarithm lies between 0 and a number: a tenth of it serves
                gaps.append((_place(name, high) - _place(name, low), axis, _middle(name, low, high)))
        _, axis, value = max(gaps)
        return self._with(axis, value)

    def _sides(self):
        """Each axis with −1 and 1, unless the lowest setting has a 0 there: nothing is smaller."""
        for axis, side in itertools.product(range(len(self.names)), (-1, 1)):
            if side > 0 or self.lowest[axis] > 0:
                yield axis, side

    def _values(self, axis):
        return {setting[axis] for setting in self.losses}

    def _neighbor(self, axis, side):
        """The nearest tried value on one side of the lowest setting, all else equal; None if there is none."""
        low = self.lowest
        line = {s[axis] for s in self.losses if s[:axis] + s[axis + 1 :] == low[:axis] + low[axis + 1 :]}
        return _nearest(line, low[axis], side)

    def _beyond(self, axis, side):
        """A value beside the lowest setting: one that was tried with other settings, or as far as that on the other side."""
        name, here, values = self.names[axis], self.lowest[axis], self._values(axis)
        if (known := _nearest(values, here, side)) is not None:
            return known
        other = _nearest(values, here, -side) or here / 10
        return _value(name, 2 * _place(name, here) - _place(name, other))

    def _with(self, axis, value):
        return (*self.lowest[:axis], value, *self.lowest[axis + 1 :])

    def __repr__(self):
        head = f"<Tuned {self._name}: {len(self.losses)} settings, {len(self.seeds)} seeds each"
        try:
            setting = ", ".join(f"{name} = {value:.3g}" for name, value in self.best.items())
        except ValueError as error:
            return f"{head}; {str(error).removeprefix('tune: ')}>"
        return f"{head}; best {setting}, median loss {self.losses[self.lowest]:.3g}>"


def tune(
    run: Callable,
    rules: dict[str, Callable],
    *,
    budget: int = 10,
    seeds: Iterable[int] = range(3),
    loss: Callable | None = None,
    start: dict[str, Tuned] | None = None,
    **grid: Iterable[float],
) -> dict[str, Tuned]:
    r"""Search the best setting of each rule, with the same number of trainings for each.

    First the whole grid runs. While the best value is at the edge of what was tried, the grid grows by one step in that
    direction. What is left of the budget goes to the neighbors of the best setting, one hyperparameter at a time: to those that
    are missing, then to the middle of the widest gap. The best is the setting with the lowest median over the seeds. Steps are even in log(value), those of β in log(1 − β).

    Parameters
    ----------
    run : function
        ``run(rule, seed, **setting)`` trains once and returns a Training, a Run, or a number.
    rules : dict, name → function
        Or name → whatever `run` takes first, such as a schedule or a batch size.
    budget : int
        Settings that each rule may try, the grid included. Each runs with every seed.
    seeds : ints, 0 or more
        Every setting gets the same.
    loss : function
        Of what `run` returned: the number that chooses, the lower the better. By default the number itself; of a Training the last
        validation loss; of a Run the last loss, the median if it has several starts.
    start : dict that an earlier call returned
        To go on, after an interrupt or with a larger budget.
    **grid : name of a hyperparameter → two or more values, 0 or more
        Several make a grid of all combinations.

    Returns
    -------
    dict, name → Tuned
        Also after a keyboard interrupt, with what was done. ``found["sgd"].best`` raises ValueError while the best value is at the
        edge.

    Raises
    ------
    ValueError, TypeError
        A grid larger than the budget, with one value, or with values out of range.

    References
    ----------
    Sivaprasad et al. (2020), arXiv:1910.11758: a comparison must count what the tuning cost. Choi et al. (2019),
    arXiv:1910.05446: the search space may decide which optimizer wins. Kolda, Lewis & Torczon (2003),
    doi:10.1137/S003614450242889: searches that compare values alone. Wilson et al. (2017), arXiv:1705.08292, appendix D: grids that grow
    until the best rate is inside.

    Examples
    --------
    >>> from lessonkit import bowl, descend, sgd, tune
    >>> def run(rule, seed, lr):
    ...     return descend(bowl(50), rule, lr=lr, steps=50)
    >>> tune(run, {"sgd": sgd}, budget=8, seeds=[0], lr=[1e-3, 1e-2])
    {'sgd': <Tuned sgd: 8 settings, 1 seeds each; best lr = 0.0178, median loss ...>}
    """
    if not isinstance(rules, dict):
        raise TypeError(
            f'tune: rules must be a dict of name → rule, such as {{"mine": mine}}, got {type(rules).__name__}'
        )
    settings, chosen = _settings(grid, budget), seeds_of("tune", seeds)
    if not chosen or len(set(chosen)) < len(chosen):
        raise ValueError(f"tune: seeds must be one or more different whole numbers, got {chosen}")
    found = {name: Tuned(rule, tuple(grid), chosen, budget) for name, rule in rules.items()}
    for name, old in (start or {}).items():
        if name in found:
            _check_same(name, old, found[name])
            found[name].tried = {setting: list(losses) for setting, losses in old.tried.items()}
            found[name].losses = dict(old.losses)
    total = budget * len(chosen) * len(found)
    trials = ((each, *trial) for each in found.values() for trial in _trials(each, settings, budget))
    try:
        for each, setting, seed in progress_bar(trials, total, "tune"):
            done = run(each.rule, seed, **dict(zip(each.names, setting)))
            check_whole(done)
            each.note(setting, number_of(loss(done)) if loss else loss_of(done))
    except KeyboardInterrupt:
        for each in found.values():
            if len(each.losses) < budget:
                each.message = f"interrupted after {len(each.losses)} of {budget} settings; pass this as start to go on"
    return found


def _trials(tuned, settings, budget):
    """What is still to train, as (setting, seed): the grid, then what the search asks for, until the budget is spent."""
    while len(tuned.losses) < budget:
        unfinished = [each for each in (*tuned.tried, *settings) if each not in tuned.losses]
        setting = unfinished[0] if unfinished else tuned.next_setting()
        if setting in tuned.losses:  # as fine as floats are
            return
        for seed in tuned.seeds[len(tuned.tried.setdefault(setting, [])) :]:
            yield setting, seed


def loss_of(record):
    """The loss that chooses: of a Training the last on validation data, of a Run the last; infinite if it is not finite."""
    if hasattr(record, "val_loss"):
        losses = record.val_loss[-1]
    elif hasattr(record, "loss"):
        losses = record.loss[-1]
    else:
        return number_of(record)
    return math.inf if np.all(record.diverged) else number_of(float(np.median(losses)))


def number_of(loss):
    """A loss as a float; infinite if it is not finite."""
    loss = check_number("tune: the loss, or what run returns unless it is a Training or a Run,", loss)
    return loss if math.isfinite(loss) else math.inf


def check_whole(record):
    """Raise KeyboardInterrupt if a run was interrupted, which `train` and `descend` tell by a message."""
    if getattr(record, "message", "").startswith("interrupted"):
        raise KeyboardInterrupt


def seeds_of(caller, seeds):
    """Seeds as a tuple; TypeError or ValueError where they are no whole numbers of 0 or more."""
    if not isinstance(seeds, Iterable):
        raise TypeError(f"{caller}: seeds must be several whole numbers, such as range(10), got {seeds!r}")
    return tuple(check_count(caller, "seed", seed, 0) for seed in seeds)


def _settings(grid, budget):
    """All combinations of the values of a grid, as tuples."""
    if not grid:
        raise ValueError("tune: give the values of at least one hyperparameter, such as lr=[0.01, 0.1, 1]")
    check_count("tune", "budget", budget)
    lines = []
    for name, values in grid.items():
        if not isinstance(values, Iterable) or isinstance(values, str):
            raise TypeError(
                f"tune: {name} must be two or more numbers to try, such as {name}=[0.01, 0.1], got {values!r}"
            )
        values = as_floats("tune", name, list(values) if not isinstance(values, np.ndarray) else values)
        allowed = (values >= 0) & (values < (1 if name in SHARES else np.inf))
        if values.ndim != 1 or len(values) < 2 or not allowed.all() or len(np.unique(values)) < len(values):
            raise ValueError(
                f"tune: {name} must be two or more different numbers from 0 up, β below 1, got {values.tolist()!r:.60}"
            )
        lines.append(sorted(values.tolist()))
    if (size := math.prod(map(len, lines))) > budget:
        raise ValueError(f"tune: the grid has {size} settings, more than the budget of {budget}; make it coarser")
    return list(itertools.product(*lines))


def _check_same(name, old, new):
    if (old.names, old.seeds) != (new.names, new.seeds):
        raise ValueError(
            f"tune: {name} in start has searched {', '.join(old.names)} with seeds {old.seeds}; "
            f"go on with the same, not {', '.join(new.names)} with {new.seeds}"
        )


def _place(name, value):
    """Where a value stands on the axis on which steps are even; it rises with the value."""
    return -math.log1p(-value) if name in SHARES else math.log(value)


def _value(name, place):
    return (
        max(round(-math.expm1(-place), 12), 0.0) if name in SHARES else math.exp(min(place, 700))
    )  # 0 itself, not 1e-16


def _middle(name, low, high):
    return _value(name, (_place(name, low) + _place(name, high)) / 2)


def _nearest(values, here, side):
    """Of the values on one side of `here` the nearest; None if there is none."""
    return min((v for v in values if side * (v - here) > 0), key=lambda v: abs(v - here), default=None)
