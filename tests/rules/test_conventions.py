"""Where papers and libraries mean different things by one name: each test shows how to come from theirs to ours.

Theirs is written out from its definition, and compared with what a library computed where one does it so.
"""

import numpy as np
import pytest
from references.make import CLIPS, GRADIENTS, LOSSES, RATES, TRACKS
from references.walk import apart, stepper, walk

from lessonkit import (
    adagrad,
    adam,
    adamw,
    clip_by_global_norm,
    momentum,
    nesterov,
    plateau,
    rmsprop,
    sgd,
    warmup_cosine,
)

SAME = 1e-12
STEADY = [0.012] * 100
TINY = [0, 2]  # columns of a path: the step, and the entry whose gradients are as small as eps
ADAM = {"beta1": 0.8, "beta2": 0.99}


def moments(m, v, g):
    return 0.8 * m + (1 - 0.8) * g, 0.99 * v + (1 - 0.99) * g**2


def adam_step(m, v, t, eps=1e-8):
    return m / (1 - 0.8**t) / (np.sqrt(v / (1 - 0.99**t)) + eps)


@pytest.mark.parametrize("track", TRACKS)
def test_an_averaged_velocity_needs_a_rate_larger_by_one_over_one_minus_beta(track):
    def averaged(theta, g, v, lr):
        v = 0.8 * v + (1 - 0.8) * g
        return theta - lr * v, v

    theirs = walk(stepper(averaged), track, [lr / (1 - 0.8) for lr in RATES])
    assert apart(walk(stepper(momentum, beta=0.8), track), theirs) < SAME


def test_pytorch_dampening_averages_the_velocity_from_the_second_step_on(torch_results):
    ours = walk(stepper(momentum, GRADIENTS[0] / (1 - 0.8), beta=0.8), rates=[lr * (1 - 0.8) for lr in RATES])
    assert apart(ours, torch_results["averaged velocity, sequence"]) < SAME
    from_rest = walk(stepper(momentum, beta=0.8), rates=[lr * (1 - 0.8) for lr in RATES])
    assert apart(from_rest, torch_results["averaged velocity, sequence"]) > 0.1


def rate_inside(theta, g, v, lr):
    v = 0.8 * v + lr * g
    return theta - v, v


def test_a_rate_inside_the_velocity_is_the_same_while_the_rate_is_constant():
    assert apart(walk(stepper(momentum, beta=0.8), rates=STEADY), walk(stepper(rate_inside), rates=STEADY)) < SAME


def test_a_rate_inside_the_velocity_feels_a_cut_late_unless_our_velocity_is_rescaled():
    theirs = walk(stepper(rate_inside))
    assert apart(walk(stepper(momentum, beta=0.8)), theirs[:50]) < SAME
    assert apart(walk(stepper(momentum, beta=0.8)), theirs) > 0.1
    v, last = 0.0, RATES[0]

    def rescaled(theta, g, t, lr):
        nonlocal v, last
        theta, v = momentum(theta, g, v * (last / lr), lr, beta=0.8)
        last = lr
        return theta

    assert apart(walk(rescaled), theirs) < SAME


def test_classical_nesterov_is_ours_seen_from_the_point_that_looks_ahead():
    start, gradient = TRACKS["bowl"]
    ours = walk(stepper(nesterov, beta=0.8), "bowl", STEADY)
    x, u = start, 0.0
    for t, *theta in ours:
        g = gradient(t, x - 0.012 * 0.8 * u)
        u = 0.8 * u + g
        x = x - 0.012 * u
        assert np.allclose(x - 0.012 * 0.8 * u, theta, rtol=0, atol=SAME)


def test_optax_adagrad_adds_epsilon_inside_the_root_which_is_to_start_the_sum_at_epsilon(optax_results):
    def inside(theta, g, G, lr):
        G = G + g**2
        return theta - lr * g / np.sqrt(G + 1e-8), G

    theirs = optax_results["adagrad, sequence"]  # which by default also starts G at 0.1
    assert apart(walk(stepper(inside, 0.1)), theirs) < SAME
    assert apart(walk(stepper(adagrad, 0.1 + 1e-8, eps=0)), theirs) < SAME
    assert apart(walk(stepper(adagrad)), theirs) > 0.1


