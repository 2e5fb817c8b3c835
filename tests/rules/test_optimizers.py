import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from references.make import TRACKS
from references.rules import HYPERPARAMETERS, RULES
from references.walk import apart, stepper, walk

import lessonkit
from lessonkit import adagrad, adam, adamw, momentum, nesterov, rmsprop, sgd
from lessonkit.rules.registry import REGISTRY

ORDINARY = st.floats(1e-3, 1e3) | st.floats(-1e3, -1e-3)
RATE, SHARE, EPS = st.floats(1e-4, 1), st.floats(0, 0.999), st.floats(1e-10, 1e-2)


SHAPES = array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)


def some(count, shapes=SHAPES):
    """`count` arrays of one shape, stacked."""
    return shapes.flatmap(lambda shape: arrays(float, (count, *shape), elements=ORDINARY))


# Where a library means something else by a name: the test of that convention is in test_conventions.py.
OTHERWISE = {("optax", "adagrad"): ((0.1 + 1e-8,), {"eps": 0.0})}


@pytest.mark.parametrize("track", TRACKS)
@pytest.mark.parametrize("name", HYPERPARAMETERS)
def test_a_rule_walks_the_path_of_torch_and_optax(reference, name, track):
    state, hyperparameters = OTHERWISE.get((reference.library, name), ((), HYPERPARAMETERS[name]))
    ours = walk(stepper(getattr(lessonkit, name), *state, **hyperparameters), track)
    assert apart(ours, reference[f"{name}, {track}"]) < 1e-12


def by_the_paper(name, theta, gradients, lr, hyper):
    """One parameter's path in plain floats, from the sums the running averages stand for."""
    for t in range(1, len(gradients) + 1):
        theta -= lr * RULES[name].paper(gradients[:t], theta, hyper)
    return theta


@pytest.mark.parametrize("name", HYPERPARAMETERS)
@given(data=st.data(), lr=RATE, beta1=SHARE, beta2=SHARE, eps=EPS, weight_decay=st.floats(0, 1))
def test_an_array_of_any_shape_is_a_loop_over_numbers(name, data, **drawn):
    start, *gradients = data.draw(some(5))
    hyper = {key: drawn["beta1" if key == "beta" else key] for key in HYPERPARAMETERS[name]}
    step = stepper(getattr(lessonkit, name), **hyper)
    theta = start
    for t, g in enumerate(gradients, 1):
        theta = step(theta, g, t, drawn["lr"])
    assert theta.shape == start.shape
    for at in np.ndindex(start.shape):
        path = [float(g[at]) for g in gradients]
        # Rounding grows with the longest sum in the path; 1 - beta**t loses three digits where beta is 0.999.
        bound = 1e-12 * (abs(start[at]) + sum(map(abs, path)) + 10)
        assert theta[at] == pytest.approx(
            by_the_paper(name, float(start[at]), path, drawn["lr"], hyper), rel=0, abs=bound
        )


def test_the_velocities_of_the_momentum_table():
    v, theta, velocities = 0.0, 0.0, []
    for g in (2.0, 1.8, 1.5, -0.5):
        theta, v = momentum(theta, g, v, lr=0.1, beta=0.9)
        velocities.append(v)
    assert np.allclose(velocities, [2.0, 3.6, 4.74, 3.766], rtol=0, atol=1e-15)
    assert momentum(0.0, -0.5, round(float(velocities[2]), 1), lr=0.1)[1] == pytest.approx(3.73, abs=1e-15)


ADAM_TABLE = """
1 2.000000 0.200000 0.004000   2.000000   4.000000   0.01000000 0.99000000
2 1.980000 0.378000 0.00791640 1.98947368 3.96018009 0.00999725 0.98000275
3 1.960005 0.536201 0.01175011 1.97859981 3.92062102 0.00999265 0.97001010
"""


def test_the_three_adam_steps_on_the_square_to_every_printed_digit():
    theta, m, v = 1.0, 0.0, 0.0
    for row in ADAM_TABLE.split("\n")[1:-1]:
        t, *printed = row.split()
        t, g, before = int(t), 2 * theta, theta
        theta, m, v = adam(theta, g, m, v, t, lr=0.01)
        found = (g, m, v, m / (1 - 0.9**t), v / (1 - 0.999**t), before - theta, theta)
        assert [f"{x:.{len(p.split('.')[1])}f}" for x, p in zip(found, printed)] == printed


