"""The map of momentum's rate and β holds what theory says of quadratics; the velocities are the kernel's."""

import numpy as np
import pytest
from instruments import controls, picture, words

from lessonkit import descend, momentum, replay
from lessonkit.display.instruments import contraction_map, rates_map, velocities
from lessonkit.problems.surfaces import bowl

pytestmark = pytest.mark.slow  # each draws


def theory(rate, beta, curvatures):
    """Spectral radius of heavy ball on a quadratic: of [[1 + β − rate λ, −β], [1, 0]], the worst curvature λ."""
    return max(max(abs(np.linalg.eigvals([[1 + beta - rate * c, -beta], [1, 0]]))) for c in curvatures)


@pytest.mark.parametrize(
    "rate, beta", [(0.0196, 0.0), (0.01, 0.5), (0.02, 0.8), (0.035, 0.9), (0.03, 0.2), (0.025, 0.2), (0.001, 0.95)]
)
def test_a_point_of_the_map_is_the_factor_of_the_linear_recursion(rate, beta):
    found = contraction_map(bowl(50), momentum, [rate], [beta])[0, 0]
    assert found == pytest.approx(theory(rate, beta, (2, 100)), rel=0.005)  # a swinging walk is met near its crest


def test_what_leaves_the_floats_is_infinite():
    assert contraction_map(bowl(50), momentum, [1e6], [0.0])[0, 0] == np.inf


def test_the_words_tell_the_factor_and_the_arrival():
    instrument = rates_map(steps=100)
    controls(instrument)["learning rate"].value, controls(instrument)["β"].value = 0.03, 0.57
    run = descend(bowl(50), momentum, lr=0.03, beta=0.57)
    assert f"loss below one millionth after {run.steps_to(1e-6):.0f} steps" in words(instrument)
    controls(instrument)["β"].value = 0.3
    assert "it never arrives" in words(instrument)


@pytest.mark.parametrize(
    "make, name, value",
    [(rates_map, "learning rate", 0.02), (rates_map, "β", 0.5), (velocities, "step", 2), (velocities, "β", 0.5)],
)
def test_each_control_changes_picture_and_words(make, name, value):
    instrument = make()
    before = picture(instrument), words(instrument)
    controls(instrument)[name].value = value
    assert picture(instrument) != before[0] and words(instrument) != before[1]


def test_the_velocities_are_those_of_the_kernel_and_their_average():
    instrument = velocities()
    for step, v in enumerate(replay([2.0, 1.8, 1.5, -0.5, -0.5, -0.5], momentum).state["v"][1:, 0], 1):
        controls(instrument)["step"].value = step
        assert f"velocity summed {v:.4g}, averaged {0.1 * v:.4g}." in words(instrument)
