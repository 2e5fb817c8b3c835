"""Instruments answer every control, in the picture and in words, with what the loops themselves give."""

import math
import re
import warnings
from functools import partial
from types import SimpleNamespace

import ipywidgets as widgets
import numpy as np
import pytest
from instruments import controls, picture, words

from lessonkit import adam, descend, momentum, replay, sgd
from lessonkit.display.instruments import inside_adam, valley
from lessonkit.display.instruments.valley import fate
from lessonkit.display.widgets.controls import ladder, round_numbers, slider
from lessonkit.problems.surfaces import beale, bowl, flat_region, rosenbrock, saddle
from lessonkit.rules.ablations import adam_uncorrected

pytestmark = pytest.mark.slow  # each draws


def told(run):
    return f"loss {run.loss[0]:.3g} → {run.loss[-1]:.3g} after {run.steps} steps"


@pytest.fixture
def instrument():
    return valley()


def test_the_valley_tells_what_descend_gives(instrument):
    expected = [
        f"{name}: {told(descend(bowl(50), rule, (-4.0, 1.0), rate, 60))}"
        for name, rule, rate in (("sgd", sgd, 0.019), ("momentum", momentum, 0.004), ("adam", adam, 0.2))
    ]
    assert words(instrument) == f"bowl, κ = 50. {'; '.join(expected)}."


@pytest.mark.parametrize(
    "control, value, surface, start, rate, steps",
    [
        ("steps", 7, bowl(50), (-4, 1), 0.019, 7),
        ("condition number κ", 3.0, bowl(3.0), (-4, 1), 0.019, 60),
        ("start x", 2.5, bowl(50), (2.5, 1), 0.019, 60),
        ("start y", -1.5, bowl(50), (-4, -1.5), 0.019, 60),
        ("learning rate of sgd", 0.005, bowl(50), (-4, 1), 0.005, 60),
        ("ground", "saddle", saddle(), saddle().start, 0.019, 60),
        ("ground", "flat region", flat_region(), flat_region().start, 0.019, 60),
        ("ground", "Rosenbrock", rosenbrock(), rosenbrock().start, 0.019, 60),
        ("ground", "Beale", beale(), beale().start, 0.019, 60),
    ],
)
def test_each_control_of_the_valley_moves_its_picture_and_its_words(
    instrument, control, value, surface, start, rate, steps
):
    before = picture(instrument)
    controls(instrument)[control].value = value
    run = descend(surface, sgd, start, rate, steps)
    assert words(instrument).startswith(f"{surface.name}. sgd: {told(run)}")
    assert picture(instrument) != before


def test_a_rule_of_the_learners_that_is_called_like_a_schedule_has_a_rate_to_start_with():
    def cosine(theta, g, lr):
        return theta - lr * g

    assert controls(valley(cosine))["learning rate of cosine"].value == 0.1


def test_turning_the_valley_takes_the_start_along_and_sgd_does_not_notice(instrument):
    before = words(instrument)
    controls(instrument)["turned by (degrees)"].value = 30
    assert f"adam: {told(descend(bowl(50, 30), adam, bowl(50, 30).start, 0.2, 60))}" in words(instrument)
    sgd_and_momentum = re.compile(r"sgd: .*?; momentum: .*?;")
    assert sgd_and_momentum.search(words(instrument))[0] == sgd_and_momentum.search(before)[0]
    assert (
        words(instrument).startswith("bowl, κ = 50, turned by 30°")
        and words(instrument).split("adam")[1] != before.split("adam")[1]
    )


@pytest.mark.parametrize("label, value", [("turned by (degrees)", 30), ("ground", "Beale")])
def test_what_moves_the_start_too_draws_once(instrument, label, value):
    drawn, draw = [], instrument.draw
    instrument.draw = lambda: drawn.append(1) or draw()
    controls(instrument)[label].value = value
    assert len(drawn) == 1
    drawn.clear()
    instrument.set({"ground": "bowl", "turned by (degrees)": 45, "steps": 7})
    assert len(drawn) == 1


def test_on_another_ground_the_controls_of_the_bowl_rest(instrument):
    now = controls(instrument)
    now["ground"].value = "Beale"
    assert now["condition number κ"].disabled and now["turned by (degrees)"].disabled
    now["ground"].value = "bowl"
    assert not now["condition number κ"].disabled and (now["start x"].value, now["start y"].value) == (-4, 1)


