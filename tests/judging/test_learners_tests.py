"""Tests that learners write: the notebook and grading say the same of each, and tell what it is."""

import linecache

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from solutions import GOOD_TEST, GOOD_TESTS

from lessonkit import check_tests
from lessonkit.classroom.lessons import all_lessons
from lessonkit.classroom.marking.marks import mark
from lessonkit.judging.learners_tests import Raised, verdict_on_tests, versions

pytestmark = pytest.mark.usefixtures("learners_folder")
CLIP = "clip_by_global_norm"
HEAD = f"def test_{CLIP}(clip):\n"
CALL = "    clipped, norm = clip([np.array([3.0, 4.0])], 1.0)\n"
GOOD = GOOD_TEST.strip() + "\n"
FIRST = "    for scale"


def with_line(line):
    return GOOD.replace(FIRST, f"    {line}\n{FIRST}")


ACCEPTED = {
    "as the exercise asks": GOOD,
    "keywords": GOOD.replace("clip(grads, c)", "clip(c=c, grads=grads)"),
    "one keyword": GOOD.replace("clip(grads, c)", "clip(grads, c=c)"),
    "the norm is a float": GOOD.replace(
        "expected = scale", "assert isinstance(norm, float)\n            expected = scale"
    ),
    "the norm is a key": GOOD.replace("expected = scale", "assert len({norm: 1}) == 1\n            expected = scale"),
    "the name": with_line(f"assert clip.__name__ == '{CLIP}'"),
    "an import that is not needed": "import pytest\nimport matplotlib.pyplot as plt\n" + GOOD,
    "an import of the course that is not needed": "from lessonkit import clip_by_value\n" + GOOD,
    "a helper": "def near(a, b):\n    assert abs(a - b) <= 1e-4 * abs(b)\n"
    + GOOD.replace("assert abs(norm - expected) <= 1e-4 * expected", "near(norm, expected)"),
    "numpy.testing": "from numpy.testing import assert_allclose\n"
    + GOOD.replace("assert abs(norm - expected) <= 1e-4 * expected", "assert_allclose(norm, expected, rtol=1e-4)"),
    "it prints too": GOOD.replace("assert abs", "print(norm)\n            assert abs"),
}
REFUSED = {
    "never calls": (HEAD + "    assert 1 == 1\n", "never calls the function", "never calls `clip`"),
    "takes nothing": (HEAD.replace("clip)", "clip=None)") + "    x = 1\n", "never calls the function", "never calls"),
    "prints": (HEAD + "    print(clip([np.ones(2)], 1.0))\n", "prints", "Write `assert`"),
    "returns a bool": (HEAD + CALL + "    return norm == 5\n", "returns a result", "in place of `return`"),
    "asserts nothing": (HEAD + CALL, "asserts nothing", "Write `assert`"),
    "swallows": (
        HEAD
        + "    try:\n        assert clip([np.ones(2)], 1.0)[1] == 7\n    except AssertionError:\n        print('wrong')\n",
        "catches its own assertions",
        "`try`",
    ),
    "swallows all": (
        HEAD + "    try:\n        assert clip([np.ones(2)], 1.0)[1] == 7\n    except:\n        pass\n",
        "catches its own assertions",
        "`try`",
    ),
    "the package's": (
        f"from lessonkit import {CLIP} as ours\n{HEAD}    assert ours([np.array([3.0, 4.0])], 1.0)[1] == 5\n",
        "tests the course's own function",
        "function that it is given",
    ),
    "the package's, too": (
        f"import lessonkit\n{HEAD}{CALL}    assert lessonkit.{CLIP}([np.array([3.0, 4.0])], 1.0)[1] == 5\n",
        "tests the course's own function",
        "function that it is given",
    ),
    "pytest": (with_line("import pytest"), "uses what is not there in grading", "uses pytest"),
    "approx": (
        "from pytest import approx\n" + with_line("assert 1 == approx(1)"),
        "uses what is not there in grading",
        "uses pytest",
    ),
    "no such module": (with_line("import no_such_module"), "uses what is not there in grading", "uses no_such_module"),
    "TypeError": (HEAD + "    assert clip(np.ones(2)) == 1\n", "stops with an error", "TypeError"),
    "AttributeError": (HEAD + CALL + "    assert norm.size_of == 1\n", "stops with an error", "AttributeError"),
    "NameError": (HEAD + CALL + "    assert norme == 5\n", "stops with an error", "NameError"),
    "too strict": (
        HEAD + CALL + "    assert clipped[0].tolist() == [0.6000000000000001, 0.8]\n",
        "rejects a right version",
        "AssertionError",
    ),
    "not written": (HEAD + "    raise NotImplementedError\n", "is not written yet", ""),
    "input": (HEAD + CALL + "    assert norm == float(input())\n", "asks for input", "input()"),
    "a class": (f"class test_{CLIP}:\n    pass\n", "is a class", "function"),
    "a generator": (HEAD + CALL + "    yield norm == 5\n", "is a generator", "function"),
    "too few": (HEAD + CALL + "    assert norm == 5\n", "lets wrong versions pass", "are asked for"),
}
SOURCES = ACCEPTED | {name: source for name, (source, *_) in REFUSED.items()}


