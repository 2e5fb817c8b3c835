"""A range test is read as it was run: the rates climb evenly, the smoothing is Adam's, the runs are those given."""

from types import SimpleNamespace

import numpy as np
import pytest
from instruments import controls, picture, words

from lessonkit import sgd, train
from lessonkit.display.instruments import climbing, lowest, range_test, smoothed
from lessonkit.problems.data import digits
from lessonkit.problems.networks import mlp

pytestmark = pytest.mark.slow  # each draws


def test_the_rates_climb_by_the_same_factor_from_end_to_end():
    rates = climbing(1e-3, 10, 41)(np.arange(41))
    assert [rates[0], rates[-1]] == pytest.approx([1e-3, 10])
    assert rates[1:] / rates[:-1] == pytest.approx(np.full(40, 10 ** (4 / 40)))


@pytest.mark.parametrize("beta", [0.0, 0.9])
def test_the_smoothed_loss_is_the_weighted_mean_of_the_losses_so_far(beta):
    losses = np.array([2.0, 1.0, 4.0, 3.0])
    for t in range(1, 5):
        assert smoothed(losses, beta)[t - 1] == pytest.approx(
            np.average(losses[:t], weights=float(beta) ** np.arange(t)[::-1])
        )


def test_the_lowest_point_is_looked_for_where_the_losses_are_finite():
    test = SimpleNamespace(lr=np.array([0.1, 1.0, 10.0, 100.0]), loss=np.array([2.0, 1.0, 3.0, np.nan]))
    assert lowest(test, 0.0) == 1.0


@pytest.fixture(scope="module")
def recorded():
    data, net = digits(), mlp([64, 16, 10])
    return train(net, data, sgd, climbing(1e-3, 30, 90), epochs=2), {
        rate: train(net, data, sgd, rate, epochs=2) for rate in (0.01, 0.3, 30.0)
    }


def test_the_words_tell_the_lowest_point_and_the_run_of_the_rate_picked(recorded):
    test, runs = recorded
    instrument = range_test(test, runs)
    assert f"lowest at a learning rate of {lowest(test):.2g}" in words(instrument)
    for rate, end in (
        (0.01, f"{runs[0.01].train_loss[-1]:.2f}"),
        (0.3, f"{runs[0.3].train_loss[-1]:.2f}"),
        (30.0, "no lower than at the start"),
    ):
        controls(instrument)["learning rate"].value = rate
        assert f"Picked learning rate {rate:g}: after 2 epochs the loss is {end}." in words(instrument)


@pytest.mark.parametrize("name, value", [("smoothing β", 0.5), ("learning rate", 0.3)])
def test_each_control_changes_picture_and_words(recorded, name, value):
    instrument = range_test(*recorded)
    before = picture(instrument), words(instrument)
    controls(instrument)[name].value = value
    assert picture(instrument) != before[0]
    if name == "learning rate":
        assert words(instrument) != before[1]


def test_without_runs_it_says_what_it_needs(recorded):
    with pytest.raises(ValueError, match="rate → Training"):
        range_test(recorded[0], {})
