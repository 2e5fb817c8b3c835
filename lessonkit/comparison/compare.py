"""The comparison itself: every contestant at its best setting, with seeds that chose nothing, seed by seed."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from lessonkit.comparison.intervals import Difference, paired
from lessonkit.comparison.search import Tuned, check_whole, seeds_of
from lessonkit.machine.terminal import Printed
from lessonkit.rules.counts import check_number
from lessonkit.runs.common import progress_bar


@dataclass(eq=False, repr=False)
class Untuned(Printed):
    """A contestant with a given setting, for which nothing was searched."""

    rule: Callable
    best: dict
    seeds: tuple = ()

    def __repr__(self):
        setting = ", ".join(f"{name} = {value:g}" for name, value in self.best.items())
        return f"<Untuned {getattr(self.rule, '__name__', 'rule')}: {setting}>"


@dataclass(eq=False, repr=False)
class Comparison(Printed):
    """The scores of a comparison.

    Attributes
    ----------
    scores : dict, name → array, shape (seeds,)
        Entry k of all arrays is from seed k.
    runs : dict, name → list of what `run` returned
    pairs : list of (name, name)
        The differences that were asked for beforehand.
    measure : str
    level : float
    message : str
        Empty, or that it was interrupted: then `runs` has what is done, and nothing is scored yet.
    """

    pairs: list
    measure: str
    level: float
    scores: dict = field(default_factory=dict)
    runs: dict = field(default_factory=dict)
    message: str = ""

    def difference(self, first: str, second: str) -> Difference:
        """Scores of `first` minus those of `second`; the intervals of all pairs hold together with confidence `level`."""
        if (first, second) not in self.pairs and (second, first) not in self.pairs:
            raise ValueError(
                f"compare: {first} − {second} is not among the pairs that were declared: {self.pairs!r:.100}; "
                "a pair that is chosen after the scores are known needs new seeds"
            )
        scores = self.scores[first], self.scores[second]
        return paired(*scores, (first, second), self.measure, self.level, len(self.pairs))

    @property
    def differences(self):
        """A Difference for each declared pair."""
        return [self.difference(*pair) for pair in self.pairs]

    def __repr__(self):
        lines = [self.message] if self.message else [str(each) for each in self.differences]
        if len(self.pairs) > 1 and not self.message:
            lines.append(f"(the {len(self.pairs)} intervals hold together with {self.level:.0%} confidence)")
        return "\n".join(lines)


def untuned(rule: Callable, **setting: float) -> Untuned:
    """A contestant for `compare` with a setting that was not searched, such as a library's default.

    Parameters
    ----------
    rule : function
    **setting : its hyperparameters

    Returns
    -------
    Untuned

    Examples
    --------
    >>> from lessonkit import adam, untuned
    >>> untuned(adam, lr=0.001)
    <Untuned adam: lr = 0.001>
    """
    return Untuned(rule, setting)


def compare(
    run: Callable,
    found: dict[str, Tuned | Untuned],
    score: Callable,
    measure: str,
    *,
    seeds: Iterable[int] = range(100, 110),
    pairs: Sequence[tuple[str, str]] | None = None,
    level: float = 0.95,
    start: Comparison | None = None,
) -> Comparison:
    """Run each contestant at its best setting with the same new seeds, and compare the scores seed by seed.

    Parameters
    ----------
    run : function
        As for `tune`: ``run(rule, seed, **setting)``.
    found : dict, name → Tuned or Untuned
        What `tune` returned, from one call or several joined by ``|``; and ``untuned(rule, lr=…)``.
    score : function
        Of what `run` returned: the number to report. It is called once for each contestant and seed, after all choices were
        made, so it is the place for a test set: ``lambda r: net.accuracy(r.theta[-1], x_test, y_test)``.
    measure : str
        What the score is, for the sentences: "test accuracy".
    seeds : ints, 0 or more; two or more, none of which chose a setting
    pairs : list of (name, name), or None for all
        The differences that you want to know. Fewer pairs give narrower intervals.
    level : float in (0, 1)
        Confidence that all intervals hold together.
    start : Comparison
        One that was interrupted, to go on.

    Returns
    -------
    Comparison
        Its text says for each pair whether these seeds separate the two. The intervals are over seeds (initialization and order of
        the examples), at these settings, on these data: another search, or other data, add variance that is not in them.

    Raises
    ------
    ValueError, TypeError
        Budgets that differ, a best setting at the edge, seeds that have chosen a setting, a pair of unknown names.

    References
    ----------
    Bouthillier et al. (2021), arXiv:2103.03098: which sources of variance a comparison must count, and pairing. Agarwal et al.
    (2021), arXiv:2108.13264: intervals in place of single numbers when runs are few. Colas, Sigaud & Oudeyer (2018),
    arXiv:1806.08295: how the number of seeds and the t interval are related.

    Examples
    --------
    >>> from lessonkit import compare, digits, mlp, momentum, sgd, train, tune
    >>> net, data = mlp([64, 10]), digits()
    >>> def run(rule, seed, lr):
    ...     return train(net, data, rule, lr, epochs=1, seed=seed)
    >>> found = tune(run, {"sgd": sgd, "momentum": momentum}, budget=5, seeds=[0], lr=[0.1, 1.0])
    >>> compare(run, found, lambda done: done.train_loss[-1], "training loss", seeds=range(5, 8))
    training loss, sgd − momentum: ...
    """
    if not callable(score):
        raise TypeError(f"compare: score must be a function of what `run` returned, got {score!r:.60}")
    given = seeds_of("compare", seeds)
    pairs = list(itertools.combinations(found, 2)) if pairs is None else list(pairs)
    _check(found, given, pairs, level)
    settings = {name: each.best for name, each in found.items()}  # refuses a best at its edge, before anything runs
    runs = {name: list(start.runs.get(name, [])) if start else [] for name in found}
    result = Comparison(pairs, measure, level, runs=runs)
    trials = [(seed, k, name) for k, seed in enumerate(given) for name in found if len(runs[name]) <= k]
    try:
        for seed, _, name in progress_bar(trials, len(trials), "compare"):
            done = run(found[name].rule, seed, **settings[name])
            check_whole(done)
            runs[name].append(done)
    except KeyboardInterrupt:
        whole = min(map(len, runs.values()))
        result.message = f"interrupted after {whole} of {len(given)} seeds; pass this as start to go on"
        return result
    for name, each in runs.items():
        result.scores[name] = np.array([check_number("compare: the score", score(done)) for done in each])
    return result


def _check(found, seeds, pairs, level):
    if len(found) < 2 or len(set(seeds)) < 2 or len(set(seeds)) < len(seeds):
        raise ValueError(
            f"compare: needs two or more contestants and two or more different seeds, got {len(found)} and {seeds}"
        )
    if not 0 < check_number("compare: level", level) < 1:
        raise ValueError(f"compare: level must be between 0 and 1, such as 0.95, got {level}")
    for pair in pairs:
        if len(pair) != 2 or pair[0] == pair[1] or not set(pair) <= set(found):
            raise ValueError(f"compare: a pair must be two different names of {', '.join(found)}, got {pair!r:.60}")
    used = sorted({seed for each in found.values() for seed in each.seeds} & set(seeds))
    if used:
        raise ValueError(f"compare: the seeds {used} have chosen settings; compare with others, which chose nothing")
    spent = {name: each.budget * len(each.seeds) for name, each in found.items() if isinstance(each, Tuned)}
    if len(set(spent.values())) > 1:
        raise ValueError(
            f"compare: equal budgets are needed, but the searches were given {spent} trainings; "
            "go on with tune(…, start=…) until they are equal"
        )
