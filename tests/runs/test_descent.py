import re
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lessonkit import adagrad, adam, adamw, cosine, descend, fused, momentum, nesterov, plateau, replay, rmsprop, sgd
from lessonkit.problems.noise import noisy
from lessonkit.problems.surfaces import Surface, beale, bowl, parabola, rosenbrock, saddle
from lessonkit.rules.registry import of_kind
from lessonkit.runs import common

RULES = [entry.function for entry in of_kind("rule").values()]
STARTS = np.array([[-4.0, 1.5, 0.1], [1.0, -0.7, 2.0]])
ALL_AT_ONCE = {
    "lr": partial(cosine, total=60, peak=0.01),
    "clip_norm": 3.0,
    "clip_value": 2.5,
    "l2": 0.1,
    "weight_decay": 0.2,
}


class Halves:
    """Half the squared length; its gradient is theta itself, not a copy."""

    def __call__(self, theta):
        return (theta * theta).sum(axis=0) / 2

    def gradient(self, theta):
        return theta


class Stops(Halves):
    """Raises a keyboard interrupt at one of its evaluations."""

    def __init__(self, at):
        self.left = at

    def __call__(self, theta):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt
        return super().__call__(theta)


def momentum_in_place(theta, g, v, lr, beta=0.9):
    v *= beta
    v += g
    theta -= lr * v
    g[...] = np.nan
    return theta, v


def assert_same(run, other, steps=slice(None)):
    """Bit for bit."""
    for name in ("theta", "g", "used", "loss", "lr"):
        assert np.array_equal(getattr(run, name), getattr(other, name)[steps]), name
    assert list(run.state) == list(other.state)
    assert all(np.array_equal(kept, other.state[name][steps]) for name, kept in run.state.items())


def one_of(run, k):
    """The k-th start's part of a run with many."""

    class Part:
        theta, g, used, loss, lr = (getattr(run, name)[..., k] for name in ("theta", "g", "used", "loss", "lr"))
        state = {name: kept[..., k] for name, kept in run.state.items()}  # noqa: RUF012, a namespace that nobody changes

    return Part


def test_the_record_is_what_the_loop_written_out_by_hand_computes():
    surface, run = rosenbrock(), descend(rosenbrock(), adam, lr=0.02, steps=30, beta1=0.8)
    theta, m, v = np.array(surface.start), np.zeros(2), np.zeros(2)
    for k in range(30):
        g = surface.gradient(theta)
        assert np.array_equal(run.theta[k], theta) and run.loss[k] == surface(theta)
        assert np.array_equal(run.g[k], g) and np.array_equal(run.used[k], g) and run.lr[k] == 0.02
        assert np.array_equal(run.state["m"][k], m) and np.array_equal(run.state["v"][k], v)
        theta, m, v = adam(theta, g, m, v, k + 1, 0.02, 0.8)
    assert np.array_equal(run.theta[30], theta) and run.loss[30] == surface(theta)
    assert np.array_equal(run.state["m"][30], m) and np.array_equal(run.state["v"][30], v)


@pytest.mark.parametrize("kernel", RULES)
@pytest.mark.parametrize("shape, starts", [((2,), ()), ((2, 3), (3,))])
def test_the_record_has_the_shapes_it_promises(kernel, shape, starts):
    run = descend(bowl(5), kernel, np.ones(shape), lr=0.01, steps=7)
    assert run.steps == 7 and run.theta.shape == (8, *shape) and run.loss.shape == (8, *starts)
    assert run.g.shape == run.used.shape == (7, *shape) and run.lr.shape == (7,) and run.diverged.shape == starts
    assert all(kept.shape == (8, *shape) and not kept[0].any() for kept in run.state.values())
    assert run.message == "" and run.first == 0 and not run.diverged.any() and run.rule == kernel.__name__


def test_the_velocity_of_momentum_follows_the_worked_table():
    run = replay([2.0, 1.8, 1.5, -0.5], momentum, beta=0.9)
    assert run.state["v"][1:, 0].tolist() == pytest.approx([2.0, 3.6, 4.74, 3.766], rel=1e-15)
    assert run.theta[1:, 0].tolist() == pytest.approx([-0.2, -0.56, -1.034, -1.4106], rel=1e-15)


