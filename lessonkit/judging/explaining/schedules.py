"""Explains a schedule by its parts: what the rate is in the ramp, and what after it."""

import functools
import itertools
import re

import numpy as np

from lessonkit.judging.explaining.explanation import Explanation
from lessonkit.judging.explaining.formulas import FUNCTIONS, found_in, same
from lessonkit.judging.explaining.schedule_formulas import (
    AMPLITUDES,
    CONSTANT,
    COUNTS,
    DECAYS,
    OTHER_DECAYS,
    PROGRESS,
    RAMPS,
    SHAPES,
    WHOLE,
)


def of_schedule(known, trace):
    """The Explanation of a schedule; None if its numbers are not found in any formula."""
    names, got = known.probe.arguments, trace.values[0]
    arguments = {name: np.array([call[i] for call in known.probe.calls], dtype=float) for i, name in enumerate(names)}
    ours = known.rule.values[0]
    if "every" in arguments:
        return _of_decay(got, ours, arguments)
    if "warmup" not in arguments:
        everywhere = np.ones(got.shape, dtype=bool)
        return _of_part(
            lambda where: _fall("cosine", got, arguments, where), got, ours, arguments, "the rate", everywhere
        )
    return _of_ramp_and_fall(known, got, arguments)


def _of_decay(got, ours, arguments):
    if same(got, np.floor(ours)):
        return _said("the rate is rounded down to a whole number", "Your rate is the rule's, rounded down.", "")
    formula = found_in(_decays(), got, arguments)
    return None if formula is None else _as_formula("the rate", formula, "base * factor ** (step // every)")


def _decays():
    yield from OTHER_DECAYS
    for count, decay in itertools.product(COUNTS, DECAYS):
        bare = count[1:-1] if count.startswith("(") and count.endswith(")") and count.count("(") == 1 else count
        yield decay.replace("n", f"({bare})") if not count.isidentifier() else _put(decay, "n", count)


def _put(formula, name, value):
    return re.sub(rf"\b{name}\b", value, formula)


def _fall(exercise, got, arguments, where):
    """The formula of a fall that gives these numbers, or None. Each progress and each shape is computed once."""
    if (constant := found_in(CONSTANT, got, arguments, where)) or not where.any():
        return constant
    wanted = got[where]
    space = FUNCTIONS | {name: value[where] for name, value in arguments.items()}
    with np.errstate(all="ignore"):
        for progress in PROGRESS[exercise]:
            space["p"] = eval(progress, space)
            for shape in SHAPES:
                space["s"] = eval(_code(shape), space)
                for amplitude in AMPLITUDES:
                    if same(wanted, eval(_code(amplitude.format("s")), space)):
                        return _put(amplitude.format(shape), "p", _bracketed(progress))
            for whole in WHOLE:
                if same(wanted, eval(_code(whole), space)):
                    return _put(whole, "p", _bracketed(progress))
    return None


@functools.cache
def _code(formula):
    return compile(formula, "<formula>", "eval")


def _bracketed(progress):
    return progress if progress.isidentifier() else f"({progress})"


def _of_part(find, got, ours, arguments, what, where):
    """The Explanation of one part of a schedule, or None; `find` gives the formula of the calls that count."""
    cap = np.max((got / arguments["peak"])[where])
    if 0 < cap < 1 and same(got[where], np.minimum(ours, cap * arguments["peak"])[where]):
        return _said(
            f"{what} is never above {cap:.3g} of the peak",
            f"{what.capitalize()} is the rule's, cut off at {cap:.3g} of the peak.",
            "",
        )
    if formula := find(where):
        return _as_formula(what, formula, "")
    formula = find(where & (arguments["step"] < arguments["total"]))
    return _as_formula(f"{what}, but for the last step,", formula, "") if formula else None


def _of_ramp_and_fall(known, got, arguments):
    rising = arguments["step"] < arguments["warmup"]
    conventions = [right.values[0] for _, right in known.right]
    ramp_right, fall_right = (any(same(got[part], each[part]) for each in conventions) for part in (rising, ~rising))
    ours = known.rule.values[0]

    def fall(where):
        return _fall("warmup_cosine", got, arguments, where)

    def ramp(where):
        return found_in(RAMPS, got, arguments, where)

    parts = []
    if not ramp_right:
        parts.append(_of_part(lambda where: ramp(where) or fall(where), got, ours, arguments, "the ramp", rising))
    if not fall_right:
        what = "the rate after the ramp"
        parts.append(_of_part(lambda where: fall(where) or ramp(where), got, ours, arguments, what, ~rising))
    right = "The ramp is right. " if ramp_right else "After the ramp, the rate is right. " if fall_right else ""
    found = [part for part in parts if part is not None]
    if not found:
        where = "after the ramp" if ramp_right else "in the ramp" if fall_right else ""
        return _said(None, f"{right}The rate departs {where}.", "") if where else None
    mistake = " and ".join(part.mistake for part in found)
    formulas = {part.mistake.rsplit(" is ", 1)[-1] for part in found}
    if len(found) == 2 and len(formulas) == 1:
        formula = formulas.pop()
        ramp = "there is no ramp" if "cos(" in formula else "there is no fall"
        mistake = f"{ramp}: from the first step to the last, the rate is {formula}"
    if len(found) == 2 and "cos(" in found[0].mistake and "cos(" not in found[1].mistake:
        mistake = f"the comparison with warmup is turned round: {mistake}"
    return _said(mistake, right + " ".join(part.message for part in found), "")


def _as_formula(what, formula, should):
    note = next((f"{words}: " for slip, words in NOTES.items() if slip in formula), "")
    if any(slip in formula for slip in UNBRACKETED):
        note = "brackets: "
    return _said(f"{note}{what} is `{formula}`", f"{what.capitalize()} that you return is `{formula}`.", should)


NOTES = {
    "sin(": "a sine stands for the cosine",
    "base * (1 + cos": "this is a cosine",
    "step // every + 1": "one cut too many, from step 0 on",
    "step // every - 1": "one cut too few",
}
# Formulas that people write where brackets are missing.
UNBRACKETED = (
    "0.5 * 1 + cos",
    "peak * 1 + cos",
    "(peak * 1 +",
    "0.5 + cos",
    "1 + cos(pi * (step / total)) / 2",
    "cos(pi) * ",
    "/ total - warmup",
    "step - warmup / ",
    "factor ** step // every",
    "factor ** step / every",
    "(1 + cos(pi * ((step - warmup) / (total - warmup))) / 2)",
)


def _said(mistake, message, should):
    hint = f"By the rule it is `{should}`." if should else ""
    return Explanation(mistake, message, "Compute the rate for one step by hand: where does it part from yours?", hint)
