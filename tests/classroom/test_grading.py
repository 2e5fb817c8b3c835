"""A class is graded: found in every form, marked once, told to each learner and to the teacher; nothing is lost."""

import concurrent.futures
import contextlib
import csv
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from contextlib import closing
from pathlib import Path

import classes
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prose import ROOT

from lessonkit.classroom import files
from lessonkit.classroom.gradebook.book import Attempt, Book, locked
from lessonkit.classroom.gradebook.points import blank
from lessonkit.classroom.grading import batches, workers
from lessonkit.classroom.grading.grade import grade
from lessonkit.classroom.grading.plan import plan
from lessonkit.classroom.lessons import all_lessons
from lessonkit.classroom.marking import marks
from lessonkit.classroom.marking.sandbox import NoSandbox, Sandbox
from lessonkit.classroom.reports import grades_csv, pages, survey
from lessonkit.classroom.submissions.find import find
from lessonkit.classroom.submissions.notebook_file import LARGEST, Unreadable, answers_to, read_notebook
from lessonkit.classroom.submissions.roster import read_roster
from lessonkit.classroom.tables import BadTable
from lessonkit.commands.cli import main
from lessonkit.sandboxed.messages import BadFrame, pack, parse, receive, send, unpack

needs_sandbox = pytest.mark.skipif(
    not shutil.which("bwrap"), reason="no sandbox: install it with `apt install bubblewrap` to test grading"
)
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
    for learner, content in {
        "ada": classes.adam("ada"),
        "bob": classes.adam("bob", classes.wrong("adam", "forgets the root")),
        "eve": classes.notebook(),
    }.items():
        classes.write(tmp_path / "in" / learner / "05-adam.ipynb", content)
    return tmp_path / "in"


@pytest.mark.slow
@needs_sandbox
def test_a_folder_is_graded_and_every_page_is_there(handed_in, tmp_path, capsys):
    out = tmp_path / "out"
    assert lessonkit("grade", handed_in, "--out", out) == 0
    assert "3 graded" in capsys.readouterr().out
    assert totals(out) == {"ada": "6", "bob": "2", "eve": "0"}
    page = (out / "feedback" / "bob" / "05-adam.html").read_text()
    assert "forgets the root" in page and "2 of 6 points" in page and "<details>" in page
    assert "forgets the root" in (out / "heatmap.html").read_text() and (out / "heatmap.png").read_bytes().startswith(
        b"\x89PNG"
    )
    record = json.loads((out / "run.json").read_text())
    assert record["counts"] == {"graded": 3} and record["seconds"] > 0
    assert record["submissions"][0] == {
        "place": "ada/05-adam.ipynb",
        "learner": "ada",
        "lesson": "05-adam",
        "outcome": "graded",
        "notes": [],
    }


@pytest.mark.slow
@needs_sandbox
def test_a_second_run_grades_only_what_changed_and_writes_the_same_bytes(handed_in, tmp_path, capsys):
    def files(out):
        return {
            path.relative_to(out): path.read_bytes()
            for path in out.rglob("*")
            if path.is_file() and path.name not in ("run.json",) and "sqlite" not in path.name
        }

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


@pytest.mark.slow
@needs_sandbox
def test_a_run_that_is_killed_goes_on_and_ends_as_if_it_had_not_been(tmp_path):
    run = busy_grader(tmp_path)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    assert 0 < graded(tmp_path / "out") < 200
    assert subprocess.run(run.args, capture_output=True).returncode == 0
    assert set(totals(tmp_path / "out").values()) == {"6"} and graded(tmp_path / "out") == 200


@pytest.mark.slow
@needs_sandbox
def test_no_process_outlives_a_grader_that_was_killed(tmp_path):
    run = busy_grader(tmp_path)
    workers = children(run.pid)
    assert workers
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    for _ in range(600):
        left = [pid for pid in workers if Path(f"/proc/{pid}").exists()]
        if not left:
            return
        time.sleep(0.1)
    raise AssertionError(left)


@pytest.mark.slow
@needs_sandbox
def test_a_second_grader_of_one_folder_is_refused_until_the_first_has_ended(handed_in, tmp_path, capsys):
    (tmp_path / "out").mkdir()
    with locked(tmp_path / "out"):
        assert lessonkit("grade", handed_in, "--out", tmp_path / "out") == 2
    assert "another run is writing to" in capsys.readouterr().err
    assert lessonkit("grade", handed_in, "--out", tmp_path / "out") == 0


def test_names_are_the_same_however_their_accents_are_written(tmp_path):
    (tmp_path / "roster.csv").write_text("learner\nJos\u00e9\n")
    classes.write(tmp_path / "in" / "Jose\u0301" / "05-adam.ipynb", classes.adam("Jose\u0301"))
    (job,), _ = planned(tmp_path / "in", read_roster(tmp_path / "roster.csv"))
    assert job.learner == "Jos\u00e9" and job.notes == []


@pytest.mark.parametrize("claim", ["moodle:x", "moodle:502:Bob", "canvas:1002", "name:Bob Bert", ":", "a:b"])
def test_what_a_cell_claims_is_an_identifier_and_nothing_else(claim, tmp_path):
    classes.write(tmp_path / "in" / "one.ipynb", classes.notebook(learner=f"learner = {claim!r}"))
    (tmp_path / "roster.csv").write_text("learner,name,canvas,moodle\nbob,Bob Bert,1002,\n")
    assert planned(tmp_path / "in", read_roster(tmp_path / "roster.csv"))[0] == []
    assert [job.learner for job in planned(tmp_path / "in")[0]] == [claim]


@pytest.mark.slow
@needs_sandbox
def test_a_name_that_is_no_text_is_told_and_stops_nobody(handed_in, tmp_path):
    classes.write(handed_in / os.fsdecode(b"J\xf6rg") / "05-adam.ipynb", classes.adam("joerg"))
    assert lessonkit("grade", handed_in, "--out", tmp_path / "out") == 0
    assert totals(tmp_path / "out") == {"ada": "6", "bob": "2", "eve": "0", "J\\udcf6rg": "4"}


