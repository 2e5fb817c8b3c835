import inspect
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from references.rules import HYPERPARAMETERS

import lessonkit
from lessonkit import (
    adam,
    clip_by_global_norm,
    clip_by_value,
    constant,
    cosine,
    inverse_sqrt,
    momentum,
    one_cycle,
    plateau,
    sgd,
    step_decay,
    warmup_cosine,
    warmup_linear,
    warmup_stable_decay,
)
from lessonkit.rules.quantities import QUANTITIES
from lessonkit.rules.registry import REGISTRY, of_kind

THREE, TWO = np.ones(3), np.ones(2)
RULES = {
    name: {"lr": 0.01, **hyperparameters} | ({"t": 3} if "t" in REGISTRY[name].arguments else {})
    for name, hyperparameters in HYPERPARAMETERS.items()
} | {"clip_by_value": {"c": 0.5}}


def drawn(data, name, dtype):
    """The rule, arrays for it of any shape (0-d and empty too), and its hyperparameters."""
    rule = getattr(lessonkit, name)
    shape = data.draw(array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
    entries = st.floats(-(2**10), 2**10, width=32)
    names = [name for name in inspect.signature(rule).parameters if name not in QUANTITIES]
    made = [data.draw(arrays(dtype, shape, elements=entries)) for name in names]
    return (
        rule,
        [
            a if n in ("theta", "g") or "square" not in REGISTRY[name].states[n] else np.abs(a)
            for n, a in zip(names, made)
        ],
        RULES[name],
    )


def outputs(result):
    return result if isinstance(result, tuple) else (result,)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", RULES)
@given(data=st.data())
def test_a_rule_keeps_shape_and_dtype_leaves_its_inputs_alone_and_returns_arrays_of_its_own(name, dtype, data):
    rule, given, hyperparameters = drawn(data, name, dtype)
    before = [array.copy() for array in given]
    result = outputs(rule(*given, **hyperparameters))
    again = outputs(rule(*given, **hyperparameters))
    for i, array in enumerate(result):
        assert array.shape == given[0].shape and array.dtype == dtype
        assert np.array_equal(array, again[i])
        assert not any(np.shares_memory(array, other) for other in [*given, *result[:i], *again])
    assert all(np.array_equal(now, then) for now, then in zip(given, before))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", RULES)
@given(data=st.data())
def test_numbers_and_arrays_of_every_kind_give_the_same_result(name, dtype, data):
    rule, given, hyperparameters = drawn(data, name, dtype)
    plain = outputs(rule(*given, **hyperparameters))
    by_name = dict(zip(inspect.signature(rule).parameters, given))
    for other in (
        rule(**by_name, **hyperparameters),
        rule(*given, **{key: np.float64(value) for key, value in hyperparameters.items()}),
        rule(*given, **{key: np.array(value) for key, value in hyperparameters.items()}),
        rule(given[0], *(array.astype(float) for array in given[1:]), **hyperparameters),
        rule(*(np.array(array, order="F") for array in given), **hyperparameters),
    ):
        assert all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in zip(plain, outputs(other), strict=True))


def test_a_rate_from_a_schedule_does_not_turn_float32_into_float64():
    theta = np.ones(3, np.float32)
    for rate in (constant(1, 0.1), *cosine(np.arange(2), 10, 0.1), np.float32(0.1), 1):
        assert sgd(theta, theta, rate).dtype == np.float32
    assert clip_by_global_norm([theta, np.ones(2)], np.float64(0.1))[0][0].dtype == np.float32


def test_integers_become_float64_or_what_theta_is():
    theta, G = lessonkit.adagrad(*np.array([[1], [100], [0]], np.int8), 0.1)
    assert theta.dtype == G.dtype == float and G == 10_000  # beyond int8
    assert sgd(np.ones(2, np.float32), [1, 2], 0.1).dtype == np.float32
    theta, v = momentum([1, 2], [1, 0], [0, 0], 0.1)
    assert theta.dtype == v.dtype == float and theta.tolist() == [0.9, 2]
    assert clip_by_global_norm([[3, 4]], 1)[0][0].tolist() == pytest.approx([0.6, 0.8])


