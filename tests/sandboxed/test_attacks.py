"""Nothing that an answer does changes any mark but its own to zero, or sees or harms anything."""

import contextlib
import json
import os
import time
from pathlib import Path

import attacks
import numpy as np
import pytest
from attacks import ATTACKS
from classes import needs_sandbox

from lessonkit import by_hand
from lessonkit.classroom.lessons import Lesson, Part
from lessonkit.classroom.marking import sandbox as module
from lessonkit.classroom.marking.exchange import evaluated, opened
from lessonkit.classroom.marking.literal import literal
from lessonkit.classroom.marking.marks import mark
from lessonkit.classroom.marking.sandbox import Sandbox
from lessonkit.classroom.reports.pages import feedback
from lessonkit.classroom.submissions.notebook_file import read_notebook
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.sandboxed.arithmetic import is_arithmetic
from lessonkit.sandboxed.messages import pack
from lessonkit.sandboxed.system_calls import FORBIDDEN

pytestmark = [needs_sandbox, pytest.mark.timeout(300)]
LESSON = Lesson(  # an attack in its third part; before it two numbers, after it a rule
    "03-momentum",
    "",
    (
        Part("momentum_answer", "answer_momentum", "by_hand", "momentum", 2),
        Part("nesterov_answer", "answer_nesterov", "by_hand", "nesterov", 2),
        Part("nesterov", "nesterov", "rule", "nesterov", 4),
        Part("momentum", "momentum", "rule", "momentum", 3),
    ),
)
SEED = 20
RIGHT = EXERCISES["nesterov"].source


@pytest.fixture(scope="module")
def sandbox():
    made = Sandbox()
    made.check()
    yield made
    made.close()


@pytest.fixture
def hurried(monkeypatch):
    """For answers that hang: what they are given. All others have the usual seconds, also on a busy machine."""
    monkeypatch.setitem(module.LIMITS, "seconds", 2)


def outcomes(sandbox, tasks):
    """Of several answers, in their order."""
    return [outcome for _, outcome in sorted(sandbox.run(tasks), key=lambda each: each[0])]


def answers(source):
    """Of somebody who knows all, but hands in `source` for one rule."""
    numbers = {rule: by_hand(rule, "ada").value_of(EXERCISES[rule].source) for rule in ("momentum", "nesterov")}
    return {
        "momentum_answer": f"answer_momentum = {numbers['momentum']!r}",
        "nesterov_answer": f"answer_nesterov = 0 + {numbers['nesterov']!r}",
        "nesterov": source,
        "momentum": EXERCISES["momentum"].source,
    }


def attack(name):
    """An attack in the place of Nesterov's rule."""
    return attacks.attack(name, "nesterov", RIGHT, f"{RIGHT.splitlines()[0]}\n    return theta, v\n")


def points(sandbox, source):
    return {part["part"]: part["points"] for part in mark(LESSON, "ada", answers(source), sandbox, SEED)}


HONEST = {"momentum_answer": 2, "nesterov_answer": 2, "nesterov": 4, "momentum": 3}
ATTACKED = HONEST | {"nesterov": 0}


def test_the_sandbox_has_namespaces_for_each_submission(sandbox):
    assert sandbox.mode == "nested"


def test_an_honest_answer_has_its_marks(sandbox):
    assert points(sandbox, RIGHT) == HONEST


