"""Where a learner's own files are, and that a user without a home folder can learn too."""

import pytest

from lessonkit.display.questions import FIRST_ANSWERS
from lessonkit.judging import progress
from lessonkit.machine import home


def test_own_files_are_in_the_home_folder_unless_a_variable_names_another_one(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.delenv("LESSONKIT_HOME", raising=False)
    assert home.own_files() == tmp_path / ".lessonkit"
    monkeypatch.setenv("LESSONKIT_HOME", str(tmp_path / "other"))
    assert home.own_files() == tmp_path / "other"


def test_without_a_home_folder_nothing_is_kept_and_nothing_fails(monkeypatch):
    monkeypatch.delenv("LESSONKIT_HOME", raising=False)
    monkeypatch.setattr("os.path.expanduser", lambda path: path)  # as where neither HOME nor the user database knows
    with pytest.raises(OSError, match="set LESSONKIT_HOME"):
        home.own_files()
    assert "set LESSONKIT_HOME" in FIRST_ANSWERS.write([]) and FIRST_ANSWERS.read() is None
    progress.record("sgd")
    assert progress.passed() == []
