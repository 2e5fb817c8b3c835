"""Noise on a gradient, added or sampled: its mean, its spread, its repeatability; and nothing of it in the loss."""

import numpy as np
import pytest

from lessonkit.problems.noise import noisy, sampled
from lessonkit.problems.surfaces import bowl


def drawn(surface, theta, times):
    return np.array([surface.gradient(theta) for _ in range(times)]) - bowl().gradient(theta)


@pytest.mark.parametrize("spread, expected", [(0.5, [0.5, 0.5]), ([2.0, 0.1], [2.0, 0.1]), (0.0, [0.0, 0.0])])
def test_the_noise_has_mean_zero_and_the_spread_asked_for(spread, expected):
    noise = drawn(noisy(bowl(), spread), np.array([1.0, -1.0]), 4000)
    # of 4000 draws the mean is off by a sixtieth of the spread, the spread by a ninetieth; three times that is allowed
    assert (np.abs(noise.mean(axis=0)) <= np.array(expected) * 3 / 63 + 1e-15).all()
    assert noise.std(axis=0) == pytest.approx(expected, rel=3 / 89)


def test_many_points_hear_noise_of_their_own_in_each_coordinate():
    noise = drawn(noisy(bowl(), [1.0, 0.01]), np.ones((2, 3)), 2000).reshape(2000, 6)
    assert np.abs(np.corrcoef(noise.T) - np.eye(6)).max() < 0.1
    assert noise.std(axis=0) == pytest.approx([1, 1, 1, 0.01, 0.01, 0.01], rel=0.06)


def test_one_seed_is_one_sequence_and_another_seed_another():
    first, again, other = (drawn(noisy(bowl(), 1.0, seed), np.ones(2), 5) for seed in (3, 3, 4))
    assert np.array_equal(first, again) and not np.isclose(first, other).any()


def test_the_loss_is_that_of_the_surface():
    surface = noisy(bowl(7), 1.0)
    assert surface([1.0, 2.0]) == bowl(7)([1.0, 2.0]) and surface.start == bowl(7).start


@pytest.mark.parametrize("spread", [-1.0, np.nan, np.inf, [1.0, 1.0, 1.0], [[1.0, 1.0]]])
def test_a_spread_that_cannot_be_one_is_refused(spread):
    with pytest.raises(ValueError, match="spread must be one number of 0 or more, or 2 of them"):
        noisy(bowl(), spread)


RNG = np.random.default_rng(1)
X, Y = RNG.standard_normal((40, 3)), RNG.standard_normal(40)


def test_the_loss_of_sampled_data_is_that_of_all_the_data_and_least_at_its_minimum():
    surface, theta = sampled(X, Y, 4), np.array([0.5, -1.0, 2.0])
    assert surface(theta) == pytest.approx(np.mean((X @ theta - Y) ** 2) / 2)
    assert surface(np.tile(theta[:, None], 2)) == pytest.approx([surface(theta)] * 2)
    assert surface(np.array(surface.minimum)) < min(
        surface(np.array(surface.minimum) + step) for step in 0.1 * np.eye(3)
    )


@pytest.mark.parametrize("batch_size", [1, 5])
def test_minibatch_gradients_have_the_mean_of_the_whole_and_the_variance_of_one_over_the_batch_size(batch_size):
    theta = np.array([0.5, -1.0, 2.0])
    each = (X @ theta - Y)[:, None] * X
    drawn = sampled(X, Y, batch_size).gradient(np.tile(theta[:, None], 20_000)).T
    # the mean of 20,000 draws is off by a 141st of the spread; three times that is allowed, and the same for the spread
    assert np.abs(drawn.mean(axis=0) - each.mean(axis=0)).max() < 3 / 141 * each.std() / np.sqrt(batch_size)
    assert drawn.var(axis=0) * batch_size == pytest.approx(each.var(axis=0), rel=0.07)


def test_one_seed_draws_the_same_batches_for_one_point_as_it_did_before():
    first, again, other = (sampled(X, Y, 2, seed).gradient(np.zeros(3)) for seed in (0, 0, 1))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


@pytest.mark.parametrize(
    "x, y, batch_size, words",
    [
        (X, Y[:-1], 1, "x must have shape"),
        (Y, Y, 1, "x must have shape"),
        (X, Y, 0, "batch_size"),
        (X, Y, 1.5, "batch_size"),
    ],
)
def test_what_cannot_be_sampled_is_refused(x, y, batch_size, words):
    with pytest.raises((ValueError, TypeError), match=words):
        sampled(x, y, batch_size)
