"""Finds out what a rule that divides by a root of squares moves theta by: ``-lr * m_hat / (sqrt(v_hat) + eps)``.

The step is taken for ``-A / (slope * root + shift)``, with two unknown numbers in each group of steps. They hold the rate, both
corrections and ε, and are then read as near to the rule as can be.
"""

import itertools
import re
from typing import NamedTuple

import numpy as np

from lessonkit.judging.explaining.solving import may_solve, solved
from lessonkit.judging.explaining.sums import Sum

FITS = 1e-7
SURE = 1e-11  # share of a step that may be lost to rounding where the step is counted on
FEW = 3  # quotients, of which none needs to be ruled out quickly
LIKELY = 3  # what the usual numerator and root may cost: with less, no others are tried


class Quotient(NamedTuple):
    """A step of theta as a quotient, in words.

    extras : Sum, what else is added to theta
    fraction : str
    parts : dict of name → str: numerator, its correction, root, its correction, place and size of ε, rate
    numbers : tuple of arrays, the two corrections, the rate and ε in every group of steps
    """

    extras: Sum
    fraction: str
    parts: dict
    cost: float
    numbers: tuple

    def __str__(self):
        extras = str(self.extras) if self.extras else ""
        return self.fraction + (f" - {extras[1:]}" if extras.startswith("-") else f" + {extras}" if extras else "")


def as_quotient(one, factors, target, numerators, roots, extras, corrections):
    """The simplest quotient that gives a step of theta, or None.

    Parameters
    ----------
    one : OneStep
    factors : Factors
    target : array of shape (steps, entries), how far theta moves
    numerators, roots : dicts of name → array
    extras : list of Sum, what may be added beside the fraction
    corrections : function (name of a numerator or root) → dict of words → values in every group
    """
    best = None
    if np.isfinite(target).mean() < 0.3:
        return None
    usual = list(numerators.items())[:2], list(roots.items())[:2]
    likely = list(itertools.product(extras, *usual))
    for forms, tried, most in (
        (_roots, likely, LIKELY),
        (_roots, itertools.product(extras[:1], numerators.items(), roots.items()), np.inf),
        (_powers, [each for each in likely if {"1", "g"}.isdisjoint(each[0])], np.inf),
    ):
        for extra, (above, top), (below, square) in _likely(one, target, list(tried)) if forms is _roots else tried:
            moved = _without(one, target, extra)
            with np.errstate(all="ignore"):
                ratio = -top / moved
            for form, y, x in forms(one, ratio, square):
                line = _line(one, y, x, top, moved)
                if line is not None:
                    signs = np.sign(ratio[np.isfinite(ratio)])
                    sign = 1.0 if np.all(signs >= 0) else -1.0 if np.all(signs <= 0) else np.nan
                    found = _read(one, factors, form, line, sign, above, below, corrections, extra)
                    if (
                        found is not None
                        and (best is None or found.cost < best.cost)
                        and _holds(one, found, top, square, moved)
                    ):
                        best = found
            if best is not None and best.cost - best.extras.cost < 1:
                return best
        if best is not None and best.cost - best.extras.cost <= most:
            return best
    return None


def _holds(one, found, top, square, moved):
    """Whether a quotient gives the step of theta in all entries where both are numbers, those of single entries included."""
    of_top, of_mean, rate, guard = map(one.spread, found.numbers)
    form = found.parts["form"]
    with np.errstate(all="ignore"):
        mean = of_mean * square
        divisor = np.sqrt(mean + guard) if form == "inside" else mean ** _exponent(form) + guard
        step = -rate * of_top * top / divisor
        near = np.abs(step - moved) <= 1e-4 * np.abs(step) + 1e-13 * np.abs(one.given["theta"])
    return bool(np.all(near | ~np.isfinite(step) | ~np.isfinite(moved)))


def _without(one, target, extra):
    """How far theta moves without what is added beside the fraction."""
    terms = (one.spread(values) * (one.given[name] if name != "1" else 1) for name, (_, values) in extra.items())
    return target - sum(terms, 0.0)


