"""Questions for a learning management system: those of the lessons, and exam items with a variant for each seat."""

import re
from typing import NamedTuple

from lessonkit.classroom.exam.questions import questions_of as exam_questions
from lessonkit.classroom.lessons import Lesson
from lessonkit.judging.by_hand import by_hand
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.experiments import experiment
from lessonkit.judging.given_numbers import tolerance
from lessonkit.judging.items.choices import Choice
from lessonkit.judging.items.spaces import Seat
from lessonkit.judging.items.which_mistake import which_mistake
from lessonkit.judging.items.whose_mistake import whose_mistake
from lessonkit.teaching.lesson_tasks import questions_of
from lessonkit.teaching.solutions import TOLD, Wrong

VARIANTS = 5  # of each exam item
SENTENCE = re.compile(r"^\d+\. (.+)$", re.MULTILINE)


class Answer(NamedTuple):
    """An answer to an item: an option to choose, or a number to type.

    text : str, in Markdown; or the number
    right : bool
    feedback : str, in Markdown, for who gives it
    tolerance : float, of a number
    """

    text: str
    right: bool
    feedback: str
    tolerance: float = 0


class Item(NamedTuple):
    """A question as a system stores it.

    name : str, another one for each item
    kind : str, ``"choice"``, ``"number"`` or ``"text"``
    text : str, in Markdown
    points : float
    answers : list of Answer, the right one first for a number; empty for a text
    key : str, in Markdown, what is right and what earns points; for a text only
    """

    name: str
    kind: str
    text: str
    points: float
    answers: list
    key: str = ""


def quiz_of(lesson: Lesson) -> list[Item]:
    """The questions of a lesson and of its exercises, with the reason for each option as feedback."""
    return [
        Item(name, "choice", asked.question, 1, [Answer(each.text, each.right, each.reason) for each in asked.options])
        for folder in ("notebooks", "exercises")
        for name, asked in questions_of(f"{folder}/{lesson.name}").items()
    ]


def bank_of(lesson: Lesson, seed: int) -> list[Item]:
    """The exam items of a lesson, `VARIANTS` of each, with the answers that known mistakes give.

    Parameters
    ----------
    lesson : Lesson
    seed : int
        Draws numbers and versions. Who knows it can compute the key.
    """
    items = []
    for variant in range(1, VARIANTS + 1):
        seat = Seat(f"bank {seed}, variant {variant}")
        for part in lesson.parts:
            if part.kind == "by_hand":
                items.append(_by_hand(part.exercise, seat, f"{lesson.name}-{part.exercise}-by-hand-{variant}"))
        for question in exam_questions(lesson, seat):
            items += ITEMS[question.kind](
                question, seat, f"{lesson.name}-{question.exercise}-{question.kind}-{variant}"
            )
    return items


def _by_hand(exercise, seat, name):
    question = by_hand(exercise, seat)
    return _number(
        name, question.text, 1, question.value_of(EXERCISES[exercise].source), TOLD["by_hand"](exercise, seat)[2]
    )


def _two_steps(question, seat, name):
    asked = experiment(f"two_steps_{question.exercise}", seat)
    wrong = TOLD["experiment"](asked.name, seat)[2]
    return [_number(name, f"{asked.text} Three significant digits are enough.", question.points, asked._value, wrong)]


def _number(name, text, points, right, wrong: list[Wrong]):
    """An item whose answer is a number; wrong numbers that known mistakes give have feedback."""
    known = [
        Answer(
            each.answer, False, " ".join(filter(None, [each.why, each.question])), float(tolerance(float(each.answer)))
        )
        for each in wrong
        if each.why
    ]
    return Item(name, "number", text, points, [Answer(f"{right:.8g}", True, "Right.", float(tolerance(right))), *known])


def _version(question, seat, name):
    return [Item(name, "text", question.text, question.points, [], _key(question.answer, question.earns))]


def _mistake(question, seat, name):
    task = whose_mistake(question.exercise, seat)
    shared = task.text.split("\n\n**What does the code compute?**")[0]
    (what, _), (line, _), (repair, words) = question.earns
    asked = f"{shared}\n\n**In which line is the mistake?** Each line ends with its number."
    right_line = question.answer.split("\n", 2)[2].strip()
    return [
        _choice(f"{name}-what", f"{shared}\n\n**What does the code compute?**", what, task.what),
        Item(f"{name}-line", "number", asked, line, [Answer(str(task._line), True, "Right.")]),
        Item(f"{name}-repair", "text", f"{shared}\n\n**Write that line as it should be.**", repair, [], _key(right_line, [(repair, words)])),
    ]  # fmt: skip


def _trace(question, seat, name):
    asked = which_mistake(question.exercise, seat)
    return [_choice(name, asked.text.rpartition("\n\n")[0], question.points, asked)]


ITEMS = {"version": _version, "two_steps": _two_steps, "mistake": _mistake, "trace": _trace}


def _choice(name, text, points, asked: Choice):
    """An item with the sentences of a choice as its options."""
    sentences = SENTENCE.findall(asked.text.rpartition("\n\n")[2])
    options = [
        Answer(sentence, number == asked._right, "Right." if number == asked._right else reason)
        for number, (sentence, reason) in enumerate(zip(sentences, asked._reasons, strict=True), start=1)
    ]
    return Item(name, "choice", text, points, options)


def _key(answer, earns):
    """What is right, and what earns points."""
    rows = "\n".join(f"- {points} {'point' if points == 1 else 'points'}: {words}" for points, words in earns)
    return f"```python\n{answer}\n```\n\n{rows}"
