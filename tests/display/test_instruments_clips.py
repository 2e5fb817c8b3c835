"""The clips' instruments say what the clips do, and show the runs they are given."""

import math
import re

import numpy as np
import pytest
from instruments import controls, picture, words

from lessonkit import clip_by_global_norm, clip_by_value, sgd, train
from lessonkit.display.instruments import clips, thresholds
from lessonkit.problems.data import sunspots
from lessonkit.problems.networks import rnn

pytestmark = pytest.mark.slow  # each draws


@pytest.mark.parametrize("x, y, c", [(12, 4, 5.0), (-12, 4, 5.0), (3, 4, 5.0), (3, 4, 4.5), (-0.5, -15, 0.5)])
def test_the_words_tell_both_clips_and_the_angle(x, y, c):
    instrument, g = clips(), np.array([x, y], float)
    for name, value in {"gradient, x": x, "gradient, y": y, "threshold c": c}.items():
        controls(instrument)[name].value = value
    for how, clipped in {"value": clip_by_value(g, c), "norm": clip_by_global_norm([g], c)[0][0]}.items():
        told = re.search(rf"By {how}: \((.+?), (.+?)\), (.+?)(?:\. By|\.$)", words(instrument))
        assert [float(told[1]), float(told[2])] == pytest.approx(clipped, abs=0.005)
        turned = math.degrees(math.acos(min(1, g @ clipped / np.linalg.norm(g) / np.linalg.norm(clipped))))
        if np.array_equal(g, clipped):
            assert told[3] == "as it was"
        else:
            assert f"norm {np.linalg.norm(clipped):.2f}" in told[3]
            assert float(re.search(r"by (.+)°", told[3])[1]) == pytest.approx(turned, abs=0.06)


@pytest.mark.parametrize("name", ["gradient, x", "gradient, y", "threshold c"])
def test_each_control_of_the_clips_changes_the_picture(name):
    instrument = clips()
    before = picture(instrument)
    controls(instrument)[name].value = 2.0
    assert picture(instrument) != before


@pytest.fixture(scope="module")
def runs():
    net, data = rnn(16, 1.5), sunspots(20)
    return {c: train(net, data, sgd, lr=0.3, epochs=3, seed=2, clip_norm=c) for c in (0.1, 1.0, None)}


def test_the_threshold_picks_its_run(runs):
    instrument = thresholds(runs)
    assert words(instrument).startswith("threshold c = inf, not clipped: ") and "the run is ruined" in words(instrument)
    pictures = {picture(instrument)}
    for c in (0.1, 1.0):
        controls(instrument)["threshold c"].value = c
        pictures.add(picture(instrument))
        cut, end = np.mean(runs[c].norm > c), runs[c].train_loss[-1]
        assert words(instrument).startswith(f"threshold c = {c:g}, clipped in {cut:.0%} of the steps: ")
        assert f"norm {runs[c].norm.max():.3g}" in words(instrument) and f"training loss of {end:.3f}" in words(
            instrument
        )
    assert len(pictures) == 3


def test_without_runs_it_says_what_it_needs():
    with pytest.raises(ValueError, match="threshold → Training"):
        thresholds({})
