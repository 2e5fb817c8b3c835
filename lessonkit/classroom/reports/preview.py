"""Sample pages of an invented class: what learners and graders read, without a class to grade."""

import contextlib
import datetime
import tempfile
from pathlib import Path

from lessonkit.classroom.gradebook.book import Attempt, Book
from lessonkit.classroom.lessons import Lesson, Part
from lessonkit.classroom.marking.marks import mark
from lessonkit.classroom.marking.sandbox import Sandbox
from lessonkit.classroom.reports.results import write_pages
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.items.answers import right_answer
from lessonkit.judging.versions import changed

RULES = ("sgd", "adam", "momentum", "nesterov", "adamw", "rmsprop")
SAMPLE = Lesson(
    "sample",
    "",
    (
        *(Part(rule, rule, "rule", rule, 4) for rule in RULES),
        Part("adam_answer", "answer_adam", "by_hand", "adam", 2),
        Part("run_adam_answer", "answer_run_adam", "experiment", "run_adam", 2),
        Part("lion", "lion", "version", "lion", 4),
        Part("momentum_what", "what_momentum", "what", "momentum", 1),
        Part("momentum_line", "line_momentum", "line", "momentum", 1),
        Part("repaired_momentum", "repaired_momentum", "repair", "momentum", 2),
        Part("nesterov_trace", "trace_nesterov", "trace", "nesterov", 2),
        Part("test_clip_by_value", "test_clip_by_value", "tests", "clip_by_value", 3),
    ),
)
TEST = """def test_clip_by_value(candidate):
    given = np.array([5.0, -5.0, 0.5])
    assert candidate(given, 1.0).tolist() == [1.0, -1.0, 0.5]
"""
UNWRITTEN = "raise NotImplementedError"
DAY = 86_400  # seconds
WEEK = 7 * DAY
FIRST = datetime.datetime(2026, 3, 2, 12, tzinfo=datetime.UTC).timestamp()  # a Monday, at noon
NOTES = {"ada": ["A note on the file, such as the encoding in which it was read."]}
GIVEN = [  # points by a person: learner, lesson, part, points, out_of, comment, everyone
    ("ada", "sample", "rmsprop", 2.5, 4, "The idea is right; look at the last line again.", False),
    ("ada", "sample", "essay", 4, 5, "Clear, and with an example.", False),
]


def write(out):
    """Write the pages of the invented class; Ada's feedback shows a part of each kind.

    Parameters
    ----------
    out : path of a folder

    Raises
    ------
    FileExistsError
        If a class was graded into this folder: its pages would be lost.
    """
    if (Path(out) / "gradebook.sqlite").exists():
        raise FileExistsError(f"{out} has the pages of a class; name another folder for the sample pages")
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(Book(Path(folder) / "gradebook.sqlite")) as book:
        _fill(book)
        write_pages(book, out, [])


def _fill(book):
    """Hand in, mark and write down what the class answers in two weeks."""
    book.policy = book.policy.changed(late=0.1, deadlines={"sample": {"": FIRST + WEEK - DAY}})
    with contextlib.closing(Sandbox(unsafe=True)) as sandbox:  # all answers are the course's own
        for week, wrong in enumerate((_first_attempts(), _second_attempts())):
            book.write(
                [
                    Attempt(
                        learner,
                        "sample",
                        key=str(week),
                        digest="",
                        parts=mark(SAMPLE, learner, _right(learner) | answers, sandbox, seed=0),
                        notes=NOTES.get(learner, []),
                        first=FIRST + week * WEEK,
                        time=FIRST + week * WEEK,
                    )
                    for learner, answers in wrong.items()
                ]
            )
    book.merge(GIVEN)


def _first_attempts():
    """What is not right in the answers of the first week: learner → cell → source."""
    root = _mistake("adam", "forgets the root")
    uphill = _mistake("sgd", "goes uphill")
    return {
        "ada": {"adam": root, "sgd": uphill},
        "ben": {"adam": root, "sgd": uphill},
        "cy": {"adam": root, "momentum": _mistake("momentum", "brakes instead of carrying on")},
        "di": {part.cell: UNWRITTEN for part in SAMPLE.parts},
        **{learner: {} for learner in ("eve", "flo", "gus", "hal")},
    }


def _second_attempts():
    """The same for the second week, in which some hand in again."""
    convention = changed(EXERCISES["adam"].source, EXERCISES["adam"].conventions[0].change)
    return {
        "ada": {
            "adam": convention,
            "momentum": _mistake("momentum", "brakes instead of carrying on"),
            "nesterov": "def nesterov(theta, g, v, lr, beta):\n    return theta - lr * gradient, v\n",
            "adamw": UNWRITTEN,
            "rmsprop": "def rmsprop(theta, g, v, lr, beta, eps):\n    return theta - lr * np.tanh(g), v\n",
            "adam_answer": "answer_adam = 12",
        },
        "ben": {"adam_answer": _right("gus")["adam_answer"]},
    }


def _mistake(rule, name):
    source, _, mistakes = EXERCISES[rule]
    return changed(source, next(each.change for each in mistakes if each.name == name))


def _right(learner):
    """A right answer to each part: cell → source."""
    return {
        part.cell: TEST if part.kind == "tests" else right_answer(part.kind, part.exercise, part.name, learner)
        for part in SAMPLE.parts
    }