def _likely(one, target, tried):
    """Those of (extra, numerator, root) that may give a step of theta in one of the forms, judged by a few groups of steps."""
    extras = {id(extra): extra for extra, *_ in tried}
    moved = {key: _without(one, target, extra) for key, extra in extras.items()}
    for group in one.telling:
        if len(tried) <= FEW:
            break
        tops, squares = (np.array([each[i][1][group] for each in tried]) for i in (1, 2))
        steps = np.array([moved[id(extra)][group] for extra, *_ in tried])
        theta = np.abs(one.given["theta"][group])
        with np.errstate(all="ignore"):
            ratio = -tops / steps
            sure = (tops != 0) & np.isfinite(ratio) & (ratio != 0) & (1e-15 * theta < SURE * np.abs(steps))
        may = np.zeros(len(tried), dtype=bool)
        for _, y, x in _roots(one, ratio, squares):
            usable = sure & np.isfinite(x) & np.isfinite(y) & (y != 0)
            known = np.where(usable, x, 0.0)
            flat = np.ptp(np.where(usable, x, known.max(axis=1, keepdims=True)), axis=1) <= 1e-6 * known.max(axis=1)
            with np.errstate(all="ignore"):
                tables = np.stack([x / y, 1 / y], axis=2)
            may |= flat | may_solve(tables, np.ones_like(y), usable, 2 * FITS)
        tried = list(itertools.compress(tried, may))
    return tried


def _roots(_, ratio, square):
    """The forms that a divisor may have: (name, what is a line of what)."""
    with np.errstate(all="ignore"):
        root = np.sqrt(square)
    return [("outside", ratio, root), ("inside", ratio**2, square), ("no root", ratio, square)]


def _powers(one, ratio, square):
    power = _power(one, ratio, square)
    if power is None:
        return []
    return [("power 1 / 3" if power == 1 / 3 else f"power {power:g}", ratio, square**power)]


def _power(one, ratio, square):
    """The power of the squares that a ratio is proportional to, if it is a number that somebody may type; None if it is not."""
    with np.errstate(all="ignore"):
        y, x = (np.log(one.by_group(values)) for values in (np.abs(ratio), square))
    usable = np.isfinite(y) & np.isfinite(x)
    order = np.argsort(np.where(usable, x, -np.inf), axis=1)  # the largest ones come last: ε is felt least there
    (y1, y2), (x1, x2) = (np.take_along_axis(each, order[:, -2:], axis=1).T for each in (y, x))
    least = np.where(usable, x, np.inf).min(axis=1)
    told = (usable.sum(axis=1) > 1) & (x2 - least > 0.1)
    with np.errstate(all="ignore"):
        slopes = ((y2 - y1) / (x2 - x1))[told]
    for slope in slopes:
        typed = min([round(slope, 2), 1 / 3, 0.125], key=lambda each: abs(each - slope))
        if typed not in (0, 0.5, 1) and np.sum(np.abs(slopes - typed) < 1e-5) >= 3:
            return float(typed)
    return None


def _line(one, y, x, top, moved):
    """Slope and shift in every group, where y is a line of x; NaN where a group does not tell them; None where it is no line."""
    slopes, shifts = np.full(len(one.groups), np.nan), np.full(len(one.groups), np.nan)
    for row, group in reversed(list(enumerate(one.groups))):
        wanted, given = y[group], x[group]
        known = (top[group] != 0) & np.isfinite(wanted) & np.isfinite(given) & (wanted != 0)
        theta = np.abs(one.given["theta"][group])
        if np.any(~known & np.isfinite(moved[group]) & (np.abs(moved[group]) > 1e-15 * theta + 1e-300)):
            return None  # something moves although the numerator is 0
        # The step is the difference of two nearby numbers, so its last digits are lost where theta is large.
        with np.errstate(all="ignore"):
            lost = 1e-15 * theta / np.abs(moved[group])
        sure = known & (lost < SURE)
        if sure.sum() < 3 or np.ptp(given[sure]) <= 1e-6 * given[sure].max():
            continue
        solution = solved(np.array([given[sure] / wanted[sure], 1 / wanted[sure]]).T, np.ones(sure.sum()))
        if solution is None:
            continue
        slope, shift = solution
        if abs(shift) <= 1e-9 * abs(slope) * given[sure].min():
            shift = 0.0
        missed = np.abs((slope * given[known] + shift) / wanted[known] - 1)
        if np.any(missed > FITS + 4 * lost[known]):
            return None
        slopes[row], shifts[row] = slope, shift
    return (slopes, shifts) if np.isfinite(slopes).sum() >= 4 else None


