"""Writes the papers of an exam, its key and its rubric, as HTML and, with Chromium, as PDF."""

import functools
from pathlib import Path

from markupsafe import Markup

from lessonkit.classroom import files
from lessonkit.classroom.exam.questions import minutes_for, misconceptions, questions_of
from lessonkit.classroom.lessons import all_lessons, lesson_called
from lessonkit.classroom.printing import NO_CHROMIUM, as_pdf, chromium
from lessonkit.judging.items.spaces import Seat
from lessonkit.judging.templating import environment

MOST = 1000  # seats


def write_exam(names, seed, seats, out):
    """Write an exam.

    Parameters
    ----------
    names : list of str, lessons such as ``"05-adam"``, or their numbers
    seed : int
        Draws the questions; the same seed gives the same exam. Who knows it can compute the key.
    seats : int, from 1 to 1000
    out : path of a folder

    Returns
    -------
    list of Path
        The files written.
    str
        Why there is no PDF; empty if there is one.

    Raises
    ------
    ValueError
        A lesson that is not there or has no question for paper, or a number of seats out of its range.
    """
    if not 1 <= seats <= MOST:
        raise ValueError(f"--seats must be a number from 1 to {MOST}, got {seats}")
    known = all_lessons()
    lessons = [known[lesson_called(name, known)] for name in dict.fromkeys(names)]
    papers = []
    for number in range(1, seats + 1):
        seat = Seat(f"exam {seed}, seat {number}")
        papers.append((number, [(lesson.name, each) for lesson in lessons for each in questions_of(lesson, seat)]))
    if without := [lesson.name for lesson in lessons if not questions_of(lesson, Seat(f"exam {seed}, seat 1"))]:
        raise ValueError(f"{without[0]} has no question that can be answered on paper; leave it out")
    exercises = dict.fromkeys(each.exercise for _, questions in papers for _, each in questions)
    values = {
        "title": "Exam: " + ", ".join(lesson.name for lesson in lessons),
        "papers": papers,
        "total": sum(each.points for _, each in papers[0][1]),
        "minutes": minutes_for([each for _, each in papers[0][1]]),
        "misconceptions": {exercise: misconceptions(exercise) for exercise in exercises},
    }
    pages = [Path(out) / f"{name}.html" for name in ("papers", "key", "rubric")]
    for page in pages:
        files.write(page, _templates().get_template(page.name).render(values))
    browser = chromium()
    if browser is None:
        return pages, NO_CHROMIUM
    return pages + [as_pdf(browser, page, page.with_suffix(".pdf")) for page in pages], ""


@functools.cache
def _templates():
    made = environment(Path(__file__).parent / "templates")
    made.filters["markdown"] = _html
    return made


def _html(text):
    """A text of the course in Markdown as HTML. Nothing in it comes from learners."""
    from nbconvert.filters import markdown2html  # comes with JupyterLab

    return Markup(markdown2html(text))
