"""Writes down all that came of grading, for people: grades, feedback, map, report, and the record of the run."""

import json
from pathlib import Path

from tqdm import tqdm

from lessonkit.classroom import files
from lessonkit.classroom.reports import mistakes_by_week, pages, report


def write_all(book, out, record):
    """Everything but the gradebook itself: grades.csv, feedback, heatmap.html and .png, report.html, run.json.

    Parameters
    ----------
    book : Book
    out : path of the folder
    record : dict, what `grade` returns
    """
    out = Path(out)
    files.write(out / "run.json", json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    for each in tqdm(book.outcomes(), "writing", len(book), unit="page", disable=None):
        files.write(
            out / "feedback" / files.safe(each.learner) / f"{files.safe(each.lesson)}.html",
            pages.feedback(each.learner, each.lesson, each.parts, each.notes),
        )
    files.write(out / "grades.csv", pages.grades(*book.points(), record["learners"]))
    found = report.survey(book, mistakes_by_week.rows(book))
    files.write(out / "heatmap.html", pages.heatmap_page(*found["map"]))
    files.write(out / "heatmap.png", pages.heatmap_picture(*found["map"]))
    files.write(out / "report.html", report.as_page(found))
