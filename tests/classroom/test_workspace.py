"""A learner's workspace: a newer course brings what is new, and nothing that was edited is lost."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from prose import ROOT

from lessonkit.classroom import workspace
from lessonkit.commands.cli import main
from lessonkit.machine import home

LESSON, EXERCISE, PAGE = "notebooks/05-adam.ipynb", "exercises/05-adam.ipynb", "docs/sheet.md"


def notebook(*sources, outputs=(), **metadata):
    cells = [{"cell_type": "code", "source": source, "outputs": list(outputs), "metadata": {}} for source in sources]
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


class Course:
    """A small course in a folder, and a learner's workspace."""

    def __init__(self, base):
        self.base, self.own = base / "course", base / "home" / "lessonkit"
        self.has("notebooks/00-start.ipynb", notebook("start"))
        for name in (LESSON, EXERCISE):
            self.has(name, notebook("adam = None"))
        self.has(PAGE, "the sheet")

    def has(self, name, text):
        (self.base / name).parent.mkdir(parents=True, exist_ok=True)
        (self.base / name).write_text(text)

    def bring(self):
        """The lines that the learner reads, but for where the lessons are."""
        place, lines = workspace.lessons(self.own)
        assert place == self.own / "notebooks" and lines[-1] == f"The lessons are in {self.own}."
        return lines[:-1]

    def cells(self, name):
        return [cell["source"] for cell in json.loads((self.own / name).read_text())["cells"]]


@pytest.fixture
def course(tmp_path, monkeypatch):
    made = Course(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(workspace, "course_folder", lambda: made.base)
    return made


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


RUN = notebook(
    "adam = None", "", outputs=[{"output_type": "stream", "name": "stdout", "text": "1"}], widgets={"state": 1}
)
EDITED = notebook("adam = mine")
NEW = notebook("adam = 'new'")


def test_a_workspace_has_all_that_the_course_ships_and_a_second_start_writes_nothing(course):
    assert course.bring() == []
    before = files(course.own)
    assert set(before) == {"notebooks/00-start.ipynb", LESSON, EXERCISE, PAGE, workspace.RECORD}
    times = {name: (course.own / name).stat().st_mtime_ns for name in before}
    assert course.bring() == [] and files(course.own) == before
    assert {name: (course.own / name).stat().st_mtime_ns for name in before} == times


@pytest.mark.parametrize("saved", [None, RUN], ids=["not opened", "run and saved"])
def test_a_lesson_that_was_not_edited_is_replaced_by_that_of_a_newer_course(course, saved):
    course.bring()
    if saved:
        (course.own / LESSON).write_text(saved)
    course.has(LESSON, NEW)
    assert course.bring() == [] and course.cells(LESSON) == ["adam = 'new'"]
    course.has(LESSON, notebook("adam = 'new'", outputs=[{"output_type": "stream", "name": "stdout", "text": "2"}]))
    assert course.bring() == [] and '"2"' in (course.own / LESSON).read_text()


def test_a_lesson_that_was_run_keeps_its_outputs_as_long_as_the_course_stays_as_it_is(course):
    course.bring()
    (course.own / LESSON).write_text(RUN)
    assert course.bring() == [] and (course.own / LESSON).read_text() == RUN


@pytest.mark.parametrize(
    "name, mine, new, beside",
    [(EXERCISE, EDITED, NEW, "05-adam-new.ipynb"), (PAGE, "my notes", "the new sheet", "sheet-new.md")],
)
def test_what_was_edited_stays_and_the_new_one_is_written_beside_it_once_with_a_line(course, name, mine, new, beside):
    course.bring()
    (course.own / name).write_text(mine)
    assert course.bring() == []
    course.has(name, new)
    (line,) = course.bring()
    assert str(course.own / name) in line and beside in line
    assert (course.own / name).read_text() == mine
    place = (course.own / name).with_name(beside)
    assert place.read_text() == new or course.cells(place) == ["adam = 'new'"]
    before = files(course.own)
    assert course.bring() == [] and files(course.own) == before


def test_a_new_one_beside_that_was_worked_in_is_not_overwritten_by_a_newer_one(course):
    course.bring()
    (course.own / EXERCISE).write_text(EDITED)
    course.has(EXERCISE, NEW)
    course.bring()
    (course.own / "exercises/05-adam-new.ipynb").write_text(notebook("also mine"))
    course.has(EXERCISE, notebook("newer"))
    (line,) = course.bring()
    assert "05-adam-new-2.ipynb" in line and course.cells("exercises/05-adam-new-2.ipynb") == ["newer"]
    assert course.cells("exercises/05-adam-new.ipynb") == ["also mine"] and course.cells(EXERCISE) == ["adam = mine"]


def test_an_edited_lesson_of_which_the_course_has_only_other_outputs_has_no_copy_beside_it(course):
    course.bring()
    (course.own / LESSON).write_text(EDITED)
    course.has(LESSON, notebook("adam = None", outputs=[{"output_type": "stream", "name": "stdout", "text": "2"}]))
    assert course.bring() == [] and course.cells(LESSON) == ["adam = mine"] and len(files(course.own)) == 5


def test_what_was_deleted_comes_back_and_what_the_course_no_longer_has_stays(course):
    course.bring()
    (course.own / EXERCISE).unlink()
    (course.base / LESSON).unlink()
    assert course.bring() == [] and course.cells(EXERCISE) == course.cells(LESSON) == ["adam = None"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b'{"exercises/05-adam.ipynb": 1}', b"\xff\x00", b"[" * 100_000, None]
)
def test_a_damaged_record_is_told_and_loses_nothing(course, content):
    course.bring()
    (course.own / EXERCISE).write_text(EDITED)
    (course.own / workspace.RECORD).unlink()
    if content is None:
        (course.own / workspace.RECORD).mkdir()
    else:
        (course.own / workspace.RECORD).write_bytes(content)
    course.has(LESSON, NEW)
    first = course.bring()[0]
    assert f"{workspace.RECORD} cannot be read" in first
    assert course.cells(EXERCISE) == ["adam = mine"] and course.cells("exercises/05-adam-new.ipynb") == ["adam = None"]
    assert course.cells(LESSON) == ["adam = None"] and course.cells("notebooks/05-adam-new.ipynb") == ["adam = 'new'"]
    before = files(course.own)
    if content is not None:  # it has been made anew
        assert course.bring() == [] and files(course.own) == before


