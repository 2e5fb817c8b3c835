import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from references.make import CLIPS, GRADIENTS

from lessonkit import clip_by_global_norm, clip_by_value
from lessonkit.rules.clipping import norms_of, shrink

ENTRY = st.just(0.0) | st.floats(1e-6, 1e6) | st.floats(-1e6, -1e-6)
ARRAY = arrays(float, array_shapes(min_dims=0, min_side=0, max_side=3), elements=ENTRY)
GRADS = st.lists(ARRAY, min_size=1, max_size=3)
LIMIT = st.floats(1e-3, 1e3)


def flat(grads):
    return np.concatenate([np.ravel(g) for g in grads])


@pytest.mark.parametrize("c", CLIPS)
def test_clipping_by_value_is_that_of_torch_and_optax(reference, c):
    for t, *clipped in reference[f"clip_by_value, {c}"]:
        assert np.array_equal(clip_by_value(GRADIENTS[int(t) - 1], c), clipped)


@pytest.mark.parametrize("c", CLIPS)
def test_clipping_by_global_norm_is_that_of_torch_and_optax(reference, c):
    for t, *clipped in reference[f"clip_by_global_norm, {c}"]:
        ours, norm = clip_by_global_norm(np.split(GRADIENTS[int(t) - 1], [4]), c)
        if reference.library == "torch":  # which also returns the norm, and scales by c / (norm + 1e-6)
            assert norm == pytest.approx(clipped.pop(0), rel=1e-14)
            clipped = np.array(clipped) * max(1, (norm + 1e-6) / max(norm, c))
        assert np.allclose(flat(ours), clipped, rtol=1e-12, atol=0)


def test_the_clipping_example_of_the_course():
    (clipped,), norm = clip_by_global_norm([np.array([3.0, 4.0, 12.0])], 5)
    assert norm == 13 and shrink(norm, 5) == 5 / 13
    assert clipped.round(6).tolist() == [1.153846, 1.538462, 4.615385]
    assert np.linalg.norm(clipped) == pytest.approx(5, rel=1e-15)
    assert clipped @ [3, 4, 12] / (5 * 13) == pytest.approx(1, rel=1e-15)
    by_value = clip_by_value(np.array([3.0, 4.0, 12.0]), 5)
    assert by_value.tolist() == [3, 4, 5]
    assert by_value @ [3, 4, 12] / (np.linalg.norm(by_value) * 13) < 0.95


@given(ARRAY, LIMIT)
def test_clipping_by_value_takes_the_middle_of_the_entry_and_both_limits(g, c):
    clipped = clip_by_value(g, c)
    assert clipped.shape == g.shape
    assert all(clipped[at] == sorted([-c, g[at], c])[1] for at in np.ndindex(g.shape))
    assert np.array_equal(clip_by_value(clipped, c), clipped)


@given(GRADS, LIMIT)
def test_clipping_by_norm_keeps_direction_and_shapes_and_ends_at_the_limit_or_leaves_alone(grads, c):
    clipped, norm = clip_by_global_norm(grads, c)
    assert [g.shape for g in clipped] == [g.shape for g in grads]
    assert norm == pytest.approx(math.sqrt(math.fsum(x * x for x in flat(grads))), rel=1e-14)
    if norm <= c:
        assert np.array_equal(flat(clipped), flat(grads))
    else:
        assert np.allclose(flat(clipped) * norm, flat(grads) * c, rtol=1e-14, atol=0)
        assert np.linalg.norm(flat(clipped)) == pytest.approx(c, rel=1e-14)


@given(GRADS, LIMIT)
def test_clipping_by_norm_twice_is_clipping_once(grads, c):
    once = clip_by_global_norm(grads, c)[0]
    # The clipped norm may round to just above c, and is then scaled by one more rounding.
    assert np.allclose(flat(clip_by_global_norm(once, c)[0]), flat(once), rtol=1e-14, atol=0)


