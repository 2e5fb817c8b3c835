"""Compares what a function returns with what the rule, its conventions and its known mistakes return."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from lessonkit.judging.asking import probe_of
from lessonkit.judging.first_call import first_call
from lessonkit.judging.held_against import held_against
from lessonkit.judging.matching import known_versions
from lessonkit.judging.recognising import RECOGNISERS, formula
from lessonkit.judging.repairing.repair import repair
from lessonkit.judging.verdict import Verdict
from lessonkit.rules.counts import check_count
from lessonkit.sandboxed.runner import Trouble, ask

# The most edits of the learner's own source that are tried, and the most seconds: few if the mistake has a name already.
NAMED, UNNAMED = (100, 0.5), (10_000, 0.7)


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
    outcome = ask(function, probe_of(exercise, seed))
    verdict = verdict_on(exercise, outcome, seed)
    if verdict.passed or isinstance(outcome, Trouble):
        return verdict
    with np.errstate(all="ignore"):
        known, convention = held_against(known_versions(exercise, seed), outcome, verdict.convention)
    effort = NAMED if verdict.mistake and not verdict.place_only else UNNAMED
    return replace(
        verdict,
        call=first_call(known, outcome, convention, function),
        repair=repair(known, known_versions(exercise, seed + 1), outcome, convention, function, *effort),
    )


def verdict_on(exercise, outcome, seed=0):
    """The verdict on the outcome of a function on the probe of a seed: a Trace, or a Trouble where it failed."""
    if isinstance(outcome, Trouble):
        return Verdict(exercise, False, str(outcome), mistake=outcome.name, error=outcome.failure)
    known = known_versions(exercise, seed)
    with np.errstate(all="ignore"):  # a learner's numbers may be of any size
        said = next(filter(None, (recognise(known, outcome) for recognise in RECOGNISERS)))
    if said.get("passed"):
        return Verdict(exercise, **said)
    with np.errstate(all="ignore"):
        against, convention = held_against(known, outcome, said.get("convention"))
    return Verdict(
        exercise,
        False,
        **said | {"hints": (*said.get("hints", ()), *formula(exercise))},
        first_difference=against.difference(outcome, against.version(convention)),
    )
