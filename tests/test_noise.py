"""Noise on a gradient: its mean, its spread, its repeatability; and nothing of it in the loss."""

import numpy as np
import pytest

from lessonkit.noise import noisy
from lessonkit.surfaces import bowl


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
