"""What docs/privacy.md promises: files are written where it says, and nothing speaks to another machine."""

import os
import subprocess
import sys

import pytest
from prose import ROOT

PAGE = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
# Begins each program: notes where it connects to, in a file beside the home folder.
WATCHED = """
import os, sys
def note(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto") and not isinstance(args[-1], (str, bytes)):
        where = args[1] if event != "socket.getaddrinfo" else args[0]
        with open(os.environ["CONNECTIONS"], "a") as file:
            print(event, where, file=file)
sys.addaudithook(note)
"""
LEARN = """
import lessonkit
from lessonkit import adam, bowl, big_picture, check, curves, descend, digits, mlp, predict, sgd, train
for question in (predict("05-first-step"), big_picture()):
    question.choose([widget.options[-1] for widget in question.inputs])
    question.commit.click()
check(adam)
run = train(mlp([64, 8, 10]), digits(), adam, lr=0.01, epochs=1)
curves({"adam": run.loss}, xlabel="step", ylabel="loss").png()
"""


@pytest.fixture
def used(tmp_path):
    """Run Python, or a command of the course, in an empty home folder; each returns what was written there, and beside it."""
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    work.mkdir()
    names = ("HOME", "USERPROFILE")
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("LESSONKIT", "XDG", "IPYTHON", "MPL"))
    }
    env = {**kept, **dict.fromkeys(names, str(home)), "CONNECTIONS": str(tmp_path / "connections")}
    (tmp_path / "sitecustomize.py").write_text(WATCHED)
    env["PYTHONPATH"] = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])

    def use(*arguments):
        done = subprocess.run(
            [sys.executable, *arguments], cwd=work, env=env, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
        return files(home), files(work), files(tmp_path) & {"connections"}

    return use


def files(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_a_learner_leaves_answers_and_what_was_passed_and_no_other_file(used):
    home, work, connections = used("-c", LEARN)
    ours, others = ({name for name in home if name.startswith(".lessonkit/") is own} for own in (True, False))
    answers = {name for name in ours if name.startswith(".lessonkit/answers/")}
    assert len(answers) == 1 and ours - answers == {".lessonkit/passed/adam", ".lessonkit/big-picture.json"}
    for name in (".lessonkit/answers", ".lessonkit/passed", ".lessonkit/big-picture.json"):
        assert f"`{name}`" in PAGE
    assert all(name.startswith(".cache/matplotlib/") for name in others) and "`.cache/matplotlib`" in PAGE
    assert (work, connections) == (set(), set())


@pytest.mark.slow
def test_a_grader_leaves_the_folder_of_results_and_no_other_file(used, handed_in):
    home, work, connections = used(
        "-m", "lessonkit.commands.cli", "grade", str(handed_in), "--out", "graded", "--unsafe"
    )
    assert all(name.startswith("graded/") for name in work)
    for name in {name.split("/")[1] for name in work} - {"heatmap.png"}:
        assert f"`{name}`" in PAGE, name
    assert (home - {name for name in home if name.startswith(".cache/matplotlib/")}, connections) == (set(), set())


def test_a_connection_would_be_seen(used):
    connect = "import socket; socket.socket().connect_ex(('127.0.0.1', 9))"
    assert used("-c", connect)[2] == {"connections"}
