"""Exports grades and feedback for Canvas, Moodle or a spreadsheet."""

import io
import zipfile
from pathlib import Path

from lessonkit.classroom import files
from lessonkit.classroom.gradebook.points import total
from lessonkit.classroom.gradebook.policy import shown
from lessonkit.classroom.reports import item_statistics, pages, survey
from lessonkit.classroom.reports.grades_csv import csv_text


def export(book, kind, roster=None):
    """The grades as a CSV that another system can import.

    Parameters
    ----------
    book : Book
    kind : str
        ``"canvas"`` or ``"moodle"``, for their grade import; ``"csv"``, a line for each part; ``"attempts"``, a line for each
        graded attempt; ``"items"``, difficulty and discrimination of each part.
    roster : Roster or None
        Canvas finds its students by the columns `canvas`, `name` and `login`, Moodle by `email`. A missing name is replaced by the
        identifier; other missing columns stay empty.

    Returns
    -------
    str
    """
    if kind not in KINDS:
        raise ValueError(f"no format is called {kind!r}; expected one of {', '.join(KINDS)}")
    rows = roster.rows if roster else {}
    return csv_text(KINDS[kind](book, rows))


def _canvas(book, rows):
    lessons, out_of, grades = _grades(book, rows)
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    return [
        [*head, *lessons],
        ["    Points Possible", "", "", "", "", *out_of],
        *(
            [row.get("name") or learner, row.get("canvas", ""), learner, row.get("login", ""), "", *of]
            for learner, of in grades.items()
            for row in [rows.get(learner, {})]
        ),
    ]


def _moodle(book, rows):
    lessons, _, grades = _grades(book, rows)
    return [
        ["ID number", "Email address", *lessons],
        *(
            [learner, rows.get(learner, {}).get("email", ""), *(grade or "-" for grade in of)]
            for learner, of in grades.items()
        ),
    ]


def _grades(book, rows):
    """The lessons, the most points in each, and learner → points in each, empty if nothing was handed in."""
    points, out_of = book.points()
    lessons = sorted(out_of)
    learners = sorted({learner for learner, _ in points} | set(rows))
    return (
        lessons,
        [f"{out_of[lesson]:g}" for lesson in lessons],
        {
            learner: [f"{points[learner, lesson]:g}" if (learner, lesson) in points else "" for lesson in lessons]
            for learner in learners
        },
    )


def _parts(book, _):
    yield ["learner", "lesson", "part", "points", "out_of", "mistake", "convention", "comment"]
    for each in book.outcomes():
        for part in each.parts:
            yield [
                each.learner,
                each.lesson,
                part["part"],
                f"{part['points']:g}",
                f"{part['out_of']:g}",
                part["mistake"] or "",
                part["convention"] or "",
                part.get("comment", ""),
            ]


def _attempts(book, _):
    yield ["learner", "lesson", "handed in", "time of the file", "file", "points without a person's", "counts", "late"]
    policy = book.policy
    for attempt, counts in book.attempts():
        parts = policy.marked(attempt)
        yield [
            attempt.learner,
            attempt.lesson,
            *("" if time is None else shown(time) for time in (attempt.first, attempt.time)),
            attempt.place,
            f"{total(parts)[0]:g}",
            "yes" if counts else "no",
            "".join(part["message"] for part in parts if part["kind"] == "lateness"),
        ]


def _items(book, _):
    return item_statistics.table(survey.survey(book)["items"])


KINDS = {"canvas": _canvas, "moodle": _moodle, "csv": _parts, "attempts": _attempts, "items": _items}


def write_feedback(book, system, lesson, path):
    """Write a zip with the feedback of one lesson. Canvas or Moodle returns it to the learners by the names of the files.

    Parameters
    ----------
    book : Book
    system : str, ``"canvas"`` or ``"moodle"``
    lesson : str
    path : path of the zip

    Returns
    -------
    count, others : int and list of str
        How many pages are in it; the learners without a page, because their file did not come from that system.
    """
    others, count, held = [], 0, io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for each in book.outcomes():
            if each.lesson != lesson or not each.attempt:
                continue
            if each.attempt.system != system or not each.attempt.feedback:
                others.append(each.learner)
                continue
            page = pages.feedback(each.learner, lesson, each.parts, each.notes)
            member = zipfile.ZipInfo(each.attempt.feedback, (1980, 1, 1, 0, 0, 0))  # the same bytes for the same marks
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, page)
            count += 1
    files.write(Path(path), held.getvalue())
    return count, others
