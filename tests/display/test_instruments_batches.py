"""The instrument's cloud and floor are those of the sunspots' own minibatches."""

import re

import numpy as np
import pytest
from instruments import controls, picture, words

from lessonkit import descend, sgd
from lessonkit.display.instruments import batches, spots_of_two_years
from lessonkit.problems.data import sunspots
from lessonkit.problems.noise import sampled

pytestmark = pytest.mark.slow  # each draws


def test_the_two_years_are_those_of_the_record():
    x, y = spots_of_two_years()
    data = sunspots(2)
    both = np.concatenate([data.x_train, data.x_val])
    assert x.shape == (307, 2) and x + both.mean() == pytest.approx(both)
    assert np.array_equal(x[1:, 1], y[:-1]), "the last year of a window is the year after the window before"


@pytest.mark.parametrize("size, rate", [(8, 0.3), (1, 1.0), (64, 0.1)])
def test_the_words_tell_the_spread_and_the_floor_that_were_drawn(size, rate):
    instrument = batches()
    controls(instrument)["batch size"].value, controls(instrument)["learning rate"].value = size, rate
    first, second, floor = map(
        float, re.search(r"spread by (\S+) and (\S+); .* hovers (\S+) above", words(instrument)).groups()
    )
    x, y = spots_of_two_years()
    surface = sampled(x, y, size)
    middle = np.array(surface.minimum)
    points = surface.gradient(np.tile(middle[:, None], 200)).T
    assert [first, second] == pytest.approx(points.std(axis=0), abs=6e-5)
    run = descend(surface, sgd, np.tile(middle[:, None], 10), rate, 300)
    assert floor == pytest.approx((run.loss.mean(axis=1)[150:] - surface(middle)).mean(), rel=0.06)


@pytest.mark.parametrize("name, value", [("batch size", 32), ("learning rate", 1.0)])
def test_each_control_changes_picture_and_words(name, value):
    instrument = batches()
    before = picture(instrument), words(instrument)
    controls(instrument)[name].value = value
    assert picture(instrument) != before[0] and words(instrument) != before[1]