@pytest.mark.parametrize("shape", [(6,), (6, 1), (6, 3), (6, 3, 4)])
def test_replay_feeds_each_gradient_as_it_is(shape):
    gradients = np.random.default_rng(0).standard_normal(shape)
    run = replay(gradients, sgd, start=1.0, lr=0.5)
    expected = np.concatenate([np.ones_like(gradients[:1]), gradients])
    assert np.array_equal(run.g, gradients.reshape(run.g.shape))
    expected = 1 - 0.5 * (np.cumsum(expected, axis=0) - 1)
    np.testing.assert_allclose(run.theta.reshape(expected.shape), expected, rtol=0, atol=1e-14)
    assert not run.loss.any()


@pytest.mark.parametrize("how", [{"l2": 0.3}, {"weight_decay": 0.3}, {"l2": 0.2, "weight_decay": 0.1}])
@pytest.mark.parametrize("rule", [adam, adamw])
def test_replay_shrinks_weights_as_descend_does(rule, how):
    flat = Surface("flat", lambda theta: 0 * theta[0], lambda theta: 0 * theta, (1.0, 1.0), None, ((0, 1), (0, 1)))
    run = descend(noisy(flat, (1.0, 0.1)), rule, np.ones((2, 3)), 0.01, 20, **how)
    again = replay(run.g, rule, np.ones((2, 3)), 0.01, **how)
    assert np.array_equal(again.theta, run.theta) and np.array_equal(again.used, run.used)
    assert not np.array_equal(again.theta, replay(run.g, rule, np.ones((2, 3)), 0.01).theta)


def test_replay_goes_on_where_it_stopped():
    gradients = np.random.default_rng(0).standard_normal((9, 2))
    half = replay(gradients[:4], adam, start=[1.0, 2.0])
    assert_same(replay(gradients[4:], adam, start=half), replay(gradients, adam, start=[1.0, 2.0]), slice(4, None))


@pytest.mark.parametrize("kernel", [*RULES, momentum_in_place], ids=lambda kernel: kernel.__name__)
@pytest.mark.parametrize("surface", [bowl(50, 30), saddle(), rosenbrock(), beale()], ids=lambda surface: surface.name)
def test_many_starts_are_as_many_runs_of_one(kernel, surface):
    run = descend(surface, kernel, STARTS, steps=25, **ALL_AT_ONCE)
    run.lr = np.repeat(run.lr[:, None], 3, axis=1)
    for k in range(3):
        assert_same(one_of(run, k), descend(surface, kernel, STARTS[:, k], steps=25, **ALL_AT_ONCE))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kernel", [sgd, adam, momentum_in_place], ids=lambda kernel: kernel.__name__)
def test_a_rate_for_each_start_is_as_many_runs_of_one(kernel, dtype):
    rates, starts = np.array([0.001, 0.01, 0.015]), STARTS.astype(dtype)
    run = descend(bowl(50), kernel, starts, rates, 25)
    assert run.lr.shape == (25, 3)
    for k in range(3):
        alone = descend(bowl(50), kernel, starts[:, k], rates[k], 25)
        alone.lr = alone.lr.astype(dtype)
        assert_same(one_of(run, k), alone)


def test_a_schedule_may_give_a_rate_for_each_start():
    rates = np.array([0.001, 0.01, 0.015])
    run = descend(bowl(50), sgd, STARTS, lambda step: rates / (1 + step), 5)
    assert np.array_equal(run.lr, rates / np.arange(1, 6)[:, None])
    assert_same(one_of(run, 1), descend(bowl(50), sgd, STARTS[:, 1], lambda step: 0.01 / (1 + step), 5))


@given(lr=st.floats(1e-4, 0.01), decay=st.floats(0, 10))
def test_for_sgd_an_l2_penalty_and_weight_decay_are_the_same(lr, decay):
    run, other = (descend(bowl(50, 20), sgd, STARTS, lr, 50, **{how: decay}) for how in ("l2", "weight_decay"))
    # a rounding a step, of theta up to 5
    np.testing.assert_allclose(run.theta, other.theta, rtol=0, atol=50 * 1e-15 * 5)


def test_for_adam_an_l2_penalty_and_weight_decay_are_not_the_same():
    run, other = (descend(bowl(50), adam, STARTS, 0.01, 50, **{how: 1.0}) for how in ("l2", "weight_decay"))
    assert np.abs(run.theta[-1] - other.theta[-1]).max() > 0.1


