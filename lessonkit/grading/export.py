"""Brings grades to where a school keeps them: Canvas, Moodle, or any table."""

from lessonkit.grading.pages import csv_text


def export(book, kind, roster=None):
    """The grades as the CSV that a system imports.

    Parameters
    ----------
    book : Book
    kind : str
        ``"canvas"``, ``"moodle"`` or ``"csv"``.
    roster : Roster or None
        Canvas knows its students by the columns `canvas`, `name` and `login`, Moodle by `email`; where there is no name, the
        identifier stands for it, and what else is missing stays empty.

    Returns
    -------
    str
    """
    (points, out_of), rows = book.points(), roster.rows if roster else {}
    lessons, learners = sorted(out_of), sorted({learner for learner, _ in points} | set(rows))

    def of(learner):
        return ["" if (learner, lesson) not in points else f"{points[learner, lesson]:g}" for lesson in lessons]

    if kind == "canvas":
        head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
        possible = ["    Points Possible", "", "", "", "", *(f"{out_of[lesson]:g}" for lesson in lessons)]
        return csv_text([[*head, *lessons], possible, *(
            [rows.get(learner, {}).get("name") or learner, rows.get(learner, {}).get("canvas", ""), learner, rows.get(learner, {}).get("login", ""), "", *of(learner)]
            for learner in learners)])
    if kind == "moodle":
        return csv_text([["ID number", "Email address", *lessons], *(
            [learner, rows.get(learner, {}).get("email", ""), *(grade or "-" for grade in of(learner))] for learner in learners)])
    if kind == "csv":
        parts = [["learner", "lesson", "part", "points", "out_of", "mistake", "convention", "comment"]]
        for learner, lesson, each, _ in book.outcomes():
            parts += [[learner, lesson, part["part"], f"{part['points']:g}", f"{part['out_of']:g}", part["mistake"] or "",
                       part["convention"] or "", part.get("comment", "")] for part in each]
        return csv_text(parts)
    raise ValueError(f"no format is called {kind!r}; expected canvas, moodle or csv")
