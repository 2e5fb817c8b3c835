"""The exercise notebooks and their parts that give points, read from the course's own notebooks."""

import json
import re
from pathlib import Path
from typing import NamedTuple

SOLUTION = re.compile(r"^( *)### BEGIN SOLUTION\n(?:.*\n)*?\1### END SOLUTION\n?", re.MULTILINE)  # nbgrader's marks
MARKS = {  # kind of part → what the cell that gives its points says
    "rule": re.compile(r'assert judge\("(\w+)", \1\)\.passed'),
    "by_hand": re.compile(r'assert by_hand\("(\w+)", learner\)\.check\(answer_\1\)\.passed'),
    "experiment": re.compile(r'assert experiment\("(\w+)", learner\)\.check\(answer_\1\)\.passed'),
    "tests": re.compile(r'assert check_tests\(test_(\w+), "\1"\)\.passed'),
    "version": re.compile(r'assert your_version\("(\w+)", learner\)\.check\(\1\)\.passed'),
    "what": re.compile(r'assert whose_mistake\("(\w+)", learner\)\.what\.check\(what_\1\)\.passed'),
    "line": re.compile(r'assert whose_mistake\("(\w+)", learner\)\.check_line\(line_\1\)\.passed'),
    "repair": re.compile(r'assert whose_mistake\("(\w+)", learner\)\.check_code\(repaired_\1\)\.passed'),
    "trace": re.compile(r'assert which_mistake\("(\w+)", learner\)\.check\(trace_\1\)\.passed'),
}
# Kind of part → the grade_id of the answer's cell, and the name that it defines; {} is the exercise.
CELLS = {
    "rule": "{}",
    "by_hand": "{}_answer",
    "experiment": "{}_answer",
    "tests": "test_{}",
    "version": "{}",
    "what": "{}_what",
    "line": "{}_line",
    "repair": "repaired_{}",
    "trace": "{}_trace",
}
NAMES = {
    "rule": "{}",
    "by_hand": "answer_{}",
    "experiment": "answer_{}",
    "tests": "test_{}",
    "version": "{}",
    "what": "what_{}",
    "line": "line_{}",
    "repair": "repaired_{}",
    "trace": "trace_{}",
}
NUMBERS = ("by_hand", "experiment", "what", "line", "trace")  # kinds whose answer is a number
OWN = (*NUMBERS, "version", "repair")  # kinds that ask each learner something else


class Part(NamedTuple):
    """Something to answer.

    cell : str, the grade_id of the cell for the answer
    name : str, what the answer defines there
    kind : str, one of `MARKS`
    exercise : str, such as ``"adam"``
    points : float
    start : str, the source of the cell when it is released
    """

    cell: str
    name: str
    kind: str
    exercise: str
    points: float
    start: str = ""


class Lesson(NamedTuple):
    """An exercise notebook.

    name : str, such as ``"05-adam"``
    version : str, another one if the questions have changed
    parts : tuple of Part
    """

    name: str
    version: str
    parts: tuple


def course_folder():
    """The folder with `notebooks` and `exercises`: the package, if a wheel is installed, or the folder around it in a clone."""
    package = Path(__file__).parents[1]
    for folder in (package, package.parent):
        if (folder / "exercises" / "00-start.ipynb").exists():
            return folder
    raise FileNotFoundError(
        f"the lessons are missing: expected exercises/00-start.ipynb in {package} or in {package.parent}; "
        "install lessonkit again, or use a whole clone of the course"
    )


def exercises_folder():
    """The folder of the course's own exercise notebooks."""
    return course_folder() / "exercises"


def all_lessons():
    """Every lesson by its name, such as ``"05-adam"``."""
    return {path.stem: lesson_of(path) for path in sorted(exercises_folder().glob("*.ipynb"))}


def lesson_of(path):
    """The lesson of one of the course's own notebooks; ValueError if it has a cell that cannot be graded."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = [(cell["metadata"].get("nbgrader", {}), "".join(cell["source"])) for cell in notebook["cells"]]
    starts = {told.get("grade_id"): source for told, source in cells}
    parts = []
    for told, source in cells:
        if told.get("grade"):
            kind, exercise = _graded(source, f"{path.name}: no way to grade the cell {told['grade_id']!r}")
            cell, name = CELLS[kind].format(exercise), NAMES[kind].format(exercise)
            parts.append(Part(cell, name, kind, exercise, told["points"], starts.get(cell, "")))
    return Lesson(path.stem, notebook["metadata"].get("lessonkit", {}).get("version", ""), tuple(parts))


def _graded(source, otherwise):
    """The kind and the exercise that a cell gives points for; ValueError with the words `otherwise` if it is none of `MARKS`."""
    for kind, pattern in MARKS.items():
        if found := pattern.fullmatch(source):
            return kind, found[1]
    raise ValueError(otherwise)


def lesson_called(name, lessons):
    """The name of the lesson that is called ``"05-adam"``, ``"05"`` or ``"5"``; ValueError if there is none."""
    for each in lessons:
        if name.zfill(2) in (each, each.split("-")[0]):
            return each
    raise ValueError(f"no lesson is called {name!r}; expected one of {', '.join(lessons)}")


def without_solution(source):
    """A cell's source as learners get it: a line to write in stands for what is between nbgrader's marks, and the marks are gone."""
    return SOLUTION.sub(r"\1raise NotImplementedError  # write it here\n", source).rstrip("\n")
