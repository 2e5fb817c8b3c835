"""Judges a test that a learner wrote: it must accept the right versions of a rule and reject most wrong ones."""

import inspect
import linecache
import sys
import textwrap
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.check import Heard, watched
from lessonkit.judging.items.spaces import SPACES, check_known, printed
from lessonkit.judging.items.spaces import versions as versions_of
from lessonkit.judging.items.tracing import with_mistake
from lessonkit.judging.reading_tests import foreign_import, lacking, names_from_elsewhere
from lessonkit.judging.stale import stale
from lessonkit.judging.verdict import Verdict
from lessonkit.judging.versions import changed, compiled
from lessonkit.sandboxed.checks import Trouble
from lessonkit.sandboxed.remedies import remedy
from lessonkit.sandboxed.runner import Failure, no_function, where, without_input

NAMES = ("NameError", "AttributeError", "ImportError", "ModuleNotFoundError")  # raised after an import that failed
ENOUGH = 0.75  # share of the wrong versions that a test must reject


class Raised(NamedTuple):
    """The exception that a test has raised on a version.

    kind : str, the name of its type
    message : str, empty if it is not known, as in grading
    """

    kind: str
    message: str = ""


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
    check_known(exercise)
    form = f"test_{exercise}({exercise})"
    if trouble := no_function(test, f"test_{exercise}", form):
        return Verdict(exercise, False, str(trouble), mistake=trouble.name)
    if told := stale(test, 1, f'check_tests({{}}, "{exercise}")'):
        return Verdict(exercise, False, told, mistake="is still the function from before")
    source, cell = _source_of(test), _cell_of(test)
    if elsewhere := names_from_elsewhere(test, source, cell):
        return Verdict(exercise, False, elsewhere[1], mistake=elsewhere[0])
    right, wrong = versions(exercise)
    heard = Heard()
    try:
        with watched(heard):
            errors = {each: _error_of(test, text) for each, text in (right | wrong).items()}
    except Trouble as trouble:
        return Verdict(exercise, False, str(trouble), mistake=trouble.name)
    except KeyboardInterrupt:
        return Verdict(exercise, False, "You stopped the check.", mistake="stopped")
    finally:
        heard.show()
    return verdict_on_tests(exercise, errors, cell or source)


def versions(exercise):
    """The right and the wrong versions of a rule, on which a test is tried: two dicts of name → source.

    Of a rule that the course does not have, all versions are right, and the first one is what has the mistakes.
    """
    if exercise not in EXERCISES:
        right = {"; ".join(each.words): each.source for each in versions_of(exercise).values()}
        mistaken = ((each.name, with_mistake(printed(exercise), each.name)) for each in SPACES[exercise].mistakes)
        return right, {name: text for name, text in mistaken if text}
    source, conventions, mistakes = EXERCISES[exercise]
    right = {"the rule itself": source} | {each.name: _version(source, each.change) for each in conventions}
    wrong = {each.name: _version(source, each.change) for each in mistakes}
    return right, {name: text for name, text in wrong.items() if text}


def _version(source, change):
    """A changed source; None if a part that should be changed is not in it."""
    try:
        return changed(source, change)
    except ValueError:
        return None


def verdict_on_tests(exercise, errors, source=""):
    """The verdict on a test.

    Parameters
    ----------
    errors : dict
        What the test raised on each version: name → Raised or None.
    source : str
        The test; it tells why it lets wrong versions pass.
    """
    right, wrong = versions(exercise)
    for name in right:
        if error := errors[name]:
            return _stops(exercise, name, error, source)
    missed = [name for name in wrong if errors[name] is None]
    count = f"Your test rejects {len(wrong) - len(missed)} of {len(wrong)} wrong versions"
    if len(missed) <= (1 - ENOUGH) * len(wrong):
        return Verdict(
            exercise,
            True,
            f"{count}, and accepts all {len(right)} right ones."
            + (f" Still passing: {'; '.join(missed)}." if missed else ""),
        )
    if len(missed) == len(wrong) and (why := lacking(source, exercise)):
        return Verdict(exercise, False, f"{count}. {why[1]}", mistake=why[0])
    return Verdict(
        exercise,
        False,
        f"{count}; {ENOUGH:.0%} are asked for.",
        mistake="lets wrong versions pass",
        question=f"For which input does a function that {missed[0]} give another result than the rule?",
        hints=(
            "Try inputs below, at and above each limit, zero, both signs, and more than one step.",
            f"These pass: {'; '.join(dict.fromkeys(missed[:4]))}.",
        ),
    )


def _stops(exercise, version, error, source):
    """The verdict on a test that stops at a right version."""
    if error.kind == "NotImplementedError":
        return Verdict(
            exercise,
            False,
            "Write the test in place of the line `raise NotImplementedError`.",
            mistake="is not written yet",
        )
    if error.kind in NAMES and (told := foreign_import(source)):
        return Verdict(exercise, False, told[1], mistake=told[0])
    if error.kind != "AssertionError":
        advice = remedy(Failure(error.kind, error.message, None, "")) or "Call the rule by itself with these inputs."
        return Verdict(
            exercise,
            False,
            f"Your test stops with {error.kind} at a right version ({version}), before an assertion fails: {error.message}".rstrip(
                ": "
            )
            + f". {advice}",
            mistake="stops with an error",
            question="Which line stops? What is it given?",
        )
    return Verdict(
        exercise,
        False,
        f"Your test rejects a right version ({version}): AssertionError {error.message}".rstrip() + ".",
        mistake="rejects a right version",
        question="Does your test ask for more digits, or for another form, than the rule promises?",
    )


def _error_of(test, source):
    with without_input(), np.errstate(all="ignore"):
        try:
            test(compiled(source))
        except (KeyboardInterrupt, Trouble):
            raise
        except BaseException as error:  # a test may raise anything
            failure = where(error)
            return Raised(failure.type, failure.message)
    return None


def _source_of(test):
    try:
        return textwrap.dedent(inspect.getsource(test))
    except (OSError, TypeError):
        return ""


def _cell_of(test):
    """The whole cell of a notebook that a test is defined in; empty for a test from elsewhere, such as an imported file."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    code = getattr(test, "__code__", None)
    if shell is None or code is None:
        return ""
    text = "".join(linecache.getlines(code.co_filename))
    return text if text.strip() in {str(cell).strip() for cell in shell.user_ns.get("In", [])} else ""
