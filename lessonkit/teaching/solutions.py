"""The right answer to each part of an exercise for one learner, and the wrong ones that are known, with what they tell."""

import difflib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from lessonkit.classroom.lessons import Lesson, Part, course_folder, exercises_folder
from lessonkit.judging.by_hand import by_hand
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.experiments import experiment
from lessonkit.judging.given_numbers import near
from lessonkit.judging.items.answers import right_answer
from lessonkit.judging.items.spaces import SPACES, asked_for, drawn_version
from lessonkit.judging.items.tracing import with_mistake
from lessonkit.judging.items.which_mistake import which_mistake
from lessonkit.judging.items.whose_mistake import whose_mistake
from lessonkit.judging.items.your_version import mistakes_of, your_version
from lessonkit.judging.learners_tests import versions as tried
from lessonkit.judging.versions import changed, fits

LONG = re.compile(r"-?\d+\.\d{6,}(?:e[+-]?\d+)?")  # a number with more digits than a person writes


class Wrong(NamedTuple):
    """A wrong answer that is known.

    answer : str, what is seen: a number, the lines of the code that differ, or a sentence
    name : str, of the mistake
    why : str, what it computes
    question : str, what to ask who gave it
    """

    answer: str
    name: str
    why: str
    question: str


class Solution(NamedTuple):
    """A part of an exercise, answered for one learner.

    part : Part
    task : str, what the learner is asked, in Markdown; empty where the part before asks the same
    answer : str, the source of the cell
    anyone : str, what holds for all learners, in Markdown
    wrong : list of Wrong
    """

    part: Part
    task: str
    answer: str
    anyone: str
    wrong: list


def solutions_of(lesson: Lesson, learner: str) -> list[Solution]:
    """All parts of an exercise notebook, answered for a learner, in their order."""
    return [Solution(part, *_told(part, learner)) for part in lesson.parts]


def answer_of(part: Part, learner: str, lessons: Path | None = None) -> str:
    """The source of a right answer to a part.

    Parameters
    ----------
    part : Part
    learner : str
    lessons : path
        The folder `lessons` of a clone, which has the tests to write; by default the one around this package.

    Raises
    ------
    FileNotFoundError
        The part asks for a test, and the package comes from a wheel: it has no text of a solution.
    """
    if part.kind == "tests":
        return ((lessons or lessons_folder()) / "solutions" / f"{part.name}.py").read_text(encoding="utf-8")
    answer = right_answer(part.kind, part.exercise, part.name, learner)
    if part.kind == "by_hand" or (part.kind == "experiment" and not experiment(part.exercise, learner)._exact):
        answer = LONG.sub(lambda found: f"{float(found[0]):.6g}", answer)  # its check needs three significant digits
    return f"import numpy as np\n\n\n{answer}\n" if answer.startswith("def ") else f"{answer}\n"


def lessons_folder() -> Path:
    """The folder `lessons` of the clone around this package; FileNotFoundError in an installed wheel."""
    folder = course_folder() / "lessons"
    if not folder.is_dir():
        raise FileNotFoundError(
            f"expected the folder {folder}: what instructors get is in a clone of the course, and not in an installed wheel, "
            "which students have; run this command in a clone"
        )
    return folder