@pytest.mark.parametrize("lr", [0.01, partial(cosine, total=50, peak=0.1), np.array([0.1, 0.2, 0.3])])
def test_adam_with_weight_decay_is_adamw(lr):
    run, other = (descend(rosenbrock(), kernel, STARTS, lr, 50, weight_decay=0.3) for kernel in (adam, adamw))
    assert_same(run, other)


def turned(theta, angle):
    a = np.radians(angle)
    return np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]) @ theta


@pytest.mark.slow
@pytest.mark.parametrize("kernel", [sgd, momentum, nesterov])
@given(angle=st.floats(0, 90))
def test_rules_without_a_rate_for_each_axis_do_not_see_the_axes(kernel, angle):
    straight = descend(bowl(50), kernel, STARTS, 0.005, 40)
    run = descend(bowl(50, angle), kernel, turned(STARTS, angle), 0.005, 40)
    # a loss near 0 is made of differences of coordinates
    np.testing.assert_allclose(run.loss, straight.loss, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("kernel", [adagrad, rmsprop, adam])
def test_rules_with_a_rate_for_each_axis_do(kernel):
    straight = descend(bowl(50), kernel, (-4.0, 1.0), 0.5, 40)
    run = descend(bowl(50, 45), kernel, turned(np.array([-4.0, 1.0]), 45), 0.5, 40)
    assert run.loss[-1] > 2 * straight.loss[-1]


@pytest.mark.parametrize("kappa", [1, 5, 50, 1000])
def test_descent_is_stable_up_to_two_over_the_largest_curvature(kappa):
    edge = 2 / (2 * kappa)
    rates = edge * np.linspace(0.95, 1.05, 101)
    run = descend(bowl(kappa), sgd, np.ones((2, 101)), rates, 2000)
    shrinks = run.loss[-1] < run.loss[0]  # a start that overflowed is not below anything
    assert shrinks.any() and not shrinks.all()
    assert rates[shrinks].max() == pytest.approx(edge, rel=0.01)
    assert rates[~shrinks].min() == pytest.approx(edge, rel=0.01)


def test_the_best_fixed_rate_on_the_bowl_of_50_contracts_by_49_51_at_each_step():
    run = descend(bowl(50), sgd, (1.0, 1.0), 2 / 102, 100)
    distance = np.linalg.norm(run.theta, axis=1)
    np.testing.assert_allclose(distance[1:] / distance[:-1], 49 / 51, rtol=1e-14)
    np.testing.assert_allclose(run.loss[1:] / run.loss[:-1], (49 / 51) ** 2, rtol=1e-13)


def test_the_best_heavy_ball_on_the_bowl_of_50_reaches_its_asymptotic_rate():
    # Polyak (1964): with roots s, S of the least and the largest curvature (2 and 100), lr = (2 / (S + s))² and
    # beta = ((S - s) / (S + s))² make both coordinates shrink by (√κ - 1) / (√κ + 1) a step, times a polynomial in t
    s, S = np.sqrt(2), np.sqrt(100)
    best = (np.sqrt(50) - 1) / (np.sqrt(50) + 1)
    run = descend(bowl(50), momentum, (1.0, 1.0), (2 / (S + s)) ** 2, 2000, beta=best**2)
    assert best == pytest.approx(0.7522, abs=5e-5)
    for k in (500, 1000, 2000):  # the polynomial is linear: its share of the mean factor falls like log(k) / k
        mean_factor = np.abs(run.theta[k]).max() ** (1 / k)
        assert best * (1 - 1e-3) < mean_factor < best * (1 + 2 * np.log(k) / k)
    worse = descend(bowl(50), momentum, (1.0, 1.0), (2 / (S + s)) ** 2, 500, beta=best**2 + 0.05)
    assert np.abs(worse.theta[-1]).max() > 100 * np.abs(run.theta[500]).max()


@given(c=st.floats(1e-3, 1e3))
def test_clipping_by_norm_bounds_what_the_kernel_gets_and_keeps_its_direction(c):
    run = descend(bowl(50), momentum, STARTS, 0.001, 20, clip_norm=c)
    norms, used = np.linalg.norm(run.g, axis=1), np.linalg.norm(run.used, axis=1)
    assert np.all(used <= c * (1 + 1e-14))
    np.testing.assert_allclose(used, np.minimum(norms, c), rtol=1e-14)
    np.testing.assert_allclose(run.used * norms[:, None], run.g * used[:, None], rtol=1e-13, atol=1e-300)
    for k in range(20):
        assert np.array_equal(run.g[k], bowl(50).gradient(run.theta[k]))


def test_a_gradient_whose_squares_overflow_is_clipped_to_the_same_length():
    steep = Surface(
        "steep",
        lambda theta: 3e200 * theta[0] + 4e200 * theta[1],
        lambda theta: np.array([3e200, 4e200]),
        (0, 0),
        None,
        (),
    )
    run = descend(steep, sgd, (0.0, 0.0), 1.0, 1, clip_norm=5.0)
    assert run.used[0].tolist() == pytest.approx([3, 4], rel=1e-15)
    assert run.theta[1].tolist() == pytest.approx([-3, -4], rel=1e-15)


def test_clipping_by_value_bounds_every_entry_that_the_kernel_gets():
    run = descend(bowl(50), momentum, STARTS, 0.001, 20, clip_value=1.5)
    assert np.array_equal(run.used, np.clip(run.g, -1.5, 1.5)) and np.abs(run.g).max() > 1.5


def test_the_l2_penaltys_share_is_added_after_clipping():
    run = descend(bowl(50), sgd, STARTS, 0.001, 20, clip_value=1.5, l2=0.3)
    assert np.array_equal(run.used, np.clip(run.g, -1.5, 1.5) + 0.3 * run.theta[:-1])


def test_what_the_kernel_gets_takes_no_memory_of_its_own_where_it_is_the_gradient():
    run = descend(bowl(), sgd, lr=0.01)
    assert np.shares_memory(run.g, run.used)
    run = descend(bowl(), sgd, lr=0.01, clip_norm=1e9)
    assert not np.shares_memory(run.g, run.used) and np.array_equal(run.g, run.used)


@pytest.mark.parametrize(
    "kernel", [sgd, adam, fused(adam), momentum_in_place, lambda theta, g, lr: theta - np.float64(lr) * g]
)
@pytest.mark.parametrize(
    "lr",
    [0.01, np.float64(0.01), partial(cosine, total=10, peak=0.01), np.full(3, 0.01), lambda step: np.full(3, 0.01)],
)
def test_a_float32_start_stays_float32(kernel, lr):
    run = descend(
        bowl(50, 30), kernel, STARTS.astype(np.float32), lr, 5, clip_norm=2.0, clip_value=1.0, l2=0.1, weight_decay=0.1
    )
    assert {array.dtype for array in (run.theta, run.g, run.used, *run.state.values())} == {np.dtype(np.float32)}
    assert descend(bowl(), kernel, run, lr, 5).theta.dtype == np.float32
    assert replay(run.g, sgd).theta.dtype == np.float32


@pytest.mark.parametrize("start", [[1, 2], (1, 2), np.array([1, 2]), np.array([[1, 5], [2, 5]])[:, 0]])
def test_a_start_may_be_a_list_or_integers_and_runs_in_float64(start):
    assert_same(descend(bowl(), adam, start, steps=5), descend(bowl(), adam, np.array([1.0, 2.0]), steps=5))


@pytest.mark.parametrize("kernel", [momentum_in_place, fused(momentum), momentum], ids=lambda kernel: kernel.__name__)
@pytest.mark.parametrize("surface", [bowl(5), Halves()])
def test_neither_the_start_nor_the_record_is_changed_by_a_kernel_that_writes_to_what_it_gets(kernel, surface):
    start = np.asfortranarray(STARTS)
    run = descend(surface, kernel, start, 0.01, 20)
    assert np.array_equal(start, STARTS)
    np.testing.assert_allclose(run.theta, descend(surface, momentum, STARTS, 0.01, 20).theta, rtol=0, atol=1e-13)
    assert all(np.array_equal(run.g[k], surface.gradient(run.theta[k])) for k in range(20))
    before = run.theta.copy()
    descend(surface, kernel, run, 0.01, 20)
    assert np.array_equal(run.theta, before)


@pytest.mark.parametrize("kernel", [*RULES, fused(adam), momentum_in_place], ids=lambda kernel: kernel.__name__)
@pytest.mark.parametrize("cut", [1, 17, 59])
def test_a_run_that_goes_on_is_the_run_that_never_stopped(kernel, cut):
    whole = descend(rosenbrock(), kernel, STARTS, steps=60, **ALL_AT_ONCE)
    first = descend(rosenbrock(), kernel, STARTS, steps=cut, **ALL_AT_ONCE)
    rest = descend(rosenbrock(), kernel, first, steps=60 - cut, **ALL_AT_ONCE)
    assert rest.first == cut and rest.steps == 60 - cut
    assert_same(rest, whole, slice(cut, None))


@pytest.mark.parametrize("at", [2, 3, 10])
def test_an_interrupted_run_keeps_its_record_and_goes_on_exactly(at):
    whole = descend(Halves(), adam, (1.0, 2.0), 0.1, 20)
    run = descend(Stops(at), adam, (1.0, 2.0), 0.1, 20)
    made = at - 2  # one evaluation at the start, one after each step
    assert run.steps == made and run.message == f"interrupted after step {made}; pass this run as start to go on"
    assert not run.diverged and run.message in repr(run)
    assert np.array_equal(run.theta, whole.theta[: made + 1]) and np.array_equal(run.loss, whole.loss[: made + 1])
    assert_same(descend(Halves(), adam, run, 0.1, 20 - made), whole, slice(made, None))


def test_one_call_one_result():
    assert_same(*(descend(beale(), adam, STARTS, steps=50, **ALL_AT_ONCE) for _ in range(2)))


def test_a_diverging_run_ends_with_a_message_and_keeps_its_trace():
    run = descend(bowl(50), sgd, (-4.0, 1.0), 1.0, 1000)
    assert run.diverged and run.steps < 1000
    assert run.message.startswith(f"diverged at step {run.steps}: the loss went from 66 to inf; try a smaller lr")
    assert run.message in repr(run)
    assert np.isfinite(run.loss[:-1]).all() and not np.isfinite(run.loss[-1])
    assert len(run.theta) == len(run.loss) == run.steps + 1 and len(run.g) == len(run.used) == len(run.lr) == run.steps
    assert np.array_equal(run.theta[:5, 1], (-99.0) ** np.arange(5))


def test_a_run_whose_rule_makes_nan_of_theta_says_so():
    run = replay([1.0, 1.0, 1.0], lambda theta, g, t, lr: theta / (0 * theta) if t == 2 else theta)
    assert run.diverged and run.steps == 2 and run.message.startswith("diverged at step 2: theta is no longer finite")


def test_a_start_that_diverges_does_not_end_the_others():
    rates = np.array([0.01, 10.0, 0.005])
    run = descend(bowl(50), sgd, STARTS, rates, 500)
    assert run.diverged.tolist() == [False, True, False] and run.steps == 500 and run.message == ""
    for k in (0, 2):
        assert np.array_equal(run.theta[..., k], descend(bowl(50), sgd, STARTS[:, k], rates[k], 500).theta)
    later = descend(bowl(50), sgd, run, rates, 5)
    assert later.diverged.tolist() == [False, True, False]


def test_a_start_that_was_once_not_finite_stays_marked():
    spike = Surface(
        "spike",
        lambda theta: np.where(np.abs(theta[0] - 1) < 0.1, np.inf, theta[0] ** 2),
        lambda theta: np.ones_like(theta),
        (2,),
        None,
        (),
    )
    run = descend(spike, sgd, [[2.0, 9.0]], 1.0, 3)
    assert np.isinf(run.loss[1, 0]) and np.isfinite(run.loss[3]).all()
    assert run.diverged.tolist() == [True, False] and run.steps == 3
    assert descend(spike, sgd, run, 1.0, 1).diverged.tolist() == [True, False]


def test_a_run_that_diverged_does_not_go_on_but_its_earlier_points_do():
    run = descend(bowl(50), sgd, lr=1.0, steps=1000)
    with pytest.raises(ValueError, match=r"descend: the run to go on from diverged .* start from an earlier point"):
        descend(bowl(50), sgd, run, 0.01)
    assert descend(bowl(50), sgd, run.theta[3], 0.01).message == ""


def test_steps_to_is_the_first_step_below_the_target():
    run = descend(parabola(), sgd, [[1.0, 4.0, 0.0]], 0.25, 3)
    assert run.loss[:, 0].tolist() == [1, 0.25, 0.0625, 0.015625]
    assert run.steps_to(0.25).tolist() == [2, np.inf, 0]
    assert run.steps_to(1.0).tolist() == [1, 3, 0]
    assert descend(parabola(), sgd, [1.0], 0.25, 3).steps_to(0.1) == 2


def test_a_schedule_is_asked_for_the_steps_in_their_order_and_recorded():
    asked = []
    run = descend(bowl(), sgd, lr=lambda step: asked.append(step) or 0.001 * step, steps=4)
    descend(bowl(), sgd, run, lr=lambda step: asked.append(step) or 0.001, steps=2)
    assert asked == [0, 1, 2, 3, 4, 5] and run.lr.tolist() == [0, 0.001, 0.002, 0.003]


def test_a_long_run_shows_progress_on_stderr_alone_and_gives_the_same_record(capfd, monkeypatch):
    pytest.importorskip("tqdm")
    quiet = descend(bowl(), adam, steps=50)
    assert capfd.readouterr() == ("", "")
    monkeypatch.setattr(common, "PATIENCE", -1.0)
    assert_same(descend(bowl(), adam, steps=50), quiet)
    out, err = capfd.readouterr()
    assert out == "" and "adam" in err and "/50" in err


def test_anything_with_a_value_and_a_gradient_is_a_surface():
    class Lists:
        def __call__(self, theta):
            return sum(x * x for x in theta)

        def gradient(self, theta):
            return [2 * x for x in theta]

    run = descend(Lists(), adam, (1.0, -2.0, 3.0), 0.1, 10)
    assert run.theta.shape == (11, 3) and run.loss[0] == 14
    with pytest.raises(TypeError, match="has no start of its own; pass start="):
        descend(Lists(), adam)


class Odd:
    """A surface whose value or gradient is not what it should be."""

    start = (1.0, 2.0)

    def __init__(self, value=0.0, gradient=(0.0, 0.0)):
        self.value, self.slope = value, gradient

    def __call__(self, theta):
        return self.value

    def gradient(self, theta):
        return self.slope(theta) if callable(self.slope) else self.slope


@pytest.mark.parametrize(
    "surface, error, words",
    [
        (bowl, TypeError, "descend: expected a surface, such as bowl(50), got <function bowl"),
        (lambda theta: 0.0, TypeError, "expected a surface"),
        (None, TypeError, "expected a surface, such as bowl(50), got None"),
        (Odd(value=None), TypeError, "descend: the loss must be an array of real numbers, got NoneType None"),
        (Odd(value=(1.0, 2.0)), ValueError, "descend: the loss has shape (2,), expected () for a theta of shape (2,)"),
        (Odd(gradient=None), TypeError, "descend: the gradient must be an array of real numbers, got NoneType None"),
        (Odd(gradient=1.0), ValueError, "descend: the gradient has shape (), expected (2,) for a theta of shape (2,)"),
        (Odd(gradient=(1.0,)), ValueError, "descend: the gradient has shape (1,), expected (2,)"),
        (
            Odd(gradient=lambda theta: theta if theta[0] > 0.95 else theta[:1]),
            ValueError,
            "descend: the gradient has shape (1,)",
        ),
        (Odd(gradient="up"), TypeError, "descend: the gradient must be an array of real numbers, got str 'up'"),
    ],
)
def test_what_is_no_surface_is_refused(surface, error, words):
    with pytest.raises(error, match=re.escape(words)):
        descend(surface, sgd, lr=0.01)


@pytest.mark.parametrize("loss", [np.nan, np.inf])
def test_a_start_without_a_finite_loss_is_refused(loss):
    with pytest.raises(ValueError, match=f"descend: the loss is {loss} at the start; start where it is finite"):
        descend(Odd(value=loss), sgd, lr=0.01)


@pytest.mark.parametrize(
    "start, error, words",
    [
        ((1, 2, 3), ValueError, "theta must have shape (2,), or (2, K) for K points, got (3,)"),
        (np.ones((3, 2)), ValueError, "theta must have shape (2,), or (2, K) for K points, got (3, 2)"),
        (5, ValueError, "descend: start must be finite numbers of shape (d,), or (d, K) for K starts, got shape (): 5"),
        ([], ValueError, "got shape (0,): []"),
        (np.ones((2, 0)), ValueError, "got shape (2, 0)"),
        (np.ones((2, 2, 2)), ValueError, "got shape (2, 2, 2)"),
        (
            (np.nan, 1),
            ValueError,
            "start must be finite numbers of shape (d,), or (d, K) for K starts, got shape (2,): (nan, 1)",
        ),
        ((np.inf, 1), ValueError, "(inf, 1)"),
        ("ab", TypeError, "descend: start must be an array of real numbers, got str 'ab'"),
        (("1", "2"), TypeError, "got tuple ('1', '2')"),
        ([[1, 2], [3]], TypeError, "got list [[1, 2], [3]]"),
        ((1, None), TypeError, "got tuple (1, None)"),
        ((1j, 2), TypeError, "got tuple (1j, 2)"),
        ((True, False), TypeError, "got tuple (True, False)"),
    ],
)
def test_what_is_no_start_is_refused(start, error, words):
    with pytest.raises(error, match=re.escape(words)):
        descend(bowl(), sgd, start, 0.01)


@pytest.mark.parametrize(
    "given, error, words",
    [
        ({"steps": 0}, ValueError, "descend: steps must be a whole number, 1 or more, got 0"),
        ({"steps": True}, ValueError, "got True"),
        ({"steps": 1.5}, ValueError, "got 1.5"),
        ({"steps": "x"}, ValueError, "got 'x'"),
        ({"lr": -1}, ValueError, "descend: lr (learning rate) must be a number in [0, inf), got -1"),
        ({"lr": np.nan}, ValueError, "got nan"),
        (
            {"lr": [0.1, 0.2, 0.3]},
            ValueError,
            "must be one number, or an array that broadcasts to (2,), got shape (3,)",
        ),
        (
            {"lr": partial(plateau, base=1.0, factor=0.5, patience=1)},
            TypeError,
            "descend: this schedule watches the validation loss",
        ),
        ({"clip_norm": 0}, ValueError, "clip_norm: "),
        ({"clip_value": -1}, ValueError, "clip_value: "),
        ({"l2": -1}, ValueError, "l2: "),
        ({"weight_decay": -1}, ValueError, "weight_decay"),
        (
            {"beta": 1.0},
            ValueError,
            "momentum: beta (share of the past that is kept at each step) must be a number in [0, 1), got 1.0",
        ),
        ({"gamma": 1.0}, TypeError, "momentum has no hyperparameter gamma; it has lr, beta"),
        ({"kernel": "momentum"}, TypeError, "expected a rule, a function such as adam, got str 'momentum'"),
        ({"kernel": lambda theta, g, v, lr: theta}, TypeError, "expected 2 arrays back (theta, v), got 1"),
        (
            {"start": descend(bowl(), adam, steps=1)},
            ValueError,
            "momentum keeps v, but the run to go on from kept m, v",
        ),
    ],
)
def test_other_bad_input_is_refused(given, error, words):
    with pytest.raises(error, match=re.escape(words)):
        descend(**{"surface": bowl(), "kernel": momentum, "lr": 0.01} | given)


@pytest.mark.parametrize(
    "gradients, start, error, words",
    [
        (
            1.0,
            0.0,
            ValueError,
            "replay: gradients must have shape (steps,), (steps, d) or (steps, d, K), none of them 0, got ()",
        ),
        ([], 0.0, ValueError, "got (0,)"),
        ([[]], 0.0, ValueError, "got (1, 0)"),
        (np.ones((1, 1, 1, 1)), 0.0, ValueError, "got (1, 1, 1, 1)"),
        ("ab", 0.0, TypeError, "replay: gradients must be an array of real numbers, got str 'ab'"),
        ([[1, 2], [3]], 0.0, TypeError, "got list [[1, 2], [3]]"),
        (
            [[1, 2]],
            [1, 2, 3],
            ValueError,
            "replay: the gradient has shape (2,), expected (3,) for a theta of shape (3,)",
        ),
        ([[1, 2]], [np.nan, 0], ValueError, "replay: start must be finite numbers"),
        ([[1, 2]], None, TypeError, "replay: start must be an array of real numbers, got NoneType None"),
    ],
)
def test_gradients_that_cannot_be_replayed_are_refused(gradients, start, error, words):
    with pytest.raises(error, match=re.escape(words)):
        replay(gradients, sgd, start)