def test_a_rule_that_is_switched_off_leaves_picture_and_words(instrument):
    before = picture(instrument)
    for name in ("sgd", "momentum"):
        controls(instrument)[name].value = False
    assert words(instrument).startswith("bowl, κ = 50. adam: loss") and "sgd" not in words(instrument)
    assert picture(instrument) != before
    controls(instrument)["adam"].value = False
    assert words(instrument) == "bowl, κ = 50. No rule chosen."


def test_a_rate_that_is_too_large_is_said_without_a_warning(instrument):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        controls(instrument)["learning rate of sgd"].value = 0.03
        assert (
            f"sgd: {told(descend(bowl(50), sgd, lr=0.03, steps=60))} (diverges: the learning rate is too large)"
            in words(instrument)
        )
        controls(instrument)["steps"].value = 200
        controls(instrument)["learning rate of sgd"].value = 3.0
        assert "(diverges: the learning rate is too large)" in words(instrument)


@pytest.mark.parametrize(
    "loss, diverges",
    [
        ([1.0, 2.0], True),
        ([1.0, 1.1, 1.2, 1.3], True),
        ([1.0, 3.0, 2.0, 9.0, 4.0, 27.0, 8.0], True),
        ([1.0, 0.5, 0.2, 0.1], False),
        ([1.0, 9.0, 3.0, 2.0, 2.0], False),
    ],
)
def test_a_loss_that_jumped_up_and_falls_again_is_not_said_to_diverge(loss, diverges):
    run = SimpleNamespace(loss=np.array(loss), diverged=False)
    assert fate(run) == (" (diverges: the learning rate is too large)" if diverges else "")


def test_every_start_of_a_ground_fits_its_sliders(instrument):
    now = controls(instrument)
    for name, surface in (
        ("saddle", saddle()),
        ("flat region", flat_region()),
        ("Rosenbrock", rosenbrock()),
        ("Beale", beale()),
    ):
        now["ground"].value = name
        assert (now["start x"].value, now["start y"].value) == surface.start


def test_a_learners_rule_walks_beside_ours_and_a_partial_says_what_it_fixes():
    def mine(theta, g, lr):
        return theta - lr * np.sign(g)

    instrument = valley(mine, partial(momentum, beta=0.6), momentum, steps=30)
    rates = [name for name in controls(instrument) if name.startswith("learning rate")]
    assert rates == ["learning rate of mine", "learning rate of momentum, beta = 0.6", "learning rate of momentum"]
    assert controls(instrument)["steps"].value == 30
    assert f"mine: {told(descend(bowl(50), mine, lr=0.1, steps=30))}" in words(instrument)
    assert f"beta = 0.6: {told(descend(bowl(50), momentum, lr=0.1, steps=30, beta=0.6))}" in words(instrument)


def test_what_a_learners_rule_raises_is_said_and_the_instrument_goes_on():
    def fragile(theta, g, lr):
        if lr > 0.5:
            raise RuntimeError("a <b> too fast")
        return theta - lr * g

    instrument = valley(fragile)
    controls(instrument)["learning rate of fragile"].value = 1.0
    assert "RuntimeError: a <b> too fast" == words(instrument) and instrument.picture.frame == b""
    controls(instrument)["learning rate of fragile"].value = 0.01
    assert words(instrument).startswith("bowl, κ = 50. fragile: loss") and instrument.picture.frame


def test_what_a_rule_does_wrong_is_explained_also_where_no_kernel_runs():
    def forgetful(theta, g, lr):
        return theta - lr * g if lr < 0.5 else None

    instrument = valley(forgetful).set({"learning rate of forgetful": 0.5})
    assert "expected 1 array back (theta), got None" in words(instrument)
    assert "expected 1 array back" in instrument._repr_mimebundle_()["text/html"]