def solved_notebook(lesson: Lesson, learner: str) -> str:
    """The exercise notebook of a learner with all answers written, as JSON."""
    answers = {part.cell: answer_of(part, learner).rstrip("\n") for part in lesson.parts}
    answers["learner"] = f"learner = {json.dumps(learner, ensure_ascii=False)}"
    notebook = json.loads((exercises_folder() / f"{lesson.name}.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
        cell["source"] = answers.get(grade_id, cell["source"])
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _told(part, learner):
    """The rest of a Solution."""
    task, anyone, wrong = TOLD[part.kind](part.exercise, learner)
    return task, answer_of(part, learner), anyone, wrong


def _rule(exercise, learner):
    source = EXERCISES[exercise].source
    anyone = "All learners write the same rule, in any of its right forms."
    return f"Write `{exercise}` as the lesson prints it.", anyone, _versions_with_mistakes(exercise, source)


def _by_hand(exercise, learner):
    question, source = by_hand(exercise, learner), EXERCISES[exercise].source
    right = question.value_of(source)
    known = [each for each in question.slips if each.value is not None and not near(each.value, right)]
    wrong = [
        Wrong(f"{each.value:.4g}", each.convention or each.name, each.why, each.question)
        for each in _once(known, "value")
    ]
    anyone = (
        "Each learner has other numbers. The answer is what the rule computes as the lesson prints it; three significant digits "
        f"are enough:\n\n{_code(source)}"
    )
    return question.text, anyone, wrong


def _experiment(exercise, learner):
    asked = experiment(exercise, learner)
    mistakes = {each.name: each for space in (EXERCISES, SPACES) for key in space for each in mistakes_of(key)}
    wrong = []
    for name, value in asked._readings().items():
        if value is None or asked._is(value, asked._value):
            continue
        known = mistakes.get(name)
        wrong.append(Wrong(f"{value:.6g}", name, known.why if known else "", known.question if known else ""))
    digits = "all digits count" if asked._exact else "three significant digits are enough"
    anyone = (
        "Each learner has a version and settings of their own, so the number is of use to nobody else. The answer is what the "
        f"learner's version gives with these settings; {digits}."
    )
    return asked.text, anyone, wrong


def _version(exercise, learner):
    version = drawn_version(exercise, learner)
    others = [list(dict.fromkeys(words)) for words in zip(*(each.words for each in asked_for(exercise)))]
    listed = "\n".join(f"- {' *or* '.join(words)}" for words in others if len(words) > 1)
    anyone = (
        f"One of {len(asked_for(exercise))} versions is asked of each learner; a right version that was not asked for does not "
        f"count. They differ in this:\n\n{listed}"
    )
    return your_version(exercise, learner).text, anyone, _versions_with_mistakes(exercise, version.source)


def _what(exercise, learner):
    task = whose_mistake(exercise, learner)
    anyone = (
        "Each learner gets another version of the rule with another mistake. Exactly one line is wrong: compare the code with the "
        "formula above it, line by line."
    )
    return task.text, anyone, _sentences(exercise, task.what)


def _line(exercise, learner):
    task = whose_mistake(exercise, learner)
    code = task.text.split("```python\n")[1].split("\n```")[0].splitlines()
    right = drawn_version(exercise, learner, "mistake").source.splitlines()[task._line - 1]
    wrong_line = code[task._line - 1].rpartition("  # ")[0]
    anyone = f"Line {task._line} says\n\n{_code(wrong_line.strip())}\n\nand should say\n\n{_code(right.strip())}"
    return "", anyone, []


def _repair(exercise, learner):
    version = drawn_version(exercise, learner, "mistake")
    anyone = "The formula above the code, as it stands: another right version does not count."
    return "", anyone, _versions_with_mistakes(exercise, version.source)


def _trace(exercise, learner):
    asked = which_mistake(exercise, learner)
    anyone = (
        "Each learner gets other numbers, made by another mistake. Work out the first numbers with the mistake of each sentence: "
        "only one of the four gives what the table shows."
    )
    return asked.text, anyone, _sentences(exercise, asked)


def _tests(exercise, learner):
    right, wrong = tried(exercise)
    mistakes = {each.name: each for each in mistakes_of(exercise)}
    anyone = (
        f"All learners write the same test. It must accept the rule in {len(right)} right forms and reject three quarters of "
        f"{len(wrong)} wrong ones: those below."
    )
    return (
        f"Write a test of `{exercise}`.",
        anyone,
        [Wrong("", name, mistakes[name].why, mistakes[name].question) for name in wrong],
    )


TOLD: dict[str, Callable] = {
    "rule": _rule,
    "by_hand": _by_hand,
    "experiment": _experiment,
    "tests": _tests,
    "version": _version,
    "what": _what,
    "line": _line,
    "repair": _repair,
    "trace": _trace,
}


def _versions_with_mistakes(exercise, source):
    """The known mistakes in a version, each with the lines that tell it."""
    found = []
    for mistake in mistakes_of(exercise):
        change = mistake.change if fits(source, mistake.change) else {}
        text = changed(source, change) if change else with_mistake(source, mistake.name)
        if text and text != source:
            ours, theirs = source.splitlines(), text.splitlines()
            lines = [line[2:].strip() for line in difflib.ndiff(ours, theirs) if line.startswith("+ ")]
            found.append(Wrong("\n".join(lines), mistake.name, mistake.why, mistake.question))
    return _once(found, "answer")


def _sentences(exercise, choice):
    """The sentences of a choice that are not the right one."""
    mistakes = {each.name: each for each in mistakes_of(exercise)}
    return [
        Wrong(str(number), name, mistakes[name].why, mistakes[name].question)
        for number, name in enumerate(choice._names, start=1)
        if number != choice._right
    ]


def _once(found, key):
    """What is found, without what another one looks like."""
    return list({getattr(each, key): each for each in reversed(found)}.values())[::-1]


def _code(source):
    return f"```python\n{source}\n```"
