"""A class is graded: found in every form, marked once, told to each learner and to the teacher; nothing is lost."""

import csv
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import classes
from lessonkit.cli import main
from lessonkit.grading import grade as module
from lessonkit.grading import marks, pages
from lessonkit.grading.book import Book
from lessonkit.grading.lessons import all_lessons
from lessonkit.grading.notebooks import LARGEST, Unreadable, read_notebook
from lessonkit.grading.submissions import BadRoster, find, read_roster
from lessonkit.grading.wire import BadFrame, pack, receive, send, unpack

needs_sandbox = pytest.mark.skipif(not shutil.which("bwrap"), reason="no sandbox: install it with `apt install bubblewrap` to test grading")
pytestmark = pytest.mark.timeout(300)


def lessonkit(*arguments):
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return ended.value.code or 0


def totals(out):
    with open(out / "grades.csv", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {row["learner"]: row["total"] for row in rows[1:]}


@pytest.fixture
def handed_in(tmp_path):
    """Three learners: all right, ε forgotten, nothing written."""
    for learner, content in {"ada": classes.adam("ada"), "bob": classes.adam("bob", classes.wrong("adam", "forgets the root")),
                             "eve": classes.notebook()}.items():
        classes.write(tmp_path / "in" / learner / "05-adam.ipynb", content)
    return tmp_path / "in"


@needs_sandbox
def test_a_folder_is_graded_and_every_page_is_there(handed_in, tmp_path, capsys):
    out = tmp_path / "out"
    assert lessonkit("grade", handed_in, "--out", out) == 0
    assert "3 graded" in capsys.readouterr().out
    assert totals(out) == {"ada": "6", "bob": "2", "eve": "0"}
    page = (out / "feedback" / "bob" / "05-adam.html").read_text()
    assert "forgets the root" in page and "2 of 6 points" in page and "<details>" in page
    assert "forgets the root" in (out / "heatmap.html").read_text() and (out / "heatmap.png").read_bytes().startswith(b"\x89PNG")
    record = json.loads((out / "run.json").read_text())
    assert record["counts"] == {"graded": 3} and record["submissions"]["ada/05-adam.ipynb"] == "graded" and record["seconds"] > 0


@needs_sandbox
def test_a_second_run_grades_only_what_changed_and_writes_the_same_bytes(handed_in, tmp_path, capsys):
    def files(out):
        return {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file() and path.name not in ("run.json",)
                and "sqlite" not in path.name}

    lessonkit("grade", handed_in, "--out", tmp_path / "one", "--seed", 5)
    lessonkit("grade", handed_in, "--out", tmp_path / "two", "--seed", 5, "--workers", 1)
    assert files(tmp_path / "one") == files(tmp_path / "two")
    before = files(tmp_path / "one")
    capsys.readouterr()
    lessonkit("grade", handed_in, "--out", tmp_path / "one")
    assert "3 as before" in capsys.readouterr().out and files(tmp_path / "one") == before
    classes.write(handed_in / "eve" / "05-adam.ipynb", classes.adam("eve"))
    lessonkit("grade", handed_in, "--out", tmp_path / "one")
    assert "2 as before, 1 graded" in capsys.readouterr().out
    assert totals(tmp_path / "one") == {"ada": "6", "bob": "2", "eve": "6"}


@needs_sandbox
def test_a_run_that_is_killed_goes_on_and_ends_as_if_it_had_not_been(tmp_path):
    for k in range(60):
        classes.write(tmp_path / "in" / f"learner{k:02}" / "05-adam.ipynb", classes.adam(f"learner{k:02}"))
    command = [Path(sys.executable).with_name("lessonkit"), "grade", tmp_path / "in", "--out", tmp_path / "out", "--workers", "1"]
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    for _ in range(600):
        time.sleep(0.05)
        if (tmp_path / "out" / "gradebook.sqlite").exists() and graded(tmp_path / "out"):
            break
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    assert 0 < graded(tmp_path / "out") < 60
    assert subprocess.run(command, capture_output=True).returncode == 0
    assert set(totals(tmp_path / "out").values()) == {"6"} and graded(tmp_path / "out") == 60


def graded(out):
    try:
        base = sqlite3.connect(f"file:{out / 'gradebook.sqlite'}?mode=ro", uri=True)
        return base.execute("select count(*) from outcome").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


@needs_sandbox
def test_a_lost_worker_costs_nothing(handed_in, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "grade_batch", _dies_once)
    monkeypatch.setenv("DIED", str(tmp_path / "died"))
    record = module.grade(handed_in, tmp_path / "out", workers=1)
    assert record["counts"] == {"graded": 3} and (tmp_path / "died").exists()


REAL = module.grade_batch


def _dies_once(jobs, seed, unsafe):
    died = Path(os.environ["DIED"])
    if not died.exists():
        died.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return REAL(jobs, seed, unsafe)


@needs_sandbox
def test_a_cluster_of_two_workers_one_of_them_killed_gives_the_same_grades(tmp_path):
    distributed = pytest.importorskip("distributed", reason="no Dask: `make .venv/test.stamp` installs it")
    for k in range(60):
        source = None if k % 2 else classes.wrong("adam", "forgets the root")
        classes.write(tmp_path / "in" / f"learner{k:02}" / "05-adam.ipynb", classes.adam(f"learner{k:02}", source))
    module.grade(tmp_path / "in", tmp_path / "alone", seed=3)
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster:
        victim = list(cluster.workers.values())[0]
        killer = threading.Thread(target=_kill_when_busy, args=(victim.pid, tmp_path / "cluster"))
        killer.start()
        record = module.grade(tmp_path / "in", tmp_path / "cluster", scheduler=cluster.scheduler_address, seed=3)
        killer.join()
    assert record["counts"] == {"graded": 60}
    assert (tmp_path / "cluster" / "grades.csv").read_bytes() == (tmp_path / "alone" / "grades.csv").read_bytes()


def _kill_when_busy(pid, out):
    while not graded(out):
        time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)


