"""Grading without names: answers for a person to grade, under codes in place of the learners.

Answers that are numbers are left out: the questions follow from the learner's identifier and would reveal it. A version of a rule
is asked of many learners.
"""

import hashlib
import hmac
from pathlib import Path

from lessonkit.classroom import files
from lessonkit.classroom.lessons import NUMBERS
from lessonkit.classroom.reports import pages
from lessonkit.classroom.reports.grades_csv import csv_text

LEFT_OUT = (*NUMBERS, "person", "lateness")  # kinds of parts that reveal a learner, or need no grader


def code(learner, seed):
    """A learner's code: always the same in one gradebook, and different in another one."""
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

    Raises
    ------
    FileExistsError
        If `out` has a points.csv: somebody may have filled in points.
    """
    table, rows = Path(out) / "points.csv", []
    if table.exists():
        raise FileExistsError(
            f"{table} is there, and may hold points that somebody has filled in: name another folder, or remove it"
        )
    for each in book.outcomes():
        if not each.attempt or lesson not in (None, each.lesson):
            continue
        name, parts = code(each.learner, seed), [part for part in each.parts if part["kind"] not in LEFT_OUT]
        files.write(
            Path(out) / name / f"{files.safe(each.lesson)}.html", pages.feedback(name, each.lesson, parts, [])
        )  # notes may name people
        rows += [
            [name, each.lesson, part["part"], "", f"{part['out_of']:g}", "", f"{part['points']:g}"] for part in parts
        ]
    files.write(
        table, csv_text([["learner", "lesson", "part", "points", "out_of", "comment", "points so far"], *sorted(rows)])
    )
    return len({(row[0], row[1]) for row in rows})
