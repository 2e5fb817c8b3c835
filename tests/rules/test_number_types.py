"""What numbers the kernels take: every dtype, 0-d arrays, the ends of the range of floats, and arguments that are no numbers."""

import inspect
import math
import sys

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from references.rules import HYPERPARAMETERS

import lessonkit
from lessonkit import (
    adagrad,
    adam,
    clip_by_global_norm,
    clip_by_value,
    constant,
    cosine,
    descend,
    fused,
    inverse_sqrt,
    judge,
    momentum,
    one_cycle,
    plateau,
    replay,
    sgd,
    step_decay,
    train,
    warmup_cosine,
    warmup_linear,
    warmup_stable_decay,
)
from lessonkit.display.text import table
from lessonkit.problems.data import Split
from lessonkit.problems.networks import convnet, mlp, rnn
from lessonkit.problems.noise import noisy, sampled
from lessonkit.problems.surfaces import Surface, beale, bowl, network_slice, rosenbrock, saddle
from lessonkit.rules.clipping import angle, norm_of, norms_of
from lessonkit.rules.quantities import QUANTITIES
from lessonkit.rules.registry import REGISTRY
from lessonkit.runs.stepper import Stepper

RULES = {
    name: (getattr(lessonkit, name), {"lr": 0.01, **hyper} | ({"t": 3} if "t" in REGISTRY[name].arguments else {}))
    for name, hyper in HYPERPARAMETERS.items()
}
KERNELS = RULES | {"clip_by_value": (clip_by_value, {"c": 0.5})}
SCHEDULES = {
    "constant": (constant, {"peak": 0.1}),
    "step_decay": (step_decay, {"base": 0.1, "factor": 0.5, "every": 2}),
    "cosine": (cosine, {"total": 10, "peak": 0.1}),
    "warmup_cosine": (warmup_cosine, {"total": 10, "warmup": 2, "peak": 0.1}),
    "warmup_linear": (warmup_linear, {"total": 10, "warmup": 2, "peak": 0.1}),
    "inverse_sqrt": (inverse_sqrt, {"warmup": 2, "peak": 0.1}),
    "one_cycle": (one_cycle, {"total": 10, "warmup": 2, "peak": 0.1}),
    "warmup_stable_decay": (warmup_stable_decay, {"total": 10, "warmup": 2, "decay": 3, "peak": 0.1}),
}
NET = mlp([2, 2])
DATA = Split(np.eye(2), np.arange(2), np.eye(2), np.arange(2))
LARGEST = sys.float_info.max
HUGE = [2**70, 10**400, 10**5000]  # more than 64 bits, more than a float, more digits than Python prints


def arrays_of(rule):
    return [name for name in inspect.signature(rule).parameters if name not in QUANTITIES]


def results(returned):
    return returned if isinstance(returned, tuple) else (returned,)


@pytest.mark.parametrize("name", RULES)
def test_a_rule_refuses_float16_and_says_what_to_pass_instead(name):
    rule, hyper = RULES[name]
    half = [np.ones(3, np.float16) for _ in arrays_of(rule)]
    with pytest.raises(
        TypeError, match=rf"{name}: theta must be float32 or float64, got float16.*theta\.astype\(np\.float32\)"
    ):
        rule(*half, **hyper)


@pytest.mark.parametrize(
    "run, words",
    [
        (lambda: descend(bowl(), adam, np.ones(2, np.float16)), "descend: start"),
        (lambda: descend(bowl(), lambda theta, g, lr: theta - lr * g, np.ones(2, np.float16)), "descend: start"),
        (lambda: replay(np.ones(2, np.float16), sgd), "replay: gradients"),
        (lambda: train(NET, DATA, sgd, 0.1, start=NET.init(dtype=np.float16)), "train: start"),
        (lambda: Stepper(adam, {}).rest(np.ones(2, np.float16)), "adam: theta"),
    ],
)
def test_a_run_in_float16_is_refused_before_it_starts(run, words):
    with pytest.raises(TypeError, match=f"{words} must be float32 or float64, got float16"):
        run()


