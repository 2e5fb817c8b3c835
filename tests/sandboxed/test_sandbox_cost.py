"""What a submission may cost, and what is run to grade it."""

import os
import re
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import classes
import pytest
from browsers import SITE, nbgrader
from classes import needs_sandbox
from solutions import GOOD_TEST

from lessonkit.classroom.grading import workers
from lessonkit.classroom.marking import bubblewrap
from lessonkit.classroom.marking import sandbox as module
from lessonkit.classroom.marking.exchange import heard
from lessonkit.classroom.marking.marks import _versions
from lessonkit.classroom.marking.sandbox import NoSandbox, Sandbox
from lessonkit.sandboxed.arithmetic import is_arithmetic


def number(source):
    return {"kind": "number", "name": "x", "source": source}


@pytest.mark.slow
@needs_sandbox
@pytest.mark.parametrize("hangs", ["while True: pass", "import time\ntime.sleep(100)"])
def test_a_submission_that_hangs_everywhere_costs_no_more_than_its_limit(monkeypatch, hangs):
    monkeypatch.setitem(module.LIMITS, "seconds", 2)
    monkeypatch.setitem(module.LIMITS, "submission", 7)
    with closing(Sandbox()) as sandbox:
        sandbox.check()
        start = time.monotonic()
        ended = dict(sandbox.run([number(hangs)] * 5 + [number("import os\nx = 1.0"), number("x = 2.0 + 0")]))
    assert time.monotonic() - start < 5 * 2  # what five answers would take without a limit for all
    assert ended == {k: {"ended": "too late"} for k in range(5)} | {
        5: {"outcome": {"number": 1.0}},
        6: {"outcome": {"number": 2.0}},
    }


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
        assert sum(given) == (
            module.LIMITS["seconds"]
            if count == 1
            else max(module.LIMITS["submission"], module.LIMITS["seconds"] + count - 1)
        )


@pytest.mark.slow
@needs_sandbox
def test_the_sandbox_ends_a_copy_of_which_the_grader_says_nothing_more(monkeypatch):
    monkeypatch.setitem(module.LIMITS, "submission", -4)  # two seconds of patience
    with closing(Sandbox()) as sandbox, sandbox._copy([number("import time\ntime.sleep(100)")], shared=False) as copy:
        start = time.monotonic()
        assert heard(copy, start + 20) == {"ended": "stopped by itself"} and 1 < time.monotonic() - start < 12


@needs_sandbox
@pytest.mark.parametrize(
    "sources", [["import os\nx = 1.0", "import os\nx = 2.0"], ["x = 1.0 + 0", "x = 2.0 + 0", "x = 3.0 + 0"]]
)
def test_a_warm_process_that_is_lost_is_replaced_and_no_answer_with_it(sources):
    with closing(Sandbox()) as sandbox:
        run = sandbox.run([number(source) for source in sources])
        ended = [next(run)]
        sandbox.process.kill()
        sandbox.process.wait()
        ended += run
    assert ended == [(k, {"outcome": {"number": k + 1.0}}) for k in range(len(sources))]


def test_a_sandbox_whose_program_cannot_be_started_leaves_no_socket_open(monkeypatch):
    def no_memory(*_, **__):
        raise OSError(12, "Cannot allocate memory")

    pairs, socketpair = [], module.socket.socketpair
    monkeypatch.setattr(module.socket, "socketpair", lambda: pairs.append(socketpair()) or pairs[-1])
    monkeypatch.setattr(module.subprocess, "Popen", no_memory)
    with pytest.raises(OSError, match="Cannot allocate"):
        Sandbox(unsafe=True).start()
    assert [end.fileno() for pair in pairs for end in pair] == [-1, -1]


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
    assert bubblewrap.path_of_bubblewrap() == str(tmp_path / "bin" / "bwrap")


@pytest.mark.slow
@needs_sandbox
@pytest.mark.parametrize("unsafe", [[], ["--unsafe"]])
def test_no_process_of_a_grading_imports_from_the_working_folder(tmp_path, unsafe):
    for name in ("numpy", "json", "socket", "ctypes", "multiprocessing", "pickle", "threading"):
        (tmp_path / f"{name}.py").write_text("import os\nos.close(os.open('imported', os.O_CREAT))\nraise ImportError")
    classes.write(tmp_path / "ada" / "05-adam.ipynb", classes.adam("ada"))
    command = [
        Path(sys.executable).with_name("lessonkit"),
        "grade",
        tmp_path / "ada",
        "--out",
        tmp_path / "out",
        *unsafe,
    ]
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


