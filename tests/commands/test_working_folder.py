"""Nothing in the working folder is run or read, unless it is named: it may be a folder of submissions, with files of anybody."""

import argparse
import csv
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import classes
import pytest
from browsers import BIN, SITE, opened_lab
from classes import needs_sandbox
from prose import ROOT

from lessonkit.commands import cli, options
from lessonkit.machine import working_folder

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

# Runs first in each process of Python, and notes what that imports, or tries to, and which files it opens.
WATCH = """
import os, sys
def note(event, args, log=os.environ["WATCH_LOG"], os=os):
    if event == "import":
        line = f"import {args[0]}\\n"
    elif event == "open" and isinstance(args[0], str) and args[0] != log:
        line = f"open {os.path.abspath(args[0])}\\n"
    else:
        return
    try:
        file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        os.write(file, line.encode(errors="replace"))
        os.close(file)
    except OSError:  # a process whose limits allow no file
        pass
sys.addaudithook(note)
"""
COMMANDS = [
    line.split()
    for line in """
release 05 --out ../released
instructor 05 --out ../keep --seed 5
grade . --out ../out --seed 5 --roster ../roster.csv
grade . --out ../unsafe --seed 5 --unsafe --workers 2
report ../out
preview --out ../preview
policy ../out --deadlines ../deadlines.csv --late 10 --late-at-most 50 --grace 15 --attempts best --partial ../partial.csv
policy ../out
export ../out --to canvas --roster ../roster.csv
feedback ../out --to canvas --lesson 05 --zip ../feedback.zip
anonymous ../out --out ../to-graders --lesson 05
merge ../points.csv ../out
merge ../to-graders/points.csv ../out
forget bob ../out
progress
--version
--help
""".strip().splitlines()
]
CONFIGS = (
    "jupyter_config.py",
    "jupyter_server_config.py",
    "jupyter_lab_config.py",
    "jupyter_notebook_config.py",
    "ipython_config.py",
    "ipython_kernel_config.py",
    "nbgrader_config.py",
    "conftest.py",
    ".pdbrc",
    "pyvenv.cfg.py",
)
PROGRAMS = (
    "bwrap",
    "python",
    "python3",
    "git",
    "node",
    "npm",
    "jupyter",
    "sh",
    "uname",
    "ldconfig",
    "gcc",
    "fc-list",
    "latex",
    "dvipng",
)


class Folder:
    """A class's folder of submissions to run commands in; `files` notes what they do."""

    def __init__(self, base):
        self.base, self.here, self.markers, self.log = base, base / "in", base / "markers", base / "watched"
        classes.write(self.here / "ada" / "05-adam.ipynb", classes.adam("ada"))
        classes.write(
            self.here / "bob" / "05-adam.ipynb", classes.adam("bob", classes.wrong("adam", "forgets the root"))
        )
        (base / "roster.csv").write_text("learner,name\nada,Ada\nbob,Bob\n")
        (base / "points.csv").write_text("learner,lesson,part,points,out_of\nada,05-adam,essay,2,3\n")
        (base / "deadlines.csv").write_text("lesson,learner,deadline\n05-adam,,2026-03-01 23:59\n")
        (base / "partial.csv").write_text("mistake,share\nforgets the root,0.5\n")
        (base / "watch").mkdir()
        (base / "watch" / "sitecustomize.py").write_text(WATCH)
        self.env = {
            **os.environ,
            "WATCH_LOG": str(self.log),
            "PYTHONPATH": f"{base / 'watch'}{os.pathsep}{ROOT / 'tools' / 'light'}{os.pathsep}{ROOT}",
            "HOME": str(base),
            "PATH": os.pathsep.join(["", ".", str(BIN), os.environ["PATH"], ""]),
        }

    def plant(self, names, folder=None):
        """Put a file of each kind that might be run or read into the folder."""
        folder = folder or self.here
        mark = f"with open({str(self.markers)!r}, 'a') as stream: stream.write(__file__ + '\\n')\n"
        for name in {*names, *sys.stdlib_module_names, "sitecustomize", "usercustomize", "evil", "lessonkit"} - {""}:
            (folder / f"{name}.py").write_text(mark)
        (folder / "lessonkit").mkdir()
        (folder / "lessonkit" / "__init__.py").write_text(mark)
        (folder / "evil.pth").write_text("import evil\n")
        for name in PROGRAMS:
            (folder / name).write_text(f"#!/bin/sh\necho {name} >> {shlex.quote(str(self.markers))}\n")
            (folder / name).chmod(0o755)

    def plant_settings(self):
        mark = f"open({str(self.markers)!r}, 'a').write('settings\\n')\n"
        for name in CONFIGS:
            (self.here / name).write_text(mark)
        for name, text in {
            "pytest.ini": "[pytest]\naddopts = --evil\n",
            ".env": "LESSONKIT_HOME=evil\n",
            ".npmrc": "prefix=evil\n",
            "matplotlibrc": "text.usetex: True\nbackend: module://evil\n",
        }.items():
            (self.here / name).write_text(text)
        for name in ("notebooks", "exercises"):
            (self.here / name).mkdir()
            (self.here / name / "00-start.ipynb").write_text("not a notebook")

    def run(self, command, **env):
        """Exit status and output; without times, and without the folder's own path."""
        done = subprocess.run(
            [BIN / "lessonkit", *command],
            cwd=self.here,
            env=self.env | env,
            capture_output=True,
            text=True,
            timeout=200,
        )
        printed = re.sub(r"in [\d.]+ s\b", "in 0 s", done.stdout.replace(str(self.base), "BASE"))
        return done.returncode, printed, done.stderr.replace(str(self.base), "BASE")

    def grades(self, out):
        return (self.base / out / "grades.csv").read_text()

    def imported(self):
        lines = self.log.read_text().splitlines()
        return {line.split()[1].split(".")[0] for line in lines if line.startswith("import ")}

    def opened(self):
        """Files of the working folder that were opened, but for submissions."""
        paths = {
            line[len("open ") :] for line in self.log.read_text().splitlines() if line.startswith(f"open {self.here}/")
        }
        return {path for path in paths if os.path.isfile(path) and not path.endswith(".ipynb")}


