"""Grading without names: what a person grades, under codes that only this gradebook can turn back."""

import hashlib
import hmac
from pathlib import Path

from lessonkit.grading import pages


def code(learner, seed):
    """A learner's code: the same in this gradebook, another one in any other."""
    return "anon-" + hmac.new(str(seed).encode(), learner.encode(), hashlib.sha256).hexdigest()[:10]


def write(book, seed, out, lesson=None):
    """Write the answers of a class for people who grade without names.

    Parameters
    ----------
    book : Book
    seed : int, the seed of the gradebook
    out : path of a folder: CODE/LESSON.html for each, and points.csv, to be filled in and given to `lessonkit merge`
    lesson : str or None for all

    Returns
    -------
    int
        How many pages were written.
    """
    rows = []
    for each in book.outcomes():
        if not each.attempt or lesson not in (None, each.lesson):
            continue
        name = code(each.learner, seed)
        pages.write(Path(out) / name / f"{pages.safe(each.lesson)}.html", pages.feedback(name, each.lesson, each.parts, []))  # notes may name people
        rows += [[name, each.lesson, part["part"], "", f"{part['out_of']:g}", "", f"{part['points']:g}"] for part in each.parts
                 if part["kind"] not in ("late", "person")]
    pages.write(Path(out) / "points.csv", pages.csv_text([["learner", "lesson", "part", "points", "out_of", "comment", "points so far"], *sorted(rows)]))
    return len({(row[0], row[1]) for row in rows})