def test_the_bare_equation_shows_what_goes_wrong_in_float16():
    theta, zero = np.ones(2, np.float16), np.zeros(2, np.float16)
    with np.errstate(all="ignore"):
        assert np.isnan(adam.__wrapped__(theta, zero, zero, zero, 1)[0]).all()
        assert np.isinf(adam.__wrapped__(theta, zero + np.float16(1e-4), zero, zero, 1)[0]).all()
    assert np.array_equal(adam(theta.astype(np.float32), zero, zero, zero, 1)[0], theta)


@pytest.mark.parametrize("name", RULES)
def test_a_float16_gradient_is_brought_to_the_dtype_of_the_parameters(name):
    rule, hyper = RULES[name]
    theta, states = np.ones(3, np.float32), [np.ones(3, np.float32) for _ in arrays_of(rule)[2:]]
    g = np.array([1e-4, -2.0, 0.0], np.float16)
    for half, single in zip(
        results(rule(theta, g, *states, **hyper)),
        results(rule(theta, g.astype(np.float32), *states, **hyper)),
        strict=True,
    ):
        assert half.dtype == np.float32 and np.array_equal(half, single)


@pytest.mark.parametrize("c", [1e-3, 1.0, 1e5])
def test_float16_gradients_are_clipped_as_precisely_as_float16_allows(c):
    g = np.array([6e4, -3e4, 0.25], np.float16)
    exact = g.astype(float)
    by_norm, norm = clip_by_global_norm([g, g], c)
    with np.errstate(over="ignore"):  # 1e5 is infinite in float16, which is as good a threshold
        by_value = clip_by_value(g, c)
    assert norm == pytest.approx(math.hypot(*exact, *exact), rel=1e-15)
    for new, expected in ((by_norm[1], exact * min(1, c / norm)), (by_value, np.clip(exact, -c, c))):
        assert new.dtype == np.float16 and np.array_equal(new, expected.astype(np.float16))


@pytest.mark.parametrize(
    "kind, words",
    [
        (np.longdouble, r"must be (float16, )?float32 or float64, got .*astype\(np\.float64\)"),
        (complex, r"must be an array of real numbers.*np\.real\("),
        (bool, r"must be an array of real numbers.*np\.asarray\(.*, float\)"),
        (object, "must be an array of real numbers"),
        ("m8[s]", "must be an array of real numbers"),
        (str, "must be an array of real numbers"),
    ],
)
def test_every_other_dtype_is_refused_with_what_to_do(kind, words):
    other = np.array([1, 0]).astype(kind) if kind is not object else np.array([1, None])
    for call in (
        lambda: sgd(other, other, 0.1),
        lambda: clip_by_value(other, 1),
        lambda: clip_by_global_norm([other], 1),
        lambda: descend(bowl(), sgd, other),
        lambda: replay(other, sgd),
        lambda: train(NET, DATA, sgd, 0.1, start=other),
    ):
        with pytest.raises(TypeError, match=words):
            call()


def test_a_message_names_float16_where_that_is_taken():
    other = np.ones(2, np.longdouble)
    for call in (lambda: clip_by_value(other, 1), lambda: clip_by_global_norm([other], 1)):
        with pytest.raises(
            TypeError,
            match=r"must be float16, float32 or float64, got longdouble|must be float16, float32 or float64, got float128",
        ):
            call()
    with pytest.raises(TypeError, match="theta must be float32 or float64, got"):
        sgd(other, other, 0.1)