def test_an_attack_that_does_nothing_but_answer_has_its_marks(sandbox, monkeypatch):
    """So that each attack which ends in the right rule would have them, if what it tries before went well."""
    monkeypatch.setitem(ATTACKS, "nothing", attacks.SGD)
    assert (
        points(sandbox, attack("nothing")) == HONEST
        and sum(source.endswith(attacks.SGD) for source in ATTACKS.values()) > 15
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_costs_its_own_marks_and_nothing_else(sandbox, hurried, name):
    start = time.monotonic()
    parts = mark(LESSON, "ada", answers(attack(name)), sandbox, SEED)
    assert {part["part"]: part["points"] for part in parts} == ATTACKED
    assert time.monotonic() - start < 2 * module.LIMITS["seconds"] + 20  # it slows the others by no more
    assert points(sandbox, RIGHT) == HONEST
    page = feedback("ada", LESSON.name, parts, [])
    assert "Traceback" not in page and "0.0" not in "".join(part["message"] for part in parts)


@pytest.mark.timeout(30)  # a pattern that tries all ways to read this takes minutes, outside of the sandbox
@pytest.mark.parametrize(
    "source",
    [
        "answer_momentum = 1" + " " * 90_000 + "y",
        "answer_momentum" + " " * 90_000,
        "answer_momentum = " + "1" * 90_000,
        "\n" * 90_000 + "y",
        "answer_momentum = 1" + " #" * 45_000 + "\ny",
    ],
)
def test_reading_an_answer_takes_no_longer_than_it_is_long(sandbox, source):
    parts = mark(LESSON, "ada", answers(RIGHT) | {"momentum_answer": source}, sandbox, SEED)
    assert {part["part"]: part["points"] for part in parts} == HONEST | {"momentum_answer": 0}
    read_notebook(
        json.dumps({"cells": [{"cell_type": "code", "id": "learner", "source": "learner" + source}]}).encode()
    )
    literal(source)


def test_what_an_exception_says_does_not_reach_the_learner(sandbox):
    source = attack("an exception that tells the inputs")
    _, _, part, _ = mark(LESSON, "ada", answers(source), sandbox, SEED)
    assert part["error"] == {"type": "an error of its own", "line": 2, "code": source.splitlines()[1].strip()}
    assert part["message"].startswith("The answer stopped with an error.")


def test_a_submission_sees_python_numpy_and_nothing_that_knows_an_answer(sandbox):
    def there(path):
        source = f"import os\nx = float(os.path.exists({path!r}))"
        (outcome,) = outcomes(sandbox, [{"kind": "number", "name": "x", "source": source}])
        return outcome["outcome"]["number"]

    package = Path(module.__file__).parents[2]
    assert there("/given/lessonkit/sandboxed/runner.py") and there("/given/numpy")
    for path in (
        "/given/lessonkit/judging/judge.py",
        "/given/lessonkit/__init__.py",
        "/given/lessonkit/rules/optimizers.py",
        "/proc",
        "/tmp",
        "/etc",
        "/dev/shm",
        "/sys",
        str(package),
        str(package.parent / "exercises"),
    ):
        assert not there(path), path


def test_nothing_of_one_submission_is_left_to_the_next(sandbox):
    leave = "import os, numpy, builtins\nnumpy.secret = 7\nbuiltins.secret = 7\nx = 1"
    find = "import numpy, builtins\nx = float(hasattr(numpy, 'secret') or hasattr(builtins, 'secret'))"
    for source, expected in ((leave, 1.0), (find, 0.0)):
        (outcome,) = outcomes(sandbox, [{"kind": "number", "name": "x", "source": source}])
        assert outcome == {"outcome": {"number": expected}}


SCAN = """import ctypes, os
first, last = "a learner's own ", "".join(reversed("esarhp gnol"))
def pages():
    libc = ctypes.CDLL(None)
    libc.sbrk.restype = ctypes.c_void_p
    tops = [libc.sbrk(0), *(id(o) for o in ([], object(), "x" * 700, b"y" * 5000, bytearray(3 * 10 ** 6)))]
    return {top // 4096 * 4096 + 4096 * k for top in tops for k in range(-6000, 2000)}
libc = ctypes.CDLL(None, use_errno=True)
found = 0
for page in pages():
    ctypes.set_errno(0)
    libc.access(ctypes.c_void_p(page), 0)  # which says so, and does not crash, where nothing is
    if ctypes.get_errno() == 14:
        continue
    held, place = ctypes.string_at(page, 4096), -1
    while (place := held.find(first.encode(), place + 1)) >= 0:
        found += held[place + len(first):].startswith(last.encode())
x = float(found > 0)"""


@pytest.mark.slow
def test_an_answer_finds_nothing_of_an_earlier_submission_in_its_memory(sandbox):
    victim = {"kind": "number", "name": "x", "source": "# a learner's own long phrase\n" * 50 + "x = 1.0 + 0"}
    scan = {"kind": "number", "name": "x", "source": SCAN}
    assert outcomes(sandbox, [scan | {"source": victim["source"] + "\n" + SCAN}]) == [
        {"outcome": {"number": 1.0}}
    ]  # what came with it, it does find
    for _ in range(3):
        outcomes(sandbox, [victim, victim])
        assert outcomes(sandbox, [scan]) == [{"outcome": {"number": 0.0}}]


def test_the_order_in_which_a_test_is_tried_does_not_follow_from_what_the_sandbox_knows(monkeypatch):
    asked = []

    class Made:
        def run(self, tasks, evaluate=None):
            asked.extend(tasks)
            return enumerate([{"ended": "too late"}] * len(tasks))

    lesson = Lesson("t", "1", (*TESTS.parts, Part("sgd", "sgd", "rule", "sgd", 4)))
    mark(lesson, "ada", {"test_clip_by_value": "x", "sgd": "x"}, Made(), SEED)
    ((_, seed),) = [json.loads(task["questions"]) for task in asked if "questions" in task]
    assert seed != SEED and all("questions" not in task for task in asked if task["kind"] == "tests")


MARKS = {  # of one answer, left with a file or device of the machine, for another to find
    "times": "os.utime(path)",
    "times through a file": "os.utime(os.open(path, os.O_RDONLY))",
    "mode": "os.chmod(path, 0o777)",
    "owner": "os.chown(path, os.getuid(), -1)",
    "attributes": "os.setxattr(path, 'user.x', b'1')",
    "lock": "fcntl.flock(os.open(path, os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)",
    "record lock": "fcntl.fcntl(os.open(path, os.O_RDONLY), fcntl.F_SETLK, struct.pack('hhqqi', fcntl.F_RDLCK, 0, 0, 0, 0))",
    "lease": "fcntl.fcntl(os.open(path, os.O_RDONLY), fcntl.F_SETLEASE, fcntl.F_RDLCK)",
    "watch": "None if libc.inotify_add_watch(libc.inotify_init(), path.encode(), 4095) >= 0 else os.abort",
}


@pytest.mark.parametrize("name", MARKS)
def test_no_answer_leaves_a_trace_with_a_file_or_device_of_the_machine(sandbox, name):
    source = f"""import ctypes, fcntl, glob, os, struct
libc, x = ctypes.CDLL(None), 0.0
for path in ["/dev/null", "/dev/zero", "/dev/urandom", "/", "/home", "/given/numpy/__init__.py", *glob.glob("/usr/lib/*/libc.so.6"), *glob.glob("/lib/*/libc.so.6")]:
    try:
        x += {MARKS[name]} is None
    except OSError: pass"""
    assert outcomes(sandbox, [{"kind": "number", "name": "x", "source": source}]) == [{"outcome": {"number": 0.0}}]


def test_a_file_may_be_opened_once_more(sandbox):
    source = (
        "import os\nf = os.open('/given/numpy/__init__.py', os.O_RDONLY)\nx = float(os.read(os.dup(f), 3) is not None)"
    )
    assert outcomes(sandbox, [{"kind": "number", "name": "x", "source": source}]) == [{"outcome": {"number": 1.0}}]


@pytest.mark.parametrize("call", FORBIDDEN["x86_64"][1])
def test_calls_that_lead_out_of_the_limits_are_refused(sandbox, call):
    number = FORBIDDEN[os.uname().machine][1][call]
    source = f"import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\nx = float(libc.syscall({number}, 0, 0, 0, 0, 0, 0) == -1 and ctypes.get_errno() == 1)"
    assert outcomes(sandbox, [{"kind": "number", "name": "x", "source": source}]) == [{"outcome": {"number": 1.0}}]


def test_a_cycle_keeps_no_memory_from_the_next_answer(sandbox):
    takes = {
        "kind": "number",
        "name": "x",
        "source": "keep = []\nkeep.append(keep)\nkeep.append(np.zeros(80_000_000))\nx = 1.0",
    }
    assert outcomes(sandbox, [takes, takes, takes]) == [{"outcome": {"number": 1.0}}] * 3


def test_a_test_cannot_make_the_grader_compute_much(sandbox):
    source = """def test_clip_by_value(clip):
    try: clip(np.ones((50, 1, 1)), np.ones((1, 50, 1)))
    except TypeError: raise AssertionError  # as for a wrong version
    """
    (part,) = mark(TESTS, "ada", {"test_clip_by_value": source}, sandbox, SEED)
    assert part["passed"] is False
    assert evaluated(opened(pack([np.ones((200, 1)), np.ones((1, 200))])), lambda *_: 1.0) == '{"raised": true}'
    assert evaluated(opened(pack([np.ones((100, 1)), np.ones((1, 50)), 2.0])), lambda *_: 1.0) == '{"result": 1.0}'


def test_every_answer_has_its_limits(sandbox):
    source = """import resource
limits = {name: resource.getrlimit(getattr(resource, "RLIMIT_" + name)) for name in ("AS", "NPROC", "FSIZE", "NOFILE", "CORE")}
x = float(limits == {"AS": (1 << 30, 1 << 30), "NPROC": (1, 1), "FSIZE": (0, 0), "NOFILE": (32, 32), "CORE": (0, 0)})"""
    assert outcomes(sandbox, [{"kind": "number", "name": "x", "source": source}]) == [{"outcome": {"number": 1.0}}]


TESTS = Lesson("t", "1", (Part("test_clip_by_value", "test_clip_by_value", "tests", "clip_by_value", 4),))
GOOD_TEST = """def test_clip_by_value(clip):
    for c in (0.5, 2.0):
        g = np.array([-3.0, -c, 0.0, 0.3, c, 5.0])
        assert np.allclose(clip(g, c), np.clip(g, -c, c), atol=1e-12)
"""


@pytest.mark.parametrize(
    "source, passes",
    [
        (GOOD_TEST, True),
        ("def test_clip_by_value(clip):\n    pass", False),
        ("def test_clip_by_value(clip):\n    assert False", False),
        ("def test_clip_by_value(clip):\n    assert clip.number < 2", False),
        ("def test_clip_by_value(clip):\n    clip(np.zeros(10 ** 6), 1.0)", False),
        ("def test_clip_by_value(clip):\n    while True: clip(np.zeros(2), 1.0)", False),
        ("def test_clip_by_value(clip):\n    clip('text', object())", False),
    ],
)
def test_a_learners_test_is_tried_on_candidates_that_it_cannot_see_into(sandbox, source, passes):
    (part,) = mark(TESTS, "ada", {"test_clip_by_value": source}, sandbox, SEED)
    assert part["passed"] is passes


@pytest.mark.parametrize("name", attacks.FORGERIES)
def test_a_test_that_looks_for_no_mistake_gets_no_points(sandbox, name):
    (part,) = mark(TESTS, "ada", {"test_clip_by_value": attacks.FORGERIES[name]}, sandbox, SEED)
    assert part["points"] == 0 and part["mistake"] in (
        "lets wrong versions pass",
        "never calls the function",
        "asserts nothing",
        "rejects a right version",
        "stops with an error",
        "returns something else",
    )


@pytest.fixture(scope="module", params=["nested", "once"])
def either(request, sandbox):
    made = Sandbox()
    made.mode = request.param
    yield made
    made.close()


@pytest.mark.slow
@pytest.mark.parametrize("name", attacks.TRACES)
def test_one_run_of_a_test_leaves_nothing_to_the_next(either, name, monkeypatch):
    monkeypatch.setitem(module.LIMITS, "seconds", 15)  # as some look long for what was left
    (part,) = mark(TESTS, "ada", {"test_clip_by_value": attacks.TRACES[name]}, either, SEED)
    assert "rejects 0 of 10 wrong versions" in part["message"]


@pytest.mark.slow
def test_a_scan_of_memory_finds_what_was_said_in_the_same_run(sandbox):
    """Without which finding nothing of another run would say nothing."""
    source = attacks.SCAN + "\ndef test_clip_by_value(clip):\n    told(clip)\n    assert not search()"
    (part,) = mark(TESTS, "ada", {"test_clip_by_value": source}, sandbox, SEED)
    assert part["mistake"] == "rejects a right version"


def test_a_test_is_tried_on_versions_in_an_order_of_this_submission_alone(sandbox):
    def order(learner="ada", source=GOOD_TEST, seed=SEED, lesson=TESTS):
        asked = []

        class Made:
            def run(self, tasks, evaluate):
                inputs = [np.array([-3.0, -0.1, 0.1, 0.9, 3.0, 4.0, 12.0]), 1.0]
                asked.extend(str(evaluate(0, version, inputs)) for version in range(tasks[0]["times"]))
                return []

        with contextlib.suppress(KeyError):  # as nothing is judged
            mark(lesson, learner, {"test_clip_by_value": source}, Made(), seed)
        assert len(asked) == 11
        return asked

    other = [
        order(learner="bob"),
        order(source=GOOD_TEST + "#"),
        order(seed=SEED + 1),
        order(lesson=TESTS._replace(name="u")),
    ]
    assert order() == order() and order() not in other and len({*map(tuple, other)}) == 4


HONEST_TESTS = {
    "allclose": GOOD_TEST,
    "NumPy's testing": GOOD_TEST.replace(
        "assert np.allclose(clip(g, c), np.clip(g, -c, c), atol=1e-12)",
        "np.testing.assert_allclose(clip(g, c), np.clip(g, -c, c), rtol=1e-6)",
    ),
    "an imported helper": "from numpy.testing import assert_array_equal\n"
    + GOOD_TEST.replace(
        "assert np.allclose(clip(g, c), np.clip(g, -c, c), atol=1e-12)",
        "assert_array_equal(clip(g, c), np.clip(g, -c, c))",
    ),
    "a text that shows what came": GOOD_TEST.replace(
        "atol=1e-12)", "atol=1e-12), f'{clip} gives {clip(g, c)} for {c:.2f}'"
    ),
    "numbers drawn from a seed": GOOD_TEST.replace(
        "np.array([-3.0, -c, 0.0, 0.3, c, 5.0])", "3 * np.random.default_rng(1).normal(size=50)"
    ),
    "an error that it catches": '''def test_clip_by_value(clip):
    """It cuts both ends."""
    g = np.array([-3.0, -1.0, -0.2, 0.0, 0.3, 0.9, 5.0])
    try:
        got = clip(g, 1.0)
    except (TypeError, ValueError) as error:
        raise AssertionError(f"it fails: {error}") from None
    assert [abs(a - min(max(b, -1), 1)) < 1e-9 for a, b in zip(got, g)] == [True] * 7
''',
}


@pytest.mark.parametrize("name", HONEST_TESTS)
def test_what_honest_tests_use_is_plain_arithmetic_and_has_its_marks(sandbox, name):
    assert is_arithmetic(HONEST_TESTS[name])
    for source in (
        HONEST_TESTS[name],
        "import os\n" + HONEST_TESTS[name],
    ):  # in one process, and in one for each version
        (part,) = mark(TESTS, "ada", {"test_clip_by_value": source}, sandbox, SEED)
        assert part["passed"], part["message"]


def test_a_test_that_runs_out_of_memory_in_a_shared_process_is_tried_alone(sandbox):
    takes = "def test_clip_by_value(clip):\n    np.ones(200_000_000)"
    (part,) = mark(TESTS, "ada", {"test_clip_by_value": takes}, sandbox, SEED)
    assert is_arithmetic(takes) and part["mistake"] == "stops with an error"


@pytest.mark.slow
def test_the_seconds_of_a_test_are_for_all_versions_together(sandbox, hurried):
    slow = "import time\ndef test_clip_by_value(clip):\n    time.sleep(0.5)"  # eleven times
    start = time.monotonic()
    (part,) = mark(TESTS, "ada", {"test_clip_by_value": slow}, sandbox, SEED)
    assert part["mistake"] == "too late" and time.monotonic() - start < 11 * 0.5


@pytest.mark.parametrize("call", FORBIDDEN["x86_64"][2])
def test_calls_about_another_process_or_with_locks_are_refused(sandbox, call):
    number, place, limit, *_ = FORBIDDEN[os.uname().machine][2][call]
    source = (
        f"import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\ntold = []\nfor value in (0, {limit}):\n    arguments = [0, 0, 0, 0]\n"
        f"    arguments[{place}] = value\n    ctypes.set_errno(0)\n    libc.syscall({number}, *arguments)\n    told.append(ctypes.get_errno())\nx = float(told[0] != 1 and told[1] == 1)"
    )
    assert outcomes(sandbox, [{"kind": "number", "name": "x", "source": source}]) == [{"outcome": {"number": 1.0}}]


def test_answers_of_plain_arithmetic_share_a_process_and_no_other_does(sandbox):
    patch = {"kind": "number", "name": "x", "source": "import numpy\nnumpy.sqrt = lambda x: 7.0\nx = 1.0"}
    root = {"kind": "number", "name": "x", "source": "x = np.sqrt(4.0)"}
    assert outcomes(sandbox, [root, patch, root, root]) == [
        {"outcome": {"number": value}} for value in (2.0, 1.0, 2.0, 2.0)
    ]
    assert is_arithmetic(root["source"]) and not is_arithmetic(patch["source"])


@pytest.mark.slow
def test_a_plain_answer_that_never_ends_costs_its_own_time_and_no_other_answer(sandbox, monkeypatch):
    monkeypatch.setitem(module.LIMITS, "seconds", 4)
    ends = {"kind": "number", "name": "x", "source": "x = 1.0 + 0"}
    hangs = {"kind": "number", "name": "x", "source": "while True: pass"}
    start = time.monotonic()
    assert outcomes(sandbox, [ends, hangs, ends]) == [
        {"outcome": {"number": 1.0}},
        {"ended": "too late"},
        {"outcome": {"number": 1.0}},
    ]
    assert time.monotonic() - start < 2 * module.LIMITS["seconds"]


def test_what_was_not_waited_for_is_not_taken_for_what_comes_next(sandbox):
    def number(k):
        return {"kind": "number", "name": "x", "source": f"x = {k} + 0.0"}

    for _ in sandbox.run([number(1), number(2), number(3)]):
        break
    assert outcomes(sandbox, [number(4), number(5)]) == [{"outcome": {"number": 4.0}}, {"outcome": {"number": 5.0}}]


def test_memory_that_a_plain_answer_took_is_there_for_the_next(sandbox):
    takes = {"kind": "number", "name": "x", "source": "y = np.zeros(80_000_000)\nx = float(y.size)"}
    assert outcomes(sandbox, [takes, takes, takes]) == [{"outcome": {"number": 8e7}}] * 3


@pytest.mark.parametrize(
    "source",
    [
        "np.ndarray((1,), 'int64', x, -16)",
        "np.sqrt(x, **{list(dict(whexx=0))[0]: x})",
        "f(**x)",
        "dict(where=1)",
        "def f(**k): return k",
        "import os",
        "from numpy import load",
        "import numpy as __builtins__",
        "eval('1')",
        "x = __builtins__",
        "np.seterr()",
        "np.random.seed(1)",
        "np.sqrt = 1",
        "x.__class__",
        "(k for k in x).gi_frame",
        "try:\n    x\nexcept: pass",
        "class A: pass",
        "def f():\n    global x",
        "@f\ndef g(): pass",
        "def f(): yield",
        "with x: pass",
        "getattr(np, 'sqrt')",
        "del x",
        "async def f(): pass",
        "def __getattr__(x): pass",
        "no python",
        "\0",
        "(" * 10_000,
        "x = f'{np.sum}'",
        "x = '%s' % np.sum",
        "x.append(b'a')",
        "def ValueError(x): pass",
        "raise KeyError(f'{1}') from 'x'",
        "def f(KeyError): pass",
        "np.empty_like(x)",
        "np.sqrt(x, where=y)",
        "np.random.normal()",
        "np.random.default_rng()",
        "np.random.default_rng(None)",
        "np.random.default_rng(x)",
        "np.random.default_rng(seed=None)",
        "x = np.random.default_rng",
        "map(np.random.default_rng, x)",
        "from numpy.random import normal",
        "from numpy import *",
        "try:\n    x\nexcept MemoryError: pass",
        "try:\n    x\nexcept Exception: pass",
        "try:\n    x\nfinally:\n    y",
        "np.array_equal(x, y)",
        "for ValueError in x: pass",
        "import numpy as ValueError",
        "assert x, f'{y:{\"a\"}}' + 'b'",
        "raise f('x')",
    ],
)
def test_what_could_reach_another_answer_is_not_plain(source):
    assert not is_arithmetic(source)


@pytest.mark.parametrize("exercise", EXERCISES)
def test_every_rule_is_plain_arithmetic(exercise):
    assert is_arithmetic(EXERCISES[exercise].source)


@pytest.mark.slow
def test_a_test_that_asks_and_never_listens_costs_its_own_time_alone(sandbox, hurried):
    source = """def test_clip_by_value(clip):
    import base64, json, os
    call = json.dumps({"call": [{"shape": [9000], "numbers": base64.b64encode(bytes(72_000)).decode()}, 1.0]}).encode()
    while True:
        os.write(clip.speaks, len(call).to_bytes(4, "big") + call)"""
    start = time.monotonic()
    (part,) = mark(TESTS, "ada", {"test_clip_by_value": source}, sandbox, SEED)
    assert (
        part["mistake"] == "too late" and time.monotonic() - start < 2 * module.LIMITS["seconds"] + 4
    )  # of 12 in which the sandbox is given up


@pytest.mark.slow
def test_where_namespaces_cannot_be_nested_each_submission_gets_a_fresh_sandbox():
    fresh = Sandbox()
    fresh.mode = "once"
    assert points(fresh, RIGHT) == HONEST and fresh.process is None
    assert points(fresh, attack("signals everyone")) == ATTACKED and points(fresh, RIGHT) == HONEST
    fresh.close()
