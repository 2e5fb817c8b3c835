"""The syllabus of the course, in Markdown: outcomes, what a student must know, exercises, exam, chapters, and schedules."""

from typing import NamedTuple

from lessonkit.classroom.exam.questions import questions_of as exam_questions
from lessonkit.classroom.lessons import Lesson
from lessonkit.judging.items.spaces import Seat
from lessonkit.teaching.hall import Hall
from lessonkit.teaching.packages import Assignment, assignment_of

BOOKS = {
    "d2l": "A. Zhang, Z. C. Lipton, M. Li and A. J. Smola, *Dive into Deep Learning*, https://d2l.ai",
    "UDL": "S. J. D. Prince, *Understanding Deep Learning*, MIT Press, https://udlbook.github.io/udlbook",
}
KNOWN = ("what a gradient is", "a little Python")  # what all lessons need
MOST_HOME = 180  # minutes of a week
EXAM = {
    "version": "a version to write",
    "two_steps": "two steps by hand",
    "mistake": "a mistake to find and put right",
    "trace": "the mistake behind some numbers",
}
PARTS = {
    "rule": "the rule",
    "by_hand": "by hand",
    "experiment": "a run",
    "tests": "a test to write",
    "version": "a version of one's own",
    "what": "whose mistake?",
    "trace": "which mistake made these numbers?",
}


class Week(NamedTuple):
    """A week: the numbers of its lessons, one class each, and what else happens."""

    lessons: tuple
    also: str = ""


class Schedule(NamedTuple):
    """A course: how long a class is, in minutes, and the weeks."""

    minutes: int
    weeks: list


SCHEDULES = {
    4: Schedule(
        75,
        [
            Week(("00", "01", "02")),
            Week(("03", "04", "05")),
            Week(("06", "08")),
            Week(("09", "10"), "then the exam on paper: 01 to 06, and 08"),
        ],
    ),
    8: Schedule(
        75,
        [
            Week(("00", "01")),
            Week(("02",)),
            Week(("03",)),
            Week(("04",)),
            Week(("05",)),
            Week(("06", "07")),
            Week(("08", "09")),
            Week(("10",), "then the exam on paper: 03 to 08"),
        ],
    ),
    11: Schedule(50, [Week((f"{number:02}",)) for number in range(11)]),
    14: Schedule(
        90,
        [
            Week(("00",)),
            Week(("01",)),
            Week(("02",)),
            Week(("03",)),
            Week(("04",)),
            Week(("05",)),
            Week((), "first exam on paper: 01 to 05; its mistakes in class"),
            Week(("06",)),
            Week(("07",)),
            Week(("08",)),
            Week(("09",)),
            Week(("10",)),
            Week((), "the mistakes of the class, from `lessonkit report`, once more"),
            Week((), "exam on paper: 06 to 10"),
        ],
    ),
}


def syllabus(lessons: dict[str, Lesson], halls: dict[str, Hall]) -> str:
    """The syllabus, in Markdown.

    Parameters
    ----------
    lessons : dict of name → Lesson
    halls : dict of name → Hall, of the same lessons
    """
    return "\n\n".join(
        [
            "# Syllabus: optimization for deep networks",
            _outcomes(halls),
            _prerequisites(halls),
            _lessons(lessons, halls),
            _chapters(halls),
            "## Schedules",
            "Each lesson has one class. Homework is the parts of the lesson that the class leaves for home, as its headings time them, and "
            f"the exercises. A week is meant to have no more than {MOST_HOME // 60} hours of it. Who misses a class needs the minutes of the lesson "
            "alone instead.",
            *(_schedule(weeks, each, lessons, halls) for weeks, each in SCHEDULES.items()),
        ]
    )


def _outcomes(halls):
    parts = ["## Outcomes", "After the course a student can …"]
    for hall in halls.values():
        parts += [f"### {hall.title}", "\n".join(f"- {each}" for each in hall.plan.outcomes)]
    return "\n\n".join(parts)


def _prerequisites(halls):
    words = dict.fromkeys(
        [*KNOWN, *(each for hall in halls.values() for each in hall.plan.needs if not each.isdigit())]
    )
    return "## What a student must know\n\n" + "\n".join(f"- {each}" for each in words)