MANY = [0.5] * 9999
LONG = {
    "an array of rates": lambda: sgd(np.ones(10_000), np.ones(10_000), [*MANY, -1]),
    "rates that overflow": lambda: sgd(np.ones(10_000, np.float32), np.ones(10_000, np.float32), [*MANY, 1e39]),
    "text": lambda: sgd(np.ones(2), np.ones(2), "x" * 9999),
    "spread": lambda: noisy(bowl(), MANY),
    "sizes": lambda: mlp("2" * 9999),
    "classes": lambda: NET.loss(NET.init(), np.ones((9999, 2)), np.arange(9999)),
    "learner": lambda: lessonkit.by_hand("sgd", MANY),
    "a row": lambda: table([MANY], ["a"]),
}


@pytest.mark.parametrize("name", LONG)
def test_a_message_does_not_print_all_of_a_long_value(name):
    with pytest.raises((ValueError, TypeError)) as caught:
        LONG[name]()
    assert len(str(caught.value)) < 500


def test_lists_integers_and_numbers_beyond_64_bits_become_float64():
    for theta in ([1, 2**70], np.array([1, 2], np.uint8), [1, 2.5], np.array([1, 2**70], object)):
        new, v = momentum(theta, [0, 1], [0, 0], 1)
        assert new.dtype == v.dtype == float and new.tolist() == [float(theta[0]), float(theta[1]) - 1]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, ">f4", ">f8"])
@pytest.mark.parametrize("shape", [(), (1,), (0,), (2, 3)])
@pytest.mark.parametrize("name", KERNELS)
def test_an_array_in_is_an_array_out_of_the_same_shape_and_dtype(name, shape, dtype):
    kernel, hyper = KERNELS[name]
    given = [np.full(shape, 0.75, dtype) for _ in arrays_of(kernel)]
    for new, one in zip(
        results(kernel(*given, **hyper)), results(kernel(*np.full((len(given), 1), 0.75), **hyper)), strict=True
    ):
        assert type(new) is np.ndarray and new.shape == shape and new.dtype == np.dtype(dtype)
        assert np.allclose(new, one, rtol=1e-6)


def test_a_0d_array_may_have_states_that_are_the_number_0():
    for kept in adam(np.array(1.0), np.array(1.0), 0, 0.0, 1):
        assert type(kept) is np.ndarray and kept.shape == ()


@pytest.mark.parametrize("name", KERNELS)
def test_numbers_in_are_numbers_out(name):
    kernel, hyper = KERNELS[name]
    for number in (0.75, 1, np.float64(0.75), np.float32(0.75)):
        for new in results(kernel(*[number] * len(arrays_of(kernel)), **hyper)):
            assert isinstance(new, np.floating) and new.dtype == (
                np.float32 if isinstance(number, np.float32) else float
            )


def test_clipping_by_norm_gives_each_gradient_back_as_the_kind_it_was():
    given = [np.array(3.0), np.array(4.0, np.float32), 12.0, np.array([0.0], ">f8"), [0]]
    for c in (1.3, 100):
        new, norm = clip_by_global_norm(given, c)
        assert norm == 13 and [float(np.sum(g)) for g in new] == pytest.approx(
            [min(1, c / 13) * g for g in (3, 4, 12, 0, 0)]
        )
        assert [type(g) for g in new] == [np.ndarray, np.ndarray, np.float64, np.ndarray, np.ndarray]
        assert [g.dtype for g in new] == [float, np.float32, float, np.dtype(">f8"), float] and new[0].shape == ()


