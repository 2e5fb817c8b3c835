"""`check` in the kernel of a notebook: what it shows, what it stops, and what it says of what is no answer."""

import contextlib
import os
import queue
import threading
import time

import pytest

from lessonkit import check, judge
from lessonkit.judging.check import SHOWN, Heard
from lessonkit.judging.stopping import TimeUp, at_most

jupyter_client = pytest.importorskip("jupyter_client")
pytestmark = pytest.mark.slow
SGD = "def sgd(theta, g, lr):\n    return theta - lr * g"
MOMENTUM = "def momentum(theta, g, v, lr, beta):\n    v = beta * v + g\n    return theta - lr * v, v"


class Notebook:
    """A kernel of its own."""

    def __init__(self, home):
        self.manager = jupyter_client.KernelManager(kernel_name="python3")
        self.manager.start_kernel(env={**os.environ, "LESSONKIT_HOME": str(home)})
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self(
            "import math\nimport numpy as np\nfrom lessonkit import bowl, by_hand, check, check_tests, descend\ncheck.__module__"
        )

    def __call__(self, *cells, interrupt=None):
        """Run cells; the text that the last one shows. `interrupt` stops it after so many seconds."""
        for cell in cells:
            shown = self._run(cell, interrupt if cell is cells[-1] else None)
        return shown

    def _run(self, cell, interrupt):
        sent, shown, end = self.client.execute(cell), [], time.monotonic() + 60
        stop = time.monotonic() + interrupt if interrupt else end
        while time.monotonic() < end:
            if time.monotonic() > stop:
                self.manager.interrupt_kernel()
                stop = end
            try:
                message = self.client.get_iopub_msg(timeout=0.2)
            except queue.Empty:
                continue
            if message["parent_header"].get("msg_id") != sent:
                continue
            content = message["content"]
            if message["msg_type"] == "status" and content["execution_state"] == "idle":
                return "".join(shown)
            shown.append(content.get("text") or content.get("data", {}).get("text/plain") or content.get("evalue", ""))
        raise AssertionError(f"the cell did not end: {cell}")

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    started = Notebook(tmp_path_factory.mktemp("home"))
    yield started
    started.close()


def test_what_an_answer_prints_is_shown_and_not_a_thousand_times(notebook):
    shown = notebook(SGD.replace("\n", "\n    print('g is', g[:1])\n", 1), "check(sgd)")
    assert shown.count("g is") == SHOWN and "more lines" in shown and "✓ sgd: right" in shown


def test_a_loop_that_never_ends_is_stopped_and_told_with_the_limit_and_its_line(notebook):
    shown = notebook("def sgd(theta, g, lr):\n    while True:\n        theta = theta + 0", "check(sgd)")
    assert "✗ sgd: too late" in shown and "after 10 seconds" in shown and "line " in shown
    assert notebook("1 + 1") == "2"


def test_a_loop_that_catches_everything_is_stopped(notebook):
    loop = "def sgd(theta, g, lr):\n    while True:\n        try:\n            x = 1\n        except:\n            pass"
    assert "✗ sgd: too late" in notebook(loop, "check(sgd)")


def test_control_c_ends_the_check_without_a_traceback(notebook):
    shown = notebook("def sgd(theta, g, lr):\n    while True:\n        pass", "check(sgd)", interrupt=1)
    assert "You stopped the check." in shown and "Traceback" not in shown and "lessonkit/" not in shown


TOLD = [
    (
        "def sgd(theta, g, lr):\n    return theta - float(input('rate?')) * g",
        "sgd",
        "asks for input",
        "take the line out",
    ),
    ("class Sgd:\n    def step(self, theta, g, lr):\n        return theta", "Sgd", "is a class", "outside of a class"),
    ("class Sgd:\n    pass\nsgd = Sgd()", "sgd", "is an object", "outside of the class"),
    ("def sgd(theta, g, lr):\n    yield theta - lr * g", "sgd", "is a generator", "`return` in place of `yield`"),
    ("def sgd(theta, g, lr):\n    return (t - lr * x for t, x in zip(theta, g))", "sgd", "something else", "[...]"),
    ("def sgd(theta, g, lr):\n    return map(float, theta)", "sgd", "something else", "list(...)"),
    ("async def sgd(theta, g, lr):\n    return theta - lr * g", "sgd", "is a coroutine", "without `async`"),
    (f"{SGD}\nsgd = sgd(np.ones(2), np.ones(2), 0.1)", "sgd, 'sgd'", "not a function", "without calling it"),
    ("def sgd(theta, g, lr):\n    return theta - math.sqrt(g) * lr", "sgd", "raises", "np.sqrt"),
    ("def sgd(theta, g, lr):\n    return theta - lr * g^2", "sgd", "raises", "Write `g**2`"),
    ("def sgd(theta, g, lr):\n    return theta - lr(g)", "sgd", "raises", "For a product write `*`"),
    ("def sgd(theta, g, lr):\n    return theta - lr * grad", "sgd", "raises", "spelled as in the first line"),
    ("def sgd(theta, g, lr):\n    return theta - lr * g if g > 0 else theta", "sgd", "raises", "entry by entry"),
    ("def sgd(theta, g, lr):\n    return sgd(theta, g, lr)", "sgd", "raises", "calls itself"),
    (
        "v = 0\ndef momentum(theta, g, v0, lr, beta):\n    v = beta * v + g\n    return theta - lr * v, v",
        "momentum",
        "raises",
        "comes in as an argument and goes out as a result",
    ),
    (
        "speed = 0\ndef momentum(theta, g, v, lr, beta):\n    global speed\n    speed = beta * speed + g\n"
        "    return theta - lr * speed, speed",
        "momentum",
        "remembers between calls",
        "in a global name",
    ),
]


