import functools
import inspect
import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays as floats

from lessonkit import adam, clip_by_global_norm, clip_by_value, momentum, rmsprop, sgd
from lessonkit.fusion import fused as fusion
from lessonkit.fusion.fused import fused
from lessonkit.problems.surfaces import bowl
from lessonkit.rules.registry import of_kind
from lessonkit.runs.descent import descend

RULES = [entry.function for entry in of_kind("rule").values()]
FLOATS = [np.float32, np.float64]


@pytest.fixture
def compiled():
    """`fused` where only the compiled form is meant."""
    pytest.importorskip("numba")
    return fused


def starts(kernel, shape, dtype, seed=0):
    """Arrays for a kernel's first step, by name: parameters and gradient random, state at rest."""
    rng = np.random.default_rng(seed)
    names = list(inspect.signature(kernel).parameters)
    drawn = {name: rng.standard_normal(shape).astype(dtype) for name in ("theta", "g")}
    return {name: drawn.get(name, np.zeros(shape, dtype)) for name in names[: names.index("lr") - ("t" in names)]}


def gradients(shape, dtype, steps=100, seed=1):
    """Of every size from 1e-8 to 10, with zeros, as a network's are."""
    rng = np.random.default_rng(seed)
    g = rng.standard_normal((steps, *shape)) * 10 ** rng.uniform(-8, 1, (steps, *shape))
    return np.where(rng.random(g.shape) < 0.1, 0, g).astype(dtype)


def both_paths(kernel, in_place, shape, dtype, **hyperparameters):
    """Where 100 steps of the kernel lead, and the same in place; each a list of arrays."""
    ours, theirs = starts(kernel, shape, dtype), starts(kernel, shape, dtype)
    changed = [name for name in ours if name != "g"]
    for t, g in enumerate(gradients(shape, dtype), start=1):
        count = {"t": t} if "t" in inspect.signature(kernel).parameters else {}
        values = kernel(**{**ours, "g": g}, **count, **hyperparameters)
        ours.update(zip(changed, values if isinstance(values, tuple) else [values]))
        in_place(**{**theirs, "g": g.copy()}, **count, **hyperparameters)
    return [ours[name] for name in changed], [theirs[name] for name in changed]


def assert_same_but_for_rounding(ours, theirs, steps=100):
    """Contracted and reordered operations differ by a few units in the last place a step; one a step adds up here."""
    for a, b in zip(ours, theirs, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(b, a, rtol=0, atol=steps * np.finfo(a.dtype).eps * np.max(np.abs(a)))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("kernel", RULES)
def test_a_fused_rule_walks_the_kernels_path(fuse, kernel, dtype):
    assert_same_but_for_rounding(*both_paths(kernel, fuse(kernel), (40,), dtype, lr=0.01))


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3, 5), (2, 3, 4)])
def test_arrays_have_any_shape(fuse, shape):
    ours, theirs = starts(adam, shape, float), starts(adam, shape, float)
    theta, _m, _v = adam(**ours, t=1)
    returned = fuse(adam)(**theirs, t=1)
    np.testing.assert_allclose(returned[0], theta, rtol=1e-15)
    assert returned[0].shape == shape


@pytest.mark.parametrize("dtype", FLOATS)
def test_values_are_clipped_as_by_the_kernel(fuse, dtype):
    g = np.array([np.nan, np.inf, -np.inf, 3, -3, 0.5, -0.0], dtype)
    mine = g.copy()
    assert fuse(clip_by_value)(mine, 1.5) is mine
    np.testing.assert_array_equal(mine, clip_by_value(g, 1.5))


@pytest.mark.slow
@pytest.mark.parametrize("dtype", FLOATS)
def test_all_cores_compute_what_one_does(compiled, monkeypatch, dtype):
    monkeypatch.setattr(fusion, "PARALLEL_FROM", 1)
    assert_same_but_for_rounding(*both_paths(adam, compiled(adam), (1000,), dtype, lr=0.01))
    g = np.linspace(-3, 3, 1000, dtype=dtype)
    (expected,), norm = clip_by_global_norm([g], 5)
    (clipped,), measured = compiled(clip_by_global_norm)([g], 5)
    assert measured == pytest.approx(norm, rel=1e-14)  # float64, summed in another order
    np.testing.assert_allclose(clipped, expected, rtol=2 * np.finfo(dtype).eps)


SPECIAL = st.floats(1e-8, 1e8) | st.floats(-1e8, -1e-8) | st.sampled_from([0.0, np.nan, np.inf, -np.inf])


