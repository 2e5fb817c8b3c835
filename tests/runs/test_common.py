import re
import sys
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lessonkit import clip_by_global_norm, clip_by_value, cosine, plateau
from lessonkit.rules.counts import check_count
from lessonkit.runs import common
from lessonkit.runs.common import divergence, limits, progress_bar, rates_of


def test_a_number_is_the_rate_of_every_step_and_a_schedule_is_asked_for_each():
    assert rates_of("here", 1, range(3)) == [1.0, 1.0, 1.0]
    assert rates_of("here", lambda step: 0.5 * step, range(2, 5)) == [1.0, 1.5, 2.0]
    assert rates_of("here", partial(cosine, total=4, peak=1.0), range(5)) == [cosine(k, 4, 1.0) for k in range(5)]


@pytest.mark.parametrize(
    "given", [1, np.float32(1), np.float64(1), np.array(1), lambda step: np.float64(1), lambda step: np.array(1)]
)
def test_a_rate_is_a_python_float_so_that_it_turns_no_float32_into_float64(given):
    (rate,) = rates_of("here", given, [0], (2,), np.float32)
    assert type(rate) is float


@pytest.mark.parametrize("given", [[0.1, 0.2], lambda step: np.array([0.1, 0.2])])
def test_rates_in_an_array_take_the_dtype_of_theta(given):
    (rate,) = rates_of("here", given, [0], (3, 2), np.float32)
    assert rate.dtype == np.float32 and rate.shape == (2,)


@pytest.mark.parametrize(
    "lr, error, words",
    [
        (-1, ValueError, "here: lr (learning rate) must be a number in [0, inf), got -1"),
        (np.nan, ValueError, "here: lr (learning rate) must be a number in [0, inf), got nan"),
        (None, TypeError, "here: lr (learning rate) must be a real number, got None"),
        ("0.1", TypeError, "must be a real number, got '0.1'"),
        ([0.1, -0.2], ValueError, "must be a number in [0, inf), got [0.1, -0.2]"),
        ([0.1, 0.2, 0.3], ValueError, "must be one number, or an array that broadcasts to (2,), got shape (3,)"),
        (
            lambda step: -1.0 if step == 5 else 1.0,
            ValueError,
            "here, schedule at step 5: lr (learning rate) must be a number in [0, inf)",
        ),
        (
            lambda step: np.nan,
            ValueError,
            "here, schedule at step 4: lr (learning rate) must be a number in [0, inf), got nan",
        ),
        (lambda step: None, TypeError, "here, schedule at step 4: lr (learning rate) must be a real number, got None"),
        (lambda step: np.ones(3), ValueError, "here, schedule at step 4: lr (learning rate) must be one number"),
        (max, TypeError, "here: a schedule is called with the step alone, lr(0), lr(1), …"),
        (
            lambda: 1.0,
            TypeError,
            "here: a schedule is called with the step alone, lr(0), lr(1), …; fix its other arguments",
        ),
        (cosine, TypeError, "fix its other arguments with functools.partial (missing a required argument: 'total')"),
        (partial(cosine, total=5, peak=1.0), ValueError, "cosine: step 6 is past the end, total = 5"),
        (
            partial(plateau, base=1.0, factor=0.5, patience=1),
            TypeError,
            "here: this schedule watches the validation loss, which only `train` has",
        ),
        (lambda step: 1 / (step - 4), ZeroDivisionError, "division by zero"),
        (lambda step: "1" + step, TypeError, "can only concatenate str"),
    ],
)
def test_a_rate_that_cannot_be_is_refused_and_a_schedules_own_errors_come_through(lr, error, words):
    with pytest.raises(error, match=re.escape(words)):
        rates_of("here", lr, range(4, 8), (2,))


