"""Explains a schedule that waits for a plateau: all ways in which its parts can be wrong are tried together."""

import functools
import itertools

import numpy as np

from lessonkit.judging.explaining.explanation import Explanation
from lessonkit.judging.explaining.formulas import same

# Each part: the right way first (words are empty), then the ways in which it goes wrong.
SHARES = (1e-4, 1e-3, 1e-2, 0.05, 0.1)  # of the best loss: thresholds of improvement
BETTER: dict[str | float, str] = {
    "strict": "",
    "tie": "a tie counts as improvement",
    "worse": "a larger loss counts as an improvement",
    **{by: f"a loss that is better by less than {by:g} counts as no improvement" for by in (1e-4, 1e-3, 1e-2, 0.1)},
    **{
        f"{share:g}": f"a loss below the best by less than {share:g} of it counts as no improvement" for share in SHARES
    },
}
BEST = {
    "least": "",
    "last": "each loss is compared with the one before, not with the best",
    "first": "the best loss is never updated: it stays the first loss",
    "first counts": "the best loss is never updated: it stays the first loss, and the first epoch counts as one without a new best",
    "starts": "the first epoch counts as one without a new best, since the best loss starts there",
    "all": "the best loss is the least of all, those of later epochs too",
    "zero": "the best loss starts at 0, so no loss is better",
    "never": "the best loss is never updated: it stays infinite",
    "lost": "the best loss is forgotten at each cut",
    "mean": "the loss is compared with the mean of those before, not with the best",
    "window": "the loss is compared with the one that came `patience` epochs ago, not with the best",
}
WAITED = {
    "reset": "",
    "no reset at best": "a new best does not set the count back",
    "no reset at cut": "a cut does not set the count back",
    "no reset": "neither a new best nor a cut sets the count back",
    "always": "every epoch counts, whatever the losses",
    "restores": "a new best sets the rate back to the first one",
    "turned": "epochs with a new best are counted, and the others set the count back",
}
PATIENCE = {
    0: "",
    1: "",  # PyTorch's way
    -1: "cuts one epoch early",
    "less": "cuts one epoch early, where the patience is above 1",
    2: "cuts two epochs late",
    "one": "cuts at the first epoch without a new best: the patience is not used",
    "two": "the patience is 2, whatever is asked for",
    "three": "the patience is 3, whatever is asked for",
    "five": "the patience is 5, whatever is asked for",
    "ten": "the patience is 10, whatever is asked for",
}
TYPED = {"one": 1, "two": 2, "three": 3, "five": 5, "ten": 10}
CUT = {
    "multiply": "",
    "divide": "the rate is divided by the factor",
    "base": "each cut starts from the first rate again",
    "subtract": "the factor is subtracted from the rate",
    "less": "the rate is multiplied by 1 − factor",
    "never": "the rate is never cut",
    "half": "the rate is multiplied by 0.5, not by the factor",
    "tenth": "the rate is multiplied by 0.1, not by the factor",
    "powers": "each further cut multiplies by a higher power of the factor",
}
NOTED = {"after": "", "before": "each rate is noted before the cut, so a cut shows one epoch late"}
MOST = 2  # slips at once


def of_plateau(known, trace):
    """The Explanation of a plateau schedule; None if no combination of slips gives its rates."""
    got, calls, place = [], known.probe.calls, 0
    for losses, *_ in calls:
        got.append(trace.values[0, place : place + len(losses)])
        place += len(losses)
    order = sorted(range(len(calls)), key=lambda i: len(calls[i][0]))  # short ones first: they tell most answers apart
    for ways in _by_number_of_slips():
        if all(_gives(ways, calls[i], got[i]) for i in order):
            return _said(ways)
    return _with_floor(got, calls) or _other_epochs(got, calls, order)


def _with_floor(got, calls):
    """What is said where the rates are the rule's, but never below a share of the first one, or some number of cuts; else None."""
    share = min(rates.min() / base for rates, (_, base, *_) in zip(got, calls))
    cuts = max(cuts_of(rates.min(), base, factor) for rates, (_, base, factor, _) in zip(got, calls))
    for wait in (0, 1):
        ways = ("strict", "least", "reset", wait, "multiply", "after")
        right = [np.array([*_rates(ways, *call)]) for call in calls]
        for words, floors in (
            (f"the rate is never below {share:.3g} of the base", [share * base for _, base, *_ in calls]),
            (f"the rate is cut at most {cuts} times", [base * factor**cuts for _, base, factor, _ in calls]),
        ):
            if all(same(rates, np.maximum(*each)) for rates, *each in zip(got, right, floors)):
                return Explanation(
                    words, "Else your rates are the rule's.", "Does the rule say anything about a least rate?", ""
                )
    return None


def cuts_of(rate, base, factor):
    """How many cuts by a factor lead to a rate, rounded; 0 if none do."""
    with np.errstate(all="ignore"):
        cuts = np.log(rate / base) / np.log(factor)
    return int(np.round(cuts)) if 0 < cuts < 100 else 0


