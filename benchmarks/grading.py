"""How fast a class is graded, beside nbgrader on the same notebooks; and whether a large one adds up.

`make bench-grading` prints submissions a second a core for the lesson on momentum (two numbers by hand, a rule to write, one
to repair), beside `nbgrader autograde` in the same run; then grades classes of 100, 1,000 and 10,000 made submissions, right,
wrong, conventional, hostile, broken and handed in twice, and compares every outcome with what was made.
"""

import csv
import os
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import classes  # noqa: E402
from attacks import ATTACKS  # noqa: E402
from browsers import SITE  # noqa: E402
from lessonkit.grading.grade import grade  # noqa: E402
from lessonkit.judging.catalogue import EXERCISES  # noqa: E402
from lessonkit.judging.variants import changed  # noqa: E402
from test_nbgrader import nbgrader  # noqa: E402

LESSON = "03-momentum"
KINDS = ("right", "wrong", "conventional", "right", "hostile", "right", "broken", "twice", "empty", "right")
QUICK = [name for name in ATTACKS if not any(word in name for word in ("for ever", "loops", "sleeps", "floods", "late thread", "memory", "disk"))]


def submission(kind, learner, number):
    """{path: content} of one learner's submission, and the points it should have, None for ungraded."""
    by_hand = {f"{rule}_answer": classes.by_hand_answer(rule, learner) for rule in ("momentum", "nesterov")}
    answers, points = {"nesterov": classes.right("nesterov"), "momentum": classes.right("momentum")}, 11
    exercise = EXERCISES["nesterov"]
    if kind == "wrong":
        sources = [text for mistake in exercise.mistakes if (text := changed(exercise.source, mistake.change))]
        answers["nesterov"], points = sources[number % len(sources)], 7
    if kind == "conventional":
        convention = exercise.conventions[number % len(exercise.conventions)]
        answers["nesterov"] = changed(exercise.source, convention.change)
    if kind == "hostile":
        answers["nesterov"], points = ATTACKS[QUICK[number % len(QUICK)]].replace("sgd", "nesterov"), 7
    notebook = classes.notebook(LESSON, **({} if kind == "empty" else by_hand | answers))
    path = f"{learner}/{LESSON}.ipynb"
    if kind == "empty":
        return {path: notebook}, 0
    if kind == "broken":
        return {path: b'{"cells": [' + b"x" * number}, None
    if kind == "twice":
        return {path: notebook, f"{learner}/again/{LESSON}.ipynb": classes.notebook(LESSON)}, None
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


def check(out, record, truth):
    """Every submission accounted for, every total as it was made."""
    with open(out / "grades.csv", newline="") as stream:
        rows = {row["learner"]: row["total"] for row in csv.DictReader(stream) if row["learner"] != "out of"}
    wrong = {learner: (rows.get(learner), points) for learner, points in truth.items()
             if rows.get(learner) != (None if points is None else f"{points:g}")}
    refused = {place.split("/")[0] for place, outcome in record["submissions"].items() if outcome.startswith("not graded")}
    assert not wrong, dict(list(wrong.items())[:5])
    assert refused == {learner for learner, points in truth.items() if points is None}


def seconds_of_nbgrader(folder, count):
    """Seconds that `nbgrader autograde` takes for as many submissions."""
    lesson, course = "week", folder / "course"
    (course / "source" / lesson).mkdir(parents=True)
    (course / "nbgrader_config.py").write_text('c = get_config()\nc.CourseDirectory.course_id = "course"\n')
    shutil.copy(Path(__file__).parents[1] / "exercises" / f"{LESSON}.ipynb", course / "source" / lesson)
    nbgrader(course, "generate_assignment", lesson, "--create")
    for number in range(count):
        shutil.copytree(course / "release" / lesson, course / "submitted" / f"learner{number:05}" / lesson)
        shutil.copy(folder / "quick" / f"learner{number:05}" / f"{LESSON}.ipynb", course / "submitted" / f"learner{number:05}" / lesson)
    start = time.perf_counter()
    nbgrader(course, "autograde", lesson)
    return time.perf_counter() - start


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder / "quick", 1000, ("right", "wrong", "conventional"))
        record = grade(folder / "quick", folder / "quick-out", workers=1)
        ours = 1000 / record["seconds"]
        print(f"one core, {LESSON}, 1000 submissions right, wrong and conventional: {ours:.1f} a second")
        if (SITE / "nbgrader").exists():
            theirs = 20 / seconds_of_nbgrader(folder, 20)
            print(f"nbgrader autograde, 20 of the same: {theirs:.2f} a second; ratio {ours / theirs:.0f}")
        for count in (100, 1000, 10_000):
            truth = make(folder / str(count), count)
            record = grade(folder / str(count), folder / f"{count}-out")
            check(folder / f"{count}-out", record, truth)
            most = [resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
            print(f"{count} of all kinds, {os.cpu_count()} cores: {record['seconds']:.0f} s, {count / record['seconds']:.0f} a second, "
                  f"every outcome as made; at most {most[0]:.0f} MB in the grader, {most[1]:.0f} MB in a worker")
            shutil.rmtree(folder / str(count))
