"""Finds one small change of the rule's own source that gives the learner's numbers, where no formula was found."""

import ast
import functools

import numpy as np

from lessonkit.judging.mutants import mutants
from lessonkit.judging.traces import trace_of

FAILS = (ArithmeticError, LookupError, NameError, TypeError, ValueError)


class Line(str):
    """The changed line of a source; as a reading of a quantity, what the quantity is computed with."""


def of_quantity(one, source, sign, name):
    """The changed Line that gives a state, or theta, in every step; None if there is none."""
    states = [one.got[each] for each in one.states]
    for text in _changed(source):
        try:
            after = one.after(text, states if name == "theta" and states else None, sign)
        except FAILS:
            continue
        if np.all(one.close(name, after[name] if name == "theta" else sign * after[name])):
            return _difference(source, text, name)
    return None


def of_calls(known, trace):
    """The changed Line that gives what came back from all calls; None if there is none."""
    for text in _changed(known.exercise.source):
        other = trace_of(text, known.probe)
        if other is not None and known.close(trace.values, other.values):
            return _difference(known.exercise.source, text, "")
    return None


@functools.lru_cache(maxsize=64)
def _changed(source):
    return [text for _, text in mutants(source)]


def _difference(source, text, name):
    """The first line that differs; of a returned tuple only theta."""
    before, after = (ast.unparse(ast.parse(each)).splitlines() for each in (source, text))
    line = next((new for old, new in zip(before, after) if old != new), after[-1]).strip()
    returned = ast.parse(line).body[0] if line.startswith("return") else None
    if returned is not None and name == "theta" and isinstance(returned.value, ast.Tuple):
        line = ast.unparse(returned.value.elts[0])
    return Line(line.removeprefix("return ").replace("np.", ""))
