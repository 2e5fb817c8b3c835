"""`fused` compiles a rule once, and never mistakes another rule for it."""

import functools
import gc
import linecache
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from lessonkit.fusion.fused import fused

pytestmark = pytest.mark.slow  # each compiles

STEP = """
def rule(theta, g, lr):
    return theta {sign} RATE * lr * g
"""


@pytest.fixture
def compilations():
    """The list of what numba has compiled since the test began; two for a rule: its entry and its loop."""
    event = pytest.importorskip("numba.core.event")
    with event.install_recorder("numba:compile") as recorder:
        yield recorder.buffer


def defined(source, **space):
    """The function `rule` that a cell defines, with source that can be found."""
    file = f"<cell {hash(source)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec"), space)
    return space["rule"]


def moved_by(step):
    """How far a step of a rule moves a parameter, with a gradient of 1 and a rate of 1."""
    theta = np.zeros(1)
    step(theta, np.ones(1), lr=1.0)
    return theta[0]


def test_a_rule_is_compiled_once_however_often_it_is_fused(compilations):
    rule = defined(STEP.format(sign="-"), RATE=1.0)
    first = moved_by(fused(rule))
    compiled_once = len(compilations)
    assert compiled_once > 0
    assert [moved_by(fused(rule)) for _ in range(3)] == [first] * 3 == [-1] * 3
    moved_by(fused(functools.partial(rule)))
    assert len(compilations) == compiled_once


def test_a_rule_is_compiled_once_for_each_dtype_when_that_is_first_used(compilations):
    rule = defined(STEP.format(sign="-"), RATE=1.0)
    for dtype, more in ((np.float32, True), (np.float64, True), (np.float32, False)):
        before = len(compilations)
        fused(rule)(np.ones(3, dtype), np.ones(3, dtype), lr=0.1)
        assert (len(compilations) > before) == more


def test_a_rule_defined_again_under_its_name_is_another_rule(fuse):
    space = {"RATE": 1.0}
    assert moved_by(fuse(defined(STEP.format(sign="-"), **space))) == -1
    assert moved_by(fuse(defined(STEP.format(sign="+"), **space))) == 1


def test_a_rule_whose_code_is_replaced_in_place_is_another_rule(fuse):
    rule = defined(STEP.format(sign="-"), RATE=1.0)
    assert moved_by(fuse(rule)) == -1
    rule.__code__ = defined(STEP.format(sign="+")).__code__  # as IPython's autoreload does
    assert moved_by(fuse(rule)) == 1


def test_a_rule_is_compiled_anew_when_a_global_that_it_names_has_another_value(fuse):
    rule = defined(STEP.format(sign="-"), RATE=1.0)
    first = fuse(rule)
    rule.__globals__["SOMETHING_ELSE"] = 1
    assert fuse(rule) is first
    rule.__globals__["RATE"] = 3.0
    assert moved_by(fuse(rule)) == -3


def test_a_rule_is_compiled_anew_when_what_it_closes_over_has_another_value(fuse):
    rate = 1.0

    def rule(theta, g, lr):
        return theta - rate * lr * g

    assert moved_by(fuse(rule)) == -1
    rate = 2.0
    assert moved_by(fuse(rule)) == -2


def test_a_global_that_only_an_inner_function_names_is_found(fuse):
    rule = defined(
        "def rule(theta, g, lr):\n    rate = sum([each * RATE for each in (1, 2)])\n    return theta - rate * lr * g\n",
        RATE=1.0,
    )
    assert moved_by(fuse(rule)) == -3
    rule.__globals__["RATE"] = 2.0
    assert moved_by(fuse(rule)) == -6


def test_a_rule_that_nobody_keeps_is_forgotten_and_its_notebook_with_it(fuse):
    rule = defined(STEP.format(sign="-"), RATE=1.0, data=(data := np.ones(3)))
    moved_by(fuse(rule))
    kept = [weakref.ref(rule), weakref.ref(data)]
    del rule, data
    gc.collect()
    assert [each() for each in kept] == [None, None]


def test_threads_that_ask_at_once_all_get_the_rule(fuse):
    rule = defined(STEP.format(sign="-"), RATE=1.0)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: moved_by(fuse(rule)), range(8))) == [-1] * 8
