"""The bowl's instrument says what plain descent does in each direction; the marble's, how long it lingers."""

import re

import numpy as np
import pytest
from instruments import controls, picture, words

from lessonkit import descend, momentum, sgd
from lessonkit.display.instruments import marble, one_rate
from lessonkit.problems.surfaces import bowl, saddle

pytestmark = pytest.mark.slow  # each draws


@pytest.mark.parametrize(
    "rate, kappa, angle, fate",
    [
        (0.01, 50.0, 0, "converges"),
        (0.0195, 50.0, 30, "converges"),
        (0.02, 50.0, 0, "oscillates for ever"),
        (0.0205, 50.0, 90, "diverges"),
        (0.03, 10.0, 45, "converges"),
    ],
)
def test_the_words_tell_edge_factors_and_fate_as_the_walk_shows_them(rate, kappa, angle, fate):
    instrument = one_rate()
    for name, value in {"learning rate": rate, "condition number κ": kappa, "turned by (degrees)": angle}.items():
        controls(instrument)[name].value = value
    assert f"stability limit {1 / kappa:.4g}: {fate}." in words(instrument)
    along, across = map(float, re.search(r"leaves (\S+) of .* and (\S+) across", words(instrument)).groups())
    walk = descend(bowl(kappa), sgd, (1.0, 1.0), rate, 1)  # in the valley's own axes
    assert [along, across] == pytest.approx(np.abs(walk.theta[1]), abs=5e-4)


@pytest.mark.parametrize(
    "name, value",
    [
        ("learning rate", 0.02),
        ("condition number κ", 10.0),
        ("start x", 1.0),
        ("start y", 0.5),
        ("turned by (degrees)", 45),
    ],
)
def test_each_control_of_the_bowl_changes_picture_and_words(name, value):
    instrument = one_rate()
    before = picture(instrument), words(instrument)
    controls(instrument)[name].value = value
    assert picture(instrument) != before[0] and words(instrument) != before[1]


@pytest.mark.parametrize("offset, rate", [(1e-3, 0.1), (1e-9, 0.1), (1e-1, 0.3), (1e-15, 0.01)])
def test_the_marble_leaves_when_the_walk_does(offset, rate):
    instrument = marble()
    controls(instrument)["distance from the ridge"].value, controls(instrument)["learning rate"].value = offset, rate
    for rule in (sgd, momentum):
        far = np.abs(descend(saddle(), rule, (1.5, offset), rate, 200).theta[:, 1]) > 0.5
        told = f"has left after {np.argmax(far)} steps" if far.any() else "is still there"
        assert f"{rule.__name__} {told}" in words(instrument)