@pytest.mark.slow
def test_a_clipped_0d_gradient_goes_into_a_fused_rule():
    theta, (g,) = np.array(1.0), clip_by_global_norm([np.array(4.0)], 2)[0]
    assert fused(sgd)(theta, g, 0.1) is theta and theta == 0.8
    assert fused(clip_by_global_norm)([g], 1) == ([1.0], 2.0) and g == 1


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_gives_an_array_for_an_array_and_a_number_for_a_number(name):
    schedule, hyper = SCHEDULES[name]
    for step in (np.array(3), np.array(3.0, np.float32), np.array([3]), np.array([], int), np.array([[3, 4]])):
        rate = schedule(step, **hyper)
        assert type(rate) is np.ndarray and rate.shape == step.shape and rate.dtype == float
    for step in (3, np.int64(3), np.float32(3), 3.0):
        assert type(schedule(step, **hyper)) is float and schedule(step, **hyper) == schedule(np.array(3), **hyper)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "surface",
    [
        bowl(),
        bowl(5, 30),
        saddle(),
        rosenbrock(),
        beale(),
        noisy(bowl(), 0.1),
        sampled(np.eye(2), np.ones(2), 1),
        network_slice(NET, NET.init() + 1, DATA.x_train, DATA.y_train),
    ],
    ids=lambda surface: surface.name,
)
def test_the_gradient_of_a_surface_has_the_shape_and_dtype_of_the_point(surface, dtype):
    for shape in ((2,), (2, 3), (2, 0)):
        if shape[-1] or "slice" not in surface.name:
            g = surface.gradient(np.ones(shape, dtype))
            assert type(g) is np.ndarray and g.dtype == dtype and g.shape == shape


ANY_FLOAT = st.floats(allow_nan=False, allow_infinity=False)
NEAR = {"rel": 1e-14, "abs": 1e-323}  # the last is two steps of the smallest floats


def largest_or(norm):
    return min(norm, LARGEST)


@given(arrays(float, array_shapes(max_dims=1, max_side=6), elements=ANY_FLOAT), st.integers(0, 6))
@example(np.array([3e-170, 4e-170]), 1)
@example(np.array([3e200, -4e200, 1e-200]), 2)
@example(np.array([3e-160, 4e-160, 1e-160]), 0)  # the squares are floats, but have lost digits
@example(np.array([5e-324]), 0)
@example(np.array([LARGEST, -LARGEST]), 1)
@example(np.zeros(3), 1)
def test_norms_are_right_over_the_whole_range_of_floats(g, cut):
    expected = largest_or(math.hypot(*g))  # Python's own, which scales by the largest entry
    with np.errstate(over="ignore"):
        assert norm_of(np.split(g, [cut])) == pytest.approx(expected, **NEAR)
        assert clip_by_global_norm([g], 1.0)[1] == pytest.approx(expected, **NEAR)
        assert norms_of(g) == pytest.approx(expected, **NEAR)
        assert norms_of(np.stack([g, np.ones_like(g), 0 * g], axis=1)) == pytest.approx(
            [expected, math.sqrt(len(g)), 0], **NEAR
        )


@pytest.mark.parametrize("clip", [clip_by_global_norm, fused(clip_by_global_norm)])
@pytest.mark.parametrize("unit", [1e-300, 1e-170, 1e-150, 1.0, 1e150, 1e200, 1e300])
def test_a_gradient_of_any_size_is_clipped_and_keeps_its_direction(clip, unit):
    (a, b), norm = clip([np.array([3.0, 4.0]) * unit, np.array([12.0]) * unit], 1.3 * unit)
    assert norm == pytest.approx(13 * unit, rel=1e-15)
    assert np.allclose([*a / unit, *b / unit], [0.3, 0.4, 1.2], rtol=1e-14, atol=0)


def test_a_tiny_gradient_beside_a_huge_one_of_another_dtype_is_no_nan():
    for g in ([np.zeros(2, np.float32), np.array([1e-200])], [np.ones(2, np.float32), np.array([1e200])]):
        clipped, norm = clip_by_global_norm(g, g[1][0] / 2)
        assert norm == g[1][0] and clipped[1] == norm / 2 and np.isfinite(clipped[0]).all()


@pytest.mark.slow
@pytest.mark.parametrize("others", [[0.0], [1e-300], [1e300], [1.0]])
def test_nan_and_infinity_show_in_the_norm_beside_gradients_of_any_size(others):
    for order in (1, -1):
        for lost, expected in ((np.nan, np.nan), (np.inf, np.inf), (-np.inf, np.inf)):
            with np.errstate(all="ignore"):
                grads = [np.array([lost]), np.array(others)][::order]
                norms = [
                    clip_by_global_norm(grads, 1)[1],
                    norms_of(np.concatenate(grads)),
                    fused(clip_by_global_norm)([g.copy() for g in grads], 1)[1],
                ]
            assert np.array_equal(norms, [expected] * 3, equal_nan=True)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("unit", [1e-320, 1e-170, 1.0, 1e170, 1e307])
