"""Finds the edit of a learner's own source that makes the first wrong quantity right, and tells the line that it is in."""

import ast
import functools
import itertools
import time
import warnings
from typing import NamedTuple

import numpy as np

from lessonkit.judging.explaining.formulas import same
from lessonkit.judging.explaining.one_step import OneStep
from lessonkit.judging.first_call import plain
from lessonkit.judging.repairing.culprit import culprit
from lessonkit.judging.repairing.edits import TESTS, TIERS, edits
from lessonkit.judging.repairing.source import written
from lessonkit.sandboxed.checks import Trouble
from lessonkit.sandboxed.runner import AROUND, play, silent

OF_A_LINE = 300  # more edits that are tried where the line is known already
WRONG = "a wrong number from right ones"  # where no small edit mends the line


class Repair(NamedTuple):
    """An edit of one line.

    line : str, as the learner wrote it
    kind : str, what kind of slip it mends: ``"brackets"``
    mended : str, the line after the edit; empty if it is not known
    """

    line: str
    kind: str
    mended: str


def repair(known, other, trace, convention, function, tries, seconds):
    """The Repair of a function that computes a wrong trace; None if none is found, or its source cannot be read.

    Parameters
    ----------
    known : KnownVersions
    other : KnownVersions
        Those of another seed, by which an edit has to be right too.
    trace : Trace
    convention : Convention or None
        The right version that it is held against.
    function : callable
        Its source is edited, and the edited function is called.
    tries : int
        The most edits that are tried.
    seconds : float
        The most time that is spent.
    """
    source = written(function)
    asked = source and _questions(known, trace, convention)
    if not asked:
        return None
    token = AROUND.set(silent)  # what an edited function prints is of no interest
    try:
        with silent(), np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an edit may warn of what the learner has not written
            again = _asked_again(other, source, convention)
            right = next(text for each, text in known.bases if each is convention)
            until = time.thread_time() + seconds
            if found := _searched(known, source, *asked, again, tries, until, (TESTS,), _is_test):
                return found
            blamed = culprit(source, right, known.probe.arguments, asked[0] if known.probe.runs else None, asked[1])
            if blamed is None:
                return _searched(known, source, *asked, again, tries, until)
            mine = tries + OF_A_LINE
            found = _searched(known, source, *asked, again, mine, until, TIERS, lambda each: each is blamed.statement)
            return found or _of_culprit(source, blamed)
    finally:
        AROUND.reset(token)


def _of_culprit(source, blamed):
    others = " and ".join(f"`{source.line(each)}`" for each in blamed.others if each is not blamed.statement)
    return Repair(source.line(blamed.statement), WRONG + (f", as in {others}" if others else ""), blamed.mended)


def _is_test(statement):
    return isinstance(statement, ast.If)


def _searched(known, source, result, questions, again, tries, until, tiers=TIERS, which=lambda statement: True):
    """The Repair that one edit makes, of the lines that feed the result; None if there is none. `which` tells which lines count."""
    for tier in tiers:
        found = {}
        for kind, statement, new, undo in _edited(known, source, result, tier, which):
            if kind not in found and _answers(source, questions) and _lasts(known, source, result) and again():
                found[kind] = source.line(statement), ast.unparse(new).split("\n")[0]
            undo()
            tries -= 1
            if tries <= 0 or time.thread_time() > until:
                break
        if found:
            line, mended = next(iter(found.values()))
            return Repair(line, " or ".join(kind for kind, (other, _) in found.items() if other == line), mended)
        if tries <= 0 or time.thread_time() > until:
            return None
    return None


def _asked_again(other, source, convention):
    """A function that tells whether the source, as it is edited then, also answers the questions of another seed.

    An edit that is right on the numbers of one probe only mends nothing.
    """
    try:
        asked = _questions(other, play(source.made(), other.probe), convention)
    except Trouble:
        asked = None
    return lambda: asked is None or (_answers(source, asked[1]) and _lasts(other, source, asked[0]))


def _edited(known, source, result, tier, which):
    """Make one edit after the other in the tree: (kind, statement, edited statement, function that takes the edit back)."""
    names = source.names()
    numbers = _hyper(known, source) if known.probe.runs else names
    for body, place in source.feeding(result):
        statement = body[place]
        if not which(statement):
            continue
        # In a rule's test another name, such as np.any(lr) for np.any(v), only makes it always true.
        usable = ([], []) if known.probe.runs and isinstance(statement, ast.If) else (names, numbers)
        for kind, new in edits(statement, *usable, tier, tests=not known.probe.runs):
            body[place] = new
            yield kind, statement, new, functools.partial(body.__setitem__, place, statement)
    if tier is not TIERS[1]:
        return
    for (body, place), (other, after) in itertools.pairwise(source.statements()):
        if other is body and after == place + 1 and not isinstance(body[after], ast.Return):
            first, second = body[place], body[after]
            if not (which(first) or which(second)):
                continue
            body[place], body[after] = second, first
            yield (
                f"the order of this line and the next one, `{source.line(second)}`",
                first,
                second,
                functools.partial(body.__setitem__, slice(place, place + 2), [first, second]),
            )


