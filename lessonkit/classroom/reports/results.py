"""Writes down all that came of grading, for people: grades, feedback, map, report, and the record of the run."""

import json
from pathlib import Path

from tqdm import tqdm

from lessonkit.grading import pages, report, weeks


def write_all(book, out, record):
    """Everything but the gradebook itself: grades.csv, feedback, heatmap.html and .png, report.html, run.json.

    Parameters
    ----------
    book : Book
    out : path of the folder
    record : dict, what `grade` returns
    """
    out = Path(out)
    pages.write(out / "run.json", json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    for each in tqdm(book.outcomes(), "writing", len(book), unit="page", disable=None):
        pages.write(
            out / "feedback" / pages.safe(each.learner) / f"{pages.safe(each.lesson)}.html",
            pages.feedback(each.learner, each.lesson, each.parts, each.notes),
        )
    pages.write(out / "grades.csv", pages.grades(*book.points(), record["learners"]))
    found = report.survey(book, weeks.rows(book))
    pages.write(out / "heatmap.html", pages.heatmap_page(*found["map"]))
    pages.write(out / "heatmap.png", pages.heatmap_picture(*found["map"]))
    pages.write(out / "report.html", report.as_page(found))
