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
from lessonkit.rules.registry import of_kind

pytestmark = pytest.mark.slow  # each draws


def expected(kind, peak, warmup, floor, steps=200):
    """The rates, written out anew for whole arrays."""
    step, ramp = np.arange(steps), round(warmup / 100 * steps)
    later = np.maximum(step - ramp, 0)
    cosine = (1 + np.cos(np.pi * later / (steps - ramp))) / 2
    last = 1 / 25 / 1e4  # of one_cycle, in peaks
    fall = {
        "constant": np.ones(steps),
        "step decay": 0.1 ** (later // ((steps - ramp) // 2)),
        "cosine": cosine,
        "warmup cosine": cosine,
        "warmup linear": (steps - step) / (steps - ramp),
        "inverse sqrt": np.sqrt(ramp / np.maximum(step, 1)),
        "one cycle": last + (1 - last) * cosine,
        "warmup stable decay": np.minimum(1, (steps - step) / 40),
    }[kind]
    rise = step / max(ramp, 1)
    if kind == "one cycle":
        rise = 1 / 25 + (24 / 25) * (1 - np.cos(np.pi * rise)) / 2
    return peak * np.where(step < ramp, rise, np.maximum(fall, floor / 100))


@pytest.mark.parametrize(
    "kind, peak, warmup, floor",
    [
        ("cosine", 0.05, 10, 0),
        ("constant", 0.01, 0, 0),
        ("step decay", 0.05, 20, 0),
        ("cosine", 0.1, 0, 30),
        ("step decay", 0.05, 50, 100),
        ("warmup cosine", 0.05, 10, 20),
        ("warmup linear", 0.05, 30, 0),
        ("warmup linear", 0.05, 0, 10),
        ("inverse sqrt", 0.05, 10, 0),
        ("one cycle", 0.1, 30, 5),
        ("warmup stable decay", 0.05, 10, 0),
        ("warmup stable decay", 0.05, 50, 40),
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


def test_every_schedule_of_the_course_is_offered_that_needs_no_losses():
    offered = controls(draw_schedule(steps=5, copies=2))["kind"].options
    assert set(offered) == {name.replace("_", " ") for name in of_kind("schedule") if name != "plateau"}


@pytest.mark.parametrize("steps", [1, 2, 3, 5])
@pytest.mark.parametrize("warmup", [0, 10, 50])
def test_each_kind_is_drawn_at_any_length_and_warmup(steps, warmup):
    instrument = draw_schedule(steps=steps, copies=2).set({"warmup (% of the steps)": warmup})
    for kind in controls(instrument)["kind"].options:
        assert re.match(f"{kind}, peak learning rate 0.05, warmup {warmup}% ", words(instrument.set({"kind": kind})))
        assert len(instrument.picture.frame) > 0


def test_a_name_that_no_schedule_has_is_refused_with_those_there_are():
    with pytest.raises(TypeError, match=r"no schedule is called 'cosin'; there are constant, .*warmup_stable_decay"):
        draw_schedule(cosin=math.cos)


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