def test_the_angle_between_gradients_depends_on_no_length(unit, dtype):
    if float(np.finfo(dtype).smallest_subnormal) <= unit <= float(np.finfo(dtype).max):
        assert angle(np.array([unit, 0], dtype), np.array([[unit], [unit]], dtype)) == pytest.approx(45, abs=1e-12)
        assert angle([0.0, 1.0], np.array([-unit, 0], dtype)) == pytest.approx(90, abs=1e-12)


def test_an_angle_between_gradients_of_different_sizes_is_refused():
    with pytest.raises(ValueError, match="angle: expected two gradients with the same number of entries, got 2 and 3"):
        angle([1.0, 2.0], [1.0, 2.0, 3.0])


def test_the_norms_that_training_records_are_right_where_their_squares_are_0():
    class Flat:
        size = 2
        init = staticmethod(lambda seed: np.ones(2))
        loss = accuracy = staticmethod(lambda theta, x, y, seen=None: 1.0)
        loss_and_gradient = staticmethod(lambda theta, x, y, rng=None: (1.0, np.array([3e-170, 4e-170])))

    run = train(Flat(), DATA, lambda theta, g, lr: theta - lr * g, lr=1.0, epochs=1, clip_norm=1e-170)
    assert run.norm == pytest.approx([5e-170], rel=1e-15)
    replayed = replay([[3e-170, 4e-170]], lambda theta, g, lr: theta - lr * g)
    assert np.array_equal(replayed.g, [[3e-170, 4e-170]])


def test_a_slice_through_tiny_parameters_is_as_wide_as_they_are_long():
    surface = network_slice(NET, np.full(NET.size, 1e-170), DATA.x_train, DATA.y_train)
    assert np.isfinite(surface([1.0, 1.0])) and np.any(surface.gradient([1.0, 1.0]))


@pytest.mark.parametrize("rule, name", [(adagrad, "G"), (adam, "v")])
def test_a_run_says_when_a_squared_gradient_has_overflowed_and_stopped_theta(rule, name):
    steep = Surface(
        "steep",
        lambda theta: 1e22 * theta[0],
        lambda theta: np.full_like(theta, 1e22),
        (1.0,),
        None,
        ((-1, 1), (-1, 1)),
    )
    run = descend(steep, rule, np.ones(1, np.float32), steps=3)
    assert run.diverged and f"{name} is no longer finite" in run.message and "clip the gradient" in run.message
    assert not descend(steep, rule, np.ones(1), steps=3).diverged  # in float64 the square is a float
    starts = descend(bowl(), rule, np.array([[1.0, 1e160], [1.0, 1e-9]]), steps=3)
    assert starts.diverged.tolist() == [False, True]


def test_training_says_when_a_squared_gradient_has_overflowed_and_stopped_theta():
    class Steep:
        size = 2
        init = staticmethod(lambda seed: np.ones(2))
        loss = accuracy = staticmethod(lambda theta, x, y, seen=None: 1.0)
        loss_and_gradient = staticmethod(lambda theta, x, y, rng=None: (1.0, np.array([1e200, 1.0])))

    run = train(Steep(), DATA, adam, 0.1, epochs=2)
    assert run.diverged and "v is no longer finite" in run.message
    assert not train(Steep(), DATA, adam, 0.1, epochs=2, clip_norm=1).diverged


