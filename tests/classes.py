"""Makes classes to grade: notebooks with known answers, in the forms in which they are handed in."""

import copy
import csv
import json
import shutil
import zipfile

import pytest
from prose import ROOT

from lessonkit import by_hand
from lessonkit.classroom.lessons import all_lessons
from lessonkit.commands.cli import main
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.items.answers import right_answer
from lessonkit.judging.versions import changed

needs_sandbox = pytest.mark.skipif(
    not shutil.which("bwrap"), reason="no sandbox: install it with `apt install bubblewrap` to test grading"
)
RELEASED = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "exercises").glob("*.ipynb"))
}


def right(exercise):
    return f"import numpy as np\n\n\n{EXERCISES[exercise].source}"


def version(exercise, learner):
    """The version of a rule that a learner is asked for."""
    return f"import numpy as np\n\n\n{right_answer('version', exercise, exercise, learner)}"


def wrong(exercise, name):
    change = next(mistake.change for mistake in EXERCISES[exercise].mistakes if mistake.name == name)
    return f"import numpy as np\n\n\n{changed(EXERCISES[exercise].source, change)}"


def by_hand_answer(exercise, learner):
    return f"answer_{exercise} = {by_hand(exercise, learner).value_of(EXERCISES[exercise].source)!r}"


def notebook(lesson="05-adam", **answers):
    """The released notebook with some of its answers written."""
    filled = copy.deepcopy(RELEASED[lesson])
    for cell in filled["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if grade_id in answers:
            cell["source"] = answers[grade_id]
    return filled


def adam(learner, source=None):
    """A notebook of lesson 05 with right answers: 19 points, or 13 with a wrong `source` in place of the learner's version."""
    answers = {
        part.cell: right_answer(part.kind, part.exercise, part.name, learner) for part in all_lessons()["05-adam"].parts
    }
    return notebook(learner=f"learner = {learner!r}", **answers | {"adam": source or version("adam", learner)})


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())


def zipped(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content if isinstance(content, bytes) else json.dumps(content))


def lessonkit(*arguments):
    """The exit status of a command."""
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return ended.value.code or 0


def totals(out):
    """Learner → total, as grades.csv has it."""
    with open(out / "grades.csv", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {row["learner"]: row["total"] for row in rows[1:]}
