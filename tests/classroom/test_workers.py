"""A run that is interrupted, a worker that is lost and a disk that is full cost nothing that was graded."""

import concurrent.futures
import contextlib
import os
import shlex
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import classes
import pytest
from classes import lessonkit, needs_sandbox, totals

from lessonkit.classroom.grading import batches, workers
from lessonkit.classroom.grading.grade import grade
from lessonkit.classroom.lessons import all_lessons

pytestmark = pytest.mark.timeout(300)


@pytest.mark.slow
@needs_sandbox
def test_a_run_that_is_killed_goes_on_and_ends_as_if_it_had_not_been(tmp_path):
    run = busy_grader(tmp_path)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    assert 0 < graded(tmp_path / "out") < 200
    assert subprocess.run(run.args, capture_output=True).returncode == 0
    assert set(totals(tmp_path / "out").values()) == {"19"} and graded(tmp_path / "out") == 200


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
    """On a real file system of three megabytes, filled to the last byte but a few."""
    for k in range(60):
        classes.write(tmp_path / "in" / f"learner{k:02}" / "05-adam.ipynb", classes.adam(f"learner{k:02}"))
    (tmp_path / "small").mkdir()
    command = shlex.quote(str(Path(sys.executable).with_name("lessonkit")))
    grade = f"{command} grade in --out small/out --unsafe --workers 1"
    script = (
        "".join(
            f"head -c {size} /dev/zero > small/filler; {grade}; echo status $?; " for size in (2_900_000, 2_300_000, 0)
        )
        + "cp -r small/out out"
    )
    done = subprocess.run(
        [
            "bwrap",
            "--dev-bind",
            "/",
            "/",
            "--size",
            "3000000",
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
    assert set(totals(tmp_path / "out").values()) == {"19"} and graded(tmp_path / "out") == 60


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
    assert totals(tmp_path / "out") == {f"learner{k}": "19" for k in range(8) if k != 3}
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
                "adam": classes.version("adam", f"l{k}"),
                "adam_answer": "answer_adam = 0 + " + classes.by_hand_answer("adam", f"l{k}")[14:],
            },
            None,
        )
        for k in range(12)
    ]
    with concurrent.futures.ThreadPoolExecutor(3) as threads:
        graded = [each.result() for each in [threads.submit(workers.grade_batch, [job], 3) for job in jobs]]
    assert [sum(part["points"] for part in parts) for (parts,) in graded] == [7] * 12


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


@pytest.mark.slow
def test_the_sandbox_of_a_thread_ends_with_the_thread():
    started = []

    def grade():
        workers.grade_batch([], seed=0, unsafe=True)
        started.append(workers._here.sandbox.process)

    thread = threading.Thread(target=grade)
    thread.start()
    thread.join()
    assert [process.poll() is None for process in started] == [False]
