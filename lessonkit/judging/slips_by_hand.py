"""What may have gone wrong in a question by hand: slips of reading and writing, mistakes of the rule, and conventions."""

import re
from typing import NamedTuple

import numpy as np

from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.versions import changed
from lessonkit.rules.registry import REGISTRY

# Sentences with these words are about code. A number has none.
ABOUT_CODE = re.compile(
    r"\b(functions?|codes?|(?<!straight )lines?|arguments?|variables?|calls?|called|returns?|returned|print|stored|local|np|memory)\b",
    re.IGNORECASE,
)
# The names of verdicts on numbers that are no mistakes of a rule.
NAMES = frozenset(
    [
        "right, but rounded",
        "too few digits",
        "by another convention",
        "loses the sign",
        "gives the new θ",
        "stops after the first step",
        "leaves out the first step",
        "gives θ after the first step",
        "adds the lengths of the steps",
        "one step early",
        "one step late",
        "one epoch early",
        "does not clip",
        "adds the sizes",
        "gives the norm",
        "gives the factor",
        "in percent",
        "misplaces the point",
    ]
)


class Slip(NamedTuple):
    """Something that explains a wrong number.

    value : float or None, the number that it gives
    why : str, what was computed
    question, hints : as in a Mistake
    convention : str or None, the name of the convention if it is one
    """

    name: str
    value: float | None
    why: str
    question: str = ""
    hints: tuple = ()
    convention: str | None = None


def slips(question):
    """All slips that are known for a question, those of reading, conventions, mistakes: a list of Slip."""
    source, conventions, mistakes = EXERCISES[question.exercise]
    right = question.value_of(source)
    found = [*READINGS[_kind(question.exercise)](question, right), *_shifted(right)]
    found += [
        Slip(
            "by another convention",
            question.value_of(_version(source, each.change)),
            f"The question is about the rule as the lesson writes it. {each.conversion}",
            convention=each.name,
        )
        for each in conventions
        if ";" not in each.name  # several at once explain nearly any number
    ]
    found += [
        Slip(
            each.name,
            question.value_of(_version(source, each.change)),
            about_numbers(each.why),
            about_numbers(each.question),
            tuple(filter(None, map(about_numbers, each.hints))),
        )
        for each in mistakes
    ]
    return found


def about_numbers(text):
    """The sentences of a text that are not about code."""
    return " ".join(each for each in re.split(r"(?<=[.?!])\s+", text) if not ABOUT_CODE.search(each))


def _version(source, change):
    """A changed source; None if a part that should be changed is not in it."""
    try:
        return changed(source, change)
    except ValueError:
        return None


def _kind(exercise):
    return exercise if exercise in READINGS else REGISTRY[exercise].kind


def _of_rule(question, right):
    start, first = question.calls[0], question.after_first_step()
    second = right - first
    way = "larger" if right > 0 else "smaller"
    size = "The size is right, the sign is not"
    yield Slip("loses the sign", -right, f"{size}: θ has become {way}.", "Is θ larger or smaller in the end?")
    yield Slip("gives the new θ", start + right, "This is θ after both steps. The question is how far it has moved.")
    yield Slip("stops after the first step", first, "This is how far the first step goes. There are two steps.")
    yield Slip("leaves out the first step", second, "This is how far the second step goes. Add the first one.")
    yield Slip("gives θ after the first step", start + first, "This is θ after the first step. There are two steps.")
    if first * second < 0:
        yield Slip(
            "adds the lengths of the steps",
            float(np.copysign(abs(first) + abs(second), first)),
            "The two steps go in opposite directions, so their lengths are subtracted.",
        )


def _of_schedule(question, right):
    step, *rest = question.calls[0]
    source = EXERCISES[question.exercise].source
    for name, other in (("one step early", step - 1), ("one step late", step + 1)):
        value = question.with_calls(((other, *rest),)).value_of(source)
        yield Slip(name, value, f"This is the rate at step {other}. Steps count from 0.")


def _of_plateau(question, right):
    losses, *rest = question.calls[0]
    before = question.with_calls(((losses[:-1], *rest),)).value_of(EXERCISES["plateau"].source)
    yield Slip("one epoch early", before, "This is the rate after the last epoch but one.")


def _of_clip_by_value(question, right):
    g, c = question.calls[0]
    yield Slip("loses the sign", -right, "The size is right, the sign is not.", "Which entries are negative?")
    yield Slip("does not clip", float(np.sum(g)), "This is the sum of the entries before clipping.")
    yield Slip("adds the sizes", float(np.sum(np.minimum(np.abs(g), c))), "This is the sum without the signs.")


def _of_clip_by_global_norm(question, right):
    grads, c = question.calls[0]
    norm = float(np.sqrt(sum(np.sum(g**2) for g in grads)))
    yield Slip("gives the norm", norm, "This is the norm of all gradients. The question is what becomes of an entry.")
    yield Slip(
        "gives the factor", min(1.0, c / norm), "This is the factor. The entry still has to be multiplied by it."
    )
    yield Slip("loses the sign", -right, "The size is right, the sign is not.")


def _shifted(right):
    yield Slip("in percent", 100 * right, "This is the right number in percent. Give the number itself.")
    for factor in (0.001, 0.01, 0.1, 10, 1000):
        yield Slip("misplaces the point", factor * right, "The digits are right. The decimal point is not.")


READINGS = {
    "rule": _of_rule,
    "schedule": _of_schedule,
    "plateau": _of_plateau,
    "clip_by_value": _of_clip_by_value,
    "clip_by_global_norm": _of_clip_by_global_norm,
}