def test_a_state_may_start_as_the_number_0():
    for started, zeros in (
        (adam(TWO, TWO, 0, 0.0, 1), adam(TWO, TWO, np.zeros(2), np.zeros(2), 1)),
        (momentum(TWO, TWO, 0, 0.1), momentum(TWO, TWO, np.zeros(2), 0.1)),
    ):
        assert all(np.array_equal(a, b) and a.shape == (2,) for a, b in zip(started, zeros))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_each_entry_may_have_its_own_rate(dtype):
    theta = np.ones((2, 3), dtype)
    for lr in ([0.1, 0.2, 0.3], [[0.1], [0.2]], np.full((2, 3), 0.1)):
        moved = sgd(theta, theta, lr)
        assert moved.dtype == dtype and np.allclose(moved, 1 - np.broadcast_to(lr, (2, 3)), rtol=1e-6)


def test_clipping_by_norm_leaves_its_inputs_alone_and_returns_arrays_of_its_own():
    for c in (0.1, 100, np.inf):
        grads = [np.ones(3), np.ones((2, 2), np.float32), np.zeros(0)]
        clipped, _ = clip_by_global_norm(grads, c)
        assert [g.dtype for g in clipped] == [g.dtype for g in grads]
        assert all(np.array_equal(g, np.ones_like(g)) for g in grads)
        assert not any(np.shares_memory(g, new) for g in grads for new in clipped)


def adam_at(t):
    return lambda: adam(THREE, THREE, THREE, THREE, t)