def _read(one, factors, form, line, sign, above, below, corrections, extra):
    """The line's numbers in words, as near to the rule as can be; None if they cannot be read."""
    known = np.isfinite(line[0])
    slopes, shifts = line[0][known], line[1][known]
    tops, means = corrections(above), corrections(below)
    of_top = np.array([value[known] for _, value in tops.values()])[:, None]
    of_mean = np.array([value[known] for _, value in means.values()])[None]
    with np.errstate(all="ignore"):
        if form == "inside":
            rates = sign * np.sqrt(of_mean / slopes) / of_top
        else:
            rates = of_mean ** _exponent(form) / slopes / of_top
        usual = np.array([factors.values[factors.place[text]][known] for text in RATES if text in factors.place])
        likely = np.isfinite(rates).all(axis=-1)
        for these in ([0, -1], slice(None)):  # two groups rule most out
            shares = rates[likely][:, None, these] / usual[:, these]
            alike = np.abs(shares - shares[..., :1]) <= 1e-6 * np.abs(shares[..., :1])
            likely[likely] = np.all(alike, axis=-1).any(axis=-1)
    best = None
    for i, j in np.argwhere(likely):
        (cm, (mcost, _)), (cv, (vcost, _)) = list(tops.items())[i], list(means.items())[j]
        rate = factors.name(_widened(rates[i, j], known))
        with np.errstate(all="ignore"):
            guards = shifts * (rates[i, j] * of_top[i, 0]) ** (2 if form == "inside" else 1)
        if np.any(shifts):  # a shift of 0 was too small to be told
            guards = np.where(shifts == 0, np.nan, guards)
        guard = factors.name(_widened(guards, known), close=1e-5)  # ε is felt by tiny gradients alone
        if rate is None or guard is None or rate[0] == "0":
            continue
        cost = mcost + vcost + _unlike(rate, "lr") + _unlike(guard, "eps") + extra.cost
        if best is None or cost < best.cost:
            parts = {
                "numerator": above,
                "numerator's correction": cm,
                "root of": below,
                "root's correction": cv,
                "form": form,
                "eps": guard[0],
                "rate": rate[0],
            }
            best = Quotient(extra, _fraction(parts), parts, cost, (tops[cm][1], means[cv][1], rate[1], guard[1]))
    return best


def _exponent(form):
    return eval(form.removeprefix("power ")) if form.startswith("power") else 0.5 if form == "outside" else 1  # ours


RATES = (
    "lr",
    "lr * sqrt(1 - beta2 ** t)",
    "lr * (1 - beta2 ** t)",
    "1",
    "lr ** 2",
    "lr * (1 - lr * weight_decay)",
    "eps",
    "weight_decay",
    "lr * weight_decay",
    "lr * (1 + lr * weight_decay)",
    "lr * (1 + weight_decay)",
    "sqrt(lr)",
    "lr / sqrt(t)",
    "lr / t",
    "lr * t",
)


def _widened(numbers, known):
    out = np.full(len(known), np.nan)
    out[known] = numbers
    return out


def _unlike(named, usual):
    return 0.0 if named[0] == usual else 1.0 + named[2]


def _fraction(parts):
    top = _corrected(parts["numerator"], parts["numerator's correction"])
    mean = _corrected(parts["root of"], parts["root's correction"])
    eps, form = parts["eps"], parts["form"]
    root = f"abs({mean.removesuffix(' ** 2')})" if re.fullmatch(r"\w+ \*\* 2", mean) else f"sqrt({mean})"
    sign, eps = ("-", eps[1:]) if eps.startswith("-") else ("+", eps)
    if eps == "0":
        without = mean if mean.isidentifier() else f"({mean})"
        divisor = (
            root
            if form in ("outside", "inside")
            else without
            if form == "no root"
            else f"{without} ** {_bracketed(form)}"
        )
    elif form == "inside":
        divisor = f"sqrt({mean} {sign} {eps})"
    elif form.startswith("power"):
        divisor = f"({mean} ** {_bracketed(form)} {sign} {eps})"
    else:
        divisor = f"({root} {sign} {eps})" if form == "outside" else f"({mean} {sign} {eps})"
    rate = parts["rate"]
    sign, rate = ("", rate[1:]) if rate.startswith("-") else ("-", rate)
    return f"{sign}{top} / {divisor}" if rate == "1" else f"{sign}{rate} * {top} / {divisor}"


def _bracketed(form):
    power = form.removeprefix("power ")
    return f"({power})" if " " in power or power.startswith("-") else power


def _corrected(name, correction):
    if not correction:
        return name
    if inside := re.fullmatch(r"(abs|sum|mean)\((\w+)\)", name):
        return f"{inside[1]}({_corrected(inside[2], correction)})"
    return f"{name}_hat" if correction == "hat" else f"({name}{correction})"
