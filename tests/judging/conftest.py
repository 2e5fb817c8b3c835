"""For the tests of the judge: a learner's folder, and grading's sandbox."""

import shutil

import pytest

from lessonkit.classroom.marking.sandbox import Sandbox


@pytest.fixture
def learners_folder(tmp_path, monkeypatch):
    """What is noted of a learner stays in the test."""
    monkeypatch.setenv("LESSONKIT_HOME", str(tmp_path))


@pytest.fixture(scope="module")
def sandbox():
    if not shutil.which("bwrap"):
        pytest.skip("needs bubblewrap")
    running = Sandbox()
    yield running
    running.close()