def _other_epochs(got, calls, order):
    """What is said where the rate is cut by the factor each time, but in other epochs than by the rule."""
    for i in order:
        _, base, factor, _ = calls[i]
        steps = np.append(got[i][:1] / base, got[i][1:] / got[i][:-1])
        if not np.all(np.isclose(steps, 1) | np.isclose(steps, factor)):
            return None
    for i in order:
        right = np.array([*_rates(("strict", "least", "reset", 0, "multiply", "after"), *calls[i])])
        if not same(got[i], right):
            epoch = int(np.flatnonzero(~np.isclose(got[i], right, rtol=1e-9))[0]) + 1
            early = got[i][epoch - 1] < right[epoch - 1]
            how = (
                "yours cuts in epoch {}, and the rule does not"
                if early
                else "the rule cuts in epoch {}, and yours does not"
            )
            return Explanation(
                "cuts in other epochs than the rule",
                f"Each cut is by the factor, as it should be. In one of the runs that were tried, {how.format(epoch)}.",
                "Which loss is compared with which, in the epochs before?",
                "",
            )
    return None


@functools.cache
def _by_number_of_slips():
    parts = [BETTER, BEST, WAITED, PATIENCE, CUT, NOTED]
    right = [[way for way in part if not part[way]] for part in parts]
    wrong = [[way for way in part if part[way]] for part in parts]
    numbers = [{way: i for i, way in enumerate(part)} for part in parts]
    found = []
    for count in range(MOST + 1):
        ways = [
            each
            for chosen in itertools.combinations(range(len(parts)), count)
            for each in itertools.product(*(wrong[i] if i in chosen else right[i] for i in range(len(parts))))
        ]
        found += sorted(ways, key=lambda each: [number[way] for number, way in zip(numbers, each)])
    return found


def _said(ways):
    parts = [BETTER, BEST, WAITED, PATIENCE, CUT, NOTED]
    slips = [part[way] for part, way in zip(parts, ways) if part[way]]
    if not slips:
        return None
    beside = " (Beside that: cuts when the count exceeds the patience, which is fine.)" if ways[3] == 1 else ""
    return Explanation(
        " and ".join(slips),
        f"Your rates are those of the rule, but for this: {'; '.join(slips)}.{beside}",
        "Follow the best loss, the count and the rate through the first epochs: which one is not what you meant?",
        "",
    )


def _gives(ways, call, got):
    """Whether a combination gives these rates; most are told by the first of them."""
    return all(abs(rate - each) <= 1e-9 * abs(rate) for rate, each in zip(_rates(ways, *call), got.tolist()))


def _rates(ways, losses, base, factor, patience):
    """The rates of one combination, one after the other."""
    better, best_is, waits, wait, cut, noted = ways
    limit = max(1, patience - 1) if wait == "less" else TYPED[wait] if wait in TYPED else patience + wait
    start = {"zero": 0.0, "first counts": losses[0], "starts": losses[0], "all": np.nanmin(losses)}
    best = start.get(best_is, -np.inf if better == "worse" else np.inf)
    rate, waited, cuts = base, 0, 0
    for epoch, loss in enumerate(losses):
        if noted == "before":
            yield rate
        if best_is == "window":
            best = losses[epoch - patience] if epoch >= patience else np.inf
        if best_is == "mean":
            best = np.mean(losses[:epoch]) if epoch else np.inf
        improved = _improved(better, loss, best)
        if waits == "turned":
            best = loss if improved and best_is in ("least", "last", "lost", "starts") else best
            waited = waited + 1 if improved else 0
        elif improved and waits != "always":
            updated = best_is in ("least", "last", "lost", "starts") or (best_is == "first" and epoch == 0)
            best = loss if updated else best
            waited = waited if waits in ("no reset at best", "no reset") else 0
            rate = base if waits == "restores" else rate
        else:
            waited += 1
        if waited >= limit:
            cuts += 1
            rate = _cut(cut, rate, base, factor, cuts)
            waited = 0 if waits in ("reset", "no reset at best", "always", "turned", "restores") else waited
            best = np.inf if best_is == "lost" else best
        if best_is == "last":
            best = loss
        if noted == "after":
            yield rate


def _improved(better, loss, best):
    if better == "worse":
        return loss > best
    if better == "tie":
        return loss <= best
    if isinstance(better, float):
        return loss < best - better
    return loss < best * (1 if better == "strict" else 1 - float(better))


def _cut(cut, rate, base, factor, cuts):
    return {
        "multiply": rate * factor,
        "divide": rate / factor,
        "base": base * factor,
        "subtract": rate - factor,
        "less": rate * (1 - factor),
        "never": rate,
        "half": rate * 0.5,
        "tenth": rate * 0.1,
        "powers": rate * factor**cuts,
    }[cut]
