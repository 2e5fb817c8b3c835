"""Writes down all that came of grading, for people: grades, feedback, map, report, and the record of the run."""

import json
from pathlib import Path

from tqdm import tqdm

from lessonkit.classroom import files
from lessonkit.classroom.reports import grades_csv, mistake_map, mistakes_by_week, pages, report, survey


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
    files.write(out / "grades.csv", grades_csv.grades(*book.points(), record["learners"]))
    found = survey.survey(book, mistakes_by_week.rows(book))
    files.write(out / "heatmap.html", mistake_map.heatmap_page(*found["map"]))
    files.write(out / "heatmap.png", mistake_map.heatmap_picture(*found["map"]))
    files.write(out / "report.html", report.as_page(found))