def test_a_workspace_of_the_version_before_is_taken_over_without_loss(course):
    for name in ("notebooks/00-start.ipynb", LESSON, EXERCISE):
        (course.own / name).parent.mkdir(parents=True, exist_ok=True)
        (course.own / name).write_bytes((course.base / name).read_bytes())
    (course.own / EXERCISE).write_text(EDITED)
    (course.own / "notebooks/my own.ipynb").write_text(RUN)
    (line,) = course.bring()
    assert "exercises/05-adam-new.ipynb" in files(course.own) and "05-adam-new.ipynb" in line
    assert course.cells(EXERCISE) == ["adam = mine"] and (course.own / PAGE).exists()
    assert (course.own / "notebooks/my own.ipynb").read_text() == RUN
    assert (
        "language_info" in (course.own / LESSON).read_text()
    )  # what was never saved is as it would be delivered today
    course.has(LESSON, NEW)
    assert course.bring() == [] and course.cells(LESSON) == ["adam = 'new'"]


def test_a_file_that_is_a_link_stays_a_link_and_what_it_leads_to_stays(course, tmp_path):
    course.bring()
    (tmp_path / "elsewhere.ipynb").write_bytes((course.own / EXERCISE).read_bytes())
    (course.own / EXERCISE).unlink()
    (course.own / EXERCISE).symlink_to(tmp_path / "elsewhere.ipynb")
    (course.own / LESSON).unlink()
    (course.own / LESSON).symlink_to(tmp_path / "nowhere.ipynb")
    before = (tmp_path / "elsewhere.ipynb").read_bytes()
    for name in (LESSON, EXERCISE):
        course.has(name, NEW)
    assert len(course.bring()) == 2
    assert (course.own / EXERCISE).is_symlink() and (tmp_path / "elsewhere.ipynb").read_bytes() == before
    assert (course.own / LESSON).is_symlink() and not (tmp_path / "nowhere.ipynb").exists()
    assert (
        course.cells("exercises/05-adam-new.ipynb") == course.cells("notebooks/05-adam-new.ipynb") == ["adam = 'new'"]
    )


def clone(folder):
    """A folder that has what tells a clone of the course."""
    for name in ("lessonkit/classroom/lessons.py", "notebooks/00-start.ipynb", EXERCISE):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(EDITED)
    return files(folder)


