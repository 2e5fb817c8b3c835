"""A site that runs nbgrader takes the exercises as they are: its own commands release, collect and grade them."""

import csv
import shutil

import classes
import nbformat
import pytest
from attacks import ATTACKS, SGD
from browsers import SITE, nbgrader
from prose import ROOT
from solutions import solved

LESSON = "03-momentum.ipynb"  # numbers, a rule to write, one to repair

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (SITE / "nbgrader").exists(), reason="nbgrader is not installed: make .venv-site/made"),
]


PLUGIN = """c = get_config()
c.CourseDirectory.course_id = "course"
from lessonkit.classroom.marking import sandbox
from lessonkit.classroom.grading.nbgrader_site import PREPROCESSORS
c.Autograde.autograde_preprocessors = PREPROCESSORS
sandbox.LIMITS["seconds"] = 2
"""


@classes.needs_sandbox
def test_nbgrader_grades_through_the_sandbox_and_no_attack_gets_points(tmp_path):
    lesson = "01-plain-descent"
    (tmp_path / "nbgrader_config.py").write_text(PLUGIN)
    (tmp_path / "source" / lesson).mkdir(parents=True)
    shutil.copy(ROOT / "exercises" / f"{lesson}.ipynb", tmp_path / "source" / lesson)
    nbgrader(tmp_path, f"generate_assignment {lesson} --create")
    students = {f"attacker{number}": source for number, source in enumerate(ATTACKS.values())} | {"zoe": SGD}
    for student, source in students.items():
        book = nbformat.read(tmp_path / "release" / lesson / f"{lesson}.ipynb", 4)
        for cell in book.cells:
            if cell.metadata.get("nbgrader", {}).get("grade_id") == "sgd":
                cell.source = source
            if cell.metadata.get("nbgrader", {}).get("grade_id") == "sgd_answer":
                cell.source = classes.by_hand_answer("sgd", student)
        classes.write(tmp_path / "submitted" / student / lesson / f"{lesson}.ipynb", book)
    nbgrader(tmp_path, f"autograde {lesson}", f"generate_feedback {lesson}", "export")
    scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader((tmp_path / "grades.csv").open())}
    assert scores == {student: 2 if student == "zoe" else 1 for student in students}


def test_nbgrader_releases_and_grades_the_exercises(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text('c = get_config()\nc.CourseDirectory.course_id = "course"\n')
    (tmp_path / "source" / "week").mkdir(parents=True)
    shutil.copy(ROOT / "exercises" / LESSON, tmp_path / "source" / "week")
    nbgrader(tmp_path, "generate_assignment week --create")
    released = nbformat.read(tmp_path / "release" / "week" / LESSON, 4)
    cells = {cell.metadata.nbgrader.grade_id: cell.source for cell in released.cells if "nbgrader" in cell.metadata}
    assert cells["nesterov"].startswith("import numpy as np\n\n\ndef nesterov(theta, g, v, lr, beta=0.9):")
    assert "raise NotImplementedError" in cells["repaired_momentum"] and cells["learner"].startswith(
        'learner = "nobody"'
    )

    for learner in ("solved", "empty"):
        shutil.copytree(tmp_path / "release" / "week", tmp_path / "submitted" / learner / "week")
    path = tmp_path / "submitted" / "solved" / "week" / LESSON
    book = nbformat.read(path, 4)
    for cell in book.cells:
        if not cell.metadata.get("nbgrader", {}).get("locked", True):
            cell.source = solved(cell.metadata.nbgrader.grade_id, cell.source)
    nbformat.write(book, path)
    nbgrader(tmp_path, "autograde week", "export")
    rows = {row["student_id"]: row for row in csv.DictReader((tmp_path / "grades.csv").open())}
    assert float(rows["solved"]["score"]) == float(rows["solved"]["max_score"]) == 20
    assert float(rows["empty"]["score"]) == 0
