from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from references.make import LOSSES, PLATEAU, SCHEDULES

import lessonkit
from lessonkit import (
    constant,
    cosine,
    inverse_sqrt,
    one_cycle,
    plateau,
    step_decay,
    warmup_cosine,
    warmup_linear,
    warmup_stable_decay,
)

PEAK = st.floats(1e-6, 10)
RUN = st.integers(2, 2000).flatmap(lambda total: st.tuples(st.just(total), st.integers(0, total - 1)))  # and its warmup


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_is_that_of_torch_and_optax(reference, name):
    if (reference.library, name) == ("torch", "warmup_cosine"):
        return  # torch's ramp cannot start at 0: see test_conventions
    step, rate = reference[name].T
    # torch makes each rate from the last one: rounding at the peak stays to the end, where the rate is 0.
    assert np.allclose(getattr(lessonkit, name)(step, **SCHEDULES[name]), rate, rtol=1e-12, atol=1e-12 * 0.3)


def test_plateau_is_that_of_torch_and_optax(reference):
    assert np.array_equal(plateau(LOSSES, **PLATEAU), reference["plateau"][:, 1])


def test_the_warmup_and_cosine_table_of_the_course():
    rates = warmup_cosine(np.array([0, 50, 100, 300, 700, 1000]), total=1000, warmup=100, peak=0.001)
    assert [f"{rate:.6f}" for rate in rates] == ["0.000000", "0.000500", "0.001000", "0.000883", "0.000250", "0.000000"]
    assert rates[0] == rates[-1] == 0 and rates[2] == 0.001


def test_step_decay_cuts_when_a_full_period_is_over_and_not_a_step_before():
    assert step_decay(np.array([0, 9, 10, 19, 20]), 1.0, 0.1, 10) == pytest.approx([1, 1, 0.1, 0.1, 0.01], rel=1e-15)


def test_cosine_is_half_way_down_in_the_middle_and_0_at_total_only():
    rates = cosine(np.array([0, 25, 50, 75, 100]), 100, 2.0)
    assert rates == pytest.approx([2, 1 + 2**-0.5, 1, 1 - 2**-0.5, 0], abs=1e-15)
    assert cosine(99, 100, 2.0) > 0


@given(RUN, PEAK)
def test_rates_stay_between_0_and_the_peak_and_only_fall_after_the_warmup(run, peak):
    total, warmup = run
    steps = np.arange(total + 1)
    for rates in (cosine(steps, total, peak), step_decay(steps, peak, 0.5, warmup + 1)):
        assert rates.min() >= 0 and rates[0] == peak and np.all(np.diff(rates) <= 0)
    with np.errstate(all="raise"):  # no division by a warmup of 0, even where its result is dropped
        rates = warmup_cosine(steps, total, warmup, peak)
    assert rates.min() >= 0 and rates.max() <= peak
    assert np.all(np.diff(rates[: warmup + 1]) > 0) and np.all(np.diff(rates[warmup:]) <= 0)
    assert rates[warmup] == peak and rates[total] == 0


@given(RUN, PEAK)
def test_each_schedule_with_a_warmup_rises_to_its_peak_and_then_never_rises_again(run, peak):
    total, warmup = run
    steps, kinds = np.arange(total + 1), {}
    with np.errstate(all="raise"):  # no division by a warmup of 0, even where its result is dropped
        kinds["linear"] = warmup_linear(steps, total, warmup, peak)
        kinds["one cycle"] = one_cycle(steps, total, warmup, peak)
        kinds["stable"] = warmup_stable_decay(steps, total, warmup, total - warmup, peak)
        if warmup:
            kinds["root"] = inverse_sqrt(steps, warmup, peak)
    for rates in kinds.values():
        assert rates.min() >= 0 and rates[warmup] == rates.max() == pytest.approx(peak, rel=1e-12)
        assert np.all(np.diff(rates[: warmup + 1]) > 0) and np.all(np.diff(rates[warmup:]) <= 0)
    assert kinds["linear"][total] == kinds["stable"][total] == 0
    assert kinds["one cycle"][total] == pytest.approx(peak / 25e4, rel=1e-9)
    assert warmup == 0 or kinds["one cycle"][0] == pytest.approx(peak / 25, rel=1e-12)
    # With no stable part it is the linear schedule.
    assert np.allclose(kinds["linear"], kinds["stable"], rtol=1e-12, atol=0)


