"""The command works in the terminals, pipes and homes that people have."""

import csv
import io
import os
import shutil
import socket
import subprocess
import sys
import urllib.request

import classes
import pytest
from browsers import BIN, opened_lab
from classes import needs_sandbox
from prose import ROOT

pytestmark = pytest.mark.slow

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux's /proc and /dev")

NAMES = ("José", "Łukasz", "李")
C_LOCALE = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
TERMINALS = {
    "ascii": {"PYTHONIOENCODING": "ascii", "TERM": "dumb", "COLUMNS": "20"},
    "latin-1": {"PYTHONIOENCODING": "latin-1:strict"},
    "cp1252": {"PYTHONIOENCODING": "cp1252", "COLUMNS": "x"},
    "cp850": {"PYTHONIOENCODING": "cp850", "PYTHONUNBUFFERED": "1"},
    "C": C_LOCALE,
    "UTF-8 mode": C_LOCALE | {"PYTHONUTF8": "1"},
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A folder with a class, graded into `out`, where nobody could know that; one rule is passed by the learner who types.

    It is graded by as many workers as there are cores; the tests ask for one, because each takes half a second of CPU to start.
    """
    base = tmp_path_factory.mktemp("graded")
    for name in NAMES:
        classes.write(
            base / "in" / name / "05-adam.ipynb", classes.adam(name, classes.wrong("adam", "forgets the root"))
        )
    (base / "own" / "passed").mkdir(parents=True)
    (base / "own" / "passed" / "sgd").touch()
    done = lessonkit(base, "grade", "in", "--out", "out", "--unsafe")
    assert done.returncode == 0, done.stderr
    return base


def environment(base, **more):
    path = f"{ROOT / 'tools' / 'light'}{os.pathsep}{ROOT}"
    return {**os.environ, "PYTHONPATH": path, "LESSONKIT_HOME": str(base / "own"), **more}


def lessonkit(base, *arguments, shell=None, **env):
    """Run the command in a folder; `shell` is a line in which `$L` stands for it; no IFS, so its path may have spaces."""
    command = ["bash", "-c", f"IFS=; {shell}"] if shell else [BIN / "lessonkit", *arguments]
    return subprocess.run(
        command, cwd=base, env=environment(base, L=str(BIN / "lessonkit"), **env), capture_output=True, timeout=100
    )


@pytest.mark.parametrize("terminal", TERMINALS)
def test_what_a_terminal_cannot_show_is_replaced_and_nothing_fails(terminal, graded):
    env = TERMINALS[terminal]
    for command in (
        "progress",
        "report out",
        "export out --to csv",
        "grade --help",
        f"grade in --out {terminal[:3]} --unsafe --workers 1",
    ):
        done = lessonkit(graded, *command.split(), **env)
        assert done.returncode == 0 and b"Traceback" not in done.stderr, (command, done.stderr)
        if command.startswith("export"):
            rows = list(csv.DictReader(io.StringIO(done.stdout.decode("utf-8"))))  # whatever the terminal
            assert {row["learner"] for row in rows} == set(NAMES)
        else:
            done.stdout.decode(env.get("PYTHONIOENCODING", "utf-8").split(":")[0])
    lines = lessonkit(graded, "progress", **env).stdout.splitlines()
    assert (
        lines[0].split()[1] == b"sgd" and lines[0].split()[0] != lines[1].split()[0]
    )  # passed and not passed still differ


def test_letters_without_a_place_in_the_encoding_lose_their_accent_or_become_a_question_mark(graded):
    shutil.copytree(graded / "in", graded / "again" / "in")
    (graded / "again" / "in" / "Zoë" / "05-adam.ipynb").parent.mkdir()
    (graded / "again" / "in" / "Zoë" / "05-adam.ipynb").write_text("{}")
    done = lessonkit(
        graded / "again", "grade", "in", "--out", "out", "--unsafe", "--workers", "1", PYTHONIOENCODING="ascii"
    )
    assert b"'Zoe/05-adam.ipynb'" in done.stdout


def test_the_bar_of_a_long_run_is_drawn_in_characters_that_the_terminal_has(graded):
    pty, termios = (pytest.importorskip(name, reason="no terminals of this kind here") for name in ("pty", "termios"))
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 60))
    run = subprocess.Popen(
        [BIN / "lessonkit", "grade", "in", "--out", "bar", "--unsafe"],
        cwd=graded,
        stdout=theirs,
        stderr=theirs,
        stdin=theirs,
        env=environment(graded, PYTHONIOENCODING="ascii"),
    )
    os.close(theirs)
    told = b""
    try:
        while more := os.read(ours, 1000):
            told += more
    except OSError:  # how a terminal ends on Linux
        pass
    os.close(ours)
    assert run.wait(60) == 0 and b"grading" in told and b"3 graded" in told
    told.decode("ascii")


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", ["report out", "export out --to csv", "progress"])
def test_a_reader_that_goes_away_ends_the_command_quietly_with_the_usual_status(command, unbuffered, graded):
    done = lessonkit(
        graded, shell=f"(sleep 1; $L {command}) | head -0; echo ${{PIPESTATUS[0]}}", PYTHONUNBUFFERED=unbuffered
    )
    assert (done.stdout, done.stderr) == (
        b"141\n",
        b"",
    )  # 128 + SIGPIPE, as a shell says of a program that the signal ended


@linux
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output_that_cannot_be_written_is_told(unbuffered, graded):
    for command in ("progress", "export out --to csv"):
        done = lessonkit(graded, shell=f"$L {command} > /dev/full", PYTHONUNBUFFERED=unbuffered)
        assert done.returncode == 2 and b"No space left on device" in done.stderr and b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    "error", ["BrokenPipeError(32, 'Broken pipe')", "PermissionError(13, 'Permission denied', '/own/passed')"]
)
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_error_of_another_file_is_not_told_as_one_of_the_output(unbuffered, error, tmp_path):
    code = f"import sys\nfrom lessonkit.machine import terminal\nwith terminal.printing():\n    print('begun')\n    raise {error}"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(tmp_path, PYTHONUNBUFFERED=unbuffered),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "begun\n")
    assert done.stderr.startswith("lessonkit: [Errno ") and "output" not in done.stderr and done.stderr.count("\n") == 1


def test_the_streams_are_as_before_when_the_command_has_ended():
    code = (
        "import sys\nfrom lessonkit.machine import terminal\ndef state():\n    return sorted(vars(sys.stdout)), sys.stdout.errors\nbefore = state()\n"
        "with terminal.printing():\n    assert state() != before\nassert state() == before"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert done.stderr == ""


def test_closed_streams_and_no_terminal_hinder_nothing(graded):
    for number, line in enumerate(
        (
            "$L grade in --out closed{0} --unsafe --workers 1 <&- >&- 2>&-",
            "$L grade in --out closed{0} --unsafe --workers 1 <&-",
            "setsid $L grade in --out closed{0} --unsafe --workers 1 < /dev/null",
            "nohup $L grade in --out closed{0} --unsafe --workers 1 > log{0}",
        )
    ):
        done = lessonkit(graded, shell=line.format(number))
        assert done.returncode == 0 and b"Traceback" not in done.stderr, done.stderr
        assert (graded / f"closed{number}" / "grades.csv").read_text() == (graded / "out" / "grades.csv").read_text()
    assert b"2 graded" not in (graded / "log3").read_bytes() and b"3 graded" in (graded / "log3").read_bytes()
    for command in ("progress", "report out", "export out --to csv"):
        assert lessonkit(graded, shell=f"$L {command} >&- 2>&- <&-").returncode == 0


def read_only(base):
    """The start of a command line that lets a command write to `base` and /tmp alone."""
    return [
        "bwrap",
        "--ro-bind",
        "/",
        "/",
        "--dev",
        "/dev",
        "--bind",
        "/proc",
        "/proc",
        "--tmpfs",
        "/tmp",
        "--ro-bind",
        ROOT,
        ROOT,
        "--bind",
        base,
        base,
        "--chdir",
        base,
        "--",
    ]


@linux
def test_names_are_the_same_in_a_locale_that_is_not_utf_8(graded):
    assert lessonkit(graded, "grade", "in", "--out", "locale", "--unsafe", "--workers", "1", **C_LOCALE).returncode == 0
    assert (graded / "locale" / "grades.csv").read_text() == (graded / "out" / "grades.csv").read_text()
    assert lessonkit(graded, "forget", NAMES[0], "locale", **C_LOCALE).returncode == 0
    assert NAMES[0] not in (graded / "locale" / "grades.csv").read_text()


@linux
@needs_sandbox
@pytest.mark.parametrize("home", ["read-only", "/proc/1/x", "none"])
def test_without_a_writable_home_grading_and_progress_work_without_a_word_of_it(home, graded):
    env = environment(graded, HOME="/proc/1/x" if home == "/proc/1/x" else "/root")
    before = [] if home == "/proc/1/x" else read_only(graded)
    if home == "none":
        del env["HOME"]
        before[1:1] = ["--unshare-user", "--uid", "12345", "--gid", "12345"]  # whom no password file knows
    for name in ("LESSONKIT_HOME", "MPLCONFIGDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        env.pop(name, None)
    out = f"home-{home.strip('/').replace('/', '-')}"
    for command in (["grade", "in", "--out", out, "--unsafe", "--workers", "1"], ["progress"]):
        done = subprocess.run(
            [*before, BIN / "lessonkit", *command], cwd=graded, env=env, capture_output=True, text=True, timeout=100
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert (graded / out / "heatmap.png").stat().st_size > 1000 and "rules passed" in done.stdout


@linux
@needs_sandbox
@pytest.mark.parametrize("home", ["read-only", "/proc/1/x"])
def test_the_lab_opens_without_a_writable_home_and_says_where_files_go(home, graded, tmp_path):
    env = {
        name: value
        for name, value in environment(graded, HOME="/root").items()
        if not name.startswith(("JUPYTER", "IPYTHON", "MPL", "XDG"))
    }
    before = read_only(graded)
    if home == "/proc/1/x":
        env["HOME"], before = home, []
    with opened_lab(graded, env, tmp_path / "log", before=before) as (address, token):
        assert b"jupyter-config-data" in urllib.request.urlopen(address, timeout=30).read()
        root = address.partition("/lab/tree/")[0]
        ask = urllib.request.Request(f"{root}/api/kernels?token={token}", method="POST", data=b"{}")
        assert urllib.request.urlopen(ask, timeout=30).status == 201
        log = (tmp_path / "log").read_text()
    assert "Your home folder, or Jupyter's part of it, cannot be written to" in log and "Traceback" not in log


def test_a_port_near_the_end_that_is_taken_is_no_crash(tmp_path):
    with socket.socket() as taken:
        try:
            taken.bind(("", 65535))
        except OSError:
            pytest.skip("somebody else has the last port")
        taken.listen()
        done = lessonkit(tmp_path, "lab", "--no-browser", "--port", "65535", HOME=str(tmp_path))
    assert done.returncode == 2
    assert b"port 65535 cannot be used (Address already in use)" in done.stderr and b"Traceback" not in done.stderr