@given(arrays(float, (6,), elements=ENTRY), LIMIT, st.integers(0, 6))
def test_the_norm_runs_over_all_tensors_however_they_are_cut(g, c, cut):
    whole = clip_by_global_norm([g], c)[0][0]
    assert np.allclose(flat(clip_by_global_norm(np.split(g, [cut]), c)[0]), whole, rtol=1e-14, atol=0)


@given(arrays(float, (2,), elements=ENTRY), LIMIT, st.floats(0, 2 * np.pi))
def test_clipping_by_norm_does_not_see_the_axes(g, c, angle):
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    clipped = clip_by_global_norm([g], c)[0][0]
    assert np.allclose(clip_by_global_norm([g @ turn], c)[0][0], clipped @ turn, rtol=0, atol=1e-14 * c)


@pytest.mark.parametrize("dtype, size", [("f2", 1e3), ("f4", 1e30), ("f8", 1e300)])
def test_a_gradient_whose_squares_overflow_is_clipped_and_not_lost(dtype, size):
    g = (np.array([0.6, 0.8, 0]) * size).astype(dtype)
    rounding = 4 * float(np.finfo(dtype).eps)
    (clipped,), norm = clip_by_global_norm([g], 1)
    assert clipped.dtype == dtype
    assert norm == pytest.approx(size, rel=rounding)
    assert np.allclose(clipped, [0.6, 0.8, 0], rtol=rounding, atol=0)


def test_a_float32_norm_is_summed_in_float64():
    g = np.full(300_000, 0.1, dtype=np.float32)
    # In float32 the sum is off by 1e-5 or more; in float64 by far less than this, in any order.
    assert clip_by_global_norm([g], 1)[1] == pytest.approx(math.sqrt(300_000) * float(g[0]), rel=1e-10)


def test_nan_and_infinity_come_through_and_are_not_clipped_away():
    for c in (1.0, math.inf):
        clipped = clip_by_value(np.array([np.nan, 2.0, -np.inf]), c)
        assert np.isnan(clipped[0]) and clipped[1] == min(2, c) and clipped[2] == -c
        (one, other), norm = clip_by_global_norm([np.array([np.nan]), np.array([2.0])], c)
        assert np.isnan(norm) and np.isnan(one[0]) and (np.isnan(other[0]) or c == math.inf)
    with np.errstate(invalid="ignore"):
        (clipped,), norm = clip_by_global_norm([np.array([np.inf, 2.0])], 1)
    assert norm == math.inf and np.isnan(clipped[0])


def test_an_infinite_threshold_lets_everything_through():
    g = np.array([3.0, -4e100])
    assert np.array_equal(clip_by_value(g, math.inf), g)
    assert np.array_equal(clip_by_global_norm([g], math.inf)[0][0], g)


def test_the_factor_of_the_clip_takes_one_norm_or_an_array_of_them():
    norms = np.array([0, 0.5, 1, 2, np.inf, np.nan])
    for c, factors in ((1, [1, 1, 1, 0.5, 0, np.nan]), (math.inf, [1, 1, 1, 1, 1, 1])):
        assert np.array_equal(shrink(norms, c), factors, equal_nan=True)
        assert np.array_equal([shrink(norm, c) for norm in norms], factors, equal_nan=True)


def test_norms_are_those_of_the_columns():
    assert norms_of(np.array([3.0, 4.0])) == 5
    assert norms_of(np.array([[3.0, 0.0, 5.0], [4.0, 0.0, 12.0]])).tolist() == [5, 0, 13]
    assert norms_of(np.full(4, 1e30, np.float32)) == pytest.approx(2e30, rel=1e-7)  # 1e30 in float32 is that far off


def test_norms_are_finite_where_the_gradient_is_and_right_beside_one_whose_squares_overflow():
    with np.errstate(all="ignore"):
        assert norms_of(np.array([3e200, 4e200])) == pytest.approx(5e200, rel=1e-15)
        norms = norms_of(np.array([[3.0, 3e200, 0.0, np.inf, np.nan], [4.0, 4e200, 0.0, 1.0, 1.0]]))
    assert norms == pytest.approx([5, 5e200, 0, np.inf, np.nan], rel=1e-15, nan_ok=True)
