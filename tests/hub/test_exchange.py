"""Notebooks are taken from learners, and feedback is given to them, with the rights of one account at a time."""

import base64
import contextlib
import io
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import types

import classes
import pytest
from prose import ROOT

sys.path.insert(0, str(ROOT / "hub"))
import accounts
import exchange
import own_files

pytestmark = pytest.mark.clone
NOTEBOOK = "05-adam.ipynb"
CONTENT = b'{"cells": []}'


@pytest.fixture
def handed_in(tmp_path):
    """The folder hand-in of a learner, with a notebook."""
    folder = tmp_path / "home" / "lessonkit" / "hand-in"
    folder.mkdir(parents=True)
    (folder / NOTEBOOK).write_bytes(CONTENT)
    return folder


def left_out(folder):
    """Why files were left out, by name; the notebook that is handed in is taken in any case."""
    told = own_files.files(str(folder), *exchange.NOTEBOOKS)
    assert {name: base64.b64decode(each) for name, each in told["files"].items()} == {NOTEBOOK: CONTENT}
    return told["left out"]


def test_a_notebook_that_is_handed_in_is_taken_and_nothing_else_is_said(handed_in):
    assert left_out(handed_in) == {}


def test_a_link_is_not_followed(handed_in, tmp_path):
    (tmp_path / "secret").write_bytes(b"another learner's answers")
    (handed_in / "01-plain-descent.ipynb").symlink_to(tmp_path / "secret")
    assert "symbolic link" in left_out(handed_in)["01-plain-descent.ipynb"]


def test_a_folder_that_is_a_link_is_not_followed(handed_in, tmp_path):
    handed_in.rename(tmp_path / "elsewhere")
    handed_in.symlink_to(tmp_path / "elsewhere")
    assert "not followed" in own_files.main("files", str(handed_in), NOTEBOOK)["problem"]


def test_a_link_within_the_folder_to_another_one_is_not_followed(handed_in, tmp_path):
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / NOTEBOOK).write_bytes(b"another learner's answers")
    (handed_in / "more").symlink_to(tmp_path / "others")
    assert list(left_out(handed_in)) == ["more"]


def test_a_pipe_is_not_waited_for(handed_in):
    os.mkfifo(handed_in / "01-plain-descent.ipynb")
    assert "ordinary file" in left_out(handed_in)["01-plain-descent.ipynb"]


def test_a_huge_file_costs_only_itself(handed_in):
    with open(handed_in / "01-plain-descent.ipynb", "wb") as stream:
        stream.truncate(own_files.LARGEST_SUM + 1)
    assert "60 MB" in left_out(handed_in)["01-plain-descent.ipynb"]


def test_many_files_are_not_all_looked_at(handed_in, monkeypatch):
    monkeypatch.setattr(own_files, "MOST_FILES", 20)
    for k in range(100):
        (handed_in / f"{k}.txt").touch()
    assert len(own_files.files(str(handed_in))["left out"]) <= 21


def test_a_file_of_another_owner_is_not_read(handed_in, monkeypatch):
    monkeypatch.setattr(own_files.os, "geteuid", lambda: os.getuid() + 1)
    told = own_files.files(str(handed_in), NOTEBOOK)
    assert told["files"] == {} and "somebody else" in told["left out"][NOTEBOOK]


def test_a_file_that_is_named_like_another_learners_is_left_out_with_the_reason(handed_in):
    (handed_in / "bob_05-adam.ipynb").write_bytes(CONTENT)
    assert "keep its name" in left_out(handed_in)["bob_05-adam.ipynb"]


def test_what_is_given_out_never_replaces_a_learners_work(handed_in, monkeypatch):
    monkeypatch.setattr(own_files.sys, "stdin", types.SimpleNamespace(buffer=io.BytesIO(b"new")))
    assert own_files.put(str(handed_in / NOTEBOOK), "new") == {"written": False}
    assert (handed_in / NOTEBOOK).read_bytes() == CONTENT


def test_feedback_takes_the_place_of_a_link_and_is_not_written_through_it(tmp_path, monkeypatch):
    (tmp_path / "target").write_bytes(b"kept")
    (tmp_path / "05-adam.html").symlink_to(tmp_path / "target")
    monkeypatch.setattr(own_files.sys, "stdin", types.SimpleNamespace(buffer=io.BytesIO(b"feedback")))
    own_files.put(str(tmp_path / "05-adam.html"), "over")
    assert (tmp_path / "target").read_bytes() == b"kept"
    assert (tmp_path / "05-adam.html").read_bytes() == b"feedback" and not (tmp_path / "05-adam.html").is_symlink()


