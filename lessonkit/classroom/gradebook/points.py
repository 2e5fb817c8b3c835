"""What is kept of a part of a submission: a dict of the same keys for each, whoever gave its points."""


def blank(part, kind, exercise, out_of):
    """What is said of a part before anything is: a dict with all of its keys."""
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
    """A part that a person graded, and that the lesson does not have. `extra`: it raises nobody else's points to be had."""
    return blank(part, "person", part, out_of) | {
        "points": points,
        "passed": points > 0 or not out_of,
        "comment": comment,
        "by_person": True,
        "extra": extra,
    }


def graded_by_person(part, points, comment):
    """A part of the lesson, with the points and the comment of a person in place of the judge's."""
    if points >= part["out_of"]:  # whatever was wrong, it is forgiven
        part = blank(part["part"], part["kind"], part["exercise"], part["out_of"]) | {
            "passed": True,
            "source": part["source"],
            "task": part["task"],
        }
    return part | {"points": points, "comment": comment, "by_person": True}


def total(parts):
    """The points of several parts, never below zero, and how many there were to be had."""
    return max(0, sum(part["points"] for part in parts)), sum(part["out_of"] for part in parts)
