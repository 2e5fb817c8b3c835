"""What is wrong with an answer, in words."""

import re
from typing import NamedTuple

import numpy as np

from lessonkit.judging.explaining.apart import apart
from lessonkit.judging.explaining.places import of_state_or_theta
from lessonkit.judging.explaining.quotients import Quotient
from lessonkit.judging.explaining.small_changes import Line, Slip
from lessonkit.judging.explaining.sums import Sum
from lessonkit.judging.explaining.wholes import Result
from lessonkit.judging.explaining.words import as_it_is, gradient_instead, slips

MOST = 2  # departures that a headline lists one by one: more are seldom what the learner did


class Explanation(NamedTuple):
    """What is wrong with an answer, in words.

    mistake : str or None
    message : str
    question : str
    hint : str, nearer to the solution than the question
    convention : Convention or None, the one that the learner follows otherwise
    place_only : bool, whether the mistake tells only where the numbers depart from the rule
    """

    mistake: str | None
    message: str
    question: str
    hint: str
    convention: object = None
    place_only: bool = False


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
    swapped = [f"returns {found.swapped} exchanged"] if found.swapped else []
    wrong = [reading for reading in found.readings if not reading.right]
    right = [reading.name for reading in found.readings if reading.right]
    if not wrong:
        return _only_swapped(found) if swapped else None
    unread = [reading for reading in wrong if reading.mine is None and not reading.undefined]
    claims = [
        (reading, slips(reading))
        for reading in wrong
        if not (found.gradient and reading.name != "theta")
        # What theta is computed from is only told where it is known what the states are.
        if not (reading.name == "theta" and any(each.name != "theta" for each in unread))
        if not _only_typed_again(reading, wrong)
    ]
    told = [_formula(reading) for reading in wrong if not isinstance(reading.mine, Line | Slip | Result | None)]
    told = [f"In the rule's words: {told[0][0].lower()}{told[0][1:]}", *told[1:]] if told else []
    whole, besides = _no_numbers(wrong, unread, found)
    first = wrong[0]
    mistake = _listed([*swapped, *gradient_instead(found), *_short(claims), *whole])
    mistake = mistake or (apart(found, unread[0]) if unread else "")
    place = "" if mistake or not unread else of_state_or_theta(found, unread[0])
    return Explanation(
        mistake or place or None,
        " ".join([_whats_right(right, wrong, found), *told, *besides]),
        f"What does your line of `{first.name}` give {first.undefined}?"
        if first.undefined
        else f"Follow `{first.name}` through your code: what is it computed from?",
        _should(first),
        found.convention,
        bool(place),
    )


def _only_typed_again(reading, wrong):
    """Whether theta only has numbers typed in where the states that it is computed from have them too, which is told of these."""
    if not (isinstance(reading.mine, Quotient) and isinstance(reading.ours, Quotient)):
        return False
    mine, ours = reading.mine.parts, reading.ours.parts
    of = {"numerator's correction": "numerator", "root's correction": "root of"}
    states = [each.name for each in wrong if each.name != "theta"]
    different = [part for part in ours if mine[part] != ours[part]]
    return bool(different) and all(
        part in of and mine[of[part]] in states and re.fullmatch(r" / \(1 - [.\d]+ \*\* t\)", mine[part])
        for part in different
    )


def _only_swapped(found):
    return Explanation(
        f"returns {found.swapped} exchanged",
        "Each is right, but the next call takes one for the other.",
        "In which order does the function take its states, and in which order does it return them?",
        "",
        found.convention,
    )


def _whats_right(right, wrong, found):
    departs = " and ".join(f"`{reading.name}`" for reading in wrong)
    if not right:
        return f"{departs} {'departs' if len(wrong) == 1 else 'depart'} from the rule."
    verb = "departs" if len(wrong) == 1 else "depart"
    computed = (
        "is computed from what you have there as the rule says"
        if _follows_from_states(found)
        else "is right, computed from the states that came in: only what you return beside it is wrong"
    )
    if right == ["theta"]:
        return f"{departs} {verb} from the rule; `theta` {computed}."
    states = [name for name in right if name != "theta"]
    are = " and ".join(f"`{name}`" for name in states)
    also = f" `theta` {computed}." if "theta" in right else ""
    return (
        f"{are} {'follows' if len(states) == 1 else 'follow'} the rule at every step; {departs} {verb} from it.{also}"
    )


def _follows_from_states(found):
    """Whether theta is the rule's, if its new states are those that came back."""
    one = found.one
    states = [one.got[name] for name in one.states]
    return bool(np.all(one.close("theta", one.after(found.source, states, found.sign)["theta"])))


def _short(claims):
    """The phrases on all readings; where they are many, one for each reading, with the formula that it computes."""
    groups = [(reading, " and ".join(phrases)) for reading, phrases in claims if phrases]
    if sum(len(phrases) for _, phrases in claims) <= MOST:
        return [text for _, text in groups]
    return [
        as_it_is(reading.name, reading.mine) + _typed(reading) if " and " in text else text for reading, text in groups
    ]


def _typed(reading):
    """What to say of a sum with numbers for all factors, where the rule has arguments."""
    if not (isinstance(reading.mine, Sum) and isinstance(reading.ours, Sum) and reading.name != "theta"):
        return ""
    arguments = {name for factor, _ in reading.ours.values() for name in re.findall(r"[a-z_]+\d*", factor)}
    written = {name for factor, _ in reading.mine.values() for name in re.findall(r"[a-z_]+\d*", factor)}
    missing = sorted(arguments - written)
    return f", where numbers are typed in for {' and '.join(missing)}" if missing and not written else ""


def _listed(phrases):
    return " and ".join(filter(None, [", ".join(phrases[:-1]), *phrases[-1:]]))


def _no_numbers(wrong, unread, found):
    """What to say of NaN and infinity: (phrases where it is what differs first, sentences where it is not), at most one."""
    one = found.one
    if found.grows:
        return [], [f"From step {found.grows} on the numbers grow beyond all limits."]
    for reading in wrong:
        steps = np.flatnonzero(~np.isfinite(one.got[reading.name]).all(axis=1))
        if reading.undefined or not len(steps):
            continue
        why = f"from step {steps[0] + 1} on: something is divided by 0, or a root is taken of a negative number"
        if reading in unread and not _first_is_finite(reading.name, found):
            return [f"{reading.name} is not a number (NaN or infinite) {why}"], []
        return [], [f"Besides, some entries of `{reading.name}` are not a number (NaN or infinite) {why}."]
    return [], []


def _first_is_finite(name, found):
    """Whether the first entry of a quantity that is not the rule's is a number; a call that differs shows this entry."""
    after = found.one.after(found.source, sign=found.sign)[name] * (1 if name == "theta" else found.sign)
    step, entry = np.argwhere(~found.one.close(name, after))[0]
    return np.isfinite(found.one.got[name][step, entry])


def _formula(reading):
    if reading.name == "theta":
        later = getattr(reading.mine, "parts", {}).get("from", "")
        return f"Your step of `theta` is `{reading.mine}`{' ' * bool(later)}{later}."
    first = f"`{reading.first}` in the first step, then " if reading.first is not None else ""
    return f"Your new `{reading.name}` is {first}`{reading.mine}`."


def _should(reading):
    if reading.ours is None:
        return ""
    if reading.name == "theta":
        return f"By the rule, the step of `theta` is `{reading.ours}`."
    return f"By the rule, the new `{reading.name}` is `{reading.ours}`."