@pytest.fixture
def course(tmp_path, monkeypatch):
    """Ada and Bob, whose folders are here, and the class's folder; tasks run in this process, with its own rights."""
    people = {name: types.SimpleNamespace(pw_name=name, pw_dir=str(tmp_path / name)) for name in ("ada", "bob")}

    def run_here(account, *arguments, given=b""):
        monkeypatch.setattr(own_files.sys, "stdin", types.SimpleNamespace(buffer=io.BytesIO(given)))
        told = json.loads(json.dumps(own_files.main(*arguments)))
        if "problem" in told:
            raise OSError(told["problem"])
        return told

    monkeypatch.setattr(exchange, "learners", lambda: people)
    monkeypatch.setattr(exchange, "run_as", run_here)
    monkeypatch.setattr(exchange.pwd, "getpwuid", lambda uid: types.SimpleNamespace(pw_uid=60000, pw_name="grader"))
    (tmp_path / "class").mkdir()
    return tmp_path


def exchanged(task, course):
    """The exit status of a task."""
    with pytest.raises(SystemExit) as ended:
        exchange.main(task, course / "class")
    return ended.value.code


def hand_in(course, name, content=CONTENT):
    classes.write(course / name / "lessonkit" / "hand-in" / NOTEBOOK, content)


def test_each_learner_gets_the_notebooks_that_were_made_for_them_and_a_workspace(course):
    for name in ("ada", "bob"):
        classes.write(course / "class" / "release" / name / NOTEBOOK, name.encode())
    assert exchanged("give", course) == 0
    for name in ("ada", "bob"):
        own = course / name / "lessonkit"
        assert (own / "hand-in" / NOTEBOOK).read_bytes() == name.encode()
        assert (own / "notebooks" / "00-start.ipynb").exists()


def test_a_notebook_is_taken_under_the_name_of_the_account_whatever_it_says(course):
    hand_in(course, "ada", classes.adam("bob"))
    exchanged("collect", course)
    taken = [
        path.relative_to(course / "class" / "submitted").as_posix()
        for path in course.glob("class/submitted/**/*.ipynb")
    ]
    assert taken == ["ada/05-adam/05-adam.ipynb"]


def test_the_time_of_a_notebook_is_that_of_the_collection_that_first_found_it_so(course):
    stamp = course / "class" / "submitted" / "ada" / "05-adam" / "timestamp.txt"
    hand_in(course, "ada")
    exchanged("collect", course)
    stamp.write_text("2026-01-01 00:00:00 UTC")
    os.utime(course / "ada" / "lessonkit" / "hand-in" / NOTEBOOK, (0, 0))  # learners can set it
    exchanged("collect", course)
    assert stamp.read_text() == "2026-01-01 00:00:00 UTC"
    hand_in(course, "ada", b'{"cells": [1]}')
    exchanged("collect", course)
    assert stamp.read_text() > "2026-01-01 00:00:00 UTC"


def test_each_learner_is_told_what_was_taken_and_what_not(course):
    hand_in(course, "ada")
    (course / "ada" / "lessonkit" / "hand-in" / "notes.txt").touch()
    exchanged("collect", course)
    told = {name: (course / name / "lessonkit" / "feedback" / "received.txt").read_text() for name in ("ada", "bob")}
    assert f"{NOTEBOOK}: handed in" in told["ada"] and "notes.txt: not handed in" in told["ada"]
    assert "Nothing is in the folder" in told["bob"]


def test_feedback_goes_to_its_learner_alone(course):
    for name in ("ada", "bob"):
        classes.write(course / "class" / "graded" / "feedback" / name / "05-adam.html", name.encode())
    assert exchanged("return", course) == 0
    found = {
        path.relative_to(course).as_posix(): path.read_bytes() for path in course.glob("*/lessonkit/feedback/*.html")
    }
    assert found == {"ada/lessonkit/feedback/05-adam.html": b"ada", "bob/lessonkit/feedback/05-adam.html": b"bob"}


def test_a_learner_who_stands_in_the_way_costs_only_themselves(course, capsys):
    (course / "ada").mkdir()
    (course / "ada" / "lessonkit").symlink_to(course / "bob" / "lessonkit")
    hand_in(course, "bob")
    assert exchanged("collect", course) == 1
    assert "ada: not done" in capsys.readouterr().err
    assert (course / "class" / "submitted" / "bob" / "05-adam" / NOTEBOOK).exists()


@pytest.mark.parametrize(
    "answer",
    ["[]", "no JSON", '{"files": 1, "left out": {}}', '{"files": {"05-adam.ipynb": 3}, "left out": {}}', "[" * 100_000],
)
def test_an_answer_that_a_learner_has_forged_costs_only_themselves(answer, course, capsys, monkeypatch):
    def forged(account, task, *arguments, given=b""):
        return accounts.read_answer(io.BytesIO(answer.encode()))

    monkeypatch.setattr(exchange, "run_as", forged)
    assert exchanged("collect", course) == 1
    assert capsys.readouterr().err.count("not done") == 2


def test_the_folder_of_the_class_may_not_belong_to_root_or_a_learner(course, monkeypatch):
    for owner in (types.SimpleNamespace(pw_uid=0, pw_name="root"), types.SimpleNamespace(pw_uid=1001, pw_name="ada")):
        monkeypatch.setattr(exchange.pwd, "getpwuid", lambda uid, owner=owner: owner)
        assert "should belong to an account that grades" in exchanged("collect", course)


