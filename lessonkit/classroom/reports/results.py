"""Writes the results of grading: grades, feedback, map, report, and the record of the run."""

import json
from pathlib import Path

from tqdm import tqdm

from lessonkit.classroom import files
from lessonkit.classroom.reports import grades_csv, mistake_map, mistakes_by_week, pages, report, survey


def write_all(book, out, record):
    """Write everything but the gradebook itself.

    Parameters
    ----------
    book : Book
    out : path of the folder
    record : dict, what `grade` returns; it becomes run.json
    """
    files.write(Path(out) / "run.json", json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    write_pages(book, out, record["learners"])


def write_pages(book, out, learners):
    """Write what people read: feedback, grades.csv, heatmap.html and .png, report.html.

    Parameters
    ----------
    book : Book
    out : path of the folder
    learners : list of str, the learners of the roster
    """
    out = Path(out)
    for each in tqdm(book.outcomes(), "writing", len(book), unit="page", disable=None):
        files.write(
            out / "feedback" / files.safe(each.learner) / f"{files.safe(each.lesson)}.html",
            pages.feedback(each.learner, each.lesson, each.parts, each.notes),
        )
    files.write(out / "grades.csv", grades_csv.grades(*book.points(), learners))
    found = survey.survey(book, mistakes_by_week.rows(book))
    files.write(out / "heatmap.html", mistake_map.heatmap_page(*found["map"]))
    files.write(out / "heatmap.png", mistake_map.heatmap_picture(*found["map"]))
    files.write(out / "report.html", report.as_page(found))
