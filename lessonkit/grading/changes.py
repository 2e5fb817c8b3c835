"""Whose marks changed between two states of the gradebook, and why."""

from typing import NamedTuple

from lessonkit.grading.parts import total


class Summary(NamedTuple):
    """What counted for a learner and a lesson: points, points by part, the attempt's key, digest and place."""

    points: float
    parts: dict
    key: str
    digest: str
    place: str
    attempts: int
    outdated: list


def summaries(book):
    """(learner, lesson) → Summary of what counts now."""
    return {(each.learner, each.lesson): Summary(
        total(each.parts)[0], {part["part"]: part["points"] for part in each.parts}, each.attempt.key if each.attempt else "",
        each.attempt.digest if each.attempt else "", each.attempt.place if each.attempt else "", each.attempts, each.outdated)
        for each in book.outcomes()}


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
            changed.append(name | {"from": old.points, "to": new.points, "why": _why(old, new) or otherwise, "parts": {
                part: [old.parts.get(part), new.parts.get(part)] for part in sorted({*old.parts, *new.parts}) if old.parts.get(part) != new.parts.get(part)}})
    return {"changed": changed, "replaced": replaced, "outdated": outdated}


def _why(old, new):
    """Why the judge gives other points; None where it does not."""
    if old.key != new.key:
        return f"another attempt counts: {new.place}"
    if old.digest != new.digest:
        return "the same answers were graded again, as the course, its questions or the notes have changed"
    return None
