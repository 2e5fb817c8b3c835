"""Says what is wrong with an answer that computes something else than the rule: which quantity departs first, and what it is instead."""

from typing import NamedTuple

from lessonkit.judging.explaining.rules import explained
from lessonkit.judging.explaining.words import gradient_instead, slips


class Explanation(NamedTuple):
    """What is wrong with an answer, in words.

    mistake : str or None
    message : str
    question : str
    hint : str, nearer to the solution than the question
    convention : Convention or None, the one that the learner follows otherwise
    """

    mistake: str | None
    message: str
    question: str
    hint: str
    convention: object


def explain(known, trace):
    """The Explanation of a trace that is not right; None if nothing can be said."""
    if known.probe.runs:
        return _of_rule(explained(known, trace))
    return None


def _of_rule(found):
    if found is None:
        return None
    if not found.readings:
        return Explanation(
            "the results are returned in the wrong order",
            "What comes back first is the new state, and what comes back second is the new `theta`.",
            "In which order does the function take theta and its state, and in which order does it return them?",
            "",
            found.convention,
        )
    wrong = [reading for reading in found.readings if not reading.right]
    right = [reading.name for reading in found.readings if reading.right]
    if not wrong:
        return None
    phrases = gradient_instead(found) + [
        phrase for reading in wrong if not (found.gradient and reading.name != "theta") for phrase in slips(reading)
    ]
    told = [_formula(reading) for reading in wrong if reading.mine is not None]
    first = wrong[0]
    return Explanation(
        " and ".join(phrases) or None,
        " ".join([_whats_right(right, wrong), *told]),
        f"Follow `{first.name}` through your code: what is it computed from?",
        _should(first),
        found.convention,
    )


def _whats_right(right, wrong):
    departs = " and ".join(f"`{reading.name}`" for reading in wrong)
    if not right:
        return ""
    are = " and ".join(f"`{name}`" for name in right)
    verb = "is" if len(right) == 1 else "are"
    return f"{are} {verb} right at every step, given what comes in; {departs} {'departs' if len(wrong) == 1 else 'depart'}."


def _formula(reading):
    if reading.name == "theta":
        return f"Your step of `theta` is `{reading.mine}`."
    first = f"`{reading.first}` in the first step, then " if reading.first is not None else ""
    return f"Your new `{reading.name}` is {first}`{reading.mine}`."


def _should(reading):
    if reading.ours is None:
        return ""
    if reading.name == "theta":
        return f"By the rule, the step of `theta` is `{reading.ours}`."
    return f"By the rule, the new `{reading.name}` is `{reading.ours}`."
