"""The questions of an exam: the tasks of the exercises that need no computer, with versions that no exercise shows."""

import math
from typing import NamedTuple

from lessonkit.classroom.lessons import Lesson
from lessonkit.judging.experiments import TWO_STEPS, experiment
from lessonkit.judging.items.answers import right_answer
from lessonkit.judging.items.spaces import SPACES, spec_of
from lessonkit.judging.items.which_mistake import which_mistake
from lessonkit.judging.items.whose_mistake import whose_mistake
from lessonkit.judging.items.your_version import mistakes_of, your_version
from lessonkit.rules.registry import REGISTRY

POINTS = {"version": 6, "two_steps": 4, "mistake": 5, "trace": 2}
EARNS = {  # kind → (points, what for)
    "version": [(4, "each line computes what the formula says; a slip of syntax costs nothing"), (2, "{returned}")],
    "two_steps": [
        (3, "the lines of the formula are written down with their numbers"),
        (1, "the result is right to three digits"),
    ],
    "mistake": [(1, "what the code computes"), (1, "the line"), (3, "the line as it should be, in this version")],
    "trace": [(2, "the sentence; the numbers need not be computed all")],
}
MINUTES = {"version": 12, "two_steps": 6, "mistake": 12, "trace": 8}  # as for the same tasks in the exercises
BOXES = {  # kind → the boxes for answers: (label, lines)
    "version": (("", 9),),
    "two_steps": (("", 9),),
    "mistake": (("Number of the sentence", 1), ("Number of the line", 1), ("The line as it should be", 2)),
    "trace": (("Number of the sentence", 1),),
}


class Question(NamedTuple):
    """A question of one seat.

    kind : str, one of `POINTS`
    exercise : str
    text : str, in Markdown
    answer : str, what is right
    """

    kind: str
    exercise: str
    text: str
    answer: str

    @property
    def points(self):
        """What it is worth."""
        return POINTS[self.kind]

    @property
    def boxes(self):
        """The boxes for the answer: tuple of (label, lines)."""
        return BOXES[self.kind]

    @property
    def earns(self):
        """What earns points: list of (points, what for)."""
        return [(points, words.format(returned=_returned(self.exercise))) for points, words in EARNS[self.kind]]


def questions_of(lesson: Lesson, seat: str) -> list[Question]:
    """The questions of a lesson for one seat, in the order of the lesson's exercises."""
    found = []
    for part in lesson.parts:
        exercise = part.exercise
        if part.kind == "version":
            code = right_answer("version", exercise, exercise, seat)
            text = f"{your_version(exercise, seat).text}\n\nImport nothing; NumPy is `np`."
            found.append(Question("version", exercise, text, code))
            if exercise in TWO_STEPS:
                asked = experiment(f"two_steps_{exercise}", seat)
                found.append(Question("two_steps", exercise, asked.text, f"{asked._value:.5g}"))
        elif part.kind == "what":
            task = whose_mistake(exercise, seat)
            code = right_answer("repair", exercise, f"repaired_{exercise}", seat)
            line = f"    {code.splitlines()[task._line - 1].strip()}"
            text = f"{task.text}\n\nWrite that line as it should be."
            found.append(
                Question("mistake", exercise, text, f"Sentence {_named(task.what)}\nLine {task._line}:\n{line}")
            )
        elif part.kind == "trace":
            choice = which_mistake(exercise, seat)
            found.append(Question("trace", exercise, choice.text, f"Sentence {_named(choice)}"))
    return found


def minutes_for(questions):
    """The suggested time for some questions, in minutes, rounded up to five."""
    return 5 * math.ceil(sum(MINUTES[each.kind] for each in questions) / 5)


def _returned(exercise):
    """What must be right about what a function returns, in words."""
    kind = REGISTRY[exercise].kind if exercise in REGISTRY else "rule"
    if kind == "schedule":
        return "the rate is returned for each step"
    returns = SPACES[exercise].returns or ["the new θ", *spec_of(exercise)[2]]
    what = "the gradients and the norm" if kind == "clip" else ", ".join(returns)
    return f"what is returned is {what}{', in this order' if kind == 'clip' or len(returns) > 1 else ''}; nothing that came in is changed"


def _named(choice):
    """The right sentence of a choice, and which mistake each one is about."""
    listed = [f"{number} is “{name}”" for number, name in enumerate(choice._names, start=1)]
    return f"{choice._right}  ({'; '.join(listed)})"


def misconceptions(exercise):
    """The known mistakes of an exercise: list of (name, what it computes, the question that shows it)."""
    return list({each.name: (each.name, each.why, each.question) for each in mistakes_of(exercise)}.values())
