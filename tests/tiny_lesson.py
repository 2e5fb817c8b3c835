"""A course of one small lesson, whose text is `TINY` in the module that asks for it: fixtures, and a way to edit it."""

import shutil

import pytest


@pytest.fixture(scope="module")
def made(request, tmp_path_factory):
    """A course of one lesson, written once."""
    import lessons as tool  # with jupytext, which no other test waits for

    course = tmp_path_factory.mktemp("course")
    (course / "lessons").mkdir()
    (course / "notebooks").mkdir()
    (course / "lessons" / "05-tiny.md").write_text(request.module.TINY, encoding="utf-8")
    assert tool.write(course / "lessons" / "05-tiny.md") == []
    return course


@pytest.fixture
def text(made, tmp_path):
    shutil.copytree(made, tmp_path / "course")
    return tmp_path / "course" / "lessons" / "05-tiny.md"


@pytest.fixture
def runs(monkeypatch):
    """How often a lesson was run."""
    import lesson_run

    run, done = lesson_run.run, []
    monkeypatch.setattr(lesson_run, "run", lambda *given: done.append(1) or run(*given))
    return done


def edit(text, right, wrong):
    before = text.read_text(encoding="utf-8")
    assert before.count(right) == 1
    text.write_text(before.replace(right, wrong), encoding="utf-8")
