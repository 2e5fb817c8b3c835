"""How many learners made each mistake in each week, over all attempts, and how many no longer make it in the attempt that counts."""

import collections
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

UNDATED = "no date"
UNWRITTEN = {"is not written yet", "has no cell"}  # the verdicts on a missing answer


class MistakeByWeek(NamedTuple):
    """A mistake over the weeks.

    lesson, part, mistake : str
    weeks : dict of Monday → how many learners made it in that week
    made : int, how many learners ever made it
    gone : int, how many of them do not make it in the attempt that counts
    """

    lesson: str
    part: str
    mistake: str
    weeks: dict
    made: int
    gone: int


def survey(attempts):
    """The mistakes over the weeks.

    Parameters
    ----------
    attempts : iterable of (learner, lesson, time, counts, parts)
        `time` is in seconds since 1970, or None if it is not known; `counts` is True for the attempt whose points count; `parts` is
        what `marks.mark` returns.

    Returns
    -------
    list of str
        The Mondays (UTC) of the weeks with attempts, in order, and then "no date" if an attempt has no date.
    list of MistakeByWeek
        The most frequent mistake first.
    """
    made, kept, ended, mondays, undated = {}, collections.defaultdict(set), collections.defaultdict(set), set(), False
    for learner, lesson, time, counts, parts in attempts:
        week = _monday(time)
        undated = undated or week is None
        mondays |= {week} - {None}
        for part in parts:
            if counts:
                ended[lesson, part["part"]].add(learner)
            if part["passed"] or part["mistake"] in (None, *UNWRITTEN):
                continue
            key = lesson, part["part"], part["mistake"]
            made.setdefault(key, collections.defaultdict(set))[week].add(learner)
            if counts:
                kept[key].add(learner)
    found = []
    for key, weeks in made.items():
        learners = set().union(*weeks.values())
        found.append(
            MistakeByWeek(
                *key,
                {_name(week): len(of) for week, of in weeks.items()},
                len(learners),
                len((learners & ended[key[:2]]) - kept[key]),
            )
        )
    return [*map(_name, sorted(mondays)), *[_name(None)] * undated], sorted(
        found, key=lambda each: (-each.made, each[:3])
    )


def rows(book):
    """The attempts of a gradebook as `survey` takes them. An attempt without a time of its own counts for the week of its download."""
    return (
        (each.learner, each.lesson, each.first or each.time, counts, each.parts) for each, counts in book.attempts()
    )


def _monday(time):
    """The Monday of the week of a time in seconds, in UTC; None if there is no time."""
    if time is None:
        return None
    try:
        day = datetime.fromtimestamp(time, UTC).date()
        return day - timedelta(days=day.weekday())
    except (OverflowError, OSError, ValueError):  # no year that a calendar has
        return None


def _name(week):
    return week.isoformat() if isinstance(week, date) else UNDATED
