"""Real data, small enough to ship. `SOURCES.md` beside this file says where each file comes from and its licence."""

import csv
import gzip
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from lessonkit.loop import check_count


class Split(NamedTuple):
    """Inputs and targets, to learn from and to check on.

    Attributes
    ----------
    x_train, x_val : arrays of floats, one row an example
    y_train, y_val : arrays, one entry an example
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_val: np.ndarray
    y_val: np.ndarray


def digits():
    """Handwritten digits: 1797 images of 8 × 8 pixels, every fifth kept for validation.

    Of each digit 26 to 48 are kept, 133 to 154 are learned from.

    Returns
    -------
    Split
        x: float64, shape (n, 64), ink from 0 to 1, row by row; y: int, shape (n,), the digit. New arrays at each call.

    References
    ----------
    Alpaydin & Kaynak (1998), Optical recognition of handwritten digits, UCI, doi:10.24432/C50P49, CC BY 4.0.

    Examples
    --------
    >>> data = digits()
    >>> data.x_train.shape, data.x_val.shape, data.y_train[:4].tolist()
    ((1437, 64), (360, 64), [1, 2, 3, 4])
    """
    with (files(__package__) / "digits.csv.gz").open("rb") as packed, gzip.open(packed, "rt") as lines:
        table = np.array(list(csv.reader(lines)), dtype=float)
    x, y = table[:, :-1] / 16, table[:, -1].astype(int)
    held_out = np.arange(len(x)) % 5 == 0
    return Split(x[~held_out], y[~held_out], x[held_out], y[held_out])


def sunspots(window=50):
    """The yearly number of sunspots from 1700 to 2008, cut into windows whose next year is to be predicted.

    Parameters
    ----------
    window : int from 1 to 200
        Years in a window.

    Returns
    -------
    Split
        x: float64, shape (n, window), spots in hundreds, oldest first; y: float64, shape (n,), the year after. Years
        before 1950 are to be predicted in training, those from 1950 in validation.

    Raises
    ------
    ValueError
        A window that is no whole number from 1 to 200.

    References
    ----------
    Yearly mean sunspot numbers, National Geophysical Data Center (NOAA), public domain.

    Examples
    --------
    >>> data = sunspots(window=3)
    >>> data.x_train[0].tolist(), float(data.y_train[0])
    ([0.05, 0.11, 0.16], 0.23)
    """
    if check_count("sunspots", "window", window) > 200:
        raise ValueError(f"sunspots: window must be at most 200 years, got {window}; the record has 309")
    with (files(__package__) / "sunspots.csv").open(encoding="ascii") as lines:
        rows = list(csv.reader(lines))[1:]
    year, spots = np.array(rows, dtype=float).T
    x, y = np.lib.stride_tricks.sliding_window_view(spots / 100, window)[:-1], spots[window:] / 100
    early = year[window:] < 1950
    return Split(x[early], y[early], x[~early], y[~early])
