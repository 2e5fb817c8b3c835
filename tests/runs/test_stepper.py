import functools
import re

import numpy as np
import pytest

from lessonkit import adagrad, adam, adamw, fused, momentum, sgd
from lessonkit.runs.stepper import Stepper

THETA, GRADIENTS = np.array([1.0, -2.0]), np.random.default_rng(0).standard_normal((5, 2))


def walk(kernel, dtype=float, weight_decay=None, **hyper):
    """Five steps at the rate 0.1 → theta and state after each."""
    rule, theta = Stepper(kernel, hyper, weight_decay), THETA.astype(dtype)
    state, seen = rule.rest(theta), []
    for t, g in enumerate(GRADIENTS.astype(dtype), start=1):
        theta, state = rule.step(theta, g.copy(), state, t, 0.1)
        seen.append([theta.copy(), *(array.copy() for array in state)])
    return np.array(seen)


def plain(theta, g, v, lr, beta=0.9):
    v = beta * v + g
    return theta - lr * v, v


def as_a_list(theta, g, v, lr, beta=0.9):
    return list(plain(theta, g, v, lr, beta))


def in_place(theta, g, v, lr, beta=0.9):
    v *= beta
    v += g
    theta -= lr * v
    return theta, v


def spoils_all_it_gets(theta, g, v, lr, beta=0.9):
    new = plain(theta, g, v, lr, beta)
    for array in (theta, g, v):
        array[...] = np.nan
    return new


def rate_last(theta, g, v, beta=0.9, *, lr):
    return plain(theta, g, v, lr, beta)


def other_names(w, slope, speed, lr, friction=0.9):
    return plain(w, slope, speed, lr, friction)


def takes_anything(theta, g, v, lr, **unused):
    return plain(theta, g, v, lr)


def with_a_rate_of_its_own(theta, g, v, lr=5.0, beta=0.9):
    return plain(theta, g, v, lr, beta)


class Ball:
    def __call__(self, theta, g, v, lr, beta=0.9):
        return plain(theta, g, v, lr, beta)

    def roll(self, theta, g, v, lr, beta=0.9):
        return plain(theta, g, v, lr, beta)


@pytest.mark.parametrize(
    "kernel",
    [
        momentum,
        as_a_list,
        in_place,
        spoils_all_it_gets,
        rate_last,
        other_names,
        takes_anything,
        with_a_rate_of_its_own,
        Ball(),
        Ball().roll,
        functools.partial(plain, beta=0.9),
        functools.partial(other_names, friction=0.9),
    ],
)
def test_a_kernel_of_any_make_takes_the_same_steps(kernel):
    assert np.array_equal(walk(kernel), walk(plain))


@pytest.mark.parametrize("kernel", [fused(momentum), functools.partial(fused(momentum), beta=0.9)])
def test_a_fused_kernel_takes_the_same_steps(kernel):
    # it may round once where NumPy rounds twice
    np.testing.assert_allclose(walk(kernel), walk(plain), rtol=0, atol=1e-14)


@pytest.mark.parametrize(
    "kernel, states",
    [
        (sgd, ()),
        (momentum, ("v",)),
        (adagrad, ("G",)),
        (adam, ("m", "v")),
        (fused(adamw), ("m", "v")),
        (other_names, ("speed",)),
        (functools.partial(adam, beta1=0.5), ("m", "v")),
    ],
)
def test_what_stands_between_the_gradient_and_the_first_hyperparameter_is_state_and_starts_at_zero(kernel, states):
    rule = Stepper(kernel, {})
    rest = rule.rest(np.ones((2, 3), np.float32))
    assert rule.states == states and len(rest) == len(states)
    assert all(array.shape == (2, 3) and array.dtype == np.float32 and not array.any() for array in rest)


def test_a_kernel_that_counts_is_told_the_number_of_the_update():
    counted = []

    def counting(theta, g, t, lr):
        counted.append((t, lr))
        return theta

    walk(counting)
    assert counted == [(t, 0.1) for t in (1, 2, 3, 4, 5)]