def told(folder):
    return folder.markers.read_text() if folder.markers.exists() else ""


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """All commands in a folder of submissions alone: what they gave, and the modules that they imported in all processes."""
    folder = Folder(tmp_path_factory.mktemp("clean"))
    folder.results = [folder.run(command) for command in COMMANDS]
    assert [status for status, *_ in folder.results] == [0] * len(COMMANDS), folder.results
    assert {"multiprocessing", "numpy", "matplotlib", "lessonkit", "concurrent"} <= folder.imported()
    return folder


@needs_sandbox
def test_no_file_of_the_working_folder_is_run_or_read_by_any_command(clean, tmp_path):
    folder = Folder(tmp_path)
    folder.plant(clean.imported())
    folder.plant_settings()
    for command, result in zip(COMMANDS, clean.results, strict=True):
        got = folder.run(command)
        if command[0] == "grade":  # its summary tells of the planted notebooks too
            assert (got[0], got[2]) == (result[0], result[2]) and "2 graded" in got[1], command
        else:
            assert got == result, command
        assert told(folder) == "", command
    assert folder.opened() == set()
    assert [folder.grades(out) for out in ("out", "unsafe")] == [clean.grades(out) for out in ("out", "unsafe")]
    assert (tmp_path / "out" / "heatmap.png").read_bytes() == (clean.base / "out" / "heatmap.png").read_bytes()


def test_the_score_of_the_judge_reads_nothing_of_the_working_folder(tmp_path):
    """Its first line takes seconds and the rest a minute, so the test reads one line and hangs up."""
    folder = Folder(tmp_path)

    def first_lines():
        with subprocess.Popen(
            [BIN / "lessonkit", "mutation-score"], cwd=folder.here, env=folder.env, stdout=subprocess.PIPE, text=True
        ) as run:
            return [run.stdout.readline() for _ in range(2)]

    expected = first_lines()
    assert expected[1].startswith("sgd")
    folder.plant(folder.imported())
    folder.plant_settings()
    folder.log.unlink()
    assert first_lines() == expected and told(folder) == "" and folder.opened() == set()


@pytest.mark.parametrize("entry", ["", "."])
def test_no_child_process_finds_the_working_folder_through_pythonpath(entry, tmp_path):
    """The first process has run `sitecustomize` before any of our code; no other may."""
    folder = Folder(tmp_path)
    (folder.here / "sitecustomize.py").write_text(
        f"import os\nos.write(os.open({str(folder.markers)!r}, 1089, 0o666), b'x')\n"
    )  # appends
    status, _, errors = folder.run(
        ["grade", ".", "--out", "../out", "--unsafe"], PYTHONPATH=f"{entry}{os.pathsep}{ROOT}"
    )
    assert status == 0, errors
    assert told(folder) == "x" and folder.grades("out").count("\n") == 4


