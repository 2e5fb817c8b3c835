"""Brings grades to where a school keeps them: Canvas, Moodle, or any table."""

from lessonkit.grading.book import total
from lessonkit.grading.pages import csv_text


def export(book, kind, roster=None):
    """The grades as the CSV that a system imports.

    Parameters
    ----------
    book : Book
    kind : str
        ``"canvas"``, ``"moodle"`` or ``"csv"``.
    roster : Roster or None
        Canvas knows its students by the columns `canvas` and `name`, Moodle by `email`; without a roster, or without the
        column, the identifier stands there.

    Returns
    -------
    str
    """
    points, out_of = {}, {}
    for learner, lesson, _, parts, _ in book.outcomes():
        points[learner, lesson], most = total(parts)
        out_of[lesson] = max(out_of.get(lesson, 0), most)
    lessons, rows = sorted(out_of), roster.rows if roster else {}
    learners = sorted({learner for learner, _ in points} | set(rows))

    def of(learner):
        return ["" if (learner, lesson) not in points else f"{points[learner, lesson]:g}" for lesson in lessons]

    def told(learner, column):
        return rows.get(learner, {}).get(column) or learner

    if kind == "canvas":
        head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
        possible = ["    Points Possible", "", "", "", "", *(f"{out_of[lesson]:g}" for lesson in lessons)]
        return csv_text([[*head, *lessons], possible, *(
            [told(learner, "name"), rows.get(learner, {}).get("canvas", ""), learner, rows.get(learner, {}).get("login", ""), "", *of(learner)]
            for learner in learners)])
    if kind == "moodle":
        return csv_text([["ID number", "Email address", *lessons], *(
            [learner, rows.get(learner, {}).get("email", ""), *(grade or "-" for grade in of(learner))] for learner in learners)])
    if kind == "csv":
        parts = [["learner", "lesson", "part", "points", "out_of", "mistake", "convention", "comment"]]
        for learner, lesson, _, each, _ in book.outcomes():
            parts += [[learner, lesson, part["part"], f"{part['points']:g}", f"{part['out_of']:g}", part["mistake"] or "",
                       part["convention"] or "", part.get("comment", "")] for part in each]
        return csv_text(parts)
    raise ValueError(f"no format is called {kind!r}; expected canvas, moodle or csv")