@pytest.mark.slow
@needs_sandbox
def test_a_claim_never_takes_the_place_of_marks_that_a_file_of_ones_own_earned(handed_in, tmp_path, capsys):
    lessonkit("grade", handed_in, "--out", tmp_path / "out")
    classes.write(tmp_path / "later" / "whatever.ipynb", classes.notebook(learner="learner = 'ada'"))
    lessonkit("grade", tmp_path / "later", "--out", tmp_path / "out")
    assert (
        "says that it is from 'ada', whose marks came from a file" in capsys.readouterr().out
        and totals(tmp_path / "out")["ada"] == "6"
    )


@pytest.mark.parametrize(
    "place, words",
    [
        (" _05-adam.ipynb", "'', which is no name"),
        (f"ada_1001_1_05-adam-{'1' * 5000}.ipynb", None),
        ("ada/05-adam.IPYNB", None),
        ("ada/in.zip", "is a zip within the zip"),
        ("ada/\x1b]0;x.ipynb", None),
        (f"ada_{'1' * 5000}_1_05-adam.ipynb", "no name|does not say|^$|ada"),
    ],
)
def test_names_in_a_zip_are_read_or_refused_and_stop_nobody(place, words, tmp_path):
    classes.zipped(tmp_path / "in.zip", {place: classes.adam("ada"), "bob/05-adam.ipynb": classes.adam("bob")})
    jobs, outcomes = planned(tmp_path / "in.zip")
    assert "bob" in [job.learner for job in jobs]
    assert (len(jobs), outcomes) == (2, {}) if words is None else re.search(words, outcomes.get(place, "ada"))


@pytest.mark.slow
def test_what_a_terminal_would_obey_is_shown_and_not_sent(handed_in, tmp_path, capsys):
    for name in ("\x1b]0;one", "two"):
        classes.write(tmp_path / "in" / "ada" / f"{name}.ipynb", classes.adam("ada", f"x = {name!r}"))
    lessonkit("grade", tmp_path / "in", "--out", tmp_path / "out", "--unsafe")
    said = capsys.readouterr().out
    assert "\\x1b" in said and "\x1b" not in said


def test_a_folder_that_cannot_be_read_is_told(tmp_path, monkeypatch):
    for who in ("ada", "bob"):
        classes.write(tmp_path / who / "05-adam.ipynb", classes.adam(who))
    real = os.scandir

    def scandir(path):
        if Path(path).name == "ada":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    jobs, outcomes = planned(tmp_path)
    assert [job.learner for job in jobs] == ["bob"] and outcomes == {
        "ada": "not graded: is a folder that cannot be read (Permission denied)"
    }


def test_a_thousand_cells_of_one_id_make_one_note():
    cells = [{"cell_type": "code", "metadata": {}, "id": "adam", "source": f"x = {k}"} for k in range(1000)]
    _, notes = answers_to(read_notebook(json.dumps({"cells": cells}).encode()), all_lessons()["05-adam"])
    assert notes == ["1000 cells answer 'adam': they are run one after the other, and the last definition counts"]


def test_files_of_canvas_that_are_not_numbered_compete(tmp_path):
    for number in (5, 60):
        classes.write(tmp_path / f"lovelaceada_1001_{number}_05-adam.ipynb", classes.adam("ada", f"x = {number}"))
    jobs, outcomes = planned(tmp_path)
    assert jobs == [] and all("another notebook of '1001'" in outcome for outcome in outcomes.values())


def test_what_a_terminal_would_obey_is_no_name(tmp_path):
    classes.write(tmp_path / "one.ipynb", classes.notebook(learner='learner = "\x1b[2J"'))
    jobs, outcomes = planned(tmp_path)
    assert jobs == [] and "'\\x1b[2J', which is no name" in outcomes["one.ipynb"]


@pytest.mark.slow
@needs_sandbox
@pytest.mark.parametrize("inherited", [signal.SIG_DFL, signal.SIG_IGN])  # the second is what a script's `&` leaves
def test_an_interrupted_grader_says_that_it_can_go_on(tmp_path, inherited):
    before = signal.signal(signal.SIGINT, inherited)
    try:
        run = busy_grader(tmp_path)
    finally:
        signal.signal(signal.SIGINT, before)
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does
    said = run.communicate(timeout=60)[1].decode()
    assert run.returncode == 130 and "the same command goes on from here" in said and "Traceback" not in said


def busy_grader(folder):
    """A grader in the middle of a class, in a process group of its own."""
    for k in range(200):
        classes.write(folder / "in" / f"learner{k:02}" / "05-adam.ipynb", classes.adam(f"learner{k:02}"))
    command = [
        Path(sys.executable).with_name("lessonkit"),
        "grade",
        folder / "in",
        "--out",
        folder / "out",
        "--workers",
        "1",
    ]
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
    while run.poll() is None:
        time.sleep(0.02)
        if (folder / "out" / "gradebook.sqlite").exists() and graded(folder / "out"):
            return run
    raise AssertionError(run.communicate()[1])


def children(pid):
    """All processes below one, by what the system says of their parents."""
    parents, found = {}, [pid]
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it may have ended
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found[1:]


@pytest.mark.slow
@needs_sandbox
def test_a_full_disk_stops_a_run_in_words_and_loses_nothing(tmp_path):
    """On a real file system of a megabyte, filled to the last byte but a few."""
    for k in range(60):
        classes.write(tmp_path / "in" / f"learner{k:02}" / "05-adam.ipynb", classes.adam(f"learner{k:02}"))
    (tmp_path / "small").mkdir()
    grade = (
        f"{Path(sys.executable).with_name('lessonkit')} grade {tmp_path / 'in'} --out small/out --unsafe --workers 1"
    )
    script = (
        "".join(f"head -c {size} /dev/zero > small/filler; {grade}; echo status $?; " for size in (900_000, 700_000, 0))
        + "cp -r small/out out"
    )
    done = subprocess.run(
        [
            "bwrap",
            "--dev-bind",
            "/",
            "/",
            "--size",
            "1000000",
            "--tmpfs",
            tmp_path / "small",
            "--chdir",
            tmp_path,
            "--",
            "sh",
            "-c",
            script,
        ],
        capture_output=True,
        text=True,
    )
    assert [line for line in done.stdout.splitlines() if line.startswith("status")] == [
        "status 2",
        "status 2",
        "status 0",
    ], done
    assert "Traceback" not in done.stderr and done.stderr.count("make room") == 2
    assert set(totals(tmp_path / "out").values()) == {"6"} and graded(tmp_path / "out") == 60