@pytest.mark.parametrize("beta", [0.9, 1 - 2**-53])
@pytest.mark.parametrize("t", [1, 2, 3, 10**6, 10**300, 2**70, np.float64(1e300)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_bias_correction_is_finite_for_every_step_and_every_beta_below_1(dtype, t, beta):
    one, zero = np.ones(2, dtype), np.zeros(2, dtype)
    assert np.isfinite(adam(one, one, zero, zero, t, beta1=beta, beta2=beta)).all()


def test_eps_that_would_be_0_in_float32_is_refused_and_0_itself_is_not():
    for kind, adam_of in ((np.float32, adam), (np.float32, fused(adam))):
        given = [np.ones(2, kind) for _ in range(4)]
        for eps in (1e-50, np.float64(1e-50), [1e-8, 1e-50]):
            with pytest.raises(ValueError, match=r"adam: eps .* when it is rounded to float32.*1e-50.*use float64"):
                adam_of(*given, 1, eps=eps)
        adam_of(*given, 1, eps=0)
        adam_of(*given, 1, eps=1e-40)
    assert np.isfinite(adam(np.ones(2), *np.zeros((3, 2)), 1, eps=1e-50)).all()


@pytest.mark.parametrize("adam_of", [adam, fused(adam)])
def test_hyperparameters_in_an_array_that_leave_their_range_in_float32_are_refused(adam_of):
    given = [np.ones(2, np.float32) for _ in range(4)]
    for name, value in (("beta2", [0.999, 1 - 1e-9]), ("lr", [0.1, 1e39])):
        with pytest.raises(ValueError, match=f"adam: {name} .*float32"):
            adam_of(*given, 1, **{name: value})
    adam_of(*given, 1, beta2=1 - 1e-9)  # a number stays a float64 in 1 - beta2


@pytest.mark.parametrize("value", [1e39, np.float64(1e39), 10**39, np.array(1e39), 3.4028236e38])
@pytest.mark.parametrize("rule", [sgd, fused(sgd)])
def test_a_number_that_is_infinite_in_float32_is_refused_as_in_an_array(rule, value):
    for lr in (value, [value, value]):
        with pytest.raises(ValueError, match=r"sgd: lr .*\[0, inf\) when it is rounded to float32, .*; use float64"):
            rule(np.ones(2, np.float32), np.ones(2, np.float32), lr)
    assert np.isfinite(rule(np.ones(2), np.ones(2), value)).all()
    assert np.isfinite(rule(np.ones(2, np.float32), np.zeros(2, np.float32), float(np.finfo(np.float32).max))).all()
    with pytest.raises(ValueError, match=r"adamw: weight_decay .*float32"):
        lessonkit.adamw(*np.ones((4, 2), np.float32), 1, weight_decay=value)
    with np.errstate(over="ignore"):  # an infinite threshold is as good a one
        assert np.array_equal(clip_by_value(np.ones(2, np.float32), value), [1, 1])


def test_a_run_refuses_rates_that_are_infinite_in_its_dtype():
    for lr in (1e39, [0.1, 1e39]):
        with pytest.raises(ValueError, match=r"descend: lr .*float32"):
            descend(bowl(), sgd, np.ones((2, 2), np.float32), lr=lr)


def test_a_longdouble_hyperparameter_is_a_float():
    theta = np.ones(2, np.float32)
    assert np.array_equal(sgd(theta, theta, np.longdouble(0.1)), sgd(theta, theta, 0.1))
    assert type(cosine(np.longdouble(1), 10, np.longdouble(0.1))) is float


SEEDS = {
    "noisy": lambda seed: noisy(bowl(), 0.1, seed),
    "sampled": lambda seed: sampled(np.eye(2), np.ones(2), 1, seed),
    "network_slice": lambda seed: network_slice(NET, NET.init() + 1, DATA.x_train, DATA.y_train, seed),
    "init": lambda seed: NET.init(seed),
    "train": lambda seed: train(NET, DATA, sgd, 0.1, 1, seed=seed),
    "judge": lambda seed: judge("sgd", sgd, seed),
}


@pytest.mark.parametrize("name", SEEDS)
def test_a_seed_that_is_no_whole_number_of_0_or_more_is_refused_in_words(name):
    for seed in (-1, 2.0, "3", np.nan, [1], True) + (
        () if name == "train" else (None,)
    ):  # there None is the run's own seed
        with pytest.raises(ValueError, match=f"{name}: seed must be a whole number, 0 or more, got ") as caught:
            SEEDS[name](seed)
        assert str(caught.value).endswith(repr(seed))


@pytest.mark.parametrize("name", SEEDS)
def test_a_seed_may_be_as_large_as_one_likes(name):
    for seed in (0, np.int64(7), *HUGE):
        SEEDS[name](seed)


COUNTS = {
    "descend: steps": lambda n: descend(bowl(), sgd, steps=n),
    "train: epochs": lambda n: train(NET, DATA, sgd, 0.1, n),
    "sampled: batch_size": lambda n: sampled(np.eye(2), np.ones(2), n),
    "mlp: each of sizes": lambda n: mlp([2, n, 2]),
    "convnet: channels": convnet,
    "rnn: hidden": rnn,
}


@pytest.mark.parametrize("name", COUNTS)
def test_a_count_is_whole_at_least_1_and_what_memory_may_hold(name):
    for count in (-1, 0, 2.0, "3", None, np.nan, [1]):
        with pytest.raises(ValueError, match=f"{name} must be a whole number, 1 or more, got "):
            COUNTS[name](count)
    for count in HUGE:
        with pytest.raises(ValueError, match=f"{name} must be a whole number, 1000000000 at most, got <?[1-9i]"):
            COUNTS[name](count)


def test_a_batch_larger_than_the_data_is_all_of_it_however_large():
    assert len(train(NET, DATA, sgd, 0.1, 1, batch_size=10**400).loss) == 1


NUMBERS = {
    "lr": lambda x: sgd(np.ones(2), np.ones(2), x),
    "lr (": lambda x: descend(bowl(), sgd, lr=x, steps=1),
    "t": lambda x: adam(np.ones(2), *np.ones((3, 2)), x),
    "c": lambda x: clip_by_value(np.ones(2), x),
    "c (": lambda x: clip_by_global_norm([np.ones(2)], x),
    "step": lambda x: constant(x, 0.1),
    "total": lambda x: cosine(0, x, 0.1),
    "patience": lambda x: plateau([1.0], 0.1, 0.5, x),
    "theta": lambda x: sgd([x, 1], [1, 1], 0.1),
    "spread": lambda x: noisy(bowl(), x),
    "kappa": bowl,
    "angle": lambda x: bowl(5, x),
    "radius": lambda x: rnn(4, x),
    "dropout": lambda x: mlp([2, 2], dropout=x),
    "reach": lambda x: network_slice(NET, NET.init() + 1, DATA.x_train, DATA.y_train, reach=x),
    "start": lambda x: descend(bowl(), sgd, [x, 0]),
    "gradients": lambda x: replay([x], sgd),
    "dtype": lambda x: NET.init(0, x),
    "target": lambda x: descend(bowl(), sgd, steps=1).steps_to(x),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_an_integer_that_no_float_can_hold_is_refused_by_the_name_of_its_argument(name):
    for value in HUGE[1:]:
        with pytest.raises(
            (ValueError, TypeError),
            match=rf"\b{name.split()[0]}\b.* must .*(integer of {value.bit_length()} bits|list)",
        ):
            NUMBERS[name](value)


@pytest.mark.parametrize(
    "name", ["lr", "t", "c", "step", "total", "patience", "theta", "spread", "kappa", "angle", "start"]
)
def test_an_integer_beyond_64_bits_that_a_float_can_hold_is_a_number(name):
    with np.errstate(all="ignore"):
        NUMBERS[name](HUGE[0])


def test_ragged_steps_are_refused_in_words():
    with pytest.raises(TypeError, match=r"constant: step .* must be a real number, got \[\[1\], \[1, 2\]\]"):
        constant([[1], [1, 2]], 0.1)
