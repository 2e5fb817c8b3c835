"""Whose marks changed between two states of the gradebook, and why."""

from typing import NamedTuple

from lessonkit.classroom.gradebook.points import total


class Summary(NamedTuple):
    """What counted for a learner and a lesson.

    Attributes
    ----------
    parts : dict of part → points
    key, digest, place, when : of the attempt that counted; `when` it was first handed in, and what Canvas said of that
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
    told = (attempt.key, attempt.digest, attempt.place, (attempt.first, attempt.late)) if attempt else ("", "", "", ())
    return Summary(
        total(outcome.parts)[0],
        {part["part"]: part["points"] for part in outcome.parts},
        *told,
        outcome.attempts,
        outcome.outdated,
    )


def changes(before, after, otherwise="the rules of the class have changed"):
    """What a record says of two states.

    Parameters
    ----------
    before, after : dict, as `summaries` gives them
    otherwise : str, why points have changed where the same answers have the same marks

    Returns
    -------
    dict
        ``"changed"``: for each whose points changed, learner, lesson, points before and after, the parts that differ, and why;
        ``"replaced"``: for each whose attempt no longer counts, or does not although it is new, both places;
        ``"outdated"``: for each whose points by a person were given for an attempt that no longer counts, the parts.
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
    """Why the judge gives other points; None where it does not."""
    if old.key != new.key:
        return f"another attempt counts: {new.place}"
    if old.digest != new.digest:
        return "the same answers were graded again, because the course or its questions have changed"
    if old.when != new.when:
        return "it is now known to have been handed in at another time"
    return None
