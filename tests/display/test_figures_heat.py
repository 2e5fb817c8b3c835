"""A map says what was measured, and where it is lowest."""

import numpy as np
import pytest

from lessonkit.display.figures import heat

X, Y = np.array([1.0, 2.0, 3.0]), np.array([10.0, 20.0])
VALUES = np.array([[0.5, 0.2, 1.5], [0.9, np.inf, np.nan]])


def test_its_words_give_the_lowest_place_and_how_much_lies_beyond():
    figure = heat(VALUES, X, Y, "rate", "β", "factor", [0.4, 0.8, 1.0], title="A map", marks={"here": (2.0, 10.0)})
    assert figure.alt == (
        "A map: factor over rate and β, lowest (0.2) at (2, 10); 50% of the map is at 1 or above. "
        "Marked: here at (2, 10)."
    )
    assert figure.png().startswith(b"\x89PNG")


def test_its_level_lines_carry_their_numbers_so_that_it_reads_without_colour():
    smooth = np.add.outer(np.linspace(0, 1, 20), np.linspace(0, 1, 20))
    (axes,) = heat(smooth, np.arange(20.0), np.arange(20.0), "x", "y", "sum", [0.5, 1.0]).figure.axes
    assert {text.get_text() for text in axes.texts} == {"0.5", "1.0"}


def test_values_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"shape \(len\(y\), len\(x\)\) = \(2, 3\), got \(3, 2\)"):
        heat(VALUES.T, X, Y, "x", "y", "z", [0, 1])