def test_an_account_of_the_system_is_no_learner(monkeypatch):
    monkeypatch.setattr(accounts.grp, "getgrnam", lambda name: types.SimpleNamespace(gr_mem=["root"]))
    with pytest.raises(ValueError, match="account of the system"):
        accounts.learners()
    with pytest.raises(ValueError, match="account of the system"):
        accounts.end_processes(pwd.getpwuid(0))


def test_the_account_that_listens_on_a_port_is_found():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert accounts.listener(port) == os.getuid()
    assert accounts.listener(port) is None


# Two accounts that need no entry in the password file.
ADA, BOB = (
    types.SimpleNamespace(pw_name=name, pw_uid=uid, pw_gid=uid, pw_dir="/")
    for name, uid in (("ada", 61001), ("bob", 61002))
)


# A Python that another account can run may be the system's, which has not the course.
WORKER = """import runpy, sys
sys.path[:0] = [{root!r}, {libraries!r}]
runpy.run_path({worker!r}, run_name="__main__")
"""


@pytest.fixture
def world(tmp_path, monkeypatch):
    """Root, who can do things as others, with a Python that they can run."""
    if os.geteuid():
        pytest.skip("needs root")
    for above in (tmp_path, *tmp_path.parents[:2]):
        above.chmod(0o711)
    worker = script(
        tmp_path, WORKER.format(root=str(ROOT), libraries=sysconfig.get_path("purelib"), worker=str(accounts.WORKER))
    )
    for python in (sys.executable, shutil.which("python3", path="/usr/local/bin:/usr/bin")):
        monkeypatch.setattr(accounts, "PYTHON", python)
        monkeypatch.setattr(accounts, "WORKER", worker)
        with contextlib.suppress(OSError):
            accounts.run_as(ADA, "files", str(tmp_path / "nothing"))
            return
    pytest.skip("needs a Python and a course outside of root's own folders")


def script(folder, text):
    path = folder / "worker.py"
    path.write_text(text)
    path.chmod(0o644)
    return path


@pytest.fixture
def homes(world, tmp_path):
    """A folder for each account that no other can read."""
    for account in (ADA, BOB):
        (tmp_path / account.pw_name).mkdir(mode=0o700)
        os.chown(tmp_path / account.pw_name, account.pw_uid, account.pw_gid)
    return tmp_path


def test_what_is_written_belongs_to_its_account_and_others_cannot_read_it(homes):
    place = homes / "ada" / "feedback" / "05-adam.html"
    accounts.run_as(ADA, "put", str(place), "over", given=b"for ada")
    assert (place.stat().st_uid, place.stat().st_mode & 0o777, place.parent.stat().st_mode & 0o777) == (
        61001,
        0o600,
        0o700,
    )
    with pytest.raises(OSError, match="denied"):
        accounts.run_as(BOB, "files", str(place.parent), "05-adam.html")
    with pytest.raises(OSError, match="denied"):
        accounts.run_as(BOB, "put", str(place), "over", given=b"forged")
    assert place.read_bytes() == b"for ada"


def test_a_hard_link_to_a_file_of_root_is_not_taken(homes):
    secret = homes / "secret"
    secret.write_bytes(b"key")
    secret.chmod(0o644)
    os.link(secret, homes / "ada" / NOTEBOOK)
    told = accounts.run_as(ADA, "files", str(homes / "ada"), NOTEBOOK)
    assert told["files"] == {} and "somebody else" in told["left out"][NOTEBOOK]


def test_processes_end_also_those_that_have_left_their_session(world):
    program = "import os, time; os.fork() or (os.setsid(), os.fork()); time.sleep(60)"
    started = subprocess.Popen(
        [accounts.PYTHON, "-I", "-c", program], user=ADA.pw_uid, group=ADA.pw_gid, extra_groups=[]
    )
    other = subprocess.Popen(["sleep", "60"], user=BOB.pw_uid, group=BOB.pw_gid, extra_groups=[])
    accounts.end_processes(ADA)
    assert started.wait(10) == -signal.SIGKILL and other.poll() is None
    assert not [each for each in os.listdir("/proc") if each.isdigit() and _owner(each) == ADA.pw_uid]
    other.kill()
    other.wait()


def _owner(process):
    try:
        with open(f"/proc/{process}/status") as status:
            told = dict(line.split(":", 1) for line in status)
    except OSError:
        return None
    return None if "Z" in told["State"] else int(told["Uid"].split()[0])


def test_a_process_that_does_not_end_is_killed(homes):
    script(homes, "import time; time.sleep(60)")
    with pytest.raises(TimeoutError):
        accounts.run_as(ADA, "files", "/", seconds=1)


def test_an_answer_without_end_is_cut_off(homes, monkeypatch):
    script(homes, "while True: print('x' * 10**6)")
    monkeypatch.setattr(accounts, "LARGEST_ANSWER", 10**7)
    with pytest.raises(OSError, match="no answer"):
        accounts.run_as(ADA, "files", "/", seconds=30)
