"""Judges a test that a learner wrote: it must accept the right versions of a rule and reject most wrong ones."""

import contextlib
from collections.abc import Callable

import numpy as np

from lessonkit.judging.asking import check_exercise
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.verdict import Verdict
from lessonkit.judging.versions import changed, compiled
from lessonkit.sandboxed.runner import Silence

ENOUGH = 0.75  # share of the wrong versions that a test must reject


def check_tests(test: Callable[..., object], exercise: str) -> Verdict:
    """Try a test on right and wrong versions of a rule.

    Parameters
    ----------
    test : function (candidate) → None
        Calls the candidate, and raises, as `assert` does, where it is wrong.
    exercise : str
        Name of the kernel that the candidates should compute.

    Returns
    -------
    Verdict
        Passed where every right version is accepted and three of four wrong ones are rejected.

    Raises
    ------
    ValueError
        No exercise of that name.

    Examples
    --------
    >>> import numpy as np
    >>> from lessonkit import check_tests
    >>> def test(clip_by_value):
    ...     assert clip_by_value(np.array([5.0, -5.0, 0.5]), 1.0).tolist() == [1.0, -1.0, 0.5]
    >>> check_tests(test, "clip_by_value").passed
    True
    """
    check_exercise(exercise)
    if not callable(test):
        return Verdict(
            exercise,
            False,
            f"Expected a function that takes the candidate; got {type(test).__name__}.",
            mistake="not a function",
        )
    right, wrong = versions(exercise)
    return verdict_on_tests(exercise, {name: _error_of(test, text) for name, text in (right | wrong).items()})


def versions(exercise):
    """The right and the wrong versions of a rule, on which a test is tried: two dicts of name → source."""
    source, conventions, mistakes = EXERCISES[exercise]
    right = {"the rule itself": source} | {each.name: changed(source, each.change) for each in conventions}
    wrong = {each.name: changed(source, each.change) for each in mistakes}
    return right, {name: text for name, text in wrong.items() if text}


def verdict_on_tests(exercise, errors):
    """The verdict on a test. `errors` says what it raised on each version: name → exception or None."""
    right, wrong = versions(exercise)
    for name in right:
        error = errors[name]
        if isinstance(error, NotImplementedError):
            return Verdict(
                exercise,
                False,
                "Write the test in place of the line `raise NotImplementedError`.",
                mistake="is not written yet",
            )
        if error:
            return Verdict(
                exercise,
                False,
                f"Your test stops at a right version ({name}): {type(error).__name__} {error}".rstrip() + ".",
                mistake="rejects a right version",
                question="Does your test ask for more digits, or for another form, than the rule promises?",
            )
    missed = [name for name in wrong if errors[name] is None]
    count = f"Your test rejects {len(wrong) - len(missed)} of {len(wrong)} wrong versions"
    if len(missed) <= (1 - ENOUGH) * len(wrong):
        return Verdict(
            exercise,
            True,
            f"{count}, and accepts all {len(right)} right ones."
            + (f" Still passing: {'; '.join(missed)}." if missed else ""),
        )
    return Verdict(
        exercise,
        False,
        f"{count}; {ENOUGH:.0%} are asked for.",
        mistake="lets wrong versions pass",
        question=f"For which input does a function that {missed[0]} give another result than the rule?",
        hints=(
            "Try inputs below, at and above the limit, zero, and both signs.",
            f"These pass: {'; '.join(dict.fromkeys(missed[:4]))}.",
        ),
    )


def _error_of(test, source):
    with contextlib.redirect_stdout(Silence()), contextlib.redirect_stderr(Silence()), np.errstate(all="ignore"):
        try:
            test(compiled(source))
        except (Exception, SystemExit) as error:
            return error
