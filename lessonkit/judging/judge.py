"""Compares what a function returns with what the rule, its conventions and its known mistakes return."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lessonkit.judging.asking import probe_of
from lessonkit.judging.explaining import explain
from lessonkit.judging.explaining.other_rules import CALLED, other_rule
from lessonkit.judging.matching import known_versions
from lessonkit.judging.rounding import rounding
from lessonkit.judging.verdict import Verdict
from lessonkit.rules.counts import check_count
from lessonkit.sandboxed.runner import Trouble, ask

HALF = 1e-5  # share of a step: about half of the digits
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
    for recognise in (
        _if_right,
        _if_no_numbers,
        _if_rounded,
        _if_known_mistake,
        _if_another_rule,
        _if_explained,
        _if_half_the_digits,
    ):
        verdict = recognise(exercise, known, outcome)
        if verdict is not None:
            return verdict
    return Verdict(
        exercise,
        False,
        "It computes something else than the rule.",
        first_difference=known.difference(outcome, known.rule),
        hints=_formula(exercise),
    )


def _if_right(exercise, known, trace):
    for convention, expected in known.right_versions(trace):
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


def _if_rounded(exercise, known, trace):
    how = rounding(known, trace)
    if not how:
        return None
    return Verdict(
        exercise,
        False,
        f"Here {how}. The inputs are float64: return all of their digits.",
        mistake="loses precision",
        question="Which line rounds, or makes a number of another type than it was given?",
        first_difference=known.difference(trace, known.rule),
        hints=_formula(exercise),
    )


def _if_known_mistake(exercise, known, trace):
    for convention, index in known.wrong_versions():
        if alternatives := known.matches(index, trace):
            return _named(exercise, known, trace, alternatives, convention)
    return None


def _if_another_rule(exercise, known, trace):
    other = other_rule(known, trace)
    if other is None:
        return None
    return Verdict(
        exercise,
        False,
        f"It computes {CALLED[other]}, where {exercise} is asked for.",
        mistake=f"is {CALLED[other]}",
        question=f"What does {exercise} do that this rule does not?",
        hints=_formula(exercise),
        first_difference=known.difference(trace, known.rule),
    )


def _if_explained(exercise, known, trace):
    said = explain(known, trace)
    if said is None or (said.mistake is None and _nearly(known, trace)):
        return None
    expected = next(right for other, right in known.right if other is said.convention)
    return Verdict(
        exercise,
        False,
        said.message + _beside(said.convention),
        mistake=said.mistake,
        question=said.question,
        hints=tuple(filter(None, [said.hint, *_formula(exercise)])),
        convention=said.convention.name if said.convention else None,
        first_difference=known.difference(trace, expected),
    )


def _nearly(known, trace):
    return bool(np.all(known.entries_agree(trace.values, known.rule.values, share=HALF)))


def _if_half_the_digits(exercise, known, trace):
    if not _nearly(known, trace):
        return None
    return Verdict(
        exercise,
        False,
        "It computes the rule to about six digits and no further: somewhere it rounds, calculates in float32, or adds a tiny "
        "number.",
        mistake="loses precision",
        question="Which line rounds, or makes a number of another type than it was given?",
        first_difference=known.difference(trace, known.rule),
        hints=_formula(exercise),
    )


def _named(exercise, known, trace, alternatives, convention):
    """The verdict that names a mistake, or several, of which no probe can tell which one it is."""
    expected = next(right for other, right in known.right if other is convention)
    told = list({mistake.name: mistake for mistake in alternatives}.values())
    return Verdict(
        exercise,
        False,
        " Or: ".join(mistake.why for mistake in told) + _beside(convention),
        mistake=" or ".join(sorted(mistake.name for mistake in told)),
        question=told[0].question,
        hints=(*told[0].hints, *_formula(exercise)),
        convention=convention.name if convention else None,
        first_difference=known.difference(trace, expected),
    )


def _beside(convention):
    return f" (Beside that: {convention.name}, which is fine.)" if convention is not None else ""


def _formula(exercise):
    """The formula of the rule, as a tuple of hints; the last hint of all."""
    import lessonkit
    from lessonkit.rules.formula import formula_of

    formula = formula_of(getattr(lessonkit, exercise))
    return (formula,) if formula else ()
