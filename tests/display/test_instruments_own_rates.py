"""The bars are the rates that the kernels used; words and picture follow every control."""

import numpy as np
import pytest
from instruments import controls, picture, words

from lessonkit import adagrad, adam, descend, replay, rmsprop, sgd
from lessonkit.display.instruments import effective_rates, own_rates
from lessonkit.problems.surfaces import bowl

pytestmark = pytest.mark.slow  # each draws


@pytest.mark.parametrize("rule", [adagrad, rmsprop, sgd])
@pytest.mark.parametrize("shape", [(5, 2), (5, 2, 3)])
def test_an_effective_rate_times_the_gradient_is_the_step_that_was_made(rule, shape):
    gradients = np.random.default_rng(0).standard_normal(shape)
    run = replay(gradients, rule, lr=lambda step: 0.1 / (1 + step))
    np.testing.assert_allclose(effective_rates(run) * run.g, -np.diff(run.theta, axis=0), rtol=1e-9)


def test_another_epsilon_is_another_rate():
    run = replay([[3.0]], adagrad, lr=1.0, eps=1.0)
    assert effective_rates(run, eps=1.0) == pytest.approx(1 / 4)


def test_the_rates_of_a_rule_with_another_state_are_refused():
    with pytest.raises(ValueError, match=r"expected a run by adagrad, rmsprop or sgd, got <Run of adam.* state m, v"):
        effective_rates(replay([1.0], adam))


@pytest.mark.parametrize("rule, unequal", [(adagrad, True), (rmsprop, True), (sgd, False)])
def test_the_words_tell_the_rates_of_the_last_step_and_by_how_much_they_differ(rule, unequal):
    instrument = own_rates()
    controls(instrument)["learning rate"].value = 0.01
    controls(instrument)["rule"].value = rule.__name__
    run = descend(bowl(50), rule, lr=0.01, steps=30)
    x, y = effective_rates(run)[-1]
    how = f"that of x is {x / y:.3g} times the other" if unequal else "one for both"
    assert words(instrument) == (
        f"{rule.__name__}, learning rate 0.01, valley turned by 0°, step 30: effective rates {x:.3g} for x, "
        f"{y:.3g} for y, {how}; loss {run.loss[-1]:.3g}."
    )


def test_in_a_valley_turned_half_way_x_and_y_get_nearly_the_same_rate():
    instrument = own_rates()
    controls(instrument)["turned by (degrees)"].value = 45
    x, y = effective_rates(descend(bowl(50, 45), adagrad, lr=0.5, steps=30))[-1]
    assert max(x, y) / min(x, y) < 1.5 and f"{x:.3g} for x, {y:.3g} for y" in words(instrument)


def test_a_run_that_flies_apart_is_said_to_have_diverged():
    instrument = own_rates(steps=100)
    for name, value in (("rule", "sgd"), ("learning rate", 3.0), ("step", 100)):
        controls(instrument)[name].value = value
    assert "diverged" in words(instrument) or "e+" in words(instrument)


@pytest.mark.parametrize(
    "name, value", [("rule", "rmsprop"), ("learning rate", 0.1), ("turned by (degrees)", 30), ("step", 3)]
)
def test_each_control_changes_picture_and_words(name, value):
    instrument = own_rates()
    before = picture(instrument), words(instrument)
    controls(instrument)[name].value = value
    assert picture(instrument) != before[0] and words(instrument) != before[1]
