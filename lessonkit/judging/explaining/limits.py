"""Finds out that a quantity is limited, has a floor, or is set to 0 where it is small, whatever number was typed for the limit."""

import numpy as np

from lessonkit.judging.explaining.formulas import FUNCTIONS

RANGE = ", for a k between "  # all that the numbers tell of a limit below which they are 0
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
    formula, _, ends = form.replace("{}", name).partition(RANGE)
    k = np.sqrt(np.prod([float(end) for end in ends.split(" and ")])) if ends else None
    return eval(formula, FUNCTIONS | {name: values, "k": k})  # our own formula


def _zeroed(largest, least):
    """The formula of numbers of which those up to some size are 0; empty if a larger one is 0 too."""
    ends = [float(f"{end:.3g}") for end in (largest, least)]
    if not largest < np.sqrt(ends[0] * ends[1]) < least:
        return ""
    return f"where(abs({{}}) > k, {{}}, 0){RANGE}{ends[0]:g} and {ends[1]:g}"
