"""Each rule with a piece missing differs from the whole rule by that piece, and by nothing else."""

import math

import numpy as np
import pytest

from lessonkit import adam, adam_eps_inside, adam_half_corrected, adam_uncorrected, momentum, momentum_averaged

GRADIENTS = [3.0, -0.5, 0.02, 1.5]
START = [np.array([0.7]), np.zeros(1), np.zeros(1)]


def moments(t, beta1=0.9, beta2=0.999):
    """m and v after t steps, as the weighted sums that they are."""
    past = [(g, t - k) for k, g in enumerate(GRADIENTS[:t], start=1)]
    return tuple((1 - beta) * sum(beta**age * g**power for g, age in past) for beta, power in ((beta1, 1), (beta2, 2)))


def steps_of(rule, **hyper):
    """The step that a rule makes at each gradient, in units of the rate, for as many gradients as there are."""
    theta, m, v = START
    made = []
    for t, g in enumerate(GRADIENTS, start=1):
        after, m, v = rule(theta, np.array([g]), m, v, t, lr=1.0, **hyper)
        made.append(float(theta[0] - after[0]))
        theta = after
    return made


@pytest.mark.parametrize(
    ("rule", "step"),
    [
        (adam_uncorrected, lambda m, v, t: m / (math.sqrt(v) + 1e-8)),
        (adam_half_corrected, lambda m, v, t: m / (math.sqrt(v / (1 - 0.999**t)) + 1e-8)),
        (adam_eps_inside, lambda m, v, t: m / (1 - 0.9**t) / math.sqrt(v / (1 - 0.999**t) + 1e-8)),
    ],
)
def test_adam_without_a_piece_takes_the_step_that_its_moments_give(rule, step):
    expected = [step(*moments(t), t) for t in range(1, len(GRADIENTS) + 1)]
    assert steps_of(rule) == pytest.approx(expected, rel=1e-9)


def test_eps_inside_the_root_is_adam_where_eps_is_0_and_another_rule_where_it_is_large():
    assert steps_of(adam_eps_inside, eps=0.0) == pytest.approx(steps_of(adam, eps=0.0), rel=1e-12)
    assert steps_of(adam_eps_inside, eps=1.0)[2] > 1.1 * steps_of(adam, eps=1.0)[2]


def test_momentum_as_an_average_walks_the_path_of_momentum_at_a_tenth_of_the_rate():
    theta, v, other, sum_of = np.array([0.7]), np.zeros(1), np.array([0.7]), np.zeros(1)
    for g in GRADIENTS:
        theta, v = momentum_averaged(theta, np.array([g]), v, lr=0.3, beta=0.9)
        other, sum_of = momentum(other, np.array([g]), sum_of, lr=0.03, beta=0.9)
        assert theta == pytest.approx(other) and v == pytest.approx(0.1 * sum_of)