def rmsprop_inside(theta, g, s, lr, eps=1e-16):
    s = 0.95 * s + (1 - 0.95) * g**2
    return theta - lr * g / np.sqrt(s + eps), s


def adam_inside(theta, g, m, v, t, lr, eps=1e-16):
    m, v = moments(m, v, g)
    return theta - lr * (m / (1 - 0.8**t)) / np.sqrt(v / (1 - 0.99**t) + eps), m, v


@pytest.mark.parametrize("rule, shares, inside", [(rmsprop, {"beta": 0.95}, rmsprop_inside), (adam, ADAM, adam_inside)])
def test_epsilon_squared_inside_the_root_is_epsilon_outside_but_for_tiny_gradients(rule, shares, inside, optax_results):
    ours, theirs = walk(stepper(rule, **shares)), walk(stepper(inside))
    assert apart(theirs, optax_results[f"{rule.__name__}, eps inside, sequence"]) < SAME
    assert apart(ours[:, TINY], theirs[:, TINY]) > 0.1
    others = [0, 1, 3, 4, 5, 6]  # no fixed eps closes the gap: relative to the root r it is eps / r
    assert apart(ours[:, others], theirs[:, others]) < 1e-6


def test_epsilon_squared_inside_the_root_makes_steps_longer_by_at_most_root_two():
    root = np.logspace(-12, 0, 25)
    g, s = 1e-3 * root, root**2
    longer = rmsprop_inside(0.0, g, s, 1.0)[0] / rmsprop(np.zeros(25), g, s, 1.0, beta=0.95)[0]
    assert longer.min() > 1 - 1e-15 and 1.4 < longer.max() < np.sqrt(2)


def test_rmsprop_from_a_mean_square_of_one_as_in_tensorflow_1_is_ours_with_that_state(optax_results):
    theirs = optax_results["rmsprop, eps inside, s from 1, sequence"]
    assert apart(walk(stepper(rmsprop_inside, 1.0)), theirs) < SAME
    # s is still 0.95**100 = 0.006 at the end, so that no eps near 1e-8 is felt, on either side of the root.
    assert apart(walk(stepper(rmsprop, 1.0, beta=0.95, eps=0)), theirs) < SAME


def corrected_rate(eps_hat):
    """Adam as rewritten at the end of section 2 of Kingma & Ba, with the eps they call epsilon hat."""

    def rule(theta, g, m, v, t, lr):
        m, v = moments(m, v, g)
        return theta - lr * np.sqrt(1 - 0.99**t) / (1 - 0.8**t) * m / (np.sqrt(v) + eps_hat(t)), m, v

    return stepper(rule)


def test_epsilon_hat_is_epsilon_times_the_root_of_the_correction():
    assert apart(walk(stepper(adam, **ADAM)), walk(corrected_rate(lambda t: 1e-8 * np.sqrt(1 - 0.99**t)))) < SAME


def test_a_constant_epsilon_hat_as_in_keras_is_our_epsilon_shrinking_with_the_correction():
    theirs = walk(corrected_rate(lambda t: 1e-8))
    assert apart(walk(stepper(adam, **ADAM))[:, TINY], theirs[:, TINY]) > 0.1
    m = v = 0.0

    def ours(theta, g, t, lr):
        nonlocal m, v
        theta, m, v = adam(theta, g, m, v, t, lr, **ADAM, eps=1e-8 / np.sqrt(1 - 0.99**t))
        return theta

    assert apart(walk(ours), theirs) < SAME


def adamw_of_the_paper(alpha, decay):
    """Loshchilov & Hutter's Algorithm 2: a schedule multiplier eta, apart from the rate alpha, scales both terms."""

    def rule(theta, g, m, v, t, lr):
        m, v = moments(m, v, g)
        eta = lr / RATES[0]
        return theta - eta * (alpha * adam_step(m, v, t) + decay * theta), m, v

    return walk(stepper(rule))


def test_the_decay_of_the_adamw_paper_is_ours_times_the_rate():
    ours = walk(stepper(adamw, **ADAM, weight_decay=0.3))
    assert apart(ours, adamw_of_the_paper(RATES[0], RATES[0] * 0.3)) < SAME
    assert apart(ours, adamw_of_the_paper(RATES[0], 0.3)) > 0.1