def _hyper(known, source):
    """What the learner calls the arguments of an update rule that are single numbers: the rate, β, t."""
    arguments = zip(source.function.args.args, known.probe.arguments)
    return [each.arg for each, name in arguments if name in known.probe.hyper]


def _lasts(known, source, result):
    """Whether the edited function, run on its own results, still has this result right: the states may be others now."""
    if not known.probe.runs:
        return True
    try:
        trace = play(source.made(), known.probe)
    except Trouble:
        return False
    if any(known.close(trace.values, right.values) for _, right in known.right):
        return True
    if any(trace.states[name] is None for name in known.probe.states):
        return False
    one = OneStep(known.probe, trace)
    name = ["theta", *one.states][result]
    return any(np.all(one.close(name, one.after(text)[name])) for _, text in known.bases)


def _answers(source, questions):
    """Whether the function, as it is edited now, gives what is expected in all questions."""
    try:
        function = source.made()
        for arguments, check in questions:
            returned = function(*[each.copy() if isinstance(each, np.ndarray) else each for each in arguments])
            if not check(returned):
                return False
    except KeyboardInterrupt:
        raise
    except BaseException:  # the edited code may raise anything
        return False
    return True


def _questions(known, trace, convention):
    """(number of the result that is wrong, list of (arguments, check of what comes back)); None if a state is not numbers."""
    if known.probe.runs:
        return _steps(known, trace, convention)
    expected, place, questions = known.version(convention), 0, []
    for arguments, size in zip(known.probe.calls, known.sizes()):
        should = expected.values[0, place : place + size]
        got = trace.values[0, place : place + size]
        place += size
        questions.append((not same(got, should), (_given(arguments), _check_of(known.probe.exercise, should))))
    questions.sort(key=lambda each: -each[0])  # those that are wrong now come first
    return 0, [each for _, each in questions]


def _given(arguments):
    first, *rest = arguments
    return [[each.copy() for each in first] if isinstance(first, list) else first, *rest]


def _check_of(exercise, should):
    def check(returned):
        if exercise == "clip_by_global_norm":
            grads, norm = returned
            returned = np.concatenate([*map(np.ravel, grads), np.ravel(norm)])
        return same(np.ravel(np.asarray(returned, dtype=float)), should)

    return check


def _steps(known, trace, convention):
    """The steps of a trace as questions, those first in which the first wrong quantity is wrong."""
    if any(trace.states[each] is None for each in known.probe.states):
        return None
    one = OneStep(known.probe, trace)
    source = next(text for each, text in known.bases if each is convention)
    after = one.after(source)
    results = ["theta", *one.states]
    wrong = [name for name in [*one.states, "theta"] if not np.all(one.close(name, after[name]))]
    if not wrong:
        return None
    name = wrong[0]
    kept = [(each, i) for i, each in enumerate(results) if each not in wrong]  # no edit may make these wrong
    number, questions = results.index(name), []
    shapes = [np.shape(theta) for run in known.probe.runs for theta in run.theta]
    for step in range(len(after["theta"])):
        for columns, shape in zip(one.tensors, shapes):
            at = step, columns
            arguments = [
                value[at].reshape(shape) if each in ("theta", "g", *one.states) else plain(value[step, columns.start])
                for each, value in one.given.items()
            ]
            if not all(np.all(np.isfinite(each)) for each in arguments):
                continue
            bad = not np.all(one.close(name, after[name])[at])
            questions.append((bad, (arguments, _step_check(one, [(name, number), *kept], after, at))))
    questions.sort(key=lambda each: -each[0])
    return number, [each for _, each in questions]


def _step_check(one, results, after, at):
    """A function that tells whether some results, given by name and number, are right in a step."""

    def check(returned):
        for name, number in results:
            mine = returned[number] if isinstance(returned, tuple) else returned
            full = after[name].copy()
            full[at] = np.ravel(mine)
            if not np.all(one.close(name, after[name], got=full)[at]):
                return False
        return True

    return check