@pytest.fixture(scope="module")
def adam_in_place():
    pytest.importorskip("numba")
    return fused(adam)


@pytest.mark.slow
@given(floats(float, (4, 6), elements=SPECIAL), st.integers(1, 10_000))
def test_nan_and_infinity_come_through(adam_in_place, values, t):
    theta, g, m, v = values
    v = np.abs(v)
    with np.errstate(all="ignore"):
        expected = adam(theta, g, m, v, t)
    largest = np.max(np.abs(values), initial=1, where=np.isfinite(values))  # terms of m and theta may cancel
    for a, b in zip(expected, adam_in_place(*(x.copy() for x in (theta, g, m, v)), t)):
        np.testing.assert_allclose(b, a, rtol=1e-14, atol=1e-15 * largest)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("kernel, parallel_from", [*((rule, 1000) for rule in RULES), (adam, 1)])
def test_each_row_may_have_numbers_of_its_own_without_numpy(compiled, monkeypatch, kernel, dtype, parallel_from):
    monkeypatch.setattr(fusion, "PARALLEL_FROM", parallel_from)
    given = starts(kernel, (5, 3, 4), dtype)
    rates = np.geomspace(1e-3, 1, 5).astype(dtype).reshape(5, 1, 1)
    count = {"t": 1} if "t" in inspect.signature(kernel).parameters else {}
    expected = kernel(**given, **count, lr=rates)
    monkeypatch.delattr(inspect.unwrap(kernel), fusion.COMPILED, raising=False)
    monkeypatch.setattr(fusion, "_numpy_step", lambda *made_from: None)
    returned = compiled(kernel)(**given, **count, lr=rates)
    vars(inspect.unwrap(kernel)).pop(fusion.COMPILED)
    for got, wanted in zip(*(each if isinstance(each, tuple) else [each] for each in (returned, expected))):
        np.testing.assert_allclose(got, wanted, rtol=5 * np.finfo(dtype).eps, atol=5 * np.finfo(dtype).eps)


def test_numbers_are_computed_in_float64_and_then_meet_float32(compiled):
    """In float32 the share 1 - 0.99999999 would be 0."""
    theta, g = np.zeros((2, 3), np.float32)
    s = np.full(3, 2.0, np.float32)
    g[:] = 1e4
    _, expected = rmsprop(theta, g, s, lr=0.0, beta=0.99999999)
    compiled(rmsprop)(theta, g, s, lr=0.0, beta=0.99999999)
    assert expected[0] == pytest.approx(3.0, rel=1e-6)
    np.testing.assert_allclose(s, expected, rtol=3e-7)  # two units in the last place


def test_arithmetic_on_float32_is_in_float32(fuse):
    def overflowing(theta, g, lr):
        return theta - lr * np.sqrt(g * 1e30)

    theta = np.zeros(2, np.float32)
    with np.errstate(over="ignore"):
        fuse(overflowing)(theta, np.array([1.0, 1e30], np.float32), 1e-15)
    assert theta.tolist() == [-1, -math.inf]


def test_powers_are_numpys(fuse):
    """Which computes a power of 2 as a square and one of 0.5 as a root, in special cases too."""

    def powers(theta, g, v, lr):
        return theta - lr * g**2 + g**3, v**0.5

    g, v = np.array([-0.0, 1.1, -2.3, 3.0]), np.array([-0.0, -math.inf, math.nan, 2.0])
    with np.errstate(invalid="ignore"):
        expected = powers(np.ones(4), g, v, 0.1)
        result = fuse(powers)(np.ones(4), g, v.copy(), 0.1)
    np.testing.assert_allclose(result, expected, rtol=1e-15)


MU = 0.9


def with_other_words(theta, g, slow, fast, t, lr=0.1, /, rho: float = 0.99, *, nudge=1e-6):
    """A learner's kernel: their own names, numbers set aside, a global, a power, a comparison."""
    fade, correction = 1 - MU, 1 - rho**t
    if t > 50:
        lr /= 10
    slow = MU * slow + fade * np.where(np.abs(g) > 0.5, g, 0)
    fast, size = rho * fast + (1 - rho) * g**2, np.maximum(abs(g), 0.1) ** 0.5
    push = slow / ((fast / correction) ** 0.5 + nudge)
    return [theta - lr * push * size, slow, fast]


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_learners_kernel_fuses_like_ours(fuse, dtype):
    in_place = fuse(with_other_words)
    ours = [np.ones(30, dtype), np.zeros(30, dtype), np.zeros(30, dtype)]
    theirs = [array.copy() for array in ours]
    for t, g in enumerate(gradients((30,), dtype), start=1):
        ours = [np.asarray(value, dtype) for value in with_other_words(ours[0], g, *ours[1:], t, nudge=1e-5)]
        in_place(theirs[0], g, *theirs[1:], t, nudge=1e-5)
    assert_same_but_for_rounding(ours, theirs)