def test_inside_adam_tells_what_the_kernels_do():
    instrument = inside_adam()
    now = controls(instrument)
    for t, noise in ((1, 0.0), (12, 0.0), (60, 2.5)):
        now["step t"].value, now["noise (standard deviation)"].value, now["bias correction"].value = t, noise, True
        g = 1 + noise * np.random.default_rng(0).standard_normal(60)
        run, bare = replay(g, adam, lr=0.01), replay(g, adam_uncorrected, lr=0.01)
        m, v = run.state["m"][t, 0], run.state["v"][t, 0]
        step = (run.theta[t - 1, 0] - run.theta[t, 0]) / 0.01
        said = (
            f"step t = {t}, noise {noise:g}: g = {g[t - 1]:.3f}, m = {m:.4f}, v = {v:.6f}, m̂ = {m / (1 - 0.9**t):.4f}, "
            f"v̂ = {v / (1 - 0.999**t):.4f}; step of adam = {step:.3f} α."
        )
        assert words(instrument) == said
        now["bias correction"].value = False
        assert words(instrument).endswith(
            f"step without correction = {(bare.theta[t - 1, 0] - bare.theta[t, 0]) / 0.01:.3f} α."
        )


def test_without_correction_the_first_step_is_said_to_be_three_times_the_rate():
    instrument = inside_adam()
    controls(instrument)["step t"].value, controls(instrument)["bias correction"].value = 1, False
    assert words(instrument).endswith(f"= {0.1 / math.sqrt(0.001):.3f} α.")


def test_each_control_of_inside_adam_moves_its_picture():
    instrument = inside_adam(steps=20)
    seen = {picture(instrument)}
    for name, value in (("step t", 9), ("noise (standard deviation)", 3.0), ("bias correction", False)):
        controls(instrument)[name].value = value
        seen.add(picture(instrument))
    assert len(seen) == 4


def test_a_short_run_inside_adam_starts_at_its_last_step():
    assert words(inside_adam(steps=2)).startswith("step t = 2, ")


@pytest.mark.parametrize(
    "make, title",
    [
        (valley, "Instrument: paths down a valley: sgd, momentum, adam"),
        (inside_adam, "Instrument: inside Adam: moments and steps"),
    ],
)
def test_an_instrument_stores_a_still_picture_with_words_and_the_same_text_whatever_its_controls_say(make, title):
    instrument = make()
    for control in controls(instrument).values():
        if isinstance(control, widgets.IntSlider):
            control.value += 1
    shown = instrument._repr_mimebundle_()
    assert shown["text/plain"] == repr(instrument) == title
    assert re.search(r'<img alt="[^"]{60,}"', shown["text/html"]) and words(instrument) in shown["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in shown


def test_on_a_turned_valley_the_path_starts_where_the_pointer_dragged_it():
    instrument = valley(sgd, steps=5)
    instrument.set({"turned by (degrees)": 30})
    screen = instrument.screen
    right, above = screen.axes.transData.transform((1.5, 2.0)) / screen.figure.bbox.size
    instrument.picture.pointer = [right, 1 - above]
    (path,) = screen.moving
    assert path.get_xydata()[0] == pytest.approx((1.5, 2.0), abs=0.1)


def test_a_slider_of_whole_numbers_counts_and_all_move_while_they_are_dragged():
    count, share, rate = slider("n", 3, 1, 5, 1), slider("x", 3.0, 1, 5, 0.1), ladder("rate", 0.019, [0.1, 0.001])
    assert isinstance(count, widgets.IntSlider) and isinstance(share, widgets.SelectionSlider)
    assert (len(share.options), share.options[0], share.options[-1]) == (41, ("1", 1.0), ("5", 5.0))
    assert count.continuous_update and share.continuous_update and rate.continuous_update


def test_a_ladder_holds_exactly_its_values_in_order():
    rate = ladder("rate", 0.019, [0.1, 0.001, 0.019])
    assert rate.options == (("0.001", 0.001), ("0.019", 0.019), ("0.1", 0.1)) and rate.value == 0.019


def test_round_numbers_are_evenly_spread_and_read_short():
    numbers = round_numbers(1e-4, 3)
    assert (numbers[0], numbers[-1]) == (1e-4, 3) and {0.019, 0.02, 0.021, 0.004, 0.5, 1.0} <= set(numbers)
    ratios = np.divide(numbers[1:], numbers[:-1])
    assert ratios.min() > 1.02 and ratios.max() < 1.07 and all(len(f"{number:.3g}") <= 8 for number in numbers)
