"""A cloud says where its points are and how far they spread; its ellipse holds what a normal cloud should have there."""

import numpy as np
import pytest

from lessonkit.display.figures import cloud, ellipse

POINTS = np.random.default_rng(0).standard_normal((4000, 2)) @ np.array([[2.0, 0.5], [0.0, 0.3]]) + [1.0, -1.0]


def test_the_ellipse_of_two_deviations_holds_what_theory_gives_a_normal_cloud():
    inverse, centre = np.linalg.inv(np.cov(POINTS.T)), POINTS.mean(axis=0)
    distance = np.einsum("nd,de,ne->n", POINTS - centre, inverse, POINTS - centre)
    curve = ellipse(POINTS).T - centre
    assert np.einsum("nd,de,ne->n", curve, inverse, curve) == pytest.approx(np.full(100, 4.0))
    assert np.mean(distance < 4) == pytest.approx(1 - np.exp(-2), abs=0.02)  # of 4000 points, three deviations


def test_its_words_tell_middle_and_spread_of_each_cloud():
    figure = cloud({"a": [[0, 0], [2, 0], [0, 2], [2, 2]]}, "x", "y", title="T", centre=(0, 0))
    assert figure.alt == "T: clouds of points, y against x. a around (1, 1), spread 1 and 1."
    assert figure.png().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "points, words", [({}, "got none"), ({"a": [[1.0, 2.0]]}, "n of 3 or more"), ({"a": np.ones((5, 3))}, "shape")]
)
def test_what_is_no_cloud_is_refused(points, words):
    with pytest.raises(ValueError, match=words):
        cloud(points, "x", "y")