def test_what_a_kernel_closes_over_is_compiled_in(fuse):
    def with_floor(floor):
        def kernel(theta, g, lr):
            return np.maximum(theta - lr * g, floor)

        return kernel

    for floor in (0.0, 0.75):
        theta = np.ones(3)
        fuse(with_floor(floor))(theta, np.array([0.0, 1.0, 4.0]), 0.5)
        assert theta.tolist() == [1, max(0.5, floor), floor]


def test_a_kernel_may_return_what_it_was_given(fuse):
    def with_memory(theta, g, before, lr):
        return theta - lr * g + 0.5 * (theta - before), theta

    theta, before = np.array([2.0]), np.array([1.0])
    fuse(with_memory)(theta, np.array([2.0]), before, 0.5)
    assert (theta.tolist(), before.tolist()) == ([1.5], [2.0])


def test_it_updates_the_arrays_it_is_given_and_returns_them(fuse):
    given_arrays = starts(adam, (5,), float)
    g = given_arrays["g"].copy()
    g.flags.writeable = False
    theta, m, v = fuse(adam)(**{**given_arrays, "g": g}, t=1)
    assert (theta is given_arrays["theta"], m is given_arrays["m"], v is given_arrays["v"]) == (True, True, True)
    np.testing.assert_array_equal(g, given_arrays["g"])
    assert m.any() and v.any()


def test_it_looks_like_the_kernel_and_says_what_it_does(fuse):
    in_place = fuse(adam)
    assert inspect.signature(in_place) == inspect.signature(adam)
    assert in_place.__name__ == "adam_in_place"
    assert "in place" in in_place.__doc__ and "theta, m, v" in in_place.__doc__


def test_a_partial_kernel_keeps_what_it_has_fixed(fuse):
    theta, g, v = np.ones(2), np.ones(2), np.zeros(2)
    expected, _ = momentum(theta, g, v, lr=0.5, beta=0.1)
    step = fuse(functools.partial(momentum, lr=0.5, beta=0.1))
    assert step(theta, g, v)[0] is theta
    np.testing.assert_array_equal(theta, expected)


def test_a_rate_for_each_entry_is_a_rate_for_each_entry(fuse):
    theta, g = np.ones((2, 3)), np.ones((2, 3))
    fuse(sgd)(theta, g, np.array([0.0, 0.5, 1.0]))
    np.testing.assert_array_equal(theta, [[1, 0.5, 0]] * 2)


@pytest.mark.parametrize("kernel", [momentum, adam])
def test_a_descent_takes_it_like_any_kernel(fuse, kernel):
    ours, theirs = (descend(bowl(50), rule, lr=0.01, steps=50) for rule in (kernel, fuse(kernel)))
    assert theirs.state.keys() == ours.state.keys()
    assert_same_but_for_rounding([ours.theta], [theirs.theta], steps=50)


@pytest.mark.parametrize(
    "wrong",
    [
        {"t": 0},
        {"t": 1.5},
        {"lr": -0.1},
        {"lr": math.nan},
        {"beta1": 1.0},
        {"eps": "small"},
        {"lr": np.ones((3, 3))},
        {"rho": 1},
        {"t": None},
    ],
    ids=str,
)
def test_numbers_are_refused_in_the_kernels_own_words(fuse, wrong):
    arguments = {**starts(adam, (4,), float), "t": 1, **wrong}
    with pytest.raises((ValueError, TypeError)) as expected:
        adam(**arguments)
    with pytest.raises(expected.type) as refusal:
        fuse(adam)(**arguments)
    assert str(refusal.value) == str(expected.value)


@pytest.mark.parametrize("arguments, missing", [((), "theta"), ((np.ones(2), np.ones(2)), "lr")], ids=str)
def test_a_missing_argument_is_named(fuse, arguments, missing):
    with pytest.raises(TypeError, match=f"^sgd.*missing.*'{missing}'"):
        fuse(sgd)(*arguments)


