"""The weights of the instrument are those of the loops; penalty and decay differ where theory says so."""

import numpy as np
import pytest
from instruments import controls, picture, words

from lessonkit import adam, adamw, sgd
from lessonkit.display.instruments import idle_weights, two_weights

pytestmark = pytest.mark.slow  # each draws


@pytest.mark.parametrize("rule", [sgd, adamw])
def test_decay_beside_the_step_takes_the_same_share_of_both_weights(rule):
    weights = idle_weights(rule, 1e-3, (1.0, 0.01), 1000, 200, weight_decay=0.1)
    # 200 copies that walk 1000 steps of at most 1e-3 are known to about 0.003
    assert weights[-1] == pytest.approx([(1 - 1e-4) ** 1000] * 2, abs=0.01)


def test_a_penalty_through_adam_takes_more_of_the_weight_with_small_gradients():
    large, small = idle_weights(adam, 1e-3, (1.0, 0.01), 1000, 50, l2=0.1)[-1]
    assert large > 0.88 and small < 0.4


def test_the_words_tell_where_the_weights_ended():
    instrument = two_weights(steps=50)
    controls(instrument)["rule"].value = "sgd"
    ends = [idle_weights(sgd, 0.003, (1.0, 0.01), 50, **how)[-1] for how in ({"l2": 0.1}, {"weight_decay": 0.1})]
    assert words(instrument) == (
        "sgd, learning rate 0.003, λ = 0.1, gradient of the second weight 0.01, after 50 steps. L2 penalty: first weight {:.2f}, second {:.2f}. "
        "Decoupled: first {:.2f}, second {:.2f}.".format(*np.ravel(ends))
    )


@pytest.mark.parametrize(
    "name, value", [("rule", "momentum"), ("learning rate", 0.01), ("λ", 0.5), ("gradient of the second weight", 0.1)]
)
def test_each_control_changes_picture_and_words(name, value):
    instrument = two_weights(steps=50)
    before = picture(instrument), words(instrument)
    controls(instrument)[name].value = value
    assert picture(instrument) != before[0] and words(instrument) != before[1]