REFUSED = {  # what is called; the error; what its message must name: the argument, what was expected, what came
    "shapes that differ": (lambda: sgd(THREE, TWO, 0.1), ValueError, "sgd", "g has shape (2,)", "theta has (3,)"),
    "shapes that would broadcast": (lambda: sgd(np.ones((2, 3)), THREE, 0.1), ValueError, "(3,)", "(2, 3)", "equal"),
    "one gradient for three": (lambda: sgd(THREE, 1.0, 0.1), ValueError, "g has shape ()", "(3,)"),
    "a state of another shape": (lambda: momentum(THREE, THREE, TWO, 0.1), ValueError, "v has shape (2,)", "(3,)"),
    "a state for a number": (lambda: momentum(1.0, 1.0, TWO, 0.1), ValueError, "v has shape (2,)", "()"),
    "a negative rate": (lambda: sgd(THREE, THREE, -0.1), ValueError, "lr", "[0, inf)", "-0.1", "climbs"),
    "a rate that is NaN": (lambda: sgd(THREE, THREE, np.nan), ValueError, "lr", "[0, inf)", "nan"),
    "an infinite rate": (lambda: sgd(THREE, THREE, lr=np.inf), ValueError, "lr", "[0, inf)", "inf"),
    "a rate as text": (lambda: sgd(THREE, THREE, "0.1"), TypeError, "lr", "real number", "'0.1'"),
    "a rate of None": (lambda: sgd(THREE, THREE, None), TypeError, "lr", "real number", "None"),
    "a rate that is true": (lambda: sgd(THREE, THREE, True), TypeError, "lr", "real number", "True"),
    "a complex rate": (lambda: sgd(THREE, THREE, 1j), TypeError, "lr", "real number", "1j"),
    "rates that do not fit": (lambda: sgd(THREE, THREE, TWO), ValueError, "lr", "broadcasts to (3,)", "shape (2,)"),
    "rates that would widen theta": (lambda: sgd(THREE, THREE, np.ones((2, 3))), ValueError, "(3,)", "shape (2, 3)"),
    "rates one of which is negative": (lambda: sgd(TWO, TWO, [0.1, -1]), ValueError, "lr", "[0, inf)", "[0.1, -1]"),
    "ragged rates": (lambda: sgd(TWO, TWO, [[1], [1, 2]]), TypeError, "lr", "real number", "[[1], [1, 2]]"),
    "beta of 1": (lambda: momentum(THREE, THREE, THREE, 0.1, 1.0), ValueError, "beta", "[0, 1)", "1.0", "0.9"),
    "beta by name of 1": (lambda: momentum(THREE, THREE, THREE, 0.1, beta=1), ValueError, "beta", "[0, 1)", "got 1"),
    "negative eps": (lambda: adam(THREE, THREE, THREE, THREE, 1, eps=-1e-8), ValueError, "eps", "[0, inf)", "-1e-08"),
    "t of 0": (adam_at(0), ValueError, "t (", "whole number in [1, inf)", "got 0", "first update is t = 1"),
    "t between steps": (adam_at(1.5), ValueError, "t (", "whole number in [1, inf)", "got 1.5"),
    "late t between steps": (adam_at(2.5), ValueError, "whole number", "got 2.5"),
    "t by name between steps": (lambda: adam(THREE, THREE, THREE, THREE, t=2.5), ValueError, "whole number", "got 2.5"),
    "many t": (adam_at([1, 2, 3]), ValueError, "t (", "one number", "shape (3,)"),
    "theta as text": (lambda: sgd("abc", THREE, 0.1), TypeError, "theta", "real numbers", "str 'abc'"),
    "theta of None": (lambda: sgd(None, THREE, 0.1), TypeError, "theta", "real numbers", "None"),
    "complex theta": (lambda: sgd(THREE * 1j, THREE, 0.1), TypeError, "theta", "real numbers", "ndarray"),
    "complex everything": (lambda: sgd(THREE * 1j, THREE * 1j, 0.1), TypeError, "theta", "real numbers", "ndarray"),
    "complex g": (lambda: sgd(THREE, THREE * 1j, 0.1), TypeError, "g must", "real numbers", "ndarray"),
    "ragged theta": (lambda: sgd([[1], [1, 2]], THREE, 0.1), TypeError, "theta", "real numbers", "list"),
    "truths for g": (lambda: sgd(THREE, THREE > 0, 0.1), TypeError, "g must", "real numbers", "[ True"),
    "no rate": (lambda: sgd(THREE, THREE), TypeError, "sgd", "missing", "'lr'"),
    "no state": (lambda: momentum(THREE, THREE, lr=0.1), TypeError, "momentum(theta, g, v, lr", "missing", "'v'"),
    "one too many": (lambda: sgd(THREE, THREE, 0.1, 0.9), TypeError, "sgd", "3", "4"),
    "an unknown name": (lambda: sgd(THREE, THREE, 0.1, mu=0.9), TypeError, "sgd(theta, g, lr)", "'mu'"),
    "clip at 0": (lambda: clip_by_value(THREE, 0), ValueError, "c (", "(0, inf]", "got 0"),
    "clip at NaN": (lambda: clip_by_global_norm([THREE], np.nan), ValueError, "c (", "(0, inf]", "nan"),
    "clip below 0": (lambda: clip_by_global_norm([THREE], -1.0), ValueError, "c (", "(0, inf]", "-1.0"),
    "a clip for each": (lambda: clip_by_global_norm([THREE], TWO), ValueError, "c (", "one number", "shape (2,)"),
    "no gradients": (lambda: clip_by_global_norm([], 1), ValueError, "grads", "empty", "at least one"),
    "a bare gradient": (lambda: clip_by_global_norm(THREE, 1), TypeError, "list of arrays", "ndarray", "[g]"),
    "gradients by name": (lambda: clip_by_global_norm({"w": THREE}, 1), TypeError, "list of arrays", "dict"),
    "a gradient of None": (lambda: clip_by_global_norm([TWO, None], 1), TypeError, "grads[1]", "real numbers", "None"),
    "a complex gradient": (lambda: clip_by_global_norm([THREE * 1j], 1), TypeError, "grads[0]", "real numbers"),
    "a gradient as text": (lambda: clip_by_global_norm(["g"], 1), TypeError, "grads[0]", "real numbers", "'g'"),
    "a step before the first": (lambda: cosine(-1, 10, 0.1), ValueError, "step", "[0, inf)", "-1"),
    "a step past the end": (lambda: cosine([3, 11], 10, 0.1), ValueError, "step 11", "total = 10"),
    "a step past the warm run's end": (lambda: warmup_cosine(11, 10, 2, 0.1), ValueError, "step 11", "total = 10"),
    "a step that is NaN": (lambda: constant(np.nan, 0.1), ValueError, "step", "[0, inf)", "nan"),
    "a step of None": (lambda: constant(None, 0.1), TypeError, "step", "real number", "None"),
    "warmup as long as the run": (lambda: warmup_cosine(0, 10, 10, 0.1), ValueError, "warmup = 10", "total = 10"),
    "warmup longer than the run": (lambda: warmup_cosine(0, 10, 11, 0.1), ValueError, "warmup = 11", "total = 10"),
    "a linear fall after no time": (lambda: warmup_linear(0, 9, 9, 0.1), ValueError, "warmup_linear", "warmup = 9"),
    "a cycle that only rises": (lambda: one_cycle(0, 9, 9, 0.1), ValueError, "one_cycle", "warmup = 9"),
    "a step past the cycle": (lambda: one_cycle(10, 9, 3, 0.1), ValueError, "one_cycle", "step 10", "total = 9"),
    "a cycle that starts above its peak": (lambda: one_cycle(0, 9, 3, 0.1, 0.5), ValueError, "div_factor", "[1, inf)"),
    "a root without a ramp": (lambda: inverse_sqrt(0, 0, 0.1), ValueError, "inverse_sqrt", "above 0"),
    "parts longer than the run": (
        lambda: warmup_stable_decay(0, 10, 6, 5, 0.1),
        ValueError,
        "warmup + decay = 11",
        "total = 10",
    ),
    "no steps to fall in": (lambda: warmup_stable_decay(0, 10, 6, 0, 0.1), ValueError, "decay", "(0, inf)", "got 0"),
    "a run of no steps": (lambda: cosine(0, 0, 0.1), ValueError, "total", "(0, inf)", "got 0"),
    "many totals": (lambda: cosine(0, [10, 20], 0.1), ValueError, "total", "one number", "shape (2,)"),
    "a negative peak": (lambda: constant(0, -0.1), ValueError, "peak", "[0, inf)", "-0.1"),
    "a factor above 1": (lambda: step_decay(0, 0.1, 10, 30), ValueError, "factor", "(0, 1]", "got 10"),
    "no steps between cuts": (lambda: step_decay(0, 0.1, 0.1, 0), ValueError, "every", "(0, inf)", "got 0"),
    "no peak": (lambda: cosine(0, 10), TypeError, "cosine(step, total, peak)", "missing", "'peak'"),
    "no losses": (lambda: plateau([], 0.1, 0.5, 2), ValueError, "losses", "at least one", "(0,)"),
    "one loss alone": (lambda: plateau(1.0, 0.1, 0.5, 2), ValueError, "losses", "list", "()"),
    "losses as text": (lambda: plateau(["1", "2"], 0.1, 0.5, 2), TypeError, "losses", "real numbers", "['1', '2']"),
    "a loss of None": (lambda: plateau([1.0, None], 0.1, 0.5, 2), TypeError, "losses", "real numbers", "None"),
    "no patience": (lambda: plateau([1.0], 0.1, 0.5, 0), ValueError, "patience", "whole number in [1, inf)", "got 0"),
    "half an epoch's patience": (lambda: plateau([1.0], 0.1, 0.5, 1.5), ValueError, "patience", "whole number", "1.5"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_with_what_was_expected_and_what_came(case):
    call, error, *words = REFUSED[case]
    with pytest.raises(error) as caught:
        call()
    assert type(caught.value) is error
    assert [word for word in words if word not in str(caught.value)] == []


ENDS = {  # accepted, and just outside
    "t": ([1], [0]),
    "lr": ([0, 1e300], [-1e-300, np.inf]),
    "eps": ([0, 1], [-1e-300, np.inf]),
    "beta1": ([0, 0.999999], [-1e-9, 1]),
    "beta2": ([0, 0.999999], [-1e-9, 1]),
    "weight_decay": ([0, 2], [-1e-300, np.inf]),
}


@pytest.mark.parametrize("name", ENDS)
def test_a_range_ends_where_it_says(name):
    accepted, refused = ENDS[name]
    call = lambda value: lessonkit.adamw(0 * TWO, TWO, TWO, TWO, **{"t": 1, name: value})
    assert all(np.isfinite(call(kind(value))).all() for value in accepted for kind in (type(value), np.float64))
    for value in refused:
        with pytest.raises(ValueError, match=re.escape(QUANTITIES[name].range)):
            call(value)


@pytest.mark.parametrize("name", [*RULES, *(name for name in of_kind("schedule") if name != "plateau")])
def test_the_docstring_tells_every_argument_with_its_range_and_default(name):
    rule = getattr(lessonkit, name)
    sections = re.split(r"\n(\w+)\n-+\n", rule.__doc__)
    parts = dict(zip(sections[1::2], sections[2::2]))
    assert list(parts) == ["Parameters", "Returns", "Raises", "References", "Examples"]
    for argument, parameter in inspect.signature(rule).parameters.items():
        line = re.search(rf"^{argument} : (.*)$", parts["Parameters"], re.M)[1]
        assert QUANTITIES[argument].range in line if argument in QUANTITIES else "array" in line
        if parameter.default is not parameter.empty:
            assert float(line.rpartition("default ")[2]) == parameter.default
