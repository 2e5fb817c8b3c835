"""What the instrument draws is what was executed: kind, warmup, floor, and the losses they gave."""

import math
import re

import numpy as np
import pytest
from instruments import controls, picture, words

from lessonkit import descend, sgd
from lessonkit.display.instruments import draw_schedule
from lessonkit.problems.noise import noisy
from lessonkit.problems.surfaces import bowl

pytestmark = pytest.mark.slow  # each draws


def expected(kind, peak, warmup, floor, steps=200):
    """The rates, written out anew for whole arrays."""
    step, ramp = np.arange(steps), round(warmup / 100 * steps)
    later = np.maximum(step - ramp, 0)
    fall = {
        "constant": np.ones(steps),
        "step decay": 0.1 ** (later // ((steps - ramp) // 2)),
        "cosine": (1 + np.cos(np.pi * later / (steps - ramp))) / 2,
    }[kind]
    return peak * np.where(step < ramp, step / max(ramp, 1), np.maximum(fall, floor / 100))


@pytest.mark.parametrize(
    "kind, peak, warmup, floor",
    [
        ("cosine", 0.05, 10, 0),
        ("constant", 0.01, 0, 0),
        ("step decay", 0.05, 20, 0),
        ("cosine", 0.1, 0, 30),
        ("step decay", 0.05, 50, 100),
    ],
)
def test_words_and_picture_tell_the_rates_executed_and_the_loss_they_gave(kind, peak, warmup, floor):
    instrument = draw_schedule()
    for name, value in {
        "kind": kind,
        "peak learning rate": peak,
        "warmup (% of the steps)": warmup,
        "floor (% of the peak)": floor,
    }.items():
        controls(instrument)[name].value = value
    rates = expected(kind, peak, warmup, floor)
    first, last, area, end = map(
        float, re.search(r"first (\S+), last (\S+), area (\S+); .* at (\S+)\.$", words(instrument)).groups()
    )
    assert instrument.screen.moving[0].get_ydata() == pytest.approx(rates), (
        "the rates themselves, not their share of the peak"
    )
    assert [first, last, area] == pytest.approx([rates[0], rates[-1], rates.sum()], rel=5e-3)
    run = descend(noisy(bowl(10), 2.0), sgd, np.tile([[-4.0], [1.0]], 50), lambda step: rates[np.asarray(step)], 200)
    assert end == pytest.approx(run.loss[-10:].mean(), rel=5e-3)


def test_a_peak_beyond_the_edge_is_told():
    instrument = draw_schedule()
    controls(instrument)["kind"].value, controls(instrument)["peak learning rate"].value = "constant", 0.2
    assert "the mean loss diverges" in words(instrument)


@pytest.mark.parametrize(
    "name, value",
    [
        ("kind", "constant"),
        ("peak learning rate", 0.02),
        ("warmup (% of the steps)", 30),
        ("floor (% of the peak)", 50),
    ],
)
def test_each_control_changes_picture_and_words(name, value):
    instrument = draw_schedule()
    before = picture(instrument), words(instrument)
    controls(instrument)[name].value = value
    assert picture(instrument) != before[0] and words(instrument) != before[1]


def test_a_schedule_of_one_step_at_a_time_is_drawn_as_one_of_all_steps():
    def own(step, total, peak):
        return 0.5 * peak * (1 + math.cos(math.pi * step / total)) if step < total else 0.0

    assert words(draw_schedule(cosine=own)) == words(draw_schedule())
