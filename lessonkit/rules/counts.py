"""Checks of single numbers that are not hyperparameters: counts, sizes, seeds."""

import math

import numpy as np

from lessonkit.rules.quantities import shown

MOST = 10**9  # of steps, units or examples; more would not fit into memory


def check_number(what, value):
    """A real number of any type as a Python float; TypeError if `value` is not one, ValueError if a float cannot hold it."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"{what} must be a number, got {shown(value)}")
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"{what} must be a number that a float can hold, got {shown(value)}") from None


def check_count(where, name, value, low=1, high=math.inf):
    """A whole number from `low` to `high` as a Python int; ValueError if `value` is not one."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < low:
        raise ValueError(f"{where}: {name} must be a whole number, {low} or more, got {shown(value)}")
    if value > high:
        raise ValueError(f"{where}: {name} must be a whole number, {high} at most, got {shown(value)}")
    return int(value)
