"""A worker that stays, for tests that grade: fixtures."""

import contextlib

import pytest


@pytest.fixture(scope="session")
def worker():
    """One process that marks, as `--workers 1` starts it."""
    from lessonkit.classroom.grading.workers import processes

    with processes(1) as made:
        yield made


@pytest.fixture
def warm(worker, monkeypatch):
    """Gradings of a test share a worker: to start one, with its sandbox, takes four times what it takes to mark three learners.

    How workers start, break and end is in `classroom/test_workers.py`, on new ones.
    """
    from lessonkit.classroom.grading import grade

    monkeypatch.setattr(grade, "processes", lambda workers=None: contextlib.nullcontext(worker))