def test_hyperparameters_given_replace_the_defaults_and_no_others():
    assert np.array_equal(walk(adam, beta1=0.5), walk(functools.partial(adam, beta1=0.5)))
    assert not np.array_equal(walk(adam, beta1=0.5), walk(adam))
    assert np.array_equal(walk(adam, beta2=0.999), walk(adam))


@pytest.mark.parametrize("kernel", [plain, in_place, spoils_all_it_gets, fused(momentum)])
def test_weight_decay_takes_a_share_of_theta_off_beside_the_step(kernel):
    before, bare, decayed = THETA, walk(kernel)[0], walk(kernel, weight_decay=0.5)[0]
    assert np.array_equal(decayed[0], bare[0] - 0.1 * 0.5 * before)
    assert np.array_equal(decayed[1], bare[1])


def test_weight_decay_of_a_kernel_that_has_one_is_the_kernels_own():
    assert np.array_equal(walk(adamw, weight_decay=0.5), walk(functools.partial(adamw, weight_decay=0.5)))
    assert np.array_equal(walk(adamw), walk(adamw, weight_decay=0.01))
    assert np.array_equal(walk(adam, weight_decay=0.5)[:, 0], walk(adamw, weight_decay=0.5)[:, 0])


@pytest.mark.parametrize(
    "kernel",
    [
        lambda theta, g, v, lr: ((theta - lr * g).astype(np.float64), v.astype(np.float16)),
        lambda theta, g, v, lr: ([0, 1], np.array([1, 2])),
        lambda theta, g, v, lr: (theta - np.float64(lr) * g, v),
    ],
)
@pytest.mark.parametrize("decay", [None, 0.1])
def test_what_comes_back_in_another_dtype_is_brought_to_that_of_theta(kernel, decay):
    rule, theta = Stepper(kernel, {}, decay), np.ones(2, np.float32)
    theta, state = rule.step(theta, theta, rule.rest(theta), 1, 0.1)
    assert [array.dtype for array in (theta, *state)] == [np.float32] * 2


def forgets_v(theta, g, v, lr):
    return theta


def own_name_first(theta, g, v, rho, lr):
    return theta, v


@pytest.mark.parametrize(
    "kernel, error, words",
    [
        (lambda theta, g, lr: None, TypeError, "expected 1 array back (theta), got None; is a return missing?"),
        (lambda theta, g, v, lr: None, TypeError, "expected 2 arrays back (theta, v), got None; is a return missing?"),
        (
            forgets_v,
            TypeError,
            "forgets_v: expected 2 arrays back (theta, v), got 1; what stands before lr is read as state",
        ),
        (
            own_name_first,
            TypeError,
            "own_name_first: expected 3 arrays back (theta, v, rho), got 2; what stands before lr is read as state",
        ),
        (lambda theta, g, lr: (theta, g), TypeError, "expected 1 array back (theta), got 2"),
        (lambda theta, g, lr: (), TypeError, "expected 1 array back (theta), got 0"),
        (
            lambda theta, g, v, lr: (theta, None),
            TypeError,
            "the returned v must be an array of real numbers, got NoneType None",
        ),
        (
            lambda theta, g, lr: "theta",
            TypeError,
            "the returned theta must be an array of real numbers, got str 'theta'",
        ),
        (
            lambda theta, g, lr: theta + 1j,
            TypeError,
            "the returned theta must be an array of real numbers, got ndarray",
        ),
        (
            lambda theta, g, lr: theta[:1],
            ValueError,
            "theta came back with shape (1,), expected (2,), the shape it went in with",
        ),
        (lambda theta, g, lr: theta[0], ValueError, "theta came back with shape (), expected (2,)"),
        (lambda theta, g, v, lr: (theta, v.sum()), ValueError, "v came back with shape (), expected (2,)"),
        (lambda theta, g, v, lr: (theta, v[None]), ValueError, "v came back with shape (1, 2), expected (2,)"),
    ],
)
def test_a_kernel_that_returns_something_else_is_told_what_was_expected(kernel, error, words):
    with pytest.raises(error, match=re.escape(words)):
        walk(kernel)