def in_a_notebook(source):
    name = f"<test {hash(source)}>"
    linecache.cache[name] = len(source), None, source.splitlines(keepends=True), name
    space = {"__name__": "__main__", "np": np}
    exec(compile(source, name, "exec"), space)
    return check_tests(space[f"test_{CLIP}"], CLIP)


def graded(source, sandbox):
    lesson = next(each for each in all_lessons().values() if each.name == "07-clipping")
    part = next(each for each in lesson.parts if each.kind == "tests")
    return next(each for each in mark(lesson, "ada", {part.cell: source}, sandbox, seed=3) if each["part"] == part.cell)


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_good_test_passes_however_it_is_written(name):
    verdict = in_a_notebook(ACCEPTED[name])
    assert verdict.passed, verdict


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_good_test_is_told_as_what_it_is(name):
    source, mistake, words = REFUSED[name]
    verdict = in_a_notebook(source)
    assert not verdict.passed and verdict.mistake == mistake and words in verdict.message, verdict


@pytest.mark.slow
@pytest.mark.parametrize("name", SOURCES)
def test_grading_says_of_a_test_what_the_notebook_says(name, sandbox):
    verdict, marked = in_a_notebook(SOURCES[name]), graded(SOURCES[name], sandbox)
    assert (marked["passed"], marked["mistake"]) == (verdict.passed, verdict.mistake), marked["message"]


def test_an_error_in_the_test_is_not_called_an_assertion():
    right, wrong = versions(CLIP)
    verdict = verdict_on_tests(CLIP, dict.fromkeys(right | wrong, Raised("TypeError", "no such argument")))
    assert verdict.mistake == "stops with an error" and "TypeError" in verdict.message
    assert "AssertionError" not in verdict.message and "no such argument" in verdict.message


def test_what_it_catches_and_raises_again_is_not_swallowed():
    source = HEAD + CALL + "    try:\n        assert norm == 7\n    except AssertionError:\n        raise ValueError\n"
    assert in_a_notebook(source).mistake == "stops with an error"


@pytest.mark.parametrize("exercise", GOOD_TESTS)
def test_each_exercise_that_asks_for_a_test_can_be_passed_and_not_by_one_call(exercise):
    space = {"np": np}
    exec(GOOD_TESTS[exercise], space)
    assert check_tests(space[f"test_{exercise}"], exercise).passed

    def once(candidate):
        arguments = {
            "clip_by_global_norm": ([np.array([3.0, 4.0])], 50.0),
            "step_decay": (0, 0.2, 0.5, 3),
            "power_step": (np.ones(2), np.zeros(2), np.ones(2), np.array([2.0, 3.0]), 0.1),
            "lion": (np.ones(1), np.ones(1), np.zeros(1), 0.1, 0.9, 0.99, 0.0),
        }
        candidate(*arguments[exercise])
        assert True

    assert check_tests(once, exercise).mistake == "lets wrong versions pass"


@pytest.mark.parametrize(
    "curvature, v, new, mistake",
    [
        (2.0, [0.0, 3.0], [0, 1], None),
        (2.0, [0.0, 1.0], [0, 1], "lets wrong versions pass"),  # those that take v to have length 1
        (2.0, [0.0, 3.0], [0, 3], "rejects a right version"),
        (
            50.0,
            [3.0, 4.0],
            [0.6, 0.8],
            "rejects a right version",
        ),  # right where the new v has the length 1, and only there
    ],
)
def test_a_test_of_a_rule_that_the_course_does_not_have_must_accept_all_its_versions(curvature, v, new, mistake):
    source = f"""def test_power_step(power_step):
    curvatures, v = np.array([{curvature}, 50.0]), np.array({v})
    behind, here, ahead = (curvatures * (np.ones(2) + k * 0.1 * v) for k in (-1, 0, 1))
    found, new = power_step(v, behind, here, ahead, 0.1)
    assert np.isclose(found, 50, rtol=1e-4) and np.allclose(new, {new}, rtol=1e-4)
"""
    space = {"np": np}
    exec(source, space)
    assert check_tests(space["test_power_step"], "power_step").mistake == mistake


@pytest.fixture
def shell():
    """A notebook's shell, as `get_ipython` finds it."""
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


def test_in_a_notebook_a_test_from_an_imported_file_is_not_read_as_a_cell(shell):
    """This file imports lessonkit, and the test does not."""
    assert check_tests(lambda clip: None, CLIP).mistake == "lets wrong versions pass"


def test_in_a_notebook_a_test_is_read_with_its_whole_cell(shell):
    shell.run_cell("near = lambda a, b: abs(a - b) < 1e-9", store_history=True)
    body = f"def test_{CLIP}({CLIP}):\n    assert near({CLIP}([np.array([3.0, 4.0])], 1.0)[1], 5.0)\n"
    shell.run_cell(f"import numpy as np\n\n\n{body}", store_history=True)
    told = check_tests(shell.user_ns[f"test_{CLIP}"], CLIP)
    assert told.mistake == "uses what is not there in grading" and "`near`, which another cell defines" in told.message
