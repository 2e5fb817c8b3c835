"""A plugin for nbgrader: its `autograde` then runs learners' code in our sandbox, and points cannot be forged.

In nbgrader_config.py:

    from lessonkit.classroom.grading.nbgrader_site import PREPROCESSORS
    c.Autograde.autograde_preprocessors = PREPROCESSORS
"""

import atexit
import contextlib
import functools
import os
import secrets
import tempfile
from pathlib import Path

import nbformat
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    LimitOutput,
    NbGraderPreprocessor,
    SaveAutoGrades,
)
from traitlets import Integer

from lessonkit.classroom.lessons import all_lessons
from lessonkit.classroom.marking.marks import mark
from lessonkit.classroom.marking.sandbox import Sandbox
from lessonkit.classroom.submissions.notebook_file import Unreadable, answers_to, read_notebook
from lessonkit.classroom.submissions.submission import lesson_of_notebook
from lessonkit.judging.verdict import headline

KEPT = ".lessonkit_seed"


class Judge(NbGraderPreprocessor):
    """Takes the place of nbgrader's `Execute`: it runs no cell, but has the answers judged, and writes into the cells that give points."""

    seed = Integer(
        help=f"Draws the inputs of functions; by default drawn once for the course, and kept in its folder in {KEPT}.",
        allow_none=True,
        default_value=None,
    ).tag(config=True)

    def preprocess(self, nb, resources):
        """Write an error into each cell that gives points and is not passed, and nothing into the others."""
        notebook = read_notebook(nbformat.writes(nb).encode())
        lesson = lesson_of_notebook(notebook, all_lessons())
        if lesson is None:
            raise Unreadable(f"{resources['unique_key']}: is no notebook of this course's exercises")
        # The parent of this preprocessor is an exporter, and that one's parent the converter, which knows the course.
        seed = seed_of(self.parent.parent.coursedir.root) if self.seed is None else self.seed
        parts = mark(lesson, resources["nbgrader"]["student"], answers_to(notebook, lesson)[0], _sandbox(), seed)
        marks = {f"{part['part']}_marks": part for part in parts}
        for cell in nb.cells:
            if cell.cell_type == "code":
                cell.outputs = []
                if cell.metadata.get("nbgrader", {}).get("grade"):
                    cell.outputs = self.outputs(marks.get(cell.metadata.nbgrader.grade_id))
        return nb, resources

    @staticmethod
    def outputs(part):
        """The outputs of a cell: none for full marks, else an error with the verdict, because nbgrader then gives no points."""
        if part is None:
            said = ["This cell is not one of the course's: it is not run."]
        elif part["passed"]:
            return []
        else:
            title = headline(part["exercise"], False, part["convention"], part["mistake"])
            said = [line for line in (title, part["message"], part["question"]) if line]
        return [nbformat.v4.new_output("error", ename="NotYet", evalue=said[0], traceback=said)]


def seed_of(root):
    """The seed of a course of nbgrader, from a file that only its owner can read; drawn when it is first asked for.

    The file is beside nbgrader's gradebook, from where nbgrader gives nothing to learners. ValueError if it has no number.
    """
    path = Path(root) / KEPT
    if not path.exists():
        with tempfile.NamedTemporaryFile("w", dir=root, prefix=KEPT) as drawn:
            drawn.write(str(secrets.randbits(62)))
            drawn.flush()
            with contextlib.suppress(FileExistsError):  # another process was first
                os.link(drawn.name, path)
    text = path.read_text()
    if not text.isdecimal():
        raise ValueError(
            f"{path}: expected a whole number, got {text[:40]!r}. Put the number back, or delete the file: a new one is drawn then."
        )
    return int(text)


@functools.cache
def _sandbox():
    """One for all notebooks of a run."""
    made = Sandbox()
    made.check()
    atexit.register(made.close)
    return made


PREPROCESSORS = [Judge, LimitOutput, SaveAutoGrades, AssignLatePenalties, CheckCellMetadata]