ONES = np.ones(4)
READ_ONLY = np.ones(4)
READ_ONLY.flags.writeable = False
UNALIGNED = np.zeros(33, np.uint8)[1:].view(float)


@pytest.mark.parametrize(
    "name, array, words",
    [
        ("v", 0.0, r"v must be a NumPy array of float32 or float64, got float 0\.0"),
        ("theta", [1.0] * 4, r"theta must be a NumPy array .* got list"),
        ("g", np.ones(4, int), r"g must be a NumPy array .* got int64"),
        ("g", np.ones(4, ">f8"), r"got >f8"),
        ("g", np.ones(5), r"g has shape \(5,\) and dtype float64, but theta has \(4,\)"),
        ("v", np.ones(4, np.float32), r"v has shape \(4,\) and dtype float32, but theta has \(4,\) and float64"),
        ("v", np.ones(8)[::2], r"v must lie in memory in one piece.*strides \(16,\).*v\.copy\(\)"),
        ("g", UNALIGNED, r"g must lie in memory in one piece"),
        ("theta", READ_ONLY, r"theta is read-only"),
        ("v", ONES, r"v and g share memory|g and v share memory"),
    ],
    ids=str,
)
def test_arrays_that_cannot_be_updated_in_place_are_refused(fuse, name, array, words):
    arguments = {"theta": np.ones(4), "g": ONES, "v": np.ones(4), name: array}
    with pytest.raises((ValueError, TypeError), match=words):
        fuse(momentum)(*arguments.values(), 0.1)


def test_half_precision_is_refused(fuse):
    with pytest.raises(TypeError, match="theta must be a NumPy array of float32 or float64, got float16"):
        fuse(sgd)(np.ones(4, np.float16), np.ones(4, np.float16), 0.1)


def test_arrays_that_overlap_are_refused_before_anything_is_written(fuse):
    memory = np.arange(7.0)
    for theta, g in ((memory[:4], memory[3:]), (memory[3:], memory[:4])):
        with pytest.raises(ValueError, match="share memory"):
            fuse(sgd)(theta, g, 0.1)
    np.testing.assert_array_equal(memory, np.arange(7.0))
    fuse(sgd)(memory[:3], memory[3:6], 0.5)
    np.testing.assert_array_equal(memory, [-1.5, -1, -0.5, 3, 4, 5, 6])


def test_transposed_matrices_are_refused(fuse):
    with pytest.raises(ValueError, match="theta must lie in memory in one piece, row after row"):
        fuse(sgd)(np.ones((2, 3)).T, np.ones((3, 2)), 0.1)


def printing(theta, g, lr):
    print(g)
    return theta - lr * g


def changing(theta, g, v, lr):
    v *= 0.9
    return theta - lr * v, v


def summing(theta, g, lr):
    return theta - lr * g / np.linalg.norm(g)


def multiplying(theta, g, lr):
    return theta - lr * np.matmul(g, g)


def branching(theta, g, lr):
    if np.max(g) > 1:
        lr = 0
    return theta - lr * g


def returning_early(theta, g, lr):
    if lr == 0:
        return None
    return theta - lr * g


def listing(theta, g, lr):
    return theta - np.array([lr * entry for entry in g])


def indexing(theta, g, lr):
    theta[0] = 0
    return theta - lr * g


def writing(theta, g, lr):
    return np.subtract(theta, lr * g, out=theta)


@pytest.mark.parametrize(
    "kernel, line, words",
    [
        (printing, 1, "print(g)"),
        (changing, 1, "v *= 0.9"),
        (summing, 1, "np.linalg.norm(g)"),
        (multiplying, 1, "np.matmul(g, g)"),
        (branching, 1, "np.max(g)"),
        (returning_early, 1, "return None"),
        (listing, 1, "np.array("),
        (indexing, 1, "theta[0]"),
        (writing, 1, "out=theta"),
    ],
)
def test_a_line_that_cannot_run_entry_by_entry_is_named(compiled, kernel, line, words):
    with pytest.raises(TypeError) as refusal:
        compiled(kernel)
    assert f"{kernel.__name__}, line {kernel.__code__.co_firstlineno + line}: " in str(refusal.value)
    assert words in str(refusal.value)
    assert f"{kernel.__name__} itself still works" in str(refusal.value)