def test_until_the_fall_begins_the_rates_do_not_depend_on_the_length_of_the_run():
    steps = np.arange(81)
    short, long = (warmup_stable_decay(steps, total, 10, 20, 0.1) for total in (100, 1000))
    assert np.array_equal(short, long) and np.all(short[10:] == 0.1)


def test_four_times_the_steps_halve_the_rate_of_the_inverse_root():
    assert inverse_sqrt(np.array([7, 28, 112]), 7, 0.4) == pytest.approx([0.4, 0.2, 0.1], rel=1e-15)


@pytest.mark.parametrize("width, warmup", [(512, 4000), (64, 10)])
def test_the_inverse_root_is_that_of_the_transformers_paper(width, warmup):
    """Vaswani et al. (2017), equation 3: d^-0.5 · min(step^-0.5, step · warmup^-1.5), where the first step is 1."""
    step = np.array([1, 2, warmup // 2, warmup, 2 * warmup, 9 * warmup])
    paper = width**-0.5 * np.minimum(step**-0.5, step * warmup**-1.5)
    assert np.allclose(inverse_sqrt(step, warmup, peak=(width * warmup) ** -0.5), paper, rtol=1e-14, atol=0)


@given(RUN, PEAK)
def test_the_ramp_is_straight_and_meets_the_cosine_without_a_jump(run, peak):
    total, warmup = run
    if warmup > 1:
        ramp = warmup_cosine(np.arange(warmup + 1), total, warmup, peak)
        assert np.allclose(np.diff(ramp), peak / warmup, rtol=1e-12 * warmup)  # differences of neighbours cancel
        assert warmup_cosine(warmup - 1e-9, total, warmup, peak) == pytest.approx(peak, rel=1e-9)
    assert np.allclose(
        warmup_cosine(np.arange(warmup, total + 1), total, warmup, peak),
        cosine(np.arange(total - warmup + 1), total - warmup, peak),
        rtol=0,
        atol=1e-15 * peak,
    )


@pytest.mark.parametrize("name", SCHEDULES)
@given(steps=arrays(int, array_shapes(min_dims=0, min_side=0, max_side=4), elements=st.integers(0, 100)))
def test_an_array_of_steps_is_a_loop_over_steps(name, steps):
    rates = getattr(lessonkit, name)(steps, **SCHEDULES[name])
    assert np.shape(rates) == steps.shape
    for at in np.ndindex(steps.shape):
        alone = getattr(lessonkit, name)(int(steps[at]), **SCHEDULES[name])
        assert type(alone) is float
        # numpy's cos of an array may use another instruction than its cos of a number.
        assert np.asarray(rates)[at] == pytest.approx(alone, rel=0, abs=1e-15)


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("dtype", ["u1", "i1", "i4", "f2", "f4", "f8"])
def test_the_rate_is_float64_whatever_counts_the_steps(name, dtype):
    long = {"total": 1000} if "total" in SCHEDULES[name] else {}  # more than a byte counts to
    schedule = partial(getattr(lessonkit, name), **SCHEDULES[name] | long)
    rates = schedule(np.arange(3, dtype=dtype))
    assert rates.dtype == float and np.array_equal(rates, schedule([0, 1, 2]))


def test_whole_numbers_make_rates_and_not_whole_numbers():
    for rates in (constant([0, 1], 1), step_decay([0, 1], 1, 1, 1), plateau([2, 1], 1, 0.5, 1)):
        assert rates.dtype == float and rates.tolist() == [1, 1]


@given(st.lists(st.integers(0, 5) | st.just(np.nan), min_size=1, max_size=40), st.integers(1, 5))
def test_plateau_cuts_after_exactly_patience_epochs_without_a_new_best(losses, patience):
    rates = plateau(losses, 1.0, 0.5, patience)
    cuts = np.flatnonzero(np.diff(rates, prepend=1.0))
    better = [i for i, loss in enumerate(losses) if loss == loss and not any(past <= loss for past in losses[:i])]
    assert len(rates) == len(losses) and np.all(np.isin(np.diff(np.log2(rates)), [0, -1]))
    for epoch in range(len(losses)):
        fresh = max([i for i in (*better, *cuts) if i < epoch], default=-1)  # when the count last began
        assert (epoch in cuts) == (epoch not in better and epoch - fresh == patience)


def test_plateau_measures_against_the_best_loss_and_not_the_last():
    assert plateau([1.0, 0.5, 0.9, 0.8, 0.7, 0.6], 1.0, 0.1, 4)[-1] == 0.1