@given(
    arrays(float, (3, 4), elements=st.floats(-1e6, 1e6)), st.floats(1e-3, 1e3), st.floats(1e-3, 1e3), st.floats(0, 10)
)
def test_a_gradient_is_clipped_by_norm_then_by_value_and_then_gets_the_penaltys_share(g, norm, value, l2):
    theta = np.linspace(-1, 1, 12).reshape(3, 4)
    both = limits(norm, value, l2, theta)(g, theta)
    for k in range(4):
        shortened, _ = clip_by_global_norm([g[:, k]], norm)
        # the two sum the squares in another order
        np.testing.assert_allclose(limits(norm, None, 0, theta)(g, theta)[:, k], shortened[0], rtol=1e-13)
        expected = clip_by_value(shortened[0], value) + l2 * theta[:, k]
        np.testing.assert_allclose(both[:, k], expected, rtol=1e-12, atol=1e-12 * (l2 + value))


def test_where_nothing_is_asked_for_nothing_is_done():
    g = np.array([3.0, 4.0])
    assert limits(None, None, 0, g) is None
    assert np.array_equal(limits(np.inf, np.inf, 0, g)(g, g), g)


@pytest.mark.parametrize(
    "given, words",
    [
        (
            {"clip_norm": 0},
            "clip_norm: c (threshold of the clip, in the unit of g) must be a number in (0, inf], got 0",
        ),
        ({"clip_norm": np.nan}, "clip_norm: c (threshold of the clip, in the unit of g) must be a number in (0, inf]"),
        ({"clip_value": -1}, "clip_value: c (threshold of the clip, in the unit of g) must be a number in (0, inf]"),
        ({"clip_value": [1, 2]}, "clip_value: c (threshold of the clip, in the unit of g) must be one number"),
        ({"clip_value": "1"}, "clip_value: c (threshold of the clip, in the unit of g) must be a real number, got '1'"),
        ({"l2": -1}, "l2: "),
        ({"l2": np.inf}, "l2: "),
        ({"l2": None}, "l2: "),
    ],
)
def test_a_limit_out_of_range_is_refused_before_the_first_step(given, words):
    with pytest.raises((ValueError, TypeError), match=re.escape(words)):
        limits(**{"clip_norm": None, "clip_value": None, "l2": 0.0, "theta": np.ones(2)} | given)


@pytest.mark.parametrize("value", [0, -1, True, 1.0, 1.5, np.float64(2), "3", None, np.nan, [1]])
def test_a_count_must_be_whole_and_large_enough(value):
    with pytest.raises(ValueError, match=re.escape(f"here: steps must be a whole number, 1 or more, got {value!r}")):
        check_count("here", "steps", value)


def test_counts_of_every_whole_type_become_a_python_int():
    assert [type(check_count("here", "n", value, 0)) for value in (0, 3, np.int8(3), np.uint64(3))] == [int] * 4


def test_divergence_is_told_by_the_loss_or_else_by_theta():
    advice = "; try a smaller lr, or clip the gradient"
    assert divergence(7, 66.0, np.inf) == "diverged at step 7: the loss went from 66 to inf" + advice
    assert divergence(7, 66.0, 0.0) == "diverged at step 7: theta is no longer finite" + advice
    assert "the loss went from 2 to nan" in divergence(7, np.array([1.0, 2.0]), np.array([np.inf, np.nan]))


def test_a_short_run_shows_no_progress_and_loads_no_bar(capfd, monkeypatch):
    monkeypatch.delitem(sys.modules, "tqdm", raising=False)
    assert list(progress_bar(range(5), 5, "adam")) == [0, 1, 2, 3, 4]
    assert capfd.readouterr() == ("", "") and "tqdm" not in sys.modules


def test_a_long_run_shows_a_bar_with_its_label_and_total_on_stderr_and_nothing_on_stdout(capfd, monkeypatch):
    pytest.importorskip("tqdm")
    monkeypatch.setattr(common, "PATIENCE", -1.0)
    assert list(progress_bar(iter(range(5)), 5, "adam")) == [0, 1, 2, 3, 4]
    out, err = capfd.readouterr()
    assert out == "" and "adam" in err and "1/5" in err


def test_a_long_run_goes_on_in_silence_without_tqdm(capfd, monkeypatch):
    monkeypatch.setattr(common, "PATIENCE", -1.0)
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.delitem(sys.modules, "lessonkit.machine.progress", raising=False)
    assert list(progress_bar(iter(range(5)), 5, "adam")) == [0, 1, 2, 3, 4]
    assert capfd.readouterr() == ("", "")
