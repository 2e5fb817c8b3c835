"""The folder that a class was graded into: its gradebook, and the record of the last run."""

import json
from contextlib import closing, contextmanager
from pathlib import Path

from lessonkit.commands.printed import print_changes


def open_book(out):
    """The gradebook; FileNotFoundError if there is none."""
    from lessonkit.classroom.gradebook.book import Book

    path = Path(out) / "gradebook.sqlite"
    if not path.exists():
        raise FileNotFoundError(f"{out}: no gradebook here; expected the folder that `lessonkit grade` wrote to")
    return Book(path)


def people(book, record):
    """Who is in the gradebook, or on the roster that was graded with."""
    return {learner for learner, _ in book.known()} | set(record["learners"])


@contextmanager
def changing(out, why):
    """The gradebook and the record of the last run, locked. At the end the pages are written anew, and changed marks are printed.

    why : str, the reason for changed marks
    """
    from lessonkit.classroom.gradebook.book import locked
    from lessonkit.classroom.gradebook.changes import changes, summaries
    from lessonkit.classroom.reports.results import write_all

    with closing(open_book(out)) as book, locked(out):
        record, before = _record(out), summaries(book)
        yield book, record
        record |= changes(before, summaries(book), why)
        write_all(book, out, record)
    print_changes(record)


def _record(out):
    """The record of the last run; an empty one if that was stopped before it wrote one."""
    path = Path(out) / "run.json"
    found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    keys = ("learners", "missing", "roster", "submissions", "changed", "replaced", "outdated")
    return {key: [] for key in keys} | found