def test_every_argument_that_is_a_path_is_made_absolute():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    options.add_to(commands)
    arguments = [(name, action) for name, command in commands.choices.items() for action in command._actions]
    others = {"lessons", "lesson", "learner", "scheduler"}  # the texts that are no paths
    texts = {
        (name, action.dest)
        for name, action in arguments
        if action.type is None and action.nargs != 0 and not action.choices and action.dest not in others
    }
    assert texts == set()
    assert ("grade", "submissions") in {
        (name, action.dest) for name, action in arguments if action.type is options.absolute
    }


def test_what_is_named_is_found_from_the_working_folder(tmp_path, monkeypatch):
    (tmp_path / "real" / "inside").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real" / "inside")
    monkeypatch.chdir(tmp_path)
    assert options.absolute("in") == tmp_path / "in" and options.absolute("real/../in/.") == tmp_path / "in"
    assert Path(options.absolute("link/../in")).resolve() == tmp_path / "real" / "in"


def test_the_working_folder_and_all_search_paths_are_put_back(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "PYTHONPATH": f"{os.pathsep}lib",
        "PATH": f".{os.pathsep}/bin{os.pathsep}",
        "LESSONKIT_HOME": "mine",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    monkeypatch.setattr(sys, "path", ["", str(tmp_path), str(ROOT), *sys.path])
    before = os.getcwd(), dict(os.environ), list(sys.path)
    with pytest.raises(ZeroDivisionError), working_folder.left():
        assert os.getcwd() != str(tmp_path) and not {"", str(tmp_path)} & set(sys.path) and str(ROOT) in sys.path
        assert os.environ["PYTHONPATH"] == str(tmp_path / "lib") and os.environ["PATH"] == "/bin"
        assert os.environ["LESSONKIT_HOME"] == str(tmp_path / "mine") and os.environ["PYTHONSAFEPATH"] == "1"
        raise ZeroDivisionError
    assert (os.getcwd(), dict(os.environ), list(sys.path)) == before


def test_in_the_folder_of_a_clone_the_course_is_still_found(tmp_path):
    folder = Folder(tmp_path)
    command = [BIN / "lessonkit", "grade", folder.here, "--out", tmp_path / "out", "--unsafe"]
    done = subprocess.run(
        command, cwd=ROOT, env={**folder.env, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert folder.grades("out").count("\n") == 4


def test_a_working_folder_that_has_been_deleted_is_no_hindrance_and_told_where_it_counts(tmp_path):
    command = "mkdir gone; cd gone; rmdir ../gone; {0} progress && {0} grade in --out out"
    done = subprocess.run(
        ["sh", "-c", command.format(shlex.quote(str(BIN / "lessonkit")))],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2 and "rules passed" in done.stdout
    assert "in: the folder that you are in has been deleted" in done.stderr and "Traceback" not in done.stderr


@needs_sandbox
def test_the_lab_reads_no_settings_and_no_lessons_of_the_working_folder(clean, tmp_path):
    folder = Folder(tmp_path)
    with opened_lab(folder.here, folder.env, tmp_path / "log") as (address, _):
        urllib.request.urlopen(address, timeout=30).read()
    names = clean.imported() | folder.imported()
    folder.log.unlink()
    folder.plant(names)
    folder.plant_settings()
    with opened_lab(folder.here, folder.env, tmp_path / "log") as (address, token):
        root, _, path = address.partition("/lab/tree/")
        assert b"jupyter-config-data" in urllib.request.urlopen(address, timeout=30).read()
        contents = urllib.request.urlopen(f"{root}/api/contents/{path.partition('?')[0]}?token={token}", timeout=30)
        assert "Start here" in json.load(contents)["content"]["cells"][0]["source"]
        ask = urllib.request.Request(
            f"{root}/api/kernels?token={token}", method="POST", data=json.dumps({"path": "notebooks"}).encode()
        )
        kernel = json.load(urllib.request.urlopen(ask, timeout=30))["id"]
        for _ in range(100):  # until it has imported all that it needs
            state = json.load(urllib.request.urlopen(f"{root}/api/kernels/{kernel}?token={token}", timeout=30))[
                "execution_state"
            ]
            if state == "idle":
                break
            time.sleep(0.1)
    assert told(folder) == "" and folder.opened() == set()


CLUSTER = """
import sys
from distributed import LocalCluster
from lessonkit.commands.cli import main
if __name__ == "__main__":
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster:
        main(["grade", ".", "--out", "../out", "--seed", "5", "--scheduler", cluster.scheduler_address])
"""


@needs_sandbox
@pytest.mark.parametrize("kind", ["dask worker", "LocalCluster"])
def test_dask_workers_started_in_a_folder_of_submissions_run_none_of_them(kind, tmp_path):
    distributed = pytest.importorskip("distributed", reason="no Dask: `make .venv/test.stamp` installs it")
    (tmp_path / "cluster.py").write_text(CLUSTER)

    def graded(folder):
        env = folder.env | {
            "PYTHONSAFEPATH": "1",
            "PATH": os.pathsep.join([str(BIN), os.environ["PATH"]]),
        }  # Dask itself runs programs
        if kind == "LocalCluster":
            done = subprocess.run(
                [sys.executable, tmp_path / "cluster.py"],
                cwd=folder.here,
                env=env,
                capture_output=True,
                text=True,
                timeout=200,
            )
            return done.returncode, done.stderr
        with distributed.LocalCluster(n_workers=0, dashboard_address=None, host="127.0.0.1") as cluster:
            command = [BIN / "dask", "worker", cluster.scheduler_address, "--nthreads", "1", "--no-dashboard"]
            worker = subprocess.Popen(
                command, cwd=folder.here, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            try:
                status, _, errors = folder.run(
                    ["grade", ".", "--out", "../out", "--seed", "5", "--scheduler", cluster.scheduler_address]
                )
            finally:
                worker.terminate()
                worker.wait(30)
            return status, errors

    (tmp_path / "clean").mkdir()
    (tmp_path / "planted").mkdir()
    first, folder = Folder(tmp_path / "clean"), Folder(tmp_path / "planted")
    assert graded(first)[0] == 0
    folder.plant(first.imported())
    folder.plant_settings()
    status, errors = graded(folder)
    assert told(folder) == ""
    assert status == 0, errors
    assert folder.opened() == set() and folder.grades("out") == first.grades("out")


@needs_sandbox
@pytest.mark.skipif(not (SITE / "nbgrader").exists(), reason="nbgrader is not installed: make .venv-site/made")
def test_nbgrader_with_our_plugin_runs_no_file_beside_a_submission(tmp_path):
    lesson = "01-plain-descent"

    def nbgrader(folder, *command):
        env = folder.env | {
            "PATH": os.pathsep.join([str(SITE), os.environ["PATH"]]),
            "JUPYTER_CONFIG_DIR": str(folder.base / "config"),
            "JUPYTER_DATA_DIR": str(folder.base / "data"),
        }
        done = subprocess.run(
            [SITE / "nbgrader", *command], cwd=folder.here, env=env, capture_output=True, text=True, timeout=200
        )
        assert done.returncode == 0, done.stderr[-3000:]

    def scores(folder):
        nbgrader(folder, "autograde", lesson)
        nbgrader(folder, "export")
        return {row["student_id"]: row["score"] for row in csv.DictReader((folder.here / "grades.csv").open())}

    def course(base):
        base.mkdir()
        folder = Folder(base)
        shutil.rmtree(folder.here)
        (folder.here / "source" / lesson).mkdir(parents=True)
        shutil.copy(ROOT / "exercises" / f"{lesson}.ipynb", folder.here / "source" / lesson)
        (folder.here / "nbgrader_config.py").write_text(
            'c = get_config()\nc.CourseDirectory.course_id = "course"\n'
            "from lessonkit.classroom.grading.nbgrader_site import PREPROCESSORS\n"
            "c.Autograde.autograde_preprocessors = PREPROCESSORS\n"
        )
        nbgrader(folder, "generate_assignment", lesson, "--create")
        shutil.copytree(folder.here / "release" / lesson, folder.here / "submitted" / "eve" / lesson)
        notebook = classes.notebook(lesson, sgd=classes.right("sgd"), sgd_answer=classes.by_hand_answer("sgd", "eve"))
        classes.write(folder.here / "submitted" / "eve" / lesson / f"{lesson}.ipynb", notebook)
        return folder

    first, folder = course(tmp_path / "clean"), course(tmp_path / "planted")
    expected = scores(first)
    assert float(expected["eve"]) > 0
    folder.plant(
        first.imported(), folder.here / "submitted" / "eve" / lesson
    )  # nbgrader itself imports from the course's own folder
    assert scores(folder) == expected and told(folder) == ""
    assert (folder.here / "autograded" / "eve" / lesson / "numpy.py").exists()  # nbgrader copies what was handed in


def test_the_command_says_which_ports_there_are(capsys):
    for port in ("70000", "-1", "text", "8888.5", "²"):
        with pytest.raises(SystemExit) as stopped:
            cli.main(["lab", f"--port={port}"])
        assert stopped.value.code == 2
        assert f"argument --port: expected a number from 0 to 65535, got {port!r}" in capsys.readouterr().err
