"""The dict that is kept of each part of a submission: its keys are the same whether the judge or a person gave the points."""


def blank(part, kind, exercise, out_of):
    """The dict of a part that has no verdict yet, with all of its keys."""
    return {
        "part": part,
        "kind": kind,
        "exercise": exercise,
        "out_of": out_of,
        "points": 0,
        "passed": False,
        "convention": None,
        "mistake": None,
        "message": "",
        "question": "",
        "hints": [],
        "error": None,
        "source": "",
        "task": "",
    }


def given(part, points, out_of, comment, extra):
    """A part that the lesson does not have, graded by a person. `extra`: it does not count among the points that others can get."""
    return blank(part, "person", part, out_of) | {
        "points": points,
        "passed": points > 0 or not out_of,
        "comment": comment,
        "by_person": True,
        "extra": extra,
    }


def graded_by_person(part, points, comment):
    """A part of the lesson with a person's points and comment in place of the judge's."""
    if points >= part["out_of"]:  # then the page names no mistake
        part = blank(part["part"], part["kind"], part["exercise"], part["out_of"]) | {
            "passed": True,
            "source": part["source"],
            "task": part["task"],
        }
    return part | {"points": points, "comment": comment, "by_person": True}


def total(parts):
    """The points of several parts, never below zero, and the most that they give."""
    return max(0, sum(part["points"] for part in parts)), sum(part["out_of"] for part in parts)
