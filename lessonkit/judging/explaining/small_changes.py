"""Finds one small change of the rule's own source that gives the learner's numbers, where no formula was found."""

import ast
import functools

import numpy as np

from lessonkit.judging.mutants import mutants
from lessonkit.judging.traces import FAILS, trace_of


class Line(str):
    """The changed line of a source; as a reading of a quantity, what the quantity is computed with."""


class Slip(str):
    """What is wrong, in words, where more than one line is changed."""


def of_quantity(one, source, sign, name):
    """The changed Line that gives a state, or theta, in every step, or the Slip; None if there is none."""
    states = [one.got[each] for each in one.states]
    for words, text in _changed(source):
        try:
            after = one.after(text, states if name == "theta" and states else None, sign)
        except FAILS:
            continue
        if np.all(one.close(name, after[name] if name == "theta" else sign * after[name])):
            return _difference(source, words, text, name)
    return None


def of_calls(known, trace):
    """The changed Line that gives what came back from all calls; None if there is none."""
    for words, text in _changed(known.exercise.source):
        other = trace_of(text, known.probe)
        if other is not None and known.close(trace.values, other.values):
            return _difference(known.exercise.source, words, text, "")
    return None


@functools.lru_cache(maxsize=64)
def _changed(source):
    return mutants(source)


def _difference(source, words, text, name):
    """The line that differs, of a returned tuple only what comes back as `name`; the words if there are several lines."""
    before, after = (ast.unparse(ast.parse(each)).splitlines() for each in (source, text))
    different = [(old.strip(), new.strip()) for old, new in zip(before, after) if old != new]
    if len(before) != len(after) or len(different) != 1:
        return Slip(words)
    old, new = (ast.parse(line).body[0] if line.startswith("return") else line for line in different[0])
    if isinstance(new, str):
        return Line(new.replace("np.", ""))
    new, old = ([*map(ast.unparse, getattr(each.value, "elts", [each.value]))] for each in (new, old))
    place = 0 if name in ("theta", "") else old.index(name)
    return Line(new[place].replace("np.", ""))