def _lessons(lessons, halls):
    rows = []
    for name, hall in halls.items():
        needs = ", ".join(each for each in hall.plan.needs if each.isdigit()) or "–"
        kinds = dict.fromkeys(PARTS[part.kind] for part in lessons[name].parts if part.kind in PARTS)
        told = assignment_of(lessons[name])
        exam = dict.fromkeys(EXAM[each.kind] for each in exam_questions(lessons[name], Seat("syllabus")))
        exercises = f"{'; '.join(kinds)} ({told.points:g} points, {told.minutes} min)"
        alone = sum(own for _, own in hall.parts)
        outcomes = "; ".join(hall.plan.outcomes)
        rows.append(f"| {hall.title} | {needs} | {alone} | {outcomes} | {exercises} | {'; '.join(exam) or '–'} |")
    return "\n".join(
        [
            "## Lessons, outcomes, exercises, exam",
            "",
            "The outcomes of a lesson are asked by its exercises and, in versions that no exercise shows, by its exam items. The minutes are those "
            "of a student who works through the lesson alone.",
            "",
            "| lesson | needs | minutes alone | a student can | exercises | exam items |",
            "|---|---|---|---|---|---|",
            *rows,
        ]
    )


def _chapters(halls):
    rows = []
    for hall in halls.values():
        of = {
            book: [each.removeprefix(book).strip() for each in hall.plan.chapters if each.startswith(book)]
            for book in BOOKS
        }
        rows.append(f"| {hall.title} | {' | '.join('; '.join(each) or '–' for each in of.values())} |")
    books = "\n".join(f"- {book}: {words}" for book, words in BOOKS.items())
    return "\n".join(["## Chapters to read beside", "", books, "", "| lesson | d2l | UDL |", "|---|---|---|", *rows])


def home_minutes(hall: Hall, minutes: int, exercise: Assignment) -> int:
    """The homework that a class of so many minutes leaves of a lesson, with its exercises."""
    return sum(own for _, own, place in hall.places(minutes) if place == "home") + exercise.minutes


def week_minutes(week: Week, minutes: int, lessons: dict[str, Lesson], halls: dict[str, Hall]) -> tuple[int, int]:
    """What a week takes in class and at home, in minutes."""
    names = [name for name in halls if name[:2] in week.lessons]
    home = sum(home_minutes(halls[name], minutes, assignment_of(lessons[name])) for name in names)
    return minutes * len(week.lessons), home


def _schedule(count, schedule, lessons, halls):
    titles = {hall.name[:2]: hall.title for hall in halls.values()}
    rows, over = [], []
    for number, week in enumerate(schedule.weeks, start=1):
        hall, home = week_minutes(week, schedule.minutes, lessons, halls)
        what = "; ".join([*(titles.get(each, each) for each in week.lessons), *[week.also] * bool(week.also)])
        rows.append(f"| {number} | {what} | {hall or '–'} | {home or '–'} |")
        over += [f"week {number} ({home} min)"] if home > MOST_HOME else []
    hours = f"{MOST_HOME // 60} hours"
    said = (
        f"More than {hours} of homework: {', '.join(over)}. Leave out some tasks of the exercises there, or take more classes."
        if over
        else f"No week has more than {hours} of homework."
    )
    return "\n".join(
        [
            f"### {count} weeks, classes of {schedule.minutes} minutes",
            "",
            "| week | lessons | minutes in class | minutes at home |",
            "|---|---|---|---|",
            *rows,
            "",
            " ".join([*_left_out(schedule, halls), said]),
        ]
    )


def _left_out(schedule, halls):
    """Which lessons a schedule leaves out, and which of its lessons need them: sentences."""
    kept = {number for week in schedule.weeks for number in week.lessons}
    needed = {hall.name[:2]: [each for each in hall.plan.needs if each.isdigit()] for hall in halls.values()}
    if left := sorted(needed.keys() - kept):
        yield f"Left out: {', '.join(left)}."
        for number in sorted(kept):
            if lacking := [each for each in needed.get(number, []) if each in left]:
                yield f"Lesson {number} needs {' and '.join(lacking)}: say in class what it takes from there."