def test_adam_takes_steps_of_the_rate_from_a_far_start_too():
    theta, m, v, steps = 5.0, 0.0, 0.0, []
    for t in (1, 2, 3):
        before = theta
        theta, m, v = adam(theta, 2 * theta, m, v, t, lr=0.01)
        steps.append(f"{before - theta:.8f}")
    assert steps == ["0.01000000", "0.00999947", "0.00999859"]


def test_the_first_step_would_be_three_times_too_long_without_correction_and_too_short_with_half_of_it():
    _, m, v = adam(1.0, 2.0, 0.0, 0.0, 1)
    assert m / np.sqrt(v) == pytest.approx(3.1623, abs=5e-5)
    assert m / np.sqrt(v / (1 - 0.999)) == pytest.approx(0.1, rel=1e-12)


def test_on_pure_noise_adam_moves_far_less_than_its_rate():
    rng = np.random.default_rng(0)
    theta, m, v, lengths = np.zeros(2000), np.zeros(2000), np.zeros(2000), []
    for t in range(1, 401):
        before = theta
        theta, m, v = adam(theta, rng.standard_normal(2000), m, v, t, lr=1.0)
        lengths.append(np.abs(theta - before).mean())
    # m is normal with variance (1 - beta1) / (1 + beta1) of g's once it has filled: 0.229 * sqrt(2 / pi) = 0.183.
    assert np.mean(lengths[50:]) == pytest.approx(0.183, abs=0.005)
    assert 0.18 < np.mean(lengths) < 0.20


CURVATURES = (2.0, 100.0)  # of x² + 50 y²


def contraction(step):
    """The factor a step of the linear map (theta, v) comes to, on the slower of the axes of the bowl."""
    return max(np.abs(np.linalg.eigvals(np.array([step(1.0, 0.0, h), step(0.0, 1.0, h)]).T)).max() for h in CURVATURES)


def descent(lr):
    return contraction(lambda theta, v, h: (sgd(theta, h * theta, lr), 0.0))


def heavy_ball(lr, beta):
    return contraction(lambda theta, v, h: momentum(theta, h * theta, v, lr, beta))


def test_on_the_bowl_descent_is_stable_up_to_two_hundredths():
    assert descent(0.0199) < 1 < descent(0.0201)
    assert descent(0.02) == pytest.approx(1, abs=1e-15)


def test_the_best_rate_on_the_bowl_contracts_by_49_of_51_a_step():
    assert descent(2 / 102) == pytest.approx(49 / 51, abs=1e-15)
    assert min(descent(2 / 102 * 0.99), descent(2 / 102 * 1.01)) > descent(2 / 102)


def test_the_best_heavy_ball_on_the_bowl_contracts_to_three_quarters():
    low, high = map(math.sqrt, CURVATURES)
    best = (high - low) / (high + low)
    # At the best setting eigenvalues coincide, where eigvals is exact to the root of the rounding only.
    assert heavy_ball(4 / (high + low) ** 2, best**2) == pytest.approx(best, abs=1e-7)
    assert f"{best:.4f}" == "0.7522"


STATES = some(4)  # theta, g and two states


@given(STATES, RATE)
def test_without_a_past_momentum_and_nesterov_are_descent(drawn, lr):
    theta, g, v, _ = drawn
    assert np.array_equal(momentum(theta, g, v, lr, beta=0)[0], sgd(theta, g, lr))
    assert np.array_equal(nesterov(theta, g, v, lr, beta=0)[0], sgd(theta, g, lr))


@given(some(1), RATE, st.integers(1, 1000))
def test_without_a_past_adam_descends_by_signs(drawn, lr, t):
    g = drawn[0]
    theta = adam(np.zeros_like(g), g, np.ones_like(g), np.ones_like(g), t, lr, beta1=0, beta2=0, eps=0)[0]
    assert np.allclose(theta, -lr * np.sign(g), rtol=1e-15, atol=0)  # lr * g / |g| rounds twice


