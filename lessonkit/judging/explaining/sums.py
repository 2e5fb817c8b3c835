"""Finds out that a quantity is a sum of a few others with factors: ``beta * v + lr * g``."""

import itertools

import numpy as np

from lessonkit.judging.explaining.factors import CLOSE
from lessonkit.judging.explaining.solving import may_solve, solved

FEW = 3  # bases, of which none needs to be ruled out quickly


class Sum(dict):
    """Terms of a sum: name of a quantity → (factor in words, its values in every group). Printed, it is the formula."""

    cost = 0.0

    def __str__(self):
        text = ""
        for name, (factor, _) in self.items():
            sign, size = ("-", factor[1:]) if factor.startswith("-") else ("+", factor)
            term = size if name == "1" else name if size == "1" else f"{size} * {name}"
            text += f" {sign} {term}" if text else (f"-{term}" if sign == "-" else term)
        return text or "0"


def as_sum(one, factors, target, bases, where=None):
    """The simplest sum that gives a quantity in all steps, or None.

    Parameters
    ----------
    one : OneStep
    factors : Factors
    target : array of shape (steps, entries)
    bases : list of dicts of name → array, the terms that the sum may have
    where : array of bool, the entries that count; all if left out
    """
    if one.lost.any():
        where = ~one.lost if where is None else where & ~one.lost
    counted = target if where is None else target[where]
    if not np.any(counted):
        return Sum()
    if not np.all(np.isfinite(counted)):
        return None
    best = None
    for size, group in itertools.groupby(sorted(bases, key=len), len):
        if best is not None and size > len(best):
            break  # with more terms, it would be the same sum and a 0
        for basis in _likely(one, target, list(group), where):
            if best is not None and best.cost <= 2:
                return best
            found = _named(one, factors, target, basis, where)
            if (
                found is not None
                and (best is None or found.cost < best.cost)
                and _holds(one, target, found, basis, where)
            ):
                best = found
    return best


def _likely(one, target, bases, where):
    """Those of some bases of one size that may give a quantity, judged by a few groups of steps."""
    for group in one.telling:
        if len(bases) <= FEW:
            break
        tables = np.array([[column[group] for column in basis.values()] for basis in bases]).swapaxes(1, 2)
        usable = np.isfinite(target[group]) & np.isfinite(tables).all(axis=2)
        if where is not None:
            usable &= where[group]
        may = may_solve(tables, target[group], usable, 2 * CLOSE)
        bases = list(itertools.compress(bases, may))
    return bases


def _named(one, factors, target, basis, where):
    """The sum of a basis that gives a quantity; None if there is none, or if one of its factors has no name."""
    numbers, found = _solved(one, target, list(basis.values()), where), Sum()
    for name, column in zip(basis, numbers.T if numbers is not None else ()):
        named = factors.name(column) or (_of_kept(factors, column) if name == "theta" else None)
        if named is None:
            return None
        if named[0] != "0":
            found[name] = named[:2]
            found.cost += named[2] + 1
    return found if numbers is not None else None


def _of_kept(factors, numbers):
    """The name of a factor of theta in its own step, where the factor of what is kept of theta has one: ``(lr - 1)``."""
    kept = factors.name(numbers + 1)
    return kept and (f"({kept[0]} - 1)", kept[1] - 1, kept[2] + 1)


def _solved(one, target, columns, where):
    """The factors of each column in each group, NaN where a group does not tell them; None if no factors fit."""
    found, seen = np.full((len(one.groups), len(columns)), np.nan), np.zeros(len(columns), dtype=bool)
    for row, group in reversed(list(enumerate(one.groups))):  # the first steps, whose states are 0, tell least
        table, wanted = np.array([column[group] for column in columns]).reshape(len(columns), -1).T, target[group]
        usable = np.isfinite(wanted) & np.isfinite(table).all(axis=1)
        if where is not None:
            usable &= where[group]
        table, wanted = table[usable], wanted[usable]
        sizes = np.abs(table).max(axis=0, initial=0)
        used = sizes > 0
        if len(wanted) <= used.sum() or not used.any():
            if len(wanted) and not used.any() and np.any(wanted):
                return None
            continue
        solution = solved(table[:, used], wanted)
        if solution is None:
            continue
        if np.any(np.abs(table[:, used] @ solution - wanted) > CLOSE * np.abs(wanted).max(initial=0) + 1e-300):
            return None
        shares = np.abs(solution) * sizes[used]
        found[row, used] = np.where(
            shares < 1e-8 * shares.max(), np.nan, solution
        )  # else too few of its digits are left
        seen |= used
    found[:, seen & np.isnan(found).all(axis=0)] = 0.0
    return found


def _holds(one, target, found, basis, where):
    """Whether the named sum gives the quantity in every step, those of small gradients included."""
    total, size = np.zeros_like(target), np.zeros_like(target)
    for name, (_, numbers) in found.items():
        term = one.spread(numbers) * basis[name]
        total, size = total + term, size + np.abs(term)
    room = 1e-7 * np.abs(total) + 1e-12 * size + 1e-15 * np.abs(np.nan_to_num(one.given["theta"])) + 1e-300
    good = (np.abs(total - target) <= room) | (np.isnan(total) & np.isnan(target))
    return bool(np.all(good if where is None else good[where]))
