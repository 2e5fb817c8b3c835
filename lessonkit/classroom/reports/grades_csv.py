"""Grades as CSV, in which no cell is a formula for a spreadsheet."""

import csv
import io
import re

# Where a spreadsheet could read a formula (OWASP, "CSV Injection"): at the start of a cell, and after a sign that separates cells
# in some country. The sign of a formula may be full-width and may follow invisible characters. "-" alone and -2.5 are no formulas.
UNSEEN = r"[\s\x00-\x1f\x7f-\xa0\xad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\"]{0,50}"
COMPUTED = re.compile(
    rf"(?:(?<=[;\t\r\n])|\A)(?={UNSEEN}(?:[=+@＝＋－＠]|-(?![0-9.]*(?:e[+-]?[0-9]+)?\s*(?:[;\t\r\n]|\Z))))|\A(?=[\t\r\n])"
)


def csv_text(rows):
    """Rows as CSV; an apostrophe stands before a text that a spreadsheet would compute."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(
        [[COMPUTED.sub("'", cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
    )
    return text.getvalue()


def grades(points, out_of, learners):
    """A line for each learner, a column for each lesson; the cell is empty if nothing was handed in.

    points, out_of : dicts, what `Book.points` returns
    learners : list of str, the learners of the roster, who have a line in any case
    """
    lessons = sorted(out_of)
    rows = [
        ["learner", *lessons, "total"],
        ["out of", *(f"{out_of[lesson]:g}" for lesson in lessons), f"{sum(out_of.values()):g}"],
    ]
    for learner in sorted({*learners, *(learner for learner, _ in points)}):
        got = [points.get((learner, lesson)) for lesson in lessons]
        rows.append([learner, *("" if each is None else f"{each:g}" for each in got), f"{sum(filter(None, got)):g}"])
    return csv_text(rows)