def graded(out):
    try:
        base = sqlite3.connect(f"file:{out / 'gradebook.sqlite'}?mode=ro", uri=True)
        return base.execute("select count(*) from attempt").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


@pytest.mark.slow
@needs_sandbox
def test_a_lost_worker_costs_nothing(handed_in, tmp_path, monkeypatch):
    monkeypatch.setattr(batches, "grade_batch", _dies_once)
    monkeypatch.setenv("DIED", str(tmp_path / "died"))
    record = grade(handed_in, tmp_path / "out", workers=1)
    assert record["counts"] == {"graded": 3} and (tmp_path / "died").exists()


@pytest.mark.slow
@needs_sandbox
@pytest.mark.parametrize("batch, count", [(25, 1), (1, 2), (2, 2)])
def test_who_kills_every_worker_is_told_and_all_others_are_graded(batch, count, tmp_path, monkeypatch, capsys):
    for k in range(8):
        classes.write(tmp_path / "in" / f"learner{k}" / "05-adam.ipynb", classes.adam(f"learner{k}"))
    monkeypatch.setattr(batches, "grade_batch", _dies_of_learner3)
    monkeypatch.setattr(batches, "BATCH", batch)
    assert lessonkit("grade", tmp_path / "in", "--out", tmp_path / "out", "--workers", count) == 2
    assert (
        "1 submissions could not be graded in 3 attempts, 'learner3/05-adam.ipynb' first (BrokenProcessPool"
        in capsys.readouterr().err
    )
    assert totals(tmp_path / "out") == {f"learner{k}": "6" for k in range(8) if k != 3}
    monkeypatch.undo()
    assert lessonkit("grade", tmp_path / "in", "--out", tmp_path / "out") == 0
    assert "1 graded" in capsys.readouterr().out and len(totals(tmp_path / "out")) == 8


REAL = workers.grade_batch


def _dies_of_learner3(jobs, seed, unsafe, expected):
    if any(learner == "learner3" for _, learner, *_ in jobs):
        os.kill(os.getpid(), signal.SIGKILL)
    return REAL(jobs, seed, unsafe, expected)


def _dies_once(jobs, seed, unsafe, expected):
    died = Path(os.environ["DIED"])
    if not died.exists():
        died.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return REAL(jobs, seed, unsafe, expected)


@needs_sandbox
def test_threads_of_one_process_have_sandboxes_of_their_own(tmp_path):
    """As a Dask worker has them that is started without `--nthreads 1`."""
    lesson = all_lessons()["05-adam"]
    jobs = [
        (
            lesson,
            f"l{k}",
            {
                "adam": classes.right("adam"),
                "adam_answer": "answer_adam = 0 + " + classes.by_hand_answer("adam", f"l{k}")[14:],
            },
            None,
        )
        for k in range(12)
    ]
    with concurrent.futures.ThreadPoolExecutor(3) as threads:
        graded = [each.result() for each in [threads.submit(workers.grade_batch, [job], 3) for job in jobs]]
    assert [sum(part["points"] for part in parts) for (parts,) in graded] == [6] * 12


def test_a_sandbox_that_runs_nothing_is_none(monkeypatch):
    for mode in ("nested", "once", "unsafe"):
        made = Sandbox(unsafe=mode == "unsafe")
        made.mode = mode
        monkeypatch.setattr(made, "run", lambda tasks: [(0, {"ended": "stopped by itself"})])
        monkeypatch.setattr(shutil, "which", lambda name, **_: name)
        with pytest.raises(NoSandbox, match="does not run answers"):
            made.check()


