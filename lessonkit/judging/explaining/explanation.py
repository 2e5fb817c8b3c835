"""What is wrong with an answer, in words."""

from typing import NamedTuple

import numpy as np

from lessonkit.judging.explaining.small_changes import Line
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
    convention: object = None


def of_rule(found):
    """The Explanation of an update rule whose quantities were read; None if they could not be."""
    if found is None:
        return None
    if not found.readings:
        return Explanation(
            "the results are returned in the wrong order",
            "Each result is right, but `theta` is not the first of them.",
            "In which order does the function take theta and its states, and in which order does it return them?",
            "",
            found.convention,
        )
    wrong = [reading for reading in found.readings if not reading.right]
    right = [reading.name for reading in found.readings if reading.right]
    if not wrong:
        return None
    unread = [reading for reading in wrong if reading.mine is None]
    phrases = gradient_instead(found) + [
        phrase
        for reading in wrong
        if not (found.gradient and reading.name != "theta")
        # What theta is computed from is only told where it is known what the states are.
        if not (reading.name == "theta" and any(each.name != "theta" for each in unread))
        for phrase in slips(reading)
    ]
    told = [_formula(reading) for reading in wrong if not isinstance(reading.mine, Line | None)]
    phrases += filter(None, (_no_number(reading.name, found.one) for reading in unread))
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
        return f"{departs} {'departs' if len(wrong) == 1 else 'depart'} from the rule."
    are = " and ".join(f"`{name}`" for name in right)
    verbs = "follows" if len(right) == 1 else "follow", "departs" if len(wrong) == 1 else "depart"
    return f"{are} {verbs[0]} the rule at every step; {departs} {verbs[1]} from it."


def _no_number(name, one):
    """A phrase for a quantity that is no number where it should be one; empty if it is always a number."""
    steps = np.flatnonzero(~np.isfinite(one.got[name]).all(axis=1))
    if not len(steps):
        return ""
    return f"{name} is not a number (NaN or infinite) from step {steps[0] + 1} on: something is divided by 0, or a root is taken of a negative number"


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
