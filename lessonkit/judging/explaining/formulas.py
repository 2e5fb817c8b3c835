"""Finds the formula, out of many that people write, that gives the numbers of some calls."""

import numpy as np

FUNCTIONS = {
    "pi": np.pi,
    "__builtins__": {},
    **{
        name: getattr(np, name)
        for name in ("sqrt", "cos", "sin", "exp", "floor", "ceil", "round", "sign", "tanh", "abs")
    },
    "min": np.minimum,
    "max": np.maximum,
    "where": np.where,
    "clip": lambda g, low, high: np.minimum(np.maximum(g, low), high),
}


def found_in(formulas, got, arguments, where=None):
    """The first formula that gives these numbers, or None.

    Parameters
    ----------
    formulas : iterable of str
    got : array
    arguments : dict of name → array of that shape, or number
    where : array of bool, the calls that count; all if left out
    """
    where = np.ones(got.shape, dtype=bool) if where is None else where
    if not where.any():
        return None
    space = FUNCTIONS | {name: np.asarray(value, dtype=float)[where] for name, value in arguments.items()}
    wanted = got[where]
    with np.errstate(all="ignore"):
        for formula in formulas:
            if same(wanted, eval(formula, space)):  # our own formulas
                return formula
    return None


def same(got, expected):
    """Whether numbers are equal up to the order of the arithmetic."""
    with np.errstate(all="ignore"):
        good = np.abs(got - expected) <= 1e-9 * np.abs(expected) + 1e-13
    good &= np.isfinite(expected)
    return bool(np.all(good | (np.isnan(got) & np.isnan(expected)) | (got == expected)))
