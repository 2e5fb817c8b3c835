"""Puts a name to a number that a rule multiplies by: `1 - beta1`, `2 * lr`, `0.9`."""

import itertools
import re

import numpy as np

from lessonkit.judging.explaining.limits import applied, limited

NICE = [1, 2, 0.5, 3, 4, 5, 8, 10, 0.1, 0.25, 100, 0.01, 1000, 0.001, 16, 32, 1e4, 1e-4, 1 / 3]
CLOSE = 1e-7
ARGUMENTS = {"lr", "beta", "beta1", "beta2", "weight_decay"}  # to which people set limits
# What the factors are made of: (cost, formula). One of SIZES is multiplied by one of SHARES, with each beta for b.
SIZES = [
    (0, "1"),
    (1, "lr"),
    (1, "weight_decay"),
    (1, "eps"),
    (2, "t"),
    (2, "lr ** 2"),
    (2, "(1 - lr)"),
    (2, "lr * weight_decay"),
    (2, "lr * eps"),
    (2, "sqrt(eps)"),
    (2, "eps ** 2"),
    (2, "(1 - lr * weight_decay)"),
    (2, "(1 - weight_decay)"),
    (3, "(1 + weight_decay)"),
    (3, "lr * (1 + lr * weight_decay)"),
    (3, "lr * (1 + weight_decay)"),
    (3, "(1 - lr) * (1 - weight_decay)"),
    (3, "1 / (1 + lr * weight_decay)"),
    (3, "1 / (1 + weight_decay)"),
    (3, "1 / t"),
    (3, "lr / t"),
    (3, "1 / lr"),
    (3, "sqrt(lr)"),
    (3, "lr * t"),
    (3, "lr / sqrt(t)"),
    (3, "lr * sqrt(t)"),
    (3, "(1 - lr) * weight_decay"),
    (3, "weight_decay ** 2"),
    (3, "lr ** 2 * weight_decay"),
    (3, "lr * weight_decay * t"),
    (3, "lr ** 2 * eps"),
    (3, "lr * (1 - lr * weight_decay)"),
    (3, "lr * weight_decay * (2 - lr * weight_decay)"),
]
SHARES = [
    (1, "b"),
    (1, "(1 - b)"),
    (2, "(1 + b)"),
    (3, "(1 + b ** 2)"),
    (2, "b ** 2"),
    (2, "(1 - b) ** 2"),
    (2, "(1 - b ** 2)"),
    (2, "b * (1 - b)"),
    (2, "1 / (1 - b)"),
    (2, "b ** t"),
    (2, "(1 - b ** t)"),
    (2, "1 / (1 - b ** t)"),
    (2, "sqrt(1 - b ** t)"),
    (3, "b / (1 - b)"),
    (3, "1 / b"),
    (3, "b ** 3"),
    (3, "b ** 2 * (1 - b)"),
    (3, "(1 + b - b ** 2)"),
    (3, "(2 - b)"),
    (3, "(b - lr)"),
    (3, "(b + lr)"),
    (3, "sqrt(1 - b)"),
    (3, "sqrt(b)"),
    (3, "b / (1 - b ** t)"),
    (3, "(1 - b) / (1 - b ** t)"),
    (3, "(1 - b) ** t"),
    (3, "b * t"),
    (3, "(1 - b * t)"),
]
OF_BOTH = [
    (2, "beta1 * beta2"),
    (3, "(1 - beta1) * (1 - beta2)"),
    (3, "beta1 * (1 - beta2)"),
    (3, "beta2 * (1 - beta1)"),
    (3, "sqrt(1 - beta2 ** t) / (1 - beta1 ** t)"),
]


class Factors:
    """The factors that can be made from hyperparameters, each with its value in every group of steps.

    Parameters
    ----------
    hyper : dict of name → array, one value for each group

    Attributes
    ----------
    place : dict of text → row in `values`
    values : array of shape (factors, groups)
    """

    def __init__(self, hyper):
        betas = [name for name in hyper if name.startswith("beta")]
        shares = [
            (0, "1"),
            *((cost, re.sub(r"\bb\b", beta, text)) for beta in betas for cost, text in SHARES),
            *OF_BOTH,
        ]
        sizes, shares = _valued(SIZES, hyper), _valued(shares, hyper)
        found = [
            (cost + more, _product(size, share), value * number)
            for cost, size, value in sizes
            for more, share, number in shares
        ]
        found.sort(key=lambda each: each[0])
        self.costs, self.texts, values = zip(*found)
        self.values = np.array(values)
        self.place = {text: i for i, text in enumerate(self.texts)}

    def name(self, numbers, close=CLOSE):
        """The simplest factor with these numbers: (text, its numbers in every group, cost), or None if there is none.

        Parameters
        ----------
        numbers : array, one for each group, NaN where it is not known
        close : float, relative error that is allowed
        """
        known = np.isfinite(numbers)
        if known.sum() < 2:
            return None
        wanted = numbers[known]
        if not np.any(wanted):
            return "0", np.zeros_like(numbers), 0
        places, rows = np.flatnonzero(known), np.arange(len(self.values))
        with np.errstate(all="ignore"):
            for these in (places[[0, -1]], places):  # two groups rule most out
                ratios = numbers[these] / self.values[np.ix_(rows, these)]
                k = ratios[:, 0]
                same = np.all(np.abs(ratios - k[:, None]) <= close * np.abs(k)[:, None], axis=1)
                rows, k = rows[same], k[same]
        best = None
        for i, multiple in zip(rows, k):
            sign, multiple = np.sign(multiple), _typed(abs(multiple), close, digits=3 if self.texts[i] == "1" else 2)
            if multiple is None:
                continue
            cost = self.costs[i] + (0 if multiple == 1 else 1.5 if multiple in NICE else 2.5)
            if best is None or cost < best[2]:
                best = _multiplied(multiple, self.texts[i], sign < 0), sign * multiple * self.values[i], cost
        return best or self._limited(numbers)

    def _limited(self, numbers):
        """The name of an argument with a limit that has these numbers, as `name` gives it; None if there is none."""
        for argument, (sign, word) in itertools.product(ARGUMENTS & self.place.keys(), ((1, ""), (-1, "-"))):
            values = self.values[self.place[argument]]
            if form := limited(sign * numbers, values):
                return word + form.replace("{}", argument), sign * applied(form, argument, values), 4
        return None


def _valued(formulas, hyper):
    """(cost, formula, its value in every group) for each formula whose names are all hyperparameters."""
    ones = np.ones_like(next(iter(hyper.values())))
    space = {"sqrt": np.sqrt, "__builtins__": {}, **hyper}
    found = []
    with np.errstate(all="ignore"):
        for cost, text in formulas:
            try:
                found.append((cost, text, eval(text, space) * ones))  # our own formulas
            except NameError:  # a hyperparameter that this rule does not have
                continue
    return found


def _typed(number, close, digits):
    """A number that somebody may have typed, if it is one: of few digits."""
    for nice in [*NICE, float(f"{number:.{digits}g}")]:
        if abs(number - nice) <= close * nice:
            return nice
    return None


def _product(one, two):
    if "1" in (one, two):
        return two if one == "1" else one
    return f"{one} / {two[4:]}" if two.startswith("1 / ") else f"{one} * {two}"


def _multiplied(k, text, negative):
    if k != 1:
        text = f"{k:g}" if text == "1" else f"{k:g} * {text}"
    return f"-{text}" if negative else text