def test_a_clone_is_opened_as_it_is_by_whatever_way_it_is_reached(course, tmp_path):
    before = clone(tmp_path / "clone")
    (tmp_path / "link").symlink_to(tmp_path / "clone")
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "notebooks").symlink_to(tmp_path / "clone" / "notebooks")
    for named in ("clone", "clone/notebooks", "link", "parts"):
        place, lines = workspace.lessons(tmp_path / named)
        assert place.samefile(tmp_path / "clone" / "notebooks") and "is the course itself" in lines[0]
    with pytest.raises(FileExistsError, match="name a folder outside it"):
        workspace.lessons(tmp_path / "clone" / "mine")
    with pytest.raises(FileExistsError, match="`git checkout` brings a file back"):
        workspace.reset("05", tmp_path / "link")
    assert files(tmp_path / "clone") == before and sorted(os.listdir(tmp_path / "parts")) == ["notebooks"]


def test_a_clone_with_the_usual_name_of_the_workspace_stays_as_it_is_and_the_workspace_has_another_name(course):
    before = clone(course.own)
    place, lines = workspace.lessons()
    assert place == course.own.with_name("lessonkit-work") / "notebooks" and str(place.parent) in lines[-1]
    (place.parent / EXERCISE).write_text(EDITED)
    assert "05-adam-kept.ipynb" in "".join(workspace.reset("05"))
    assert files(course.own) == before


def test_this_clone_counts_as_one():
    before = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True).stdout
    if (ROOT / "lessonkit").exists():
        assert workspace.lessons(ROOT)[0] == ROOT / "notebooks"
    assert subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True).stdout == before


def test_a_folder_with_other_things_is_refused_and_one_with_hidden_files_alone_is_taken(course):
    course.own.mkdir(parents=True)
    (course.own / ".DS_Store").write_text("")
    assert course.bring() == []
    other = course.own.with_name("other")
    other.mkdir()
    (other / "thesis.tex").write_text("mine")
    with pytest.raises(FileNotFoundError, match=r"no lessons in .*other.*It has other things; name a new folder"):
        workspace.lessons(other)
    assert files(other) == {"thesis.tex": b"mine"}


def test_a_folder_of_lessons_alone_is_opened_as_it_is(course, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / workspace.FIRST).write_text(EDITED)
    assert workspace.lessons(tmp_path / "mine")[0] == tmp_path / "mine"
    assert sorted(files(tmp_path / "mine")) == [workspace.FIRST]


def test_a_workspace_can_be_named_by_its_folder_of_lessons(course):
    course.bring()
    assert workspace.lessons(course.own / "notebooks")[0] == course.own / "notebooks"


def test_a_folder_that_cannot_be_written_to_is_told_and_opened_as_it_is(course, monkeypatch):
    course.bring()
    course.has(LESSON, NEW)
    before = files(course.own)
    monkeypatch.setattr(home, "can_write", lambda path: False)
    (line,) = course.bring()
    assert f"{course.own} cannot be written to" in line and files(course.own) == before
    with pytest.raises(FileNotFoundError, match=r"no lessons in .*none\n.*cannot be written to"):
        workspace.lessons(course.own.with_name("none"))