@pytest.mark.slow
@needs_sandbox
def test_a_cluster_of_two_workers_one_of_them_killed_gives_the_same_grades(tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed", reason="no Dask: `make .venv/test.stamp` installs it")
    for k in range(60):
        source = None if k % 2 else classes.wrong("adam", "forgets the root")
        classes.write(tmp_path / "in" / f"learner{k:02}" / "05-adam.ipynb", classes.adam(f"learner{k:02}", source))
    grade(tmp_path / "in", tmp_path / "alone", seed=3)
    monkeypatch.setenv("DIED", str(tmp_path / "died"))  # before its workers are made
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        monkeypatch.setattr(batches, "grade_batch", _dies_once)
        record = grade(tmp_path / "in", tmp_path / "cluster", scheduler=cluster.scheduler_address, seed=3)
    assert (tmp_path / "died").exists()
    assert record["counts"] == {"graded": 60}
    assert (tmp_path / "cluster" / "grades.csv").read_bytes() == (tmp_path / "alone" / "grades.csv").read_bytes()


def planned(path, roster=None):
    """Of what is handed in, what is to be graded, and what is said of the rest, by place."""
    submissions = plan(find(path, all_lessons(), roster), all_lessons(), roster, 0, {})
    return [each for each in submissions if not each.outcome], {
        each.file.place: each.outcome for each in submissions if each.outcome
    }


FORMS = {
    "nbgrader": lambda who: f"{who}/05-adam/05-adam.ipynb",
    "folders": lambda who: f"{who}/05-adam.ipynb",
    "loose": lambda who: f"{who}_05-adam.ipynb",
}


@pytest.mark.parametrize("form", FORMS)
def test_learners_are_found_in_a_folder_of_any_form(form, tmp_path):
    for who in ("ada", "bob"):
        classes.write(tmp_path / FORMS[form](who), classes.adam(who))
    jobs, outcomes = planned(tmp_path)
    assert [(job.learner, job.lesson.name) for job in jobs] == [
        ("ada", "05-adam"),
        ("bob", "05-adam"),
    ] and outcomes == {}


def test_a_zip_from_canvas_names_learners_by_number_and_counts_the_last_of_several(tmp_path):
    classes.zipped(
        tmp_path / "submissions.zip",
        {
            "lovelaceada_1001_55_05-adam.ipynb": classes.adam("ada", "x = 1"),
            "lovelaceada_1001_57_05-adam-2.ipynb": classes.adam("ada"),
            "lovelaceada_1001_56_05-adam-1.ipynb": classes.adam("ada", "x = 2"),
            "bertbob_LATE_1002_58_05-adam.ipynb": classes.adam("bob"),
        },
    )
    (tmp_path / "roster.csv").write_text("learner,name,canvas\nada,Ada Lovelace,1001\nbob,Bob Bert,1002\n")
    jobs, outcomes = planned(tmp_path / "submissions.zip", read_roster(tmp_path / "roster.csv"))
    found = {job.learner: job.answers()["adam"] for job in jobs}
    assert found == {"ada": classes.right("adam"), "bob": classes.right("adam")}
    assert outcomes == {
        f"lovelaceada_1001_{rest}": "left out: 'lovelaceada_1001_57_05-adam-2.ipynb' came later"
        for rest in ("55_05-adam.ipynb", "56_05-adam-1.ipynb")
    }


@pytest.mark.parametrize(
    "place",
    [
        "eve/bertbob_1002_58_05-adam.ipynb",
        "eve/Bob Bert_502_assignsubmission_file_/05-adam.ipynb",
        "eve/bob/05-adam.ipynb",
        "eve/bob_05-adam.ipynb",
        "eve/submitted/bob/05-adam.ipynb",
        "Eve_503_assignsubmission_file_Bob Bert_502_assignsubmission_file_05-adam.ipynb",
        "Eve_503_assignsubmission_file_/bertbob_1002_58_05-adam.ipynb",
        "Bob_502_assignsubmission_file_Eve_503_assignsubmission_file_/05-adam.ipynb",
        "eve_1003_59_bertbob_1002_58_05-adam.ipynb",
        "submitted/eve/bob/05-adam.ipynb",
    ],
)
def test_whose_a_file_is_cannot_be_chosen_by_its_name(place, tmp_path):
    classes.write(tmp_path / "in" / place, classes.adam("bob"))
    classes.zipped(tmp_path / "in.zip", {place: classes.adam("bob")})
    (tmp_path / "roster.csv").write_text("learner,name,canvas,moodle\neve,Eve,1003,503\nbob,Bob Bert,1002,502\n")
    for path in (tmp_path / "in", tmp_path / "in.zip"):
        (job,), _ = planned(path, read_roster(tmp_path / "roster.csv"))
        assert job.learner == "eve" and "says that it is from 'bob'" in job.notes[0]


def test_a_zip_with_two_files_of_one_place_accounts_for_both(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
            for source in ("x = 1", "x = 2"):
                archive.writestr("ada/05-adam.ipynb", json.dumps(classes.adam("ada", source)))
    submissions = plan(find(tmp_path / "in.zip"), all_lessons(), None, 0, {})
    assert ["another notebook of" in each.outcome for each in submissions] == [True, True]


def test_a_zip_from_moodle_names_learners_by_their_name_or_number(tmp_path):
    classes.zipped(
        tmp_path / "submissions.zip",
        {
            "Ada Lovelace_501_assignsubmission_file_/05-adam.ipynb": classes.adam("ada"),
            "Bob Bert_502_assignsubmission_file_05-adam.ipynb": classes.adam("bob"),
        },
    )
    (tmp_path / "roster.csv").write_text('learner,name,moodle\nada,Ada Lovelace,\nbob,"Bert, Bob",502\n')
    jobs, outcomes = planned(tmp_path / "submissions.zip", read_roster(tmp_path / "roster.csv"))
    assert [job.learner for job in jobs] == ["ada", "bob"] and outcomes == {}


BAD = {
    "empty": (b"", "is empty"),
    "cut off": (json.dumps(classes.RELEASED["05-adam"]).encode()[:3000], "not JSON"),
    "not a notebook": (b"[1, 2]", "not a notebook"),
    "deeply nested": (b"[" * 100_000, "not JSON"),
    "huge": (b" " * (LARGEST + 1), "larger than"),
    "of another course": (
        json.dumps(
            {"cells": [{"cell_type": "code", "metadata": {"nbgrader": {"grade_id": "cell-1"}}, "source": "1"}]}
        ).encode(),
        "no notebook of this course",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_told_in_a_line_and_the_rest_goes_on(name, tmp_path):
    content, words = BAD[name]
    classes.write(tmp_path / "eve" / "05-adam.ipynb", content)
    classes.write(tmp_path / "ada" / "05-adam.ipynb", classes.adam("ada"))
    jobs, outcomes = planned(tmp_path)
    assert [job.learner for job in jobs] == ["ada"] and words in outcomes["eve/05-adam.ipynb"]


def test_symbolic_links_are_not_followed_and_paths_in_a_zip_lead_nowhere(tmp_path):
    classes.write(tmp_path / "in" / "ada" / "05-adam.ipynb", classes.adam("ada"))
    (tmp_path / "in" / "eve").mkdir()
    (tmp_path / "in" / "eve" / "05-adam.ipynb").symlink_to(tmp_path / "in" / "ada" / "05-adam.ipynb")
    (tmp_path / "in" / "mal").symlink_to(tmp_path / "in" / "ada")
    os.mkfifo(tmp_path / "in" / "eve" / "06-weight-decay.ipynb")
    jobs, outcomes = planned(tmp_path / "in")
    assert [job.learner for job in jobs] == ["ada"]
    assert (
        outcomes["mal"].startswith("not graded: is a symbolic link")
        and "not an ordinary file" in outcomes["eve/06-weight-decay.ipynb"]
    )
    classes.zipped(
        tmp_path / "bad.zip",
        {"../../ada/05-adam.ipynb": classes.adam("ada"), "/etc/05-adam.ipynb": classes.adam("etc")},
    )
    assert [file.owner.id for file in find(tmp_path / "bad.zip")] == ["ada", "etc"]


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..", ".", "a/b", ".hidden", "~root", "con\x00trol", "a" * 500, "ü" * 90, "ada", ""]
)
def test_a_learners_name_makes_a_file_name_and_no_path(name, tmp_path):
    made = files.safe(name)
    assert (
        made not in ("", ".", "..") and not set(made) & set("/\\\0~") and not made.startswith(".") and len(made) <= 120
    )
    files.write(tmp_path / made / "x.html", "x")
    assert [path.name for path in tmp_path.iterdir()] == [made]


def test_long_names_that_begin_alike_make_two_files():
    assert files.safe("a" * 500) != files.safe("a" * 501)


@pytest.mark.parametrize(
    "cell, written",
    [
        ("=1+1", "'=1+1"),
        ("@x", "'@x"),
        ("-", "-"),
        ("-2.5", "-2.5"),
        (-2, "-2"),
        ("-2+3", "'-2+3"),
        ("+1", "'+1"),
        ("ada", "ada"),
        ("", ""),
    ],
)
def test_a_spreadsheet_computes_no_text_and_keeps_every_number(cell, written):
    assert grades_csv.csv_text([[cell, "x"]]) == f"{written},x\n"


def test_two_notebooks_of_one_learner_are_both_refused_and_a_claim_gives_way_to_a_place(tmp_path):
    classes.write(tmp_path / "in" / "ada" / "one" / "05-adam.ipynb", classes.adam("ada"))
    classes.write(tmp_path / "in" / "ada" / "two" / "05-adam.ipynb", classes.adam("ada", "x = 1"))
    classes.write(tmp_path / "in" / "bob" / "05-adam.ipynb", classes.adam("bob"))
    classes.write(tmp_path / "in" / "05-adam.ipynb", classes.adam("bob", "x = 1"))  # loose: claims to be Bob's
    classes.write(tmp_path / "in" / "a-claim.ipynb", classes.adam("eve", "x = 1"))
    classes.write(tmp_path / "in" / "other-claim.ipynb", classes.adam("eve"))
    jobs, outcomes = planned(tmp_path / "in")
    assert [job.file.place for job in jobs] == ["bob/05-adam.ipynb"]
    assert {place for place, outcome in outcomes.items() if "another notebook of" in outcome} == {
        "ada/one/05-adam.ipynb",
        "ada/two/05-adam.ipynb",
        "05-adam.ipynb",
        "a-claim.ipynb",
        "other-claim.ipynb",
    }


def test_duplicated_and_extra_cells_and_an_old_version_are_noted(tmp_path):
    content = classes.adam("ada")
    (cell,) = [cell for cell in content["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") == "adam"]
    content["cells"] = [
        *reversed(content["cells"]),
        {**cell, "source": "adam = 3"},
        {"cell_type": "code", "metadata": {}, "source": "adam = 7"},
    ]
    content["metadata"]["lessonkit"]["version"] = "00000000"
    classes.write(tmp_path / "bob" / "05-adam.ipynb", content)
    (job,), _outcomes = planned(tmp_path)
    assert job.answers()["adam"] == f"{classes.right('adam')}\n\f\nadam = 3"
    assert [note.split(":")[0].split(",")[0] for note in job.notes] == [
        "'adam' is defined in another cell too",
        "2 cells answer 'adam'",
        "made from version '00000000' of the exercise",
        "says that it is from 'ada'; the questions by hand are graded with the numbers of 'bob'",
    ]


@pytest.mark.parametrize(
    "text, words",
    [
        ("name\nAda\n", "expected columns called learner; the first line is 'name'"),
        ("", "expected a first line"),
        ("learner\n", "and a line below"),
        (b"learner\n\xff\n", "cannot be read as CSV in UTF-8"),
    ],
)
def test_a_roster_that_is_none_is_refused(text, words, tmp_path):
    (tmp_path / "roster.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(BadTable, match=words):
        read_roster(tmp_path / "roster.csv")


@pytest.mark.slow
@needs_sandbox
def test_lines_of_the_roster_that_cannot_be_used_are_told_and_the_rest_is_graded(handed_in, tmp_path, capsys):
    (tmp_path / "roster.csv").write_text(
        "learner,name,canvas\nada,Ada,1\nbob,Bob,2\nbob,Bert,3\n,Nobody,4\neve,Eve,5\nfay,Fay,5\n"
    )
    classes.write(handed_in / "evee_5_7_05-adam.ipynb", classes.adam("eve"))
    assert lessonkit("grade", handed_in, "--out", tmp_path / "out", "--roster", tmp_path / "roster.csv") == 0
    said, record = capsys.readouterr(), json.loads((tmp_path / "out" / "run.json").read_text())
    for words in (
        "line 3: 'bob' stands on 2 lines",
        "line 4: 'bob' stands on 2 lines",
        "line 5: no learner",
        "2 learners have the canvas number 5",
    ):
        assert words in said.err and any(words in problem for problem in record["roster"])
    for words in (
        "'bob/05-adam.ipynb': is from 'bob', which 2 lines",
        "'evee_5_7_05-adam.ipynb': is from 'number 5 of Canvas', which 2 lines",
    ):
        assert words in said.out
    assert totals(tmp_path / "out") == {"ada": "6", "eve": "0", "fay": "0"} and record["missing"] == ["fay"]


@pytest.mark.slow
@needs_sandbox
def test_marks_of_an_earlier_run_stay_and_are_told_where_a_file_is_refused(handed_in, tmp_path, capsys):
    lessonkit("grade", handed_in, "--out", tmp_path / "out")
    (handed_in / "ada" / "05-adam.ipynb").write_text("{")
    classes.write(handed_in / "bob" / "again" / "05-adam.ipynb", classes.adam("bob"))
    capsys.readouterr()
    lessonkit("grade", handed_in, "--out", tmp_path / "out")
    said = capsys.readouterr().out
    assert "'ada/05-adam.ipynb': is not JSON: cut off, or not a notebook; the marks of an earlier run stay" in said
    assert said.count("the marks of an earlier run stay") == 3 and totals(tmp_path / "out") == {
        "ada": "6",
        "bob": "2",
        "eve": "0",
    }


def test_who_is_not_on_the_roster_is_told_and_who_is_missing_too(handed_in, tmp_path):
    (tmp_path / "roster.csv").write_text("learner\nada\nzoe\n")
    roster = read_roster(tmp_path / "roster.csv")
    jobs, outcomes = planned(handed_in, roster)
    assert [job.learner for job in jobs] == ["ada"] and "'bob', who is not on the roster" in outcomes[
        "bob/05-adam.ipynb"
    ]


@pytest.mark.slow
@needs_sandbox
def test_points_by_hand_are_merged_exports_have_them_and_a_learner_can_be_forgotten(handed_in, tmp_path, capsys):
    out = tmp_path / "out"
    lessonkit("grade", handed_in, "--out", out)
    (tmp_path / "points.csv").write_text(
        "learner,lesson,part,points,comment\nbob,05-adam,adam,3,nearly\nada,05-adam,essay,5,=fine\n"
    )
    assert lessonkit("merge", tmp_path / "points.csv", out) == 0
    assert totals(out) == {"ada": "11", "bob": "5", "eve": "0"}
    assert "Comment: nearly" in (out / "feedback" / "bob" / "05-adam.html").read_text()
    (tmp_path / "roster.csv").write_text(
        "learner,name,email,canvas\nada,Ada Lovelace,ada@example.org,1001\nzoe,Zoe,zoe@example.org,1003\n"
    )
    capsys.readouterr()
    assert lessonkit("export", out, "--to", "canvas", "--roster", tmp_path / "roster.csv") == 0
    rows = list(csv.reader(capsys.readouterr().out.splitlines()))
    assert (
        rows[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "05-adam"]
        and rows[1][0].strip() == "Points Possible"
    )
    assert ["Ada Lovelace", "1001", "ada", "", "", "11"] in rows and ["Zoe", "1003", "zoe", "", "", ""] in rows
    lessonkit("export", out, "--to", "moodle", "--roster", tmp_path / "roster.csv")
    rows = list(csv.reader(capsys.readouterr().out.splitlines()))
    assert rows[0] == ["ID number", "Email address", "05-adam"] and ["ada", "ada@example.org", "11"] in rows
    assert ["zoe", "zoe@example.org", "-"] in rows
    lessonkit("export", out, "--to", "csv")
    assert "ada,05-adam,essay,5,0,,,'=fine" in capsys.readouterr().out  # no spreadsheet computes a comment
    assert lessonkit("forget", "bob", out) == 0
    assert "bob" not in totals(out) and not (out / "feedback" / "bob").exists()
    for path in out.rglob("*"):
        assert path.is_dir() or b"bob" not in path.read_bytes(), path
    places = [each["place"] for each in json.loads((out / "run.json").read_text())["submissions"]]
    assert places == ["ada/05-adam.ipynb", "eve/05-adam.ipynb"] and lessonkit("forget", "ad", out) == 2
    assert len(json.loads((out / "run.json").read_text())["submissions"]) == 2


@pytest.mark.slow
@needs_sandbox
def test_the_guide_does_what_it_says(tmp_path, monkeypatch, capsys):
    """Every command of the guide to grading, one after the other, with its own roster; what it shows is what comes out."""
    guide = (ROOT / "docs" / "grading.md").read_text()
    blocks = re.findall(r"```\n(.+?)```", guide, re.DOTALL)
    (roster,) = [block for block in blocks if block.startswith("learner,name")]
    (tmp_path / "roster.csv").write_text(roster)
    classes.zipped(tmp_path / "submissions.zip", {"lovelaceada_1001_55_05-adam.ipynb": classes.adam("ada")})
    (tmp_path / "points.csv").write_text("learner,lesson,part,points,comment\nada,05-adam,adam,4,well done\n")
    (tmp_path / "essays.csv").write_text("learner,lesson,part,points,comment\nada,05-adam,adam,4,well done\n")
    for name, columns in (("deadlines", "lesson,learner,deadline"), ("partial", "mistake,share")):
        (text,) = [block for block in blocks if block.startswith(columns)]
        (tmp_path / f"{name}.csv").write_text(text)
    monkeypatch.chdir(tmp_path)
    commands = [
        line for block in blocks for line in block.splitlines() if re.match("lessonkit (?!.*--scheduler)", line)
    ]
    assert {line.split()[1] for line in commands} == {
        "release",
        "grade",
        "report",
        "policy",
        "merge",
        "anonymous",
        "export",
        "feedback",
        "forget",
    }
    for line in commands:
        arguments, _, file = line.partition(" > ")
        capsys.readouterr()
        assert lessonkit(*arguments.split()[1:]) == 0, line
        if file:
            (tmp_path / file).write_text(capsys.readouterr().out)
        if line.startswith("lessonkit grade "):
            shown = re.findall(r"\| `([^`]+?)`(?:, `([^`]+)`)? \|", guide)
            for name in filter(None, sum(shown, ())):
                assert (tmp_path / "graded" / name.replace("LEARNER", "ada").replace("LESSON", "05-adam")).exists(), (
                    name
                )
    assert (tmp_path / "canvas.csv").read_text() in blocks and (tmp_path / "moodle.csv").read_text() in blocks
    assert "ada,05-adam,adam,4,4,,,well done" in (tmp_path / "parts.csv").read_text()
    assert (tmp_path / "to-students" / "05-adam.ipynb").exists() and (
        tmp_path / "by-learner" / "ada" / "07-clipping.ipynb"
    ).exists()


def test_points_can_be_merged_after_a_run_that_wrote_no_record(tmp_path, capsys):
    with closing(Book(tmp_path / "gradebook.sqlite")) as book:
        book.write(
            [
                Attempt(
                    "ada",
                    "05-adam",
                    "",
                    "",
                    [blank("adam", "rule", "adam", 4) | {"mistake": "goes uphill", "message": "Uphill."}],
                )
            ]
        )
    (tmp_path / "points.csv").write_text(
        "\ufeffLearner; lesson ;part;points;out_of;comment\r\nada;05-adam;essay;3.5;5;well\r\nada;05-adam;adam;4;;\r\n",
        encoding="utf-8",
    )
    assert lessonkit("merge", tmp_path / "points.csv", tmp_path) == 0
    assert (tmp_path / "grades.csv").read_text() == "learner,05-adam,total\nout of,4,4\nada,7.5,7.5\n"
    assert "'essay' is a new part of 05-adam, for 1 learner" in capsys.readouterr().out
    page = (tmp_path / "feedback" / "ada" / "05-adam.html").read_text()
    assert "essay · 3.5 of 5" in page and page.count("Points by a person") == 2 and "uphill" not in page.lower()


@pytest.mark.parametrize(
    "line, words",
    [
        ("zoe,05-adam,adam,1", "nobody is called 'zoe'"),
        ("ada,5-adam,adam,1", "no lesson is called '5-adam'"),
        ("ada,05-adam,adam,400", "400 points for 'adam' of 'ada', which is worth 4"),
        ("ada,05-adam,adam,-1", "-1 points"),
    ],
)
def test_points_that_fit_nowhere_are_refused_and_none_is_taken(line, words, tmp_path, capsys):
    with closing(Book(tmp_path / "gradebook.sqlite")) as book:
        book.write([Attempt("ada", "05-adam", "", "", [blank("adam", "rule", "adam", 4)])])
    (tmp_path / "points.csv").write_text(f"learner,lesson,part,points\nada,05-adam,adam,2\n{line}\n")
    assert lessonkit("merge", tmp_path / "points.csv", tmp_path) == 2 and words in capsys.readouterr().err
    with closing(Book(tmp_path / "gradebook.sqlite")) as book:
        assert book.points()[0] == {("ada", "05-adam"): 0}


@pytest.mark.parametrize(
    "text, words",
    [
        ("learner,lesson\nada,05-adam\n", "columns called learner, lesson, part, points"),
        ("learner,lesson,part,points\nada,05-adam,adam,many\n", "line 2: points must be"),
        ("learner,lesson,part,points\nada,,adam,1\n", "line 2: lesson is empty"),
        ("learner,lesson,part,points\nada,05-adam,adam,nan\n", "must be a number"),
    ],
)
def test_bad_points_by_hand_are_told_by_their_line_and_change_nothing(text, words, tmp_path, capsys):
    Book(tmp_path / "gradebook.sqlite").close()
    (tmp_path / "points.csv").write_text(text)
    assert lessonkit("merge", tmp_path / "points.csv", tmp_path) == 2
    assert words in capsys.readouterr().err
    assert list(Book(tmp_path / "gradebook.sqlite").outcomes()) == []


@pytest.mark.slow
@needs_sandbox
def test_the_report_says_what_to_say_and_lists_nobody_for_usual_answers(tmp_path, capsys):
    wrong = classes.wrong("adam", "forgets the root")
    for k in range(9):
        content = classes.adam(f"l{k}", wrong + f"#{k}" if k in (6, 7) else None) if k < 8 else classes.notebook()
        classes.write(tmp_path / "in" / f"l{k}" / "05-adam.ipynb", content)
    classes.write(tmp_path / "in" / "m0" / "05-adam.ipynb", classes.adam("l7", wrong))
    classes.write(tmp_path / "in" / "m1" / "05-adam.ipynb", classes.adam("l7", wrong))
    lessonkit("grade", tmp_path / "in", "--out", tmp_path / "out")
    capsys.readouterr()
    assert lessonkit("report", tmp_path / "out") == 0
    text = capsys.readouterr().out
    assert "11 learners, mean 61%, median 100%" in text and "   4 ████████████████████ forgets the root" in text
    assert (
        "4 × 05-adam adam: forgets the root" in text
        and "Ask: " in text
        and "× 05-adam adam: is not written yet" not in text
    )
    assert "Far below" not in text  # where so many are
    assert (
        "right for somebody else" not in text
    )  # 2 wrong numbers, each right for one of 8: by accident, that happens in one of ten classes
    assert "Unusual code" not in text and "l7" not in text  # the usual rule, and a known mistake of it
    assert "forgets the root" in (tmp_path / "out" / "report.html").read_text()


def test_who_lies_far_below_the_rest_stands_out():
    assert [share for share in (1, 1, 0.9, 0.9, 0.8, 0.3) if share < survey._far((1, 1, 0.9, 0.9, 0.8, 0.3))] == [0.3]
    assert not 0 < survey._far((0, 1, 1))
    assert not 0.82 < survey._far(
        (1,) * 30 + (0.82, 0.82)
    )  # where nearly all have all points, most of them is not far below


def test_released_notebooks_hold_no_solution_and_know_their_learner(tmp_path, capsys):
    (tmp_path / "roster.csv").write_text("learner\nada\n../eve\n")
    assert (
        lessonkit("release", "05", "07-clipping", "--out", tmp_path / "out", "--roster", tmp_path / "roster.csv") == 0
    )
    files = sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.ipynb"))
    assert files == [
        "%2E.%2Feve/05-adam.ipynb",
        "%2E.%2Feve/07-clipping.ipynb",
        "ada/05-adam.ipynb",
        "ada/07-clipping.ipynb",
    ]
    for name in files:
        text = (tmp_path / "out" / name).read_text()
        assert "SOLUTION" not in text and EXPECTED not in text and "raise NotImplementedError" in text
        assert read_notebook(text.encode()).learner in ("ada", "../eve")
    assert lessonkit("release", "17", "--out", tmp_path) == 2 and "no lesson is called '17'" in capsys.readouterr().err


def test_a_notebook_that_somebody_worked_in_is_not_released_over(tmp_path, capsys):
    assert lessonkit("release", "5", "--out", tmp_path) == 0 and lessonkit("release", "05-adam", "--out", tmp_path) == 0
    path = tmp_path / "05-adam.ipynb"
    path.write_text(path.read_text().replace("nobody", "ada"))
    assert lessonkit("release", "05", "06", "--out", tmp_path) == 2
    assert "05-adam.ipynb is there and says something else" in capsys.readouterr().err
    assert '"ada' in path.read_text().replace("\\", "") and not (tmp_path / "06-weight-decay.ipynb").exists()


EXPECTED = "1 - beta1 ** t"


@pytest.mark.slow
def test_without_a_sandbox_the_command_refuses_and_says_what_to_install(handed_in, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert lessonkit("grade", handed_in, "--out", tmp_path / "out") == 2
    assert "apt install bubblewrap" in capsys.readouterr().err
    assert lessonkit("grade", handed_in, "--out", tmp_path / "out", "--unsafe", "--workers", 1) == 0
    assert totals(tmp_path / "out") == {"ada": "6", "bob": "2", "eve": "0"}


def test_bad_arguments_are_told_in_a_line(tmp_path, capsys):
    (tmp_path / "x.zip").write_bytes(b"no zip")
    for arguments, words in (
        (("grade", tmp_path / "nowhere", "--out", tmp_path / "o", "--unsafe"), "no such file or folder"),
        (("grade", tmp_path / "x.zip", "--out", tmp_path / "o", "--unsafe"), "not a zip"),
        (("report", tmp_path), "no gradebook here"),
        (("export", tmp_path, "--to", "csv"), "no gradebook here"),
    ):
        assert lessonkit(*arguments) == 2
        assert words in capsys.readouterr().err


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "cells",
                    "metadata",
                    "nbgrader",
                    "grade_id",
                    "source",
                    "cell_type",
                    "lessonkit",
                    "shape",
                    "numbers",
                    "x",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)


@needs_sandbox
@pytest.mark.parametrize(
    "answer, mistake, words",
    [
        ("answer_adam = 0,175", "is not a number", "a point between them"),
        ("answer_adam = np.ones(2)", "is not a number", "a point between them"),
        ("answer = 1", "does not define its name", "does not define `answer_adam`"),
        ("answer_adam = helper()", "raises", "A cell is run alone"),
        ("answer_adam = {}['a']", "raises", "stopped with an error."),
        ("answer_adam = (", "raises", "not valid Python"),
    ],
)
def test_feedback_says_what_is_wrong_with_a_number(answer, mistake, words, tmp_path):
    with closing(Sandbox()) as sandbox:
        (part, _) = marks.mark(all_lessons()["05-adam"], "ada", {"adam_answer": answer}, sandbox, 3)
    assert (
        part["mistake"] == mistake and words in part["message"] and ("alone" in part["message"]) == ("helper" in answer)
    )
    assert "two steps" in part["task"] and "two steps" in pages.feedback("ada", "05-adam", [part], [])


def test_an_answer_that_stands_in_another_cell_is_noted(tmp_path):
    content = classes.adam("ada")
    content["cells"].append(
        {"cell_type": "code", "metadata": {}, "id": "x", "source": "def adam(theta):\n    return theta\n"}
    )
    classes.write(tmp_path / "ada" / "05-adam.ipynb", content)
    (job,), _ = planned(tmp_path)
    assert job.notes == ["'adam' is defined in another cell too: what counts is the cell with the id 'adam'"]


@given(JSON | st.fixed_dictionaries({"cells": st.lists(JSON, max_size=5)}))
@pytest.mark.slow
def test_whatever_json_is_handed_in_it_is_read_or_refused(value):
    try:
        read = read_notebook(json.dumps(value).encode())
    except Unreadable:
        return
    answers, notes = answers_to(read, all_lessons()["05-adam"])
    assert all(isinstance(text, str) for text in (*answers.values(), *notes))


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


@pytest.mark.parametrize("depth", [4, 100, 450, 900])
def test_lists_in_lists_are_refused_and_stop_nobody(depth):
    nested = "[" * depth + "]" * depth
    with pytest.raises(ValueError, match=r"^not "):
        unpack(json.loads(nested))
    with pytest.raises(BadFrame):
        parse(("[" * 100_000).encode())


@given(
    JSON
    | st.fixed_dictionaries(
        {
            "outcome": JSON
            | st.fixed_dictionaries({"trouble": JSON, "error": JSON})
            | st.fixed_dictionaries({"values": JSON, "states": JSON})
        }
    )
    | st.fixed_dictionaries({"ended": JSON})
)
def test_whatever_outcome_comes_it_gives_no_marks_and_says_nothing_of_its_own(outcome):
    lesson = all_lessons()["01-plain-descent"]

    class Made:
        def run(self, tasks, evaluate=None):
            return enumerate(outcome if isinstance(outcome, dict) else {"outcome": outcome} for _ in tasks)

    parts = marks.mark(lesson, "ada", {"sgd": "x", "sgd_answer": "y"}, Made(), 3)
    assert all(part["points"] == 0 and part["mistake"] in (*marks.TROUBLES, None) for part in parts)


@pytest.mark.slow
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
    assert np.array_equal(array, [[1.5, np.nan], [np.inf, -0.0]], equal_nan=True) and (number, zero_d, nothing) == (
        2.5,
        3.0,
        None,
    )


def test_a_full_disk_keeps_the_old_page(tmp_path, monkeypatch):
    files.write(tmp_path / "grades.csv", "old")
    monkeypatch.setattr(Path, "write_bytes", _no_space)
    with pytest.raises(OSError, match="No space"):
        files.write(tmp_path / "grades.csv", "new")
    assert (tmp_path / "grades.csv").read_text() == "old"


def _no_space(path, content):
    raise OSError(28, "No space left on device")
