"""What there is to grade: the parts of each exercise notebook, as the course's own notebooks say."""

import json
import re
from pathlib import Path
from typing import NamedTuple

MARKS = {  # what a cell that gives points says → kind, and how its answer's cell is called
    "rule": re.compile(r'assert judge\("(\w+)", \1\)\.passed'),
    "by_hand": re.compile(r'assert by_hand\("(\w+)", learner\)\.check\(answer_\1\)\.passed'),
    "experiment": re.compile(r'assert experiment\("(\w+)", learner\)\.check\(answer_\1\)\.passed'),
    "tests": re.compile(r'assert check_tests\(test_(\w+), "\1"\)\.passed'),
}
CELLS = {"rule": "{}", "by_hand": "{}_answer", "experiment": "{}_answer", "tests": "test_{}"}
NAMES = {"rule": "{}", "by_hand": "answer_{}", "experiment": "answer_{}", "tests": "test_{}"}


class Part(NamedTuple):
    """One thing to answer: `cell` is the grade_id of its cell, `name` what it defines there, `start` what stands there when it is released."""

    cell: str
    name: str
    kind: str
    exercise: str
    points: float
    start: str = ""


class Lesson(NamedTuple):
    """An exercise notebook. `version` changes when what is asked changes."""

    name: str
    version: str
    parts: tuple


def course_folder():
    """Where the folders `notebooks` and `exercises` are: in the package, as a wheel installs them, or beside it in a clone."""
    package = Path(__file__).parents[1]
    for folder in (package, package.parent):
        if (folder / "exercises" / "00-start.ipynb").exists():
            return folder
    raise FileNotFoundError(
        f"the lessons are missing: expected exercises/00-start.ipynb in {package} or in {package.parent}; "
        "install lessonkit again, or use a whole clone of the course"
    )


def exercises_folder():
    """Where the course's own exercise notebooks are."""
    return course_folder() / "exercises"


def all_lessons():
    """Every lesson by its name, such as ``"05-adam"``."""
    return {path.stem: lesson_of(path) for path in sorted(exercises_folder().glob("*.ipynb"))}


def lesson_of(path):
    """The lesson of one of the course's own notebooks."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    parts, sources = (
        [],
        {cell["metadata"].get("nbgrader", {}).get("grade_id"): "".join(cell["source"]) for cell in notebook["cells"]},
    )
    for cell in notebook["cells"]:
        told = cell["metadata"].get("nbgrader", {})
        if not told.get("grade"):
            continue
        for kind, pattern in MARKS.items():
            if found := pattern.fullmatch("".join(cell["source"])):
                exercise = found[1]
                name = CELLS[kind].format(exercise)
                parts.append(
                    Part(name, NAMES[kind].format(exercise), kind, exercise, told["points"], sources.get(name, ""))
                )
                break
        else:
            raise ValueError(f"{path.name}: no way to grade the cell {told['grade_id']!r}")
    return Lesson(path.stem, notebook["metadata"].get("lessonkit", {}).get("version", ""), tuple(parts))


def lesson_called(name, lessons):
    """The name of the lesson that is called ``"05-adam"``, ``"05"`` or ``"5"``; ValueError where there is none."""
    for each in lessons:
        if name.zfill(2) in (each, each.split("-")[0]):
            return each
    raise ValueError(f"no lesson is called {name!r}; expected one of {', '.join(lessons)}")
