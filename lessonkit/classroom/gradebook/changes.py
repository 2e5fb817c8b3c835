"""Finds out whose marks changed between two states of the gradebook, and why."""

from typing import NamedTuple

from lessonkit.classroom.gradebook.points import total


class Summary(NamedTuple):
    """What counted for a learner and a lesson.

    Attributes
    ----------
    parts : dict of part → points
    key, digest, place : of the attempt that counted
    when : (float, bool), when that was first handed in, and whether Canvas said that it was late; empty if there was no attempt
    attempts : int, how many there were
    outdated : list of str, parts whose points a person gave for another attempt
    """

    points: float
    parts: dict
    key: str
    digest: str
    place: str
    when: tuple
    attempts: int
    outdated: list


def summaries(book):
    """(learner, lesson) → Summary of what counts now."""
    return {(each.learner, each.lesson): _summary(each) for each in book.outcomes()}


def _summary(outcome):
    attempt = outcome.attempt
    return Summary(
        total(outcome.parts)[0],
        {part["part"]: part["points"] for part in outcome.parts},
        attempt.key if attempt else "",
        attempt.digest if attempt else "",
        attempt.place if attempt else "",
        (attempt.first, attempt.late) if attempt else (),
        outcome.attempts,
        outcome.outdated,
    )


def changes(before, after, otherwise="the rules of the class have changed"):
    """What a record says of the changes between two states.

    Parameters
    ----------
    before, after : dict, as `summaries` gives them
    otherwise : str, why points changed if the judge gave the same marks to the same answers

    Returns
    -------
    dict
        Lists of dicts with learner, lesson and more. ``"changed"``: points before and after, the parts that differ, and why.
        ``"replaced"``: the place of the attempt that counts; and that of the attempt that counted before, empty if a new one does not
        count. ``"outdated"``: the parts whose points a person gave for another attempt than the one that counts.
    """
    changed, replaced, outdated = [], [], []
    for of, new in sorted(after.items()):
        learner, lesson = of
        old, name = before.get(of), {"learner": learner, "lesson": lesson}
        if new.outdated:
            outdated.append(name | {"parts": new.outdated})
        if old and old.key and new.key != old.key:
            replaced.append(name | {"counts": new.place, "before": old.place})
        elif new.attempts > (old.attempts if old else 1):
            replaced.append(name | {"counts": new.place, "before": ""})
        if old and (old.points, old.parts) != (new.points, new.parts):
            changed.append(
                name
                | {
                    "from": old.points,
                    "to": new.points,
                    "why": _why(old, new) or otherwise,
                    "parts": {
                        part: [old.parts.get(part), new.parts.get(part)]
                        for part in sorted({*old.parts, *new.parts})
                        if old.parts.get(part) != new.parts.get(part)
                    },
                }
            )
    return {"changed": changed, "replaced": replaced, "outdated": outdated}


def _why(old, new):
    """Why the judge gives other points; None if it gives the same."""
    if old.key != new.key:
        return f"another attempt counts: {new.place}"
    if old.digest != new.digest:
        return "the same answers were graded again, because the course or its questions have changed"
    if old.when != new.when:
        return "it is now known to have been handed in at another time"
    return None