@given(STATES, RATE, st.integers(1, 1000))
def test_adamw_without_decay_is_adam(drawn, lr, t):
    theta, g, m, v = *drawn[:3], np.abs(drawn[3])
    assert np.array_equal(adamw(theta, g, m, v, t, lr, weight_decay=0), adam(theta, g, m, v, t, lr))


@given(STATES, RATE, st.integers(1, 1000), st.integers(-20, 20).map(lambda power: 2.0**power))
def test_without_epsilon_the_adaptive_rules_do_not_see_the_unit_of_the_loss(drawn, lr, t, unit):
    theta, g, m, v = *drawn[:3], np.abs(drawn[3])
    in_unit = adam(theta, unit * g, unit * m, unit**2 * v, t, lr, eps=0)[0]
    assert np.array_equal(in_unit, adam(theta, g, m, v, t, lr, eps=0)[0])
    for rule in (rmsprop, adagrad):
        assert np.array_equal(rule(theta, unit * g, unit**2 * v, lr, eps=0)[0], rule(theta, g, v, lr, eps=0)[0])


@given(some(3), RATE)
def test_descent_along_a_sum_of_gradients_is_descent_along_each(drawn, lr):
    theta, g, h = drawn
    assert np.allclose(sgd(theta, g + h, lr), sgd(sgd(theta, g, lr), h, lr), rtol=0, atol=1e-12)  # |entries| <= 1e3


@pytest.mark.parametrize("name", HYPERPARAMETERS)
@given(data=st.data(), t=st.integers(1, 1000))
def test_every_entry_moves_as_if_it_were_alone(name, data, t):
    rule, clock = getattr(lessonkit, name), {"t": t} if "t" in REGISTRY[name].arguments else {}
    theta, g, *state = data.draw(some(2 + len(REGISTRY[name].states), array_shapes(max_dims=1)))
    state = [np.abs(s) for s in state]
    at = lambda i: np.atleast_2d(rule(*(array[i] for array in (theta, g, *state)), **clock, lr=0.01))
    order = data.draw(st.permutations(range(len(theta))))
    assert np.array_equal(at(slice(None))[:, order], at(order))
    for i in order:
        assert np.array_equal(at(slice(None))[:, i], at(i)[0])


def turned(angle):
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


@given(some(3, st.just((2,))), st.floats(0, 2 * np.pi), RATE, SHARE)
def test_descent_and_momentum_do_not_see_the_axes(drawn, angle, lr, beta):
    turn = turned(angle)
    assert np.allclose(sgd(*drawn[:2] @ turn, lr), sgd(*drawn[:2], lr) @ turn, rtol=0, atol=1e-11)  # |entries| <= 4e3
    for rule in (momentum, nesterov):
        assert np.allclose(rule(*drawn @ turn, lr, beta), np.array(rule(*drawn, lr, beta)) @ turn, rtol=0, atol=1e-11)


@pytest.mark.parametrize("name", ["adagrad", "rmsprop", "adam"])
def test_the_adaptive_rules_do_see_the_axes(name):
    turn = turned(np.pi / 4)
    step = lambda g: stepper(getattr(lessonkit, name))(np.zeros(2), g, 1, 0.1)
    g = np.array([3.0, 0.1])
    assert np.abs(step(g @ turn) - step(g) @ turn).max() > 0.03


def test_the_defaults_are_those_of_the_papers():
    arguments = np.array([1.0]), np.array([1e-8]), np.array([1e-8])
    same = lambda ours, stated: np.array_equal(ours, stated)
    assert same(momentum(*arguments, 0.1), momentum(*arguments, 0.1, 0.9))
    assert same(nesterov(*arguments, 0.1), nesterov(*arguments, 0.1, 0.9))
    assert same(adagrad(*arguments, 0.1), adagrad(*arguments, 0.1, 1e-8))
    assert same(rmsprop(*arguments, 0.1), rmsprop(*arguments, 0.1, 0.9, 1e-8))
    assert same(adam(*arguments, arguments[2], 2), adam(*arguments, arguments[2], 2, 1e-3, 0.9, 0.999, 1e-8))
    assert same(adamw(*arguments, arguments[2], 2), adamw(*arguments, arguments[2], 2, 1e-3, 0.9, 0.999, 1e-8, 0.01))