FORMS = {
    "nbgrader": lambda who: f"{who}/05-adam/05-adam.ipynb",
    "folders": lambda who: f"{who}/05-adam.ipynb",
    "loose": lambda who: f"{who}_05-adam.ipynb",
}


@pytest.mark.parametrize("form", FORMS)
def test_learners_are_found_in_a_folder_of_any_form(form, tmp_path):
    for who in ("ada", "bob"):
        classes.write(tmp_path / FORMS[form](who), classes.adam(who))
    jobs, outcomes = module.plan(find(tmp_path), all_lessons(), None)
    assert [(job["learner"], job["lesson"].name) for job in jobs] == [("ada", "05-adam"), ("bob", "05-adam")] and outcomes == {}


def test_a_zip_from_canvas_names_learners_by_number_and_counts_the_last_of_several(tmp_path):
    classes.zipped(tmp_path / "submissions.zip", {
        "lovelaceada_1001_55_05-adam.ipynb": classes.adam("ada", "x = 1"),
        "lovelaceada_1001_57_05-adam-2.ipynb": classes.adam("ada"),
        "lovelaceada_1001_56_05-adam-1.ipynb": classes.adam("ada", "x = 2"),
        "bertbob_LATE_1002_58_05-adam.ipynb": classes.adam("bob"),
    })
    (tmp_path / "roster.csv").write_text("learner,name,canvas\nada,Ada Lovelace,1001\nbob,Bob Bert,1002\n")
    jobs, outcomes = module.plan(find(tmp_path / "submissions.zip"), all_lessons(), read_roster(tmp_path / "roster.csv"))
    found = {job["learner"]: job["answers"]["adam"] for job in jobs}
    assert found == {"ada": classes.right("adam"), "bob": classes.right("adam")} and outcomes == {}