def test_without_a_home_that_can_be_written_to_the_workspace_is_a_temporary_folder(course, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(home, "can_write", lambda path: Path(path).name.startswith("lessonkit-course-"))
    place, lines = workspace.lessons()
    assert place.parent.parent == tmp_path and (place / workspace.FIRST).exists()
    assert "Copy what you want to keep" in lines[0]


def fill_the_disk(monkeypatch, room):
    """After `room` more files, there is no space left."""
    write, left = workspace.write_whole, iter(range(room))

    def full(path, content):
        if next(left, None) is None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        write(path, content)

    monkeypatch.setattr(workspace, "write_whole", full)


@pytest.mark.parametrize("room", range(5))
def test_a_full_disk_is_told_and_loses_nothing_and_the_next_start_goes_on(course, monkeypatch, room):
    course.bring()
    (course.own / EXERCISE).write_text(EDITED)
    (course.own / PAGE).unlink()
    for name in (LESSON, EXERCISE):
        course.has(name, NEW)
    fill_the_disk(monkeypatch, room)
    told = "\n".join(course.bring())
    assert ("No space left on device" in told) == (room < 4) and "Traceback" not in told
    assert course.cells(EXERCISE) == ["adam = mine"]
    monkeypatch.undo()
    monkeypatch.setattr(workspace, "course_folder", lambda: course.base)
    course.bring()
    assert course.cells(EXERCISE) == ["adam = mine"] and course.cells(LESSON) == ["adam = 'new'"]
    assert course.cells("exercises/05-adam-new.ipynb") == ["adam = 'new'"] and (course.own / PAGE).exists()
    assert sorted(os.listdir(course.own / "notebooks")) == ["00-start.ipynb", "05-adam.ipynb"]


START = "import sys; from pathlib import Path; from lessonkit.classroom import workspace; workspace.lessons(Path(sys.argv[1]))"


@pytest.mark.slow
def test_several_starts_at_once_make_the_same_workspace_as_one(tmp_path):
    def start(name):
        return subprocess.Popen([sys.executable, "-c", START, tmp_path / name], cwd=tmp_path, stderr=subprocess.PIPE)

    alone = start("alone")
    assert alone.wait(60) == 0
    together = [start("together") for _ in range(4)]
    assert [(each.wait(60), each.stderr.read()) for each in together] == [(0, b"")] * 4
    assert files(tmp_path / "together") == files(tmp_path / "alone") and len(files(tmp_path / "alone")) > 25


def test_a_lesson_is_reset_with_its_exercises_and_a_copy_is_kept_beside_each(course, capsys):
    course.bring()
    (course.own / EXERCISE).write_text(EDITED)
    (course.own / LESSON).write_text(RUN)
    for name in ("5", "05", "05-adam"):
        main(["reset", name])
        told = capsys.readouterr().out
        assert str(course.own / EXERCISE) in told and str(course.own / LESSON) in told
        assert course.cells(EXERCISE) == course.cells(LESSON) == ["adam = None"]
        assert ("kept" in told) == (name == "5")  # what is as the course has it needs no copy
    assert (course.own / "exercises/05-adam-kept.ipynb").read_text() == EDITED
    assert (course.own / "notebooks/05-adam-kept.ipynb").read_text() == RUN
    (course.own / EXERCISE).write_text(NEW)
    course.has(EXERCISE, notebook("new"))
    main(["reset", "05", str(course.own)])
    assert str(course.own / "exercises/05-adam-kept-2.ipynb") in capsys.readouterr().out
    assert (course.own / "exercises/05-adam-kept-2.ipynb").read_text() == NEW
    course.has(EXERCISE, notebook("newer"))
    assert course.bring() == [] and course.cells(EXERCISE) == ["newer"]


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["77"], "no lesson is called '77'; expected one of 00-start, 05-adam"),
        (["05", "nowhere"], "`lessonkit lab` brings them"),
    ],
)
def test_a_reset_that_cannot_be_is_told_in_a_line(course, capsys, arguments, words):
    course.bring()
    before = files(course.own)
    with pytest.raises(SystemExit) as stopped:
        main(["reset", *arguments])
    assert stopped.value.code == 2 and words in capsys.readouterr().err and files(course.own) == before


@pytest.mark.parametrize("room", range(4))
def test_a_reset_on_a_full_disk_loses_nothing(course, monkeypatch, room):
    course.bring()
    for name in (LESSON, EXERCISE):
        (course.own / name).write_text(EDITED)
    fill_the_disk(monkeypatch, room)
    with pytest.raises(OSError, match="No space left"):
        workspace.reset("05")
    for name in (LESSON, EXERCISE):
        there = [path.read_text() for path in (course.own / name).parent.glob("05-adam*")]
        assert EDITED in there


def test_a_notebook_has_what_its_kernel_will_say_of_its_language_and_a_broken_one_stays_as_it_is():
    from ipykernel.ipkernel import IPythonKernel

    content = (ROOT / EXERCISE).read_bytes()
    made, before = json.loads(workspace.with_language(content)), json.loads(content)
    assert made["metadata"].pop("language_info") == IPythonKernel.language_info
    before["metadata"].pop("language_info", None)
    assert made == before
    for broken in (b"<<<<<<< HEAD", b"[]", b"{}", b"\xff"):
        assert workspace.with_language(broken) == broken


def test_an_exercise_comes_without_the_marks_between_which_its_answer_would_stand(course):
    marked = (
        "def adam():\n    ### BEGIN SOLUTION\n    raise NotImplementedError  # write it here\n    ### END SOLUTION\n"
    )
    course.has(EXERCISE, notebook(marked))
    course.bring()
    assert course.cells(EXERCISE) == ["def adam():\n    raise NotImplementedError  # write it here"]
    course.has(EXERCISE, notebook(marked, "more"))
    assert course.bring() == [] and course.cells(EXERCISE)[1:] == ["more"]  # it does not count as edited
    (course.own / EXERCISE).write_text(EDITED)
    workspace.reset("05")
    assert "SOLUTION" not in "".join(course.cells(EXERCISE))
