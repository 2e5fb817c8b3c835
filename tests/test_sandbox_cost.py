"""What a submission may cost, and what is run to grade it."""

import os
import shutil
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

import classes
from lessonkit.grading import sandbox as module
from lessonkit.grading.sandbox import NoSandbox, Sandbox, bubblewrap

needs_sandbox = pytest.mark.skipif(not shutil.which("bwrap"), reason="no sandbox: install it with `apt install bubblewrap` to test grading")


def number(source):
    return {"kind": "number", "name": "x", "source": source}


@needs_sandbox
@pytest.mark.parametrize("hangs", ["while True: pass", "import time\ntime.sleep(100)"])
def test_a_submission_that_hangs_everywhere_costs_no_more_than_its_limit(monkeypatch, hangs):
    monkeypatch.setitem(module.LIMITS, "seconds", 2)
    monkeypatch.setitem(module.LIMITS, "submission", 7)
    with closing(Sandbox()) as sandbox:
        sandbox.check()
        start = time.monotonic()
        ended = dict(sandbox.run([number(hangs)] * 5 + [number("import os\nx = 1.0"), number("x = 2.0 + 0")]))
    assert time.monotonic() - start < 7 + 1.5
    assert ended == {k: {"ended": "too late"} for k in range(5)} | {5: {"outcome": {"number": 1.0}}, 6: {"outcome": {"number": 2.0}}}


def test_every_answer_has_a_second_and_none_more_than_the_limit_of_one(monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: clock[0])
    for count in (1, 2, 8, 30):
        budget, given = module.Budget(count), []
        for waiting in reversed(range(count)):
            with budget.answer(waiting) as until:
                given.append(until - clock[0])
                clock[0] = until
        assert min(given) >= 1 and max(given) == given[0] == module.LIMITS["seconds"]
        assert sum(given) == (module.LIMITS["seconds"] if count == 1 else max(module.LIMITS["submission"], module.LIMITS["seconds"] + count - 1))


@needs_sandbox
def test_the_sandbox_ends_a_copy_of_which_the_grader_says_nothing_more(monkeypatch):
    monkeypatch.setitem(module.LIMITS, "submission", -4)  # two seconds of patience
    with closing(Sandbox()) as sandbox, sandbox._copy([number("import time\ntime.sleep(100)")], shared=False) as copy:
        start = time.monotonic()
        assert module.heard(copy, start + 20) == {"ended": "stopped by itself"} and 1 < time.monotonic() - start < 6


@pytest.mark.parametrize("path", ["", ".", ":.:", "bin"])
def test_bubblewrap_is_looked_for_in_absolute_folders_alone(tmp_path, monkeypatch, path):
    for place in ("bwrap", "bin/bwrap"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_text("#!/bin/sh")
        (tmp_path / place).chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", path)
    with pytest.raises(NoSandbox, match="apt install bubblewrap"):
        Sandbox().check()
    monkeypatch.setenv("PATH", f"{path}:{tmp_path / 'bin'}")
    assert bubblewrap()[0] == str(tmp_path / "bin" / "bwrap")


@needs_sandbox
@pytest.mark.parametrize("unsafe", [[], ["--unsafe"]])
def test_no_process_of_a_grading_imports_from_the_working_folder(tmp_path, unsafe):
    for name in ("numpy", "json", "socket", "ctypes", "multiprocessing", "pickle", "threading"):
        (tmp_path / f"{name}.py").write_text("import os\nos.close(os.open('imported', os.O_CREAT))\nraise ImportError")
    classes.write(tmp_path / "ada" / "05-adam.ipynb", classes.adam("ada"))
    command = [Path(sys.executable).with_name("lessonkit"), "grade", tmp_path / "ada", "--out", tmp_path / "out", *unsafe]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100)
    assert not os.path.exists(tmp_path / "imported") and done.returncode == 0, done.stderr


def test_without_a_sandbox_too_no_file_of_the_working_folder_is_imported(tmp_path, monkeypatch):
    for name in ("numpy", "json", "socket", "ctypes"):
        (tmp_path / f"{name}.py").write_text("open('imported', 'w')")
    monkeypatch.chdir(tmp_path)
    with closing(Sandbox(unsafe=True)) as sandbox:
        sandbox.check()
        assert dict(sandbox.run([number("x = 1.0 + 0")])) == {0: {"outcome": {"number": 1.0}}}
    assert not os.path.exists("imported")
