"""Writes what an instructor keeps: the answers to everything that lessons and exercises ask, and packages for other systems."""

import re
from pathlib import Path

from lessonkit.classroom import files
from lessonkit.classroom.lessons import all_lessons, lesson_called
from lessonkit.teaching.deck import templates
from lessonkit.teaching.edition import edition
from lessonkit.teaching.hall import hall_of, lessons_with_slides
from lessonkit.teaching.items import bank_of, quiz_of
from lessonkit.teaching.lesson_tasks import questions_of, tasks_of
from lessonkit.teaching.packages import assignment_of, canvas_cartridge, moodle_xml
from lessonkit.teaching.solutions import lessons_folder, solutions_of, solved_notebook
from lessonkit.teaching.syllabus import syllabus

TITLES = {
    "rule": "{}: write it",
    "by_hand": "{}: by hand",
    "experiment": "{}: a run",
    "tests": "{}: write its test",
    "version": "{}: a version of one's own",
    "what": "{}, whose mistake: what the code computes",
    "line": "{}, whose mistake: the line",
    "repair": "{}, whose mistake: put right",
    "trace": "{}: which mistake made these numbers",
}
LESSON_LINK = re.compile(r'<a href="(\d\d-[\w-]+)\.html[^>]*>(.*?)</a>', re.DOTALL)
PLACES = (("In the lesson", "notebooks"), ("In the exercises", "exercises"))


def write(names: list[str], learner: str, seed: int, out: Path) -> list[Path]:
    """Write an instructor's folder.

    Parameters
    ----------
    names : list of str
        Lessons such as ``"05-adam"``, or their numbers; none for all.
    learner : str
        For whom the exercises are solved: numbers and versions follow from a learner's name.
    seed : int
        Draws the exam items of the packages.
    out : path of a folder

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    FileNotFoundError
        In an installed wheel, which has no text of a solution.
    ValueError
        No lesson of that name, or a learner that is no name.
    """
    lessons_folder()
    known = all_lessons()
    chosen = dict.fromkeys(lesson_called(name, known) for name in names) or known
    lessons = [known[name] for name in chosen]
    assignments = [assignment_of(lesson) for lesson in lessons]
    quizzes = {lesson.name: quiz_of(lesson) for lesson in lessons}
    banks = {lesson.name: bank_of(lesson, seed) for lesson in lessons}
    halls = {name: hall_of(name) for name in lessons_with_slides()}
    # Without the minutes in class of all lessons, there is no schedule.
    told = syllabus(known, halls) if halls.keys() == known.keys() else ""
    made = {
        "index.html": _page(
            "index.html",
            "For instructors",
            assignments=assignments,
            halls=halls,
            learner=learner,
            has_syllabus=bool(told),
        ),
        **({"syllabus.md": told, "syllabus.html": _page("text.html", "Syllabus", text=told)} if told else {}),
        "exam-items.html": _page("exam-items.html", "Exam items: key", banks=banks, seed=seed),
        "moodle.xml": moodle_xml(quizzes, banks),
        "canvas.imscc": canvas_cartridge(quizzes, banks, assignments),
    }
    for lesson in lessons:
        if lesson.name in halls:
            made[f"{lesson.name}-edition.html"] = _relinked(edition(halls[lesson.name]), halls.keys() & quizzes.keys())
        made[f"{lesson.name}-answers.html"] = answers_page(lesson, learner)
        made[f"{lesson.name}-solved.ipynb"] = solved_notebook(lesson, learner)
    for name, content in made.items():
        files.write(Path(out) / name, content)
    return [Path(out) / name for name in made]


def answers_page(lesson, learner):
    """The answers to everything that a lesson and its exercises ask, as HTML; the exercises for one learner."""
    asked = [(place, questions_of(f"{folder}/{lesson.name}")) for place, folder in PLACES]
    return _page(
        "answers.html",
        f"{lesson.name}: answers",
        lesson=lesson,
        learner=learner,
        asked=[(place, questions) for place, questions in asked if questions],
        tasks=tasks_of(lesson.name),
        solutions=solutions_of(lesson, learner),
        titles=TITLES,
    )


def _relinked(page, names):
    """An edition whose links to other lessons lead to their editions, or nowhere if these are not written."""

    def other(link):
        name, words = link.groups()
        return f'<a href="{name}-edition.html">{words}</a>' if name in names else words

    return LESSON_LINK.sub(other, page)


def _page(template, title, **values):
    return templates().get_template(template).render(title=title, **values)