def test_a_function_numpy_has_and_numba_lacks_is_named(compiled):
    def with_cube_root(theta, g, lr):
        return theta - lr * np.spacing(g) * np.float_power(g, 0.3) * np.cbrt(np.heaviside(g, 0.5))

    with pytest.raises(TypeError, match="numba cannot compile with_cube_root, which itself still works"):
        compiled(with_cube_root)(np.ones(2), np.ones(2), 0.1)


def test_a_number_that_is_none_is_named(compiled):
    mask = np.array([True, False])

    def masked(theta, g, lr):
        return theta - lr * mask * g

    with pytest.raises(TypeError, match=r"masked combines with its arrays must be plain numbers, got .*array"):
        compiled(masked)(np.ones(2), np.ones(2), 0.1)


def test_a_kernel_without_source_is_refused(compiled):
    namespace = {}
    exec("def typed(theta, g, lr): return theta - lr * g", namespace)
    for kernel in (namespace["typed"], lambda theta, g, lr: theta - lr * g):
        with pytest.raises(TypeError, match="write it with def, in a cell or a file"):
            compiled(kernel)


@pytest.mark.parametrize("thing", [3, "adam", np.sqrt, None, dict])
def test_what_is_no_kernel_is_refused(fuse, thing):
    with pytest.raises(TypeError, match="expected a rule, a function such as adam"):
        fuse(thing)


def test_a_function_without_arrays_is_refused(fuse):
    def rate(lr):
        return lr

    with pytest.raises(TypeError, match=r"expected a rule \(theta, g, …state, lr, …\), got rate\(lr\)"):
        fuse(rate)


def returning_nothing(theta, g, v, lr):
    v = v + g


def returning_one(theta, g, v, lr):
    return theta - lr * g


@pytest.mark.parametrize("kernel, came", [(returning_nothing, "no values"), (returning_one, "1 value")])
def test_a_kernel_that_returns_too_little_is_refused(fuse, kernel, came):
    with pytest.raises(TypeError, match=f"{kernel.__name__} must return theta, v, but returns {came}"):
        fuse(kernel)(np.ones(2), np.ones(2), np.zeros(2), 0.1)


GRADIENTS = [np.array([3.0, 4.0]), np.array([[12.0]], np.float32), np.array(0.0)]


@pytest.mark.slow
@pytest.mark.parametrize("c", [5, 13.0, 20.0, math.inf, 1e-3])
def test_the_global_norm_is_clipped_as_by_the_kernel(fuse, c):
    mine = [g.copy() for g in GRADIENTS]
    expected, norm = clip_by_global_norm(GRADIENTS, c)
    clipped, measured = fuse(clip_by_global_norm)(mine, c)
    assert clipped is mine and measured == norm == 13.0
    for a, b in zip(expected, mine):
        np.testing.assert_allclose(b, a, rtol=2 * np.finfo(b.dtype).eps)


@pytest.mark.slow
@pytest.mark.parametrize("g", [[np.nan, 1.0], [1e200, 1e200], [1e-200, 0.0], [0.0, 0.0], []], ids=str)
def test_the_global_norm_is_clipped_as_by_the_kernel_at_the_extremes(fuse, g):
    g = np.array(g)
    (expected,), norm = clip_by_global_norm([g], 1.0)
    _, measured = fuse(clip_by_global_norm)([g], 1.0)
    np.testing.assert_allclose([measured, *g], [norm, *expected], rtol=1e-15)


def test_float32_gradients_are_summed_in_float64(fuse):
    g = np.full(1 << 17, 1e-3, np.float32)
    g[0] = 1e3
    assert fuse(clip_by_global_norm)([g], 1e4)[1] == pytest.approx(math.sqrt(1e6 + ((1 << 17) - 1) * 1e-6), rel=1e-12)


@pytest.mark.parametrize(
    "grads, c, words",
    [
        (np.ones(2), 1, "grads must be a list"),
        ([], 1, "grads is empty"),
        ([np.ones(2)], 0, "must be a number in"),
        ([np.ones(2), [1.0]], 1, r"grads\[1\] must be a NumPy array"),
        ([ONES, ONES[1:]], 1, "share memory"),
        ([READ_ONLY], 1, r"grads\[0\] is read-only"),
    ],
    ids=str,
)
def test_gradients_that_cannot_be_clipped_in_place_are_refused(fuse, grads, c, words):
    with pytest.raises((ValueError, TypeError), match=words):
        fuse(clip_by_global_norm)(grads, c)


def test_numba_is_loaded_by_the_first_call_of_fused_and_not_before():
    script = "import sys, lessonkit.fusion; assert 'numba' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)
