"""How fast a class is graded, beside nbgrader on the same notebooks; and whether a large one adds up.

`make bench-grading` prints submissions a second for a notebook of five rules to write and for every lesson, in turns with
`nbgrader autograde` on the same submissions; then grades classes of 100, 1,000 and 10,000 made submissions, right, wrong, conventional, hostile,
broken and handed in twice, and compares every outcome with what was made.
"""

import copy
import csv
import functools
import json
import os
import runpy
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import classes
from attacks import ATTACKS, attack
from browsers import SITE, nbgrader
from solutions import GOOD_TEST

from lessonkit.classroom.lessons import all_lessons
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.items.answers import right_answer
from lessonkit.judging.versions import changed

TOOL = runpy.run_path(Path(__file__).parents[1] / "tools" / "exercises.py")
LESSON = "03-momentum"
LESSONS = all_lessons()
FIVE = ("sgd", "momentum", "adagrad", "rmsprop", "adam")
KINDS = ("right", "wrong", "conventional", "right", "hostile", "right", "broken", "twice", "empty", "right")
QUICK = [
    name
    for name in ATTACKS
    if not any(word in name for word in ("for ever", "loops", "sleeps", "floods", "late thread", "memory", "disk"))
]


def submission(kind, learner, number):
    """{path: content} of one learner's submission, and the points it should have, None for ungraded."""
    by_hand = {f"{rule}_answer": classes.by_hand_answer(rule, learner) for rule in ("momentum", "nesterov")}
    answers, points = {"nesterov": classes.version("nesterov", learner)}, 8
    exercise = EXERCISES["nesterov"]
    if kind == "wrong":
        sources = [text for mistake in exercise.mistakes if (text := changed(exercise.source, mistake.change))]
        answers["nesterov"], points = sources[number % len(sources)], 2
    if kind == "conventional":
        convention = exercise.conventions[number % len(exercise.conventions)]
        answers["nesterov"], points = changed(exercise.source, convention.change), 2
    if kind == "hostile":
        answers["nesterov"], points = (
            attack(
                QUICK[number % len(QUICK)],
                "nesterov",
                exercise.source,
                exercise.source.split("\n")[0] + "\n    return theta, v\n",
            ),
            2,
        )
    notebook = classes.notebook(LESSON, **({} if kind == "empty" else by_hand | answers))
    path = f"{learner}/{LESSON}.ipynb"
    if kind == "empty":
        return {path: notebook}, 0
    if kind == "broken":
        return {path: b'{"cells": [' + b"x" * number}, None
    if kind == "twice":
        return {path: notebook, f"{learner}/again/{LESSON}.ipynb": classes.notebook(LESSON, **by_hand)}, None
    return {path: notebook}, points


