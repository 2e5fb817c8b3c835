"""Finds out that a quantity is limited, has a floor, or is set to 0 where it is small, whatever number was typed for the limit."""

import numpy as np

from lessonkit.judging.explaining.formulas import FUNCTIONS

LEAST = 0.1  # share of the numbers that must be left as they are, so that they tell what is limited


def limited(got, ours):
    """What was done to numbers by a limit, as a formula with braces for them; empty if nothing was.

    Parameters
    ----------
    got, ours : arrays of one shape, what came back and what should have; NaN does not count
    """
    known = np.isfinite(got) & np.isfinite(ours)
    got, ours = got[known], ours[known]
    left = np.abs(got - ours) <= 1e-7 * np.abs(ours)
    if left.all() or left.mean() < LEAST or not np.any(ours[left]):
        return ""
    size = np.abs(got[~left]).max()
    if size == 0:
        return _zeroed(np.abs(ours[~left]).max(), np.abs(ours[left & (ours != 0)]).min())
    k = float(f"{size:.4g}")
    if abs(k - size) > 1e-7 * size:
        return ""
    both = {f"clip({{}}, -{k:g}, {k:g})": np.clip(ours, -k, k)} if np.any(ours < 0) else {}
    forms = both | {
        f"min({{}}, {k:g})": np.minimum(ours, k),
        f"max({{}}, {k:g})": np.maximum(ours, k),
        f"max({{}}, -{k:g})": np.maximum(ours, -k),
    }
    return next((form for form, value in forms.items() if np.all(np.abs(got - value) <= 1e-7 * np.abs(value))), "")


def applied(form, name, values):
    """The numbers after a limit that `limited` found."""
    return eval(form.replace("{}", name), FUNCTIONS | {name: values})  # our own formula


def _zeroed(largest, least):
    """The formula of numbers of which those up to some size are 0; empty if a larger one is 0 too."""
    if largest >= least:
        return ""
    return f"where(abs({{}}) > {between(largest, least):g}, {{}}, 0)"


def between(low, high):
    """A number between two, of as few digits as can be: the one that somebody may have typed."""
    powers = 10.0 ** np.arange(-12, 4)
    round_ones = [k * power for k in (1, 5, 2) for power in powers if low <= k * power < high]
    return round_ones[0] if len(round_ones) else float(f"{(low + high) / 2:.2g}")
