"""Student's interval for paired differences, against published tables and by simulation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lessonkit import paired
from lessonkit.comparison.intervals import t_quantile

# Abramowitz & Stegun (1964), table 26.10: the columns for A = 0.5, 0.95 and 0.99, where A = P(|T| < t).
PUBLISHED = {
    1: (1.000, 12.706, 63.657),
    2: (0.816, 4.303, 9.925),
    3: (0.765, 3.182, 5.841),
    4: (0.741, 2.776, 4.604),
    5: (0.727, 2.571, 4.032),
    9: (0.703, 2.262, 3.250),
    10: (0.700, 2.228, 3.169),
    30: (0.683, 2.042, 2.750),
    120: (0.677, 1.980, 2.617),
}
SCORES = arrays(float, st.integers(2, 12), elements=st.floats(-100, 100))


@pytest.mark.parametrize("freedom", PUBLISHED)
def test_quantiles_are_those_of_the_published_table(freedom):
    for inside, expected in zip((0.5, 0.95, 0.99), PUBLISHED[freedom]):
        assert t_quantile((1 + inside) / 2, freedom) == pytest.approx(expected, abs=6e-4)


def test_quantiles_for_one_and_two_degrees_are_the_closed_forms():
    for p in (0.6, 0.9, 0.975, 0.999, 0.99999):
        assert t_quantile(p, 1) == pytest.approx(math.tan(math.pi * (p - 0.5)), rel=1e-9)
        assert t_quantile(p, 2) == pytest.approx((2 * p - 1) * math.sqrt(2 / (4 * p * (1 - p))), rel=1e-9)


def test_students_sleep_data_give_the_published_interval():
    """Student (1908): extra sleep of ten patients under two drugs; t = 4.0621, 95 % interval 0.700 to 2.460, as in R's `?sleep`."""
    first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    found = paired(second, first, ("drug 2", "drug 1"), "sleep")
    assert (found.mean, found.low, found.high) == pytest.approx((1.58, 0.7001142, 2.4598858), abs=1e-6)
    assert str(found) == "sleep, drug 2 − drug 1: 1.6, 95% interval 0.7 to 2.5; above 0 on 9 of these 10 seeds"


@pytest.mark.parametrize("seeds", [3, 5, 10])
def test_the_interval_covers_the_true_difference_as_often_as_it_says(seeds):
    """Also where most of the variance is shared by both contestants; 4000 trials, so 95 % is known to within 1 %."""
    rng, covered = np.random.default_rng(0), 0
    for _ in range(4000):
        shared = rng.normal(0, 5, seeds)
        found = paired(shared + rng.normal(0.3, 1, seeds), shared)
        covered += found.low < 0.3 < found.high
    assert covered / 4000 == pytest.approx(0.95, abs=0.012)


def test_several_intervals_hold_together_as_often_as_they_say():
    """Six contestants that are alike: fifteen pairs at 95 % each would separate some pair in a third of the trials or more."""
    rng = np.random.default_rng(0)
    pairs, wrong = [(a, b) for a in range(6) for b in range(a)], 0
    for _ in range(500):
        scores = rng.normal(0, 1, (6, 8))
        wrong += any(paired(scores[a], scores[b], comparisons=len(pairs)).separated for a, b in pairs)
    assert wrong / 500 < 0.07


def test_skewed_differences_are_covered_as_the_docstring_says():
    rng, covered = np.random.default_rng(0), 0
    for _ in range(4000):
        found = paired(rng.exponential(1, 5), np.zeros(5))
        covered += found.low < 1 < found.high
    assert covered / 4000 == pytest.approx(0.88, abs=0.012)


@given(SCORES, st.floats(-50, 50))
def test_what_both_contestants_share_does_not_matter(scores, shift):
    one, other = paired(scores, np.zeros_like(scores)), paired(scores + shift, np.full_like(scores, shift))
    assert other.low == pytest.approx(one.low, abs=1e-9) and other.high == pytest.approx(one.high, abs=1e-9)


@given(SCORES)
def test_the_interval_turns_around_with_the_order_of_the_names(scores):
    one, other = paired(scores, np.zeros_like(scores)), paired(np.zeros_like(scores), scores)
    assert (one.low, one.high, one.separated) == (-other.high, -other.low, other.separated)


@given(SCORES)
def test_more_comparisons_widen_the_interval(scores):
    one, ten = paired(scores, scores[::-1]), paired(scores, scores[::-1], comparisons=10)
    assert ten.low <= one.low and one.high <= ten.high


@given(SCORES)
def test_the_sentence_says_separated_only_where_zero_is_outside(scores):
    found = paired(scores, np.zeros_like(scores))
    assert ("not separated" in str(found)) == (found.low <= 0 <= found.high)


def test_a_run_that_diverged_leaves_no_interval():
    found = paired([1.0, np.inf, np.nan], [0.0, 0.0, 0.0])
    assert np.isnan(found.low) and not found.separated
    assert "a run diverged on 2 of 3 seeds" in str(found)


@pytest.mark.parametrize("scores", [([1.0], [2.0]), ([1.0, 2.0], [1.0, 2.0, 3.0]), ([[1.0, 2.0]], [[1.0, 2.0]])])
def test_scores_that_are_no_pairs_are_refused(scores):
    with pytest.raises(ValueError, match="a score of each contestant for each of two or more seeds"):
        paired(*scores)


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_that_is_no_share_is_refused(level):
    with pytest.raises(ValueError, match="level must be between 0 and 1"):
        paired([1.0, 2.0], [0.0, 0.0], level=level)