def test_a_zip_from_moodle_names_learners_by_their_name_or_number(tmp_path):
    classes.zipped(tmp_path / "submissions.zip", {
        "Ada Lovelace_501_assignsubmission_file_/05-adam.ipynb": classes.adam("ada"),
        "Bob Bert_502_assignsubmission_file_05-adam.ipynb": classes.adam("bob"),
    })
    (tmp_path / "roster.csv").write_text("learner,name,moodle\nada,Ada Lovelace,\nbob,Somebody Else,502\n")
    jobs, outcomes = module.plan(find(tmp_path / "submissions.zip"), all_lessons(), read_roster(tmp_path / "roster.csv"))
    assert [job["learner"] for job in jobs] == ["ada", "bob"] and outcomes == {}


BAD = {
    "empty": (b"", "is empty"),
    "cut off": (json.dumps(classes.RELEASED["05-adam"]).encode()[:3000], "not JSON"),
    "not UTF-8": (b'{"cells": ["\xff\xfe"]}', "not UTF-8"),
    "not a notebook": (b"[1, 2]", "not a notebook"),
    "deeply nested": (b"[" * 100_000, "not JSON"),
    "huge": (b" " * (LARGEST + 1), "larger than"),
    "of another course": (json.dumps({"cells": [{"cell_type": "code", "metadata": {"nbgrader": {"grade_id": "cell-1"}}, "source": "1"}]}).encode(),
                          "no notebook of this course"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_told_in_a_line_and_the_rest_goes_on(name, tmp_path):
    content, words = BAD[name]
    classes.write(tmp_path / "eve" / "05-adam.ipynb", content)
    classes.write(tmp_path / "ada" / "05-adam.ipynb", classes.adam("ada"))
    jobs, outcomes = module.plan(find(tmp_path), all_lessons(), None)
    assert [job["learner"] for job in jobs] == ["ada"] and words in outcomes["eve/05-adam.ipynb"]


def test_symbolic_links_are_not_followed_and_paths_in_a_zip_lead_nowhere(tmp_path):
    classes.write(tmp_path / "in" / "ada" / "05-adam.ipynb", classes.adam("ada"))
    (tmp_path / "in" / "eve").mkdir()
    (tmp_path / "in" / "eve" / "05-adam.ipynb").symlink_to(tmp_path / "in" / "ada" / "05-adam.ipynb")
    (tmp_path / "in" / "mal").symlink_to(tmp_path / "in" / "ada")
    os.mkfifo(tmp_path / "in" / "eve" / "06-weight-decay.ipynb")
    jobs, outcomes = module.plan(find(tmp_path / "in"), all_lessons(), None)
    assert [job["learner"] for job in jobs] == ["ada"]
    assert outcomes["mal"].startswith("not graded: is a symbolic link") and "not an ordinary file" in outcomes["eve/06-weight-decay.ipynb"]
    classes.zipped(tmp_path / "bad.zip", {"../../ada/05-adam.ipynb": classes.adam("ada"), "/etc/05-adam.ipynb": classes.adam("etc")})
    assert [file.learner for file in find(tmp_path / "bad.zip")] == ["ada", "etc"]


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", ".", "a/b", ".hidden", "~root", "con\x00trol", "a" * 500, "ada", ""])
def test_a_learners_name_makes_a_file_name_and_no_path(name, tmp_path):
    made = pages.safe(name)
    assert made not in ("", ".", "..") and not set(made) & set("/\\\0~") and not made.startswith(".") and len(made) <= 120
    pages.write(tmp_path / made / "x.html", "x")
    assert [path.name for path in tmp_path.iterdir()] == [made]


def test_two_notebooks_of_one_learner_are_both_refused_and_a_claim_gives_way_to_a_place(tmp_path):
    classes.write(tmp_path / "in" / "ada" / "one" / "05-adam.ipynb", classes.adam("ada"))
    classes.write(tmp_path / "in" / "ada" / "two" / "05-adam.ipynb", classes.adam("ada", "x = 1"))
    classes.write(tmp_path / "in" / "bob" / "05-adam.ipynb", classes.adam("bob"))
    classes.write(tmp_path / "in" / "05-adam.ipynb", classes.adam("bob", "x = 1"))  # loose: claims to be Bob's
    classes.write(tmp_path / "in" / "a-claim.ipynb", classes.adam("eve", "x = 1"))
    classes.write(tmp_path / "in" / "other-claim.ipynb", classes.adam("eve"))
    jobs, outcomes = module.plan(find(tmp_path / "in"), all_lessons(), None)
    assert [job["place"] for job in jobs] == ["bob/05-adam.ipynb"]
    assert {place for place, outcome in outcomes.items() if "another notebook of" in outcome} == {
        "ada/one/05-adam.ipynb", "ada/two/05-adam.ipynb", "05-adam.ipynb", "a-claim.ipynb", "other-claim.ipynb"}


def test_duplicated_and_extra_cells_and_an_old_version_are_noted(tmp_path):
    content = classes.adam("ada")
    (cell,) = [cell for cell in content["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") == "adam"]
    content["cells"] = [*reversed(content["cells"]), {**cell, "source": "adam = None"}, {"cell_type": "code", "metadata": {}, "source": "adam = 7"}]
    content["metadata"]["lessonkit"]["version"] = "00000000"
    classes.write(tmp_path / "bob" / "05-adam.ipynb", content)
    (job,), outcomes = module.plan(find(tmp_path), all_lessons(), None)
    assert job["answers"]["adam"] == classes.right("adam")
    assert [note.split(":")[0].split(",")[0] for note in job["notes"]] == [
        "two cells answer 'adam'", "made from version 00000000 of the exercise",
        "says that it is from 'ada'; the questions by hand are graded with the numbers of 'bob'"]


@pytest.mark.parametrize("text, words", [
    ("name\nAda\n", "expected a first line with a column `learner`"), ("", "expected a first line"),
    ("learner\nada\nada\n", "line 3: a second 'ada'"), ("learner,name\n,Ada\n", "line 2: no learner"),
])
def test_a_bad_roster_is_told_by_its_line(text, words, tmp_path):
    (tmp_path / "roster.csv").write_text(text)
    with pytest.raises(BadRoster, match=words):
        read_roster(tmp_path / "roster.csv")


def test_who_is_not_on_the_roster_is_told_and_who_is_missing_too(handed_in, tmp_path):
    (tmp_path / "roster.csv").write_text("learner\nada\nzoe\n")
    roster = read_roster(tmp_path / "roster.csv")
    jobs, outcomes = module.plan(find(handed_in), all_lessons(), roster)
    assert [job["learner"] for job in jobs] == ["ada"] and "'bob', who is not on the roster" in outcomes["bob/05-adam.ipynb"]


@needs_sandbox
def test_points_by_hand_are_merged_exports_have_them_and_a_learner_can_be_forgotten(handed_in, tmp_path, capsys):
    out = tmp_path / "out"
    lessonkit("grade", handed_in, "--out", out)
    (tmp_path / "points.csv").write_text("learner,lesson,part,points,comment\nbob,05-adam,adam,3,nearly\nada,05-adam,essay,5,=fine\n")
    assert lessonkit("merge", tmp_path / "points.csv", "--out", out) == 0
    assert totals(out) == {"ada": "11", "bob": "5", "eve": "0"}
    assert "Comment: nearly" in (out / "feedback" / "bob" / "05-adam.html").read_text()
    (tmp_path / "roster.csv").write_text("learner,name,email,canvas\nada,Ada Lovelace,ada@example.org,1001\nzoe,Zoe,zoe@example.org,1003\n")
    capsys.readouterr()
    assert lessonkit("export", out, "--to", "canvas", "--roster", tmp_path / "roster.csv") == 0
    rows = list(csv.reader(capsys.readouterr().out.splitlines()))
    assert rows[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "05-adam"] and rows[1][0].strip() == "Points Possible"
    assert ["Ada Lovelace", "1001", "ada", "", "", "11"] in rows and ["Zoe", "1003", "zoe", "", "", ""] in rows
    lessonkit("export", out, "--to", "moodle", "--roster", tmp_path / "roster.csv")
    rows = list(csv.reader(capsys.readouterr().out.splitlines()))
    assert rows[0] == ["ID number", "Email address", "05-adam"] and ["ada", "ada@example.org", "11"] in rows
    lessonkit("export", out, "--to", "csv")
    assert "ada,05-adam,essay,5,0,,,'=fine" in capsys.readouterr().out  # no spreadsheet computes a comment
    assert lessonkit("forget", "bob", "--out", out) == 0
    assert "bob" not in totals(out) and not (out / "feedback" / "bob").exists()
    assert b"bob" not in (out / "gradebook.sqlite").read_bytes() and "bob/" not in (out / "run.json").read_text()


@pytest.mark.parametrize("text, words", [
    ("learner,lesson\nada,05-adam\n", "columns learner, lesson, part, points"), ("learner,lesson,part,points\nada,05-adam,adam,many\n", "line 2: points must be"),
    ("learner,lesson,part,points\nada,,adam,1\n", "line 2: lesson is empty"), ("learner,lesson,part,points\nada,05-adam,adam,nan\n", "must be a number"),
])
def test_bad_points_by_hand_are_told_by_their_line_and_change_nothing(text, words, tmp_path, capsys):
    Book(tmp_path / "gradebook.sqlite").close()
    (tmp_path / "points.csv").write_text(text)
    assert lessonkit("merge", tmp_path / "points.csv", "--out", tmp_path) == 2
    assert words in capsys.readouterr().err
    assert list(Book(tmp_path / "gradebook.sqlite").outcomes()) == []


@needs_sandbox
def test_the_report_says_what_to_say_who_stands_out_and_what_is_the_same(tmp_path, capsys):
    for k in range(9):
        source = classes.wrong("adam", "forgets the root") if k == 7 else None
        classes.write(tmp_path / "in" / f"l{k}" / "05-adam.ipynb", classes.adam(f"l{k}", source) if k < 8 else classes.notebook())
    lessonkit("grade", tmp_path / "in", "--out", tmp_path / "out")
    capsys.readouterr()
    assert lessonkit("report", tmp_path / "out") == 0
    text = capsys.readouterr().out
    assert "9 learners, mean 81%, median 100%" in text and "forgets the root" in text and "Ask:" in text
    assert "l8: 0% in 05-adam" in text and "adam: l0, l1, l2, l3, l4, l5, l6\n" in text
    assert "forgets the root" in (tmp_path / "out" / "report.html").read_text()


def test_released_notebooks_hold_no_solution_and_know_their_learner(tmp_path, capsys):
    (tmp_path / "roster.csv").write_text("learner\nada\n../eve\n")
    assert lessonkit("release", "05", "07-clipping", "--out", tmp_path / "out", "--roster", tmp_path / "roster.csv") == 0
    files = sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.ipynb"))
    assert files == ["%2E.%2Feve/05-adam.ipynb", "%2E.%2Feve/07-clipping.ipynb", "ada/05-adam.ipynb", "ada/07-clipping.ipynb"]
    for name in files:
        text = (tmp_path / "out" / name).read_text()
        assert "SOLUTION" not in text and EXPECTED not in text and "raise NotImplementedError" in text
        assert read_notebook(text.encode()).learner in ("ada", "../eve")
    assert lessonkit("release", "17", "--out", tmp_path) == 2 and "no lesson is called '17'" in capsys.readouterr().err


EXPECTED = "1 - beta1 ** t"


def test_without_a_sandbox_the_command_refuses_and_says_what_to_install(handed_in, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert lessonkit("grade", handed_in, "--out", tmp_path / "out") == 2
    assert "apt install bubblewrap" in capsys.readouterr().err
    assert lessonkit("grade", handed_in, "--out", tmp_path / "out", "--unsafe", "--workers", 1) == 0
    assert totals(tmp_path / "out") == {"ada": "6", "bob": "2", "eve": "0"}


def test_bad_arguments_are_told_in_a_line(tmp_path, capsys):
    (tmp_path / "x.zip").write_bytes(b"no zip")
    for arguments, words in ((("grade", tmp_path / "nowhere", "--out", tmp_path / "o", "--unsafe"), "no such file or folder"),
                             (("grade", tmp_path / "x.zip", "--out", tmp_path / "o", "--unsafe"), "not a zip"),
                             (("report", tmp_path), "no gradebook here"), (("export", tmp_path, "--to", "csv"), "no gradebook here")):
        assert lessonkit(*arguments) == 2
        assert words in capsys.readouterr().err


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(
                        ["cells", "metadata", "nbgrader", "grade_id", "source", "cell_type", "lessonkit", "shape", "numbers", "x"]), inner, max_size=5), max_leaves=30)


@given(JSON | st.fixed_dictionaries({"cells": st.lists(JSON, max_size=5)}))
def test_whatever_json_is_handed_in_it_is_read_or_refused(value):
    try:
        read = read_notebook(json.dumps(value).encode())
    except Unreadable:
        return
    assert all(isinstance(text, str) for text in (*read.answers, *read.answers.values(), *read.notes))


@given(st.binary(max_size=300))
def test_whatever_bytes_are_handed_in_they_are_read_or_refused(data):
    try:
        read_notebook(data)
    except Unreadable:
        pass


@given(st.binary(max_size=300))
def test_whatever_bytes_come_from_the_sandbox_they_are_a_message_or_refused(data):
    out, into = os.pipe()
    os.write(into, data)
    os.close(into)
    try:
        message = receive(out, time.monotonic() + 1)
        assert message is None or isinstance(message, dict)
    except BadFrame:
        pass
    finally:
        os.close(out)


@given(JSON)
def test_whatever_message_comes_its_numbers_are_plain_or_refused(value):
    try:
        unpack(value)
    except ValueError:
        pass


@given(JSON | st.fixed_dictionaries({"outcome": JSON | st.fixed_dictionaries({"trouble": JSON, "error": JSON}) | st.fixed_dictionaries({
    "values": JSON, "states": JSON})}) | st.fixed_dictionaries({"ended": JSON}))
def test_whatever_outcome_comes_it_gives_no_marks_and_says_nothing_of_its_own(outcome):
    lesson = all_lessons()["01-plain-descent"]

    class Made:
        def run(self, tasks, evaluate=None):
            return [outcome if isinstance(outcome, dict) else {"outcome": outcome} for _ in tasks]

    parts = marks.mark(lesson, "ada", {"sgd": "x", "sgd_answer": "y"}, Made(), 3)
    assert all(part["points"] == 0 and part["mistake"] in (*marks.TROUBLES, None) for part in parts)


@needs_sandbox
def test_a_seed_is_kept_and_another_one_refused(handed_in, tmp_path, capsys):
    assert lessonkit("grade", handed_in, "--out", tmp_path / "out", "--seed", 5) == 0
    assert lessonkit("grade", handed_in, "--out", tmp_path / "out", "--seed", 6) == 2
    assert "begun with the seed 5" in capsys.readouterr().err


def test_a_gradebook_that_cannot_be_used_is_told_in_words(tmp_path, capsys):
    (tmp_path / "gradebook.sqlite").write_bytes(b"no database at all" * 100)
    assert lessonkit("report", tmp_path) == 2
    assert "the gradebook cannot be used" in capsys.readouterr().err


def test_numbers_arrays_and_lists_come_back_as_they_went():
    import numpy as np

    out, into = os.pipe()
    send(into, {"x": pack([np.array([[1.5, np.nan], [np.inf, -0.0]]), 2.5, [np.float64(3)], None])})
    array, number, (zero_d,), nothing = unpack(receive(out, time.monotonic() + 1)["x"])
    assert np.array_equal(array, [[1.5, np.nan], [np.inf, -0.0]], equal_nan=True) and (number, zero_d, nothing) == (2.5, 3.0, None)


def test_a_full_disk_keeps_the_old_page(tmp_path, monkeypatch):
    pages.write(tmp_path / "grades.csv", "old")
    monkeypatch.setattr(Path, "write_bytes", _no_space)
    with pytest.raises(OSError, match="No space"):
        pages.write(tmp_path / "grades.csv", "new")
    assert (tmp_path / "grades.csv").read_text() == "old"


def _no_space(path, content):
    raise OSError(28, "No space left on device")