@pytest.mark.parametrize(
    "kernel, hyper, words",
    [
        ("adam", {}, "expected a rule, a function such as adam, got str 'adam'"),
        (max, {}, "max: expected a rule, a function such as adam (no signature found"),
        (pow, {}, "pow(base, exp, mod): expected (theta, g, …state, lr, …)"),
        (None, {}, "expected a rule, a function such as adam, got NoneType None"),
        (
            adam(np.ones(1), np.ones(1), np.zeros(1), np.zeros(1), 1),
            {},
            "expected a rule, a function such as adam, got tuple",
        ),
        (lambda theta, g: theta, {}, "(theta, g): expected (theta, g, …state, lr, …)"),
        (lambda theta, lr: theta, {}, "(theta, lr): expected (theta, g, …state, lr, …)"),
        (lambda *arrays, lr: arrays, {}, "(arrays, lr): expected (theta, g, …state, lr, …)"),
        (plain, {"beta1": 0.9}, "plain has no hyperparameter beta1; it has lr, beta"),
        (adam, {"gamma": 1, "alpha": 1}, "adam has no hyperparameter alpha, gamma; it has t, lr, beta1, beta2, eps"),
        (
            own_name_first,
            {"rho": 0.9},
            "no hyperparameter rho; it has lr; what stands before lr is read as state, so move rho behind lr",
        ),
        (lambda theta, g, lr, rho: theta, {}, "needs rho: pass rho=… or give it a default"),
        (adam, {"t": 1}, "adam: t is set by the loop at every step and cannot be fixed before; leave it out"),
        (functools.partial(adam, t=1), {}, "adam: t is set by the loop"),
        (
            functools.partial(adam, lr=0.5),
            {},
            "adam: lr is set by the loop at every step and cannot be fixed before; pass the rate as lr=…",
        ),
    ],
)
def test_a_kernel_that_cannot_be_called_is_refused_before_the_first_step(kernel, hyper, words):
    with pytest.raises(TypeError, match=re.escape(words)):
        Stepper(kernel, hyper)


@pytest.mark.parametrize("kernel", [plain, adamw, lambda theta, g, lr, weight_decay: theta])
@pytest.mark.parametrize(
    "decay, error",
    [(-0.1, ValueError), (np.nan, ValueError), (np.inf, ValueError), ("0", TypeError), ([1, -2], ValueError)],
)
def test_a_decay_out_of_range_is_refused_whoever_applies_it(kernel, decay, error):
    with pytest.raises(error, match=r"weight_decay .* must be"):
        Stepper(kernel, {}, decay)


def test_a_rule_has_the_name_of_its_kernel():
    kernels = (adam, functools.partial(adam, eps=1.0), fused(adam), Ball(), Ball().roll)
    assert [Stepper(kernel, {}).name for kernel in kernels] == ["adam", "adam", "adam", "Ball", "roll"]


def test_going_on_takes_the_last_state_and_leaves_the_record_alone():
    kept = {"m": np.arange(6.0).reshape(3, 2), "v": np.ones((3, 2))}
    m, v = Stepper(adam, {}).go_on(kept)
    assert m.tolist() == [4, 5] and v.tolist() == [1, 1]
    m += 1
    assert kept["m"][-1].tolist() == [4, 5]


def test_going_on_from_another_rules_state_is_refused():
    words = "adam keeps m, v, but the run to go on from kept v; start from its theta[-1]"
    with pytest.raises(ValueError, match=re.escape(words)):
        Stepper(adam, {}).go_on({"v": np.ones((3, 2))})
    with pytest.raises(ValueError, match="adagrad keeps G, but the run to go on from kept v"):
        Stepper(adagrad, {}).go_on({"v": np.ones((3, 2))})
    with pytest.raises(ValueError, match="sgd keeps no state, but the run to go on from kept m, v"):
        Stepper(sgd, {}).go_on({"m": np.ones((3, 2)), "v": np.ones((3, 2))})