@pytest.mark.parametrize("cell, given, name, remedy", TOLD, ids=[each[2] for each in TOLD])
def test_what_is_no_answer_is_told_with_a_remedy(notebook, cell, given, name, remedy):
    shown = notebook(cell, f"check({given})")
    assert name in shown.partition("\n")[0] and remedy in shown, shown


STALE = [
    (f"{MOMENTUM})", "not valid Python"),
    ("def momentum(theta, g, v, lr, beta)\n    return theta", "not valid Python"),
    (f"1 / 0\n{MOMENTUM}", "stopped before it had defined it"),
    (MOMENTUM.replace("momentum", "my_momentum"), 'check(my_momentum, "momentum")'),
]


@pytest.mark.parametrize("cell, why", STALE, ids=[why[:12] for _, why in STALE])
def test_the_function_from_before_is_not_judged_in_place_of_the_one_just_written(notebook, cell, why):
    assert "✓ momentum" in notebook(MOMENTUM, "check(momentum)")
    shown = notebook(cell, "check(momentum)")
    assert "✗ momentum: is still the function from before" in shown and why in shown
    assert "✓ momentum" in notebook(MOMENTUM, "check(momentum)")


FRESH = [
    MOMENTUM.replace("momentum", "nesterov"),  # the next exercise
    "x = 1 +",
    "my_rate = lambda step: 0.1",
    "momentum_of_mine = 3",
    "%%time\ndef other(theta):\n    return theta",
]


@pytest.mark.parametrize("cell", FRESH)
def test_a_cell_about_something_else_does_not_make_a_function_stale(notebook, cell):
    assert "✓ momentum" in notebook(MOMENTUM, cell, "check(momentum)")


@pytest.mark.parametrize("ask", ['your_version("adam", "ada").check', 'whose_mistake("adam", "ada").check_code'])
def test_a_version_or_a_repair_from_before_is_not_judged_in_place_of_the_one_just_written(notebook, ask):
    from lessonkit import your_version

    name = "adam" if "your" in ask else "repaired_adam"
    source = your_version("adam", "ada")._version.source.replace("def adam", f"def {name}")
    told = f"from lessonkit import whose_mistake, your_version\nprint({ask}({name}))"
    notebook(source, told)
    assert "is still the function from before" in notebook(f"{source} +", told)


def test_a_function_of_a_cell_with_a_magic_is_judged(notebook):
    assert "✓ sgd" in notebook(f"%%time\n{SGD}", "check(sgd)")


def test_a_number_with_a_decimal_comma_is_told_even_where_python_cannot_read_it(notebook):
    for cell in ("answer_adam = 0,5", "answer_adam = -0,05"):
        shown = notebook("answer_adam = 1.0", cell, 'by_hand("adam", "ada").check(answer_adam)')
        assert "Write a decimal point" in shown and shown.startswith("✗ adam"), shown
    assert "decimal point" not in notebook("answer_adam = 0.5", 'by_hand("adam", "ada").check(answer_adam)')


TESTS = [
    ("import pytest\ndef test_clip_by_value(clip):\n    assert clip(3.0, 1.0) == pytest.approx(1)", "uses pytest"),
    ("def test_clip_by_value(clip):\n    assert clip(3.0, 1.0) == limit", "put `limit` into it"),
    ("def test_clip_by_value(clip):\n    while True:\n        pass", "after 10 seconds"),
    ("def test_clip_by_value(clip):\n    assert clip(3.0, 1.0) == 1)", "not valid Python"),
    ("def test_clip(clip):\n    assert clip(3.0, 1.0) == 1", 'check_tests(test_clip, "clip_by_value")'),
]


@pytest.mark.parametrize("cell, words", TESTS, ids=[words[:12] for _, words in TESTS])
def test_a_test_that_grading_could_not_run_is_told_in_the_notebook(notebook, cell, words):
    notebook("limit = 1", "def test_clip_by_value(clip):\n    assert clip(3.0, 1.0) == 1")
    shown = notebook(cell, 'check_tests(test_clip_by_value, "clip_by_value")')
    assert words in shown and shown.lstrip().startswith("✗"), shown


def test_a_list_of_the_entries_passes_and_descends(notebook):
    shown = notebook("def sgd(theta, g, lr):\n    return [t - lr * x for t, x in zip(theta, g)]", "check(sgd)")
    assert "✓ sgd" in shown
    assert "2 steps" in notebook("descend(bowl(5), sgd, lr=0.01, steps=2)")


def test_the_time_limit_holds_in_another_thread_and_leaves_nothing_behind():
    caught = []

    def never_ends():
        try:
            with at_most(0.1):
                while True:
                    pass
        except TimeUp:
            caught.append(True)

    thread = threading.Thread(target=never_ends)
    thread.start()
    thread.join(10)
    assert caught == [True]
    before = threading.active_count()
    for _ in range(50):
        with contextlib.suppress(TimeUp), at_most(0.001):  # on a busy machine this time is over at once
            sum(range(100))
    assert threading.active_count() == before


def test_only_check_shows_what_is_printed(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("LESSONKIT_HOME", str(tmp_path))

    def sgd(theta, g, lr):
        print("here")
        return theta - lr * g

    assert judge("sgd", sgd).passed and capsys.readouterr().out == ""
    assert check(sgd).passed and "here" in capsys.readouterr().out


def test_of_a_long_text_the_first_lines_are_kept_and_the_others_counted():
    heard = Heard()
    for number in range(1000):
        heard.write(f"{number}")
        heard.write("\n")
    assert heard.kept.splitlines() == [str(number) for number in range(SHOWN)] and heard.more == 1000 - SHOWN
