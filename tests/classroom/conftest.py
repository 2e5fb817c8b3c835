"""For the tests of a class: a worker that stays."""

import contextlib

import pytest

from lessonkit.classroom.grading import grade as grading
from lessonkit.classroom.grading.workers import processes


@pytest.fixture(scope="session")
def worker():
    """One process that marks, as `--workers 1` starts it."""
    with processes(1) as made:
        yield made


@pytest.fixture
def warm(worker, monkeypatch):
    """Gradings of a test share a worker: to start one, with its sandbox, takes four times what it takes to mark three learners.

    How workers start, break and end is in `test_workers.py`, on new ones.
    """
    monkeypatch.setattr(grading, "processes", lambda workers=None: contextlib.nullcontext(worker))