def test_half_the_rate_leaves_the_decay_of_the_paper_and_halves_ours():
    theirs = adamw_of_the_paper(RATES[0] / 2, RATES[0] * 0.3)
    halved = [lr / 2 for lr in RATES]
    assert apart(walk(stepper(adamw, **ADAM, weight_decay=0.6), rates=halved), theirs) < SAME
    assert apart(walk(stepper(adamw, **ADAM, weight_decay=0.3), rates=halved), theirs) > 0.05


def test_pytorch_decays_before_the_step_which_is_the_same_because_the_step_does_not_see_theta(torch_results):
    def before(theta, g, m, v, t, lr):
        m, v = moments(m, v, g)
        theta = theta * (1 - lr * 0.3)
        return theta - lr * adam_step(m, v, t), m, v

    def after(theta, g, m, v, t, lr):
        m, v = moments(m, v, g)
        theta = theta - lr * adam_step(m, v, t)
        return theta * (1 - lr * 0.3), m, v

    ours = walk(stepper(adamw, **ADAM, weight_decay=0.3))
    assert apart(ours, walk(stepper(before))) < SAME
    assert apart(walk(stepper(before)), torch_results["adamw, sequence"]) < SAME
    assert apart(ours, walk(stepper(after))) > 1e-3


def test_an_l2_penalty_is_weight_decay_for_descent():
    theta, g = TRACKS["sequence"][0], GRADIENTS[0]
    assert np.allclose(sgd(theta, g + 0.3 * theta, 0.1), (1 - 0.1 * 0.3) * theta - 0.1 * g, rtol=1e-15, atol=1e-15)


def test_an_l2_penalty_is_not_weight_decay_for_adam_where_it_is_rescaled_with_the_gradient(torch_results):
    plain, decoupled = stepper(adam, **ADAM), stepper(adamw, **ADAM, weight_decay=0.3)
    theirs = torch_results["adam with L2, sequence"]
    assert apart(walk(lambda theta, g, t, lr: plain(theta, g + 0.3 * theta, t, lr)), theirs) < SAME
    assert apart(walk(decoupled), theirs) > 0.1


@pytest.mark.parametrize("c", CLIPS)
def test_pytorch_adds_a_millionth_to_the_norm_and_so_clips_shorter_by_at_most_that_share(c, torch_results):
    for t, norm, *theirs in torch_results[f"clip_by_global_norm, {c}"]:
        ours = clip_by_global_norm([GRADIENTS[int(t) - 1]], c)[0][0]
        short = 1 - np.linalg.norm(theirs) / np.linalg.norm(ours)
        assert short == pytest.approx(1e-6 / (norm + 1e-6) if norm > c else 0, abs=1e-14)


def test_the_patience_of_pytorch_is_ours_minus_one(torch_results):
    theirs = torch_results["plateau"][:, 1]  # made with patience=2
    assert np.array_equal(plateau(LOSSES, 0.3, 0.5, patience=3), theirs)
    assert not np.array_equal(plateau(LOSSES, 0.3, 0.5, patience=2), theirs)


def test_the_threshold_of_pytorch_and_optax_is_ours_on_losses_that_fall_by_less_flattened(torch_results, optax_results):
    flattened, best = [], np.inf
    for loss in LOSSES:
        best = loss if loss < best * (1 - 0.02) else best
        flattened.append(best)
    for theirs in (torch_results, optax_results):
        assert np.array_equal(plateau(flattened, 0.3, 0.5, 3), theirs["plateau, threshold 0.02"][:, 1])
    assert not np.array_equal(plateau(flattened, 0.3, 0.5, 3), plateau(LOSSES, 0.3, 0.5, 3))


def test_the_ramp_of_pytorch_cannot_start_at_zero_and_is_ours_one_step_later(torch_results):
    step, rate = torch_results["ramp from 1/30"].T
    ramp = step < 30
    assert np.allclose(warmup_cosine(step[ramp] + 1, total=100, warmup=30, peak=0.3), rate[ramp], rtol=SAME, atol=0)
