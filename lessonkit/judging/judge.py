"""Compares what a function returns with what the rule, its conventions and its known mistakes return."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lessonkit.judging.asking import probe_of
from lessonkit.judging.matching import known_versions
from lessonkit.judging.verdict import Verdict
from lessonkit.rules.counts import check_count
from lessonkit.sandboxed.runner import Trouble, ask

FINITE = 8  # finite numbers that a trace must have before a mistake is named


def judge(exercise: str, function: Callable[..., Any], seed: int = 0) -> Verdict:
    """Decide whether a function computes a rule; if not, which mistake it makes.

    Parameters
    ----------
    exercise : str
        Name of the kernel that the function should compute: ``"adam"``.
    function : function
        Takes the kernel's arguments by position, in the kernel's order; schedules are asked one step at a time.
    seed : int, 0 or more
        Draws the numbers on which the function is tried.

    Returns
    -------
    Verdict
        Also where the function raises. A function that never ends is not stopped here; in a grader the sandbox does it.

    Raises
    ------
    ValueError
        No exercise of that name, or a seed that is no whole number of 0 or more.

    Examples
    --------
    >>> from lessonkit import judge
    >>> judge("sgd", lambda theta, g, lr: theta + lr * g).mistake
    'goes uphill'
    """
    seed = check_count("judge", "seed", seed, 0)
    return verdict_on(exercise, ask(function, probe_of(exercise, seed)), seed)


def verdict_on(exercise, outcome, seed=0):
    """The verdict on the outcome of a function on the probe of a seed: a Trace, or a Trouble where it failed."""
    if isinstance(outcome, Trouble):
        return Verdict(exercise, False, str(outcome), mistake=outcome.name, error=outcome.failure)
    known = known_versions(exercise, seed)
    for recognise in (_if_right, _if_no_numbers, _if_known_mistake, _if_half_the_digits):
        verdict = recognise(exercise, known, outcome)
        if verdict is not None:
            return verdict
    return Verdict(
        exercise,
        False,
        "Compare the two numbers below: compute that step by hand.",
        first_difference=known.difference(outcome, known.rule),
        hints=_formula(exercise),
    )


def _if_right(exercise, known, trace):
    for convention, expected in known.right:
        if known.close(trace.values, expected.values):
            if convention is None:
                return Verdict(exercise, True, "")
            return Verdict(exercise, True, convention.conversion, convention=convention.name)
    return None


def _if_no_numbers(exercise, known, trace):
    if np.isfinite(trace.values).sum() >= FINITE:
        return None
    return Verdict(
        exercise,
        False,
        "Nearly all that comes back is NaN or infinite: something is divided by zero, or a root "
        "taken of a negative number.",
        mistake="gives no numbers",
        hints=_formula(exercise),
        question="Call it once by hand: in which line does the first NaN appear?",
    )


def _if_known_mistake(exercise, known, trace):
    for convention, index in known.wrong_versions():
        alternatives = known.matches(index, trace)
        if alternatives:
            return _named(exercise, known, trace, alternatives, convention)
    for index in known.double_changes(trace):
        alternatives = known.matches(index, trace)
        if alternatives:
            return _named(exercise, known, trace, alternatives, None)
    return None


def _if_half_the_digits(exercise, known, trace):
    if not np.allclose(trace.values, known.rule.values, rtol=1e-5, atol=1e-7, equal_nan=True):
        return None
    return Verdict(
        exercise,
        False,
        "It computes the rule, but with half of the digits: somewhere it calculates in float32.",
        mistake="loses precision",
        question="Which line makes a number of another type than it was given?",
        first_difference=known.difference(trace, known.rule),
    )


def _named(exercise, known, trace, alternatives, convention):
    """The verdict that names one mistake, two at once, or several of which no probe can tell which one it is."""
    expected = next(right for other, right in known.right if other is convention)
    first = alternatives[0]
    told = [each for each in first if not isinstance(each, str)]
    if len(first) == 1 and told:  # several mistakes may have the same trace: name all of them
        told = list({mistake.name: mistake for (mistake,) in alternatives}.values())
        name = " or ".join(sorted(mistake.name for mistake in told))
    else:
        name = " and ".join(sorted(each if isinstance(each, str) else each.name for each in first))
    found = ["Found by changing the rule until it computed what yours does."] if len(told) < len(first) else []
    words = {
        "mistake": name,
        "message": " ".join([*(mistake.why for mistake in told), *found]),
        "question": told[0].question if told else "Look there: what did you mean to write?",
        "hints": (*(told[0].hints if told else ()), *_formula(exercise)),
    }
    if convention is not None:
        words["message"] += f" (Beside that: {convention.name}, which is fine.)"
    return Verdict(
        exercise,
        False,
        convention=convention.name if convention else None,
        first_difference=known.difference(trace, expected),
        **words,
    )


def _formula(exercise):
    """The formula of the rule, as a tuple of hints; the last hint of all."""
    import lessonkit
    from lessonkit.rules.formula import formula_of

    formula = formula_of(getattr(lessonkit, exercise))
    return (formula,) if formula else ()