TESTS = {
    "an honest one": GOOD_TEST,
    "asks nothing": "def t(clip):\n    pass",
    "asks the same again": "def t(clip):\n    g = [np.array([3.0, 4.0])]\n    for k in range(3):\n        assert clip(g, 1.0)[1] == clip(g, 1.0)[1] == 5",
    "asks other things after what it hears": "def t(clip):\n    n = clip([np.array([3.0])], 1.0)[1]\n    m = clip([np.array([n + 1])], 2.0)[1]\n"
    "    assert clip([np.array([m, n])], 1.0)[0][0][1] < 0.7\n    assert clip([np.array([0.1])], 1.0)[0][0][0] == 0.1",
    "asks in another order": "def t(clip):\n    if clip([np.array([3.0, 4.0])], 1.0)[1] == 5:\n        assert clip([np.array([9.0])], 1.0)[0][0][0] <= 1\n"
    "    assert clip([np.array([0.1])], 1.0)[0][0][0] < 0.2\n    assert clip([np.array([9.0])], 1.0)[1] > 8",
    "asks much": "def t(clip):\n    for k in range(60):\n        assert clip([np.array([float(k), 1.0])], 20.0)[0][0][0] <= 20",
    "asks what cannot be answered": "def t(clip):\n    try:\n        clip([np.ones(10_001)], 1.0)\n    except TypeError:\n        pass\n"
    "    assert clip([np.array([0.0])], 1.0)[1] == 0",
    "asks with a number and with an array": "def t(clip):\n    g = [np.array([3.0, 4.0])]\n    assert clip(g, 2.0)[0][0][0] < 1.3\n    assert clip(g, np.array(2.0))[1] < 6",
}


@pytest.mark.slow
@needs_sandbox
@pytest.mark.parametrize("name", TESTS)
def test_a_test_says_the_same_of_each_version_whether_they_share_a_process_or_not(name):
    source = TESTS[name].replace("def t(", "def test_clip_by_global_norm(")
    versions = list(_versions("clip_by_global_norm").values())

    def errors(source, order):
        task = {"kind": "tests", "name": "test_clip_by_global_norm", "source": source, "times": len(order)}
        ((_, outcome),) = sandbox.run([task], lambda _, version, arguments: versions[order[version]](*arguments))
        return dict(zip(order, outcome["outcome"]["errors"], strict=True))

    order = list(range(len(versions)))
    with closing(Sandbox()) as sandbox:
        shared = errors(source, order)
        assert is_arithmetic(source) and shared == errors("import os\n" + source, order)
        assert shared == errors(source, order[::-1]) == errors(source, order[7:] + order[:7])


class Dask:
    """A client of a cluster whose workers describe themselves as they are told to."""

    def __init__(self, told):
        self.told = told

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    get_executor = __enter__

    def run(self, function, on_error):
        return self.told


@pytest.mark.parametrize(
    "differs, words",
    [
        ({"course": "0123456789abcdef"}, "another version of the course (0123456789ab, here"),
        ({"numpy": "1.0"}, "another version of NumPy (1.0, here"),
        ({"safe": False}, "PYTHONSAFEPATH=1 dask worker"),
        (ModuleNotFoundError("no lessonkit"), "another version of the course, which cannot say"),
    ],
)
def test_a_dask_worker_that_could_give_other_marks_gets_no_work(monkeypatch, differs, words):
    distributed = pytest.importorskip("distributed", reason="no Dask: `make .venv/test.stamp` installs it")
    fits = workers.described() | {"safe": True}
    told = {"tcp://10.0.0.2:1": fits, "tcp://10.0.0.3:1": fits | differs if isinstance(differs, dict) else differs}
    monkeypatch.setattr(distributed, "Client", lambda *_, **__: Dask(told))
    with pytest.raises(NoSandbox, match=re.escape("10.0.0.3:1 ")) as refused, workers.cluster("tcp://10.0.0.1:8786"):
        pass
    assert words in str(refused.value)
    told["tcp://10.0.0.3:1"] = fits
    with workers.cluster("tcp://10.0.0.1:8786"):
        pass


@pytest.mark.parametrize("what", ["course", "numpy"])
def test_a_worker_that_joins_late_and_could_give_other_marks_refuses_its_batch(monkeypatch, what):
    monkeypatch.setattr(workers, "described", lambda: {"course": "c", "numpy": "n", "safe": True})
    assert workers.grade_batch([], 3, True, workers.described()) == []
    with pytest.raises(NoSandbox, match="another version of"):
        workers.grade_batch([], 3, True, workers.described() | {what: "other"})


PLUGIN = """c = get_config()
c.CourseDirectory.course_id = "course"
from lessonkit.classroom.grading.nbgrader_site import PREPROCESSORS
c.Autograde.autograde_preprocessors = PREPROCESSORS
"""


@pytest.mark.slow
@needs_sandbox
@pytest.mark.skipif(not (SITE / "nbgrader").exists(), reason="nbgrader is not installed: make .venv-site/made")
def test_a_course_of_nbgrader_has_one_seed_which_no_student_is_given(tmp_path):
    lesson, kept, drawn = "01-plain-descent", tmp_path / ".lessonkit_seed", set()
    (tmp_path / "nbgrader_config.py").write_text(PLUGIN)
    classes.write(tmp_path / "source" / lesson / f"{lesson}.ipynb", classes.RELEASED[lesson])
    nbgrader(tmp_path, f"generate_assignment {lesson} --create")
    for student in ("ada", "bob"):
        classes.write(
            tmp_path / "submitted" / student / lesson / f"{lesson}.ipynb",
            classes.notebook(lesson, sgd=classes.right("sgd")),
        )
        nbgrader(tmp_path, f"autograde {lesson} --student {student}", f"generate_feedback {lesson}")
        drawn.add(kept.read_text())
    (seed,) = drawn
    assert int(seed) > 1000 and kept.stat().st_mode & 0o777 == 0o600
    holds = {
        path.relative_to(tmp_path).parts[0]
        for path in tmp_path.rglob("*")
        if path.is_file() and seed.encode() in path.read_bytes()
    }
    assert holds == {".lessonkit_seed"}