def make(folder, count, kinds=KINDS):
    """A class in a folder; learner → points."""
    truth = {}
    for number in range(count):
        learner = f"learner{number:05}"
        files, truth[learner] = submission(kinds[number % len(kinds)], learner, number // len(kinds))
        for path, content in files.items():
            classes.write(folder / path, content)
    return truth


def graded(folder, out, *options, place=None):
    """Seconds that `lessonkit grade` takes from start to end, and the most memory of one of its processes in MB.

    `place`: where the course is, if not here.
    """
    start = time.perf_counter()
    environment = {**os.environ, "PYTHONPATH": str(place)} if place else None
    run = subprocess.Popen(
        [Path(sys.executable).with_name("lessonkit"), "grade", folder, "--out", out, *options],
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(run.pid, 0)
    assert status == 0
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def check(out, truth):
    """Every submission accounted for, every total as it was made."""
    record = json.loads((out / "run.json").read_text())
    with open(out / "grades.csv", newline="") as stream:
        rows = {row["learner"]: row["total"] for row in csv.DictReader(stream) if row["learner"] != "out of"}
    wrong = {
        learner: (rows.get(learner), points)
        for learner, points in truth.items()
        if rows.get(learner) != (None if points is None else f"{points:g}")
    }
    refused = {each["learner"] for each in record["submissions"] if each["outcome"].startswith("not graded")}
    assert not wrong, dict(list(wrong.items())[:5])
    assert refused == {learner for learner, points in truth.items() if points is None}


def five_exercises():
    """A notebook with five rules to write: of each the course's own cells to write it, to check it, and to give it marks."""
    made = [TOOL["function_cells"]("code", rule) for rule in FIVE]
    own = {cell["metadata"].get("nbgrader", {}).get("grade_id"): cell for cell in classes.RELEASED["05-adam"]["cells"]}
    cells = [
        own["learner"],
        *(cell for cells, _ in made for cell in cells),
        own["judges"],
        *(cell for _, marks in made for cell in marks),
    ]
    return {**classes.RELEASED["05-adam"], "metadata": {}, "cells": [dict(cell) for cell in cells]}


def five_answers(number):
    """The notebook with right answers, of which one in five is wrong, and one follows another convention."""
    sources = {rule: EXERCISES[rule].source for rule in FIVE}
    for rule, known in ((FIVE[number % 5], "mistakes"), (FIVE[(number + 2) % 5], "conventions")):
        changes = [
            text for each in getattr(EXERCISES[rule], known) if (text := changed(EXERCISES[rule].source, each.change))
        ]
        sources[rule] = changes[number % len(changes)] if changes else sources[rule]
    notebook = copy.deepcopy(five_exercises())
    for cell in notebook["cells"]:
        grade_id = cell["metadata"]["nbgrader"]["grade_id"]
        if grade_id in FIVE:
            cell["source"] = f"import numpy as np\n\n\n{sources[grade_id]}"
    return notebook


def lesson_answers(lesson, number):
    """A lesson's notebook of one learner with right answers, of which one is wrong in every second, and rules by other conventions."""
    learner, answers = f"learner{number:05}", {}
    for place, part in enumerate(LESSONS[lesson].parts):
        exercise = EXERCISES.get(part.exercise)
        if part.kind == "rule":
            known = (
                exercise.mistakes
                if number % 2 and place == number % len(LESSONS[lesson].parts)
                else exercise.conventions
            )
            changes = [text for each in known if (text := changed(exercise.source, each.change))] or [exercise.source]
            answers[part.cell] = f"import numpy as np\n\n\n{changes[number % len(changes)]}"
        elif part.kind == "tests":
            answers[part.cell] = GOOD_TEST if number % 4 else GOOD_TEST.replace("40)", "0.1)")
        else:
            wrong = number % 2 and place == number % len(LESSONS[lesson].parts)
            answers[part.cell] = right_answer(part.kind, part.exercise, part.name, "nobody" if wrong else learner)
    return classes.notebook(lesson, learner=f"learner = {learner!r}", **answers)


def site(folder, name, notebook):
    """A course of nbgrader with one assignment, released."""
    course = folder / "course"
    classes.write(course / "source" / name / f"{name}.ipynb", notebook)
    (course / "nbgrader_config.py").write_text('c = get_config()\nc.CourseDirectory.course_id = "course"\n')
    nbgrader(course, "generate_assignment", name, "--create")
    return course


def beside_nbgrader(
    folder, name, notebook, answers, rounds, ours, theirs, ways=(("one worker", ["--workers", "1"]),), place=None
):
    """Submissions a second, start and pages included, of ours in several ways and of nbgrader, in turns."""
    course, rates = site(folder, name, notebook), {what: [] for what in (*(what for what, _ in ways), "nbgrader")}
    for number in range(ours):
        classes.write(folder / "in" / f"learner{number:05}" / f"{name}.ipynb", answers(number))
    for turn in range(rounds):
        for what, options in ways:
            seconds, _ = graded(folder / "in", folder / f"out{turn}{what}", *options, place=place)
            rates[what].append(ours / seconds)
        for number in range(theirs):
            shutil.copytree(
                folder / "in" / f"learner{number:05}", course / "submitted" / f"learner{turn}-{number}" / name
            )
        start = time.perf_counter()
        nbgrader(course, "autograde", name, "--student", f"learner{turn}-*")
        rates["nbgrader"].append(theirs / (time.perf_counter() - start))
    return rates


def course_of_five(folder):
    """The course with one exercise notebook more, that of five rules."""
    (folder / "exercises").mkdir()
    (folder / "lessonkit").symlink_to(Path(__file__).parents[1] / "lessonkit")
    shutil.copy(Path(__file__).parents[1] / "exercises" / "00-start.ipynb", folder / "exercises")
    classes.write(folder / "exercises" / "five.ipynb", five_exercises())
    return folder


def told(name, rates):
    """Print medians and ranges, and how many times the rate of nbgrader in the same turn."""
    for what, each in rates.items():
        ratios = [ours / theirs for ours, theirs in zip(each, rates["nbgrader"])]
        print(
            f"{name}, {what}: {statistics.median(each):.2f} submissions a second ({min(each):.2f} to {max(each):.2f}), "
            f"{statistics.median(ratios):.0f} times nbgrader ({min(ratios):.0f} to {max(ratios):.0f})",
            flush=True,
        )


if __name__ == "__main__":
    os.environ["TQDM_DISABLE"] = "1"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if (SITE / "nbgrader").exists():
            both = ("one worker", ["--workers", "1"]), ("all cores", [])
            (folder / "five").mkdir()
            told(
                "five rules",
                beside_nbgrader(
                    folder / "five",
                    "five",
                    five_exercises(),
                    five_answers,
                    3,
                    2000,
                    20,
                    both,
                    course_of_five(folder / "five"),
                ),
            )
            for lesson in LESSONS:
                told(
                    lesson,
                    beside_nbgrader(
                        folder / lesson,
                        lesson,
                        classes.RELEASED[lesson],
                        functools.partial(lesson_answers, lesson),
                        3,
                        500,
                        4,
                    ),
                )
                shutil.rmtree(folder / lesson)
        for count in (100, 1000, 10_000):
            truth = make(folder / str(count), count)
            seconds, memory = graded(folder / str(count), folder / f"{count}-out")
            check(folder / f"{count}-out", truth)
            print(
                f"{count} of all kinds, {os.cpu_count()} cores: {seconds:.0f} s, {count / seconds:.0f} a second, every outcome as made; "
                f"at most {memory:.0f} MB in a process",
                flush=True,
            )
            shutil.rmtree(folder / str(count))
