"""Explains a schedule by its parts: what the rate is in the ramp, and what after it."""

import functools
import itertools
import re

import numpy as np

from lessonkit.judging.explaining.explanation import Explanation
from lessonkit.judging.explaining.formulas import FUNCTIONS, found_in, same
from lessonkit.judging.explaining.plateau import cuts_of
from lessonkit.judging.explaining.schedule_formulas import (
    CONSTANT,
    COUNTS,
    DECAYS,
    GRAMMARS,
    OTHER_DECAYS,
    PLAIN,
    RAMPS,
)


def of_schedule(known, trace):
    """The Explanation of a schedule; None if its numbers are not found in any formula."""
    names, got = known.probe.arguments, trace.values[0]
    arguments = {name: np.array([call[i] for call in known.probe.calls], dtype=float) for i, name in enumerate(names)}
    ours = known.rule.values[0]
    if "div_factor" in arguments:
        arguments["first"] = arguments["peak"] / arguments["div_factor"]
        arguments["last"] = arguments["first"] / arguments["final_div_factor"]
    if "every" in arguments:
        return _of_decay(got, ours, arguments)
    if "warmup" not in arguments:
        everywhere = np.ones(got.shape, dtype=bool)
        return _of_part(
            lambda where: _fall(GRAMMARS["cosine"], got, arguments, where), got, ours, arguments, "the rate", everywhere
        )
    return _of_parts(known, got, arguments)


def _of_decay(got, ours, arguments):
    if same(got, np.floor(ours)):
        return _said("the rate is rounded down to a whole number", "Your rate is the rule's, rounded down.", "")
    floor = np.min(got / arguments["base"])
    if 0 < floor < 1 and same(got, np.maximum(ours, floor * arguments["base"])):
        return _said(f"the rate is never below {floor:.3g} of the base", "Else your rate is the rule's.", "")
    cuts = max(map(cuts_of, got, arguments["base"], arguments["factor"]))
    if cuts and same(got, np.maximum(ours, arguments["base"] * arguments["factor"] ** cuts)):
        return _said(f"the rate is cut at most {cuts} times", "Else your rate is the rule's.", "")
    everywhere = np.ones(got.shape, dtype=bool)
    formula = found_in(_decays(), got, arguments) or _with_floor(
        lambda where: found_in(_decays(), got, arguments, where), got, arguments, everywhere
    )
    return None if formula is None else _as_formula("the rate", formula, "base * factor ** (step // every)")


def _decays():
    yield from OTHER_DECAYS
    for count, decay in itertools.product(COUNTS, DECAYS):
        bare = count[1:-1] if count.startswith("(") and count.endswith(")") and count.count("(") == 1 else count
        yield decay.replace("n", f"({bare})") if not count.isidentifier() else _put(decay, "n", count)


def _put(formula, name, value):
    return re.sub(rf"\b{name}\b", value, formula)


def _fall(grammar, got, arguments, where):
    """The formula of a part of a schedule that gives these numbers, or None. Each progress and each shape is computed once."""
    if (constant := found_in(CONSTANT, got, arguments, where)) or not where.any():
        return constant
    wanted = got[where]
    space = FUNCTIONS | {name: value[where] for name, value in arguments.items()}
    with np.errstate(all="ignore"):
        base, slope = _lines_in_shape(grammar.amplitudes, space)
        for progress in grammar.progress:
            space["p"] = eval(progress, space)
            for shape in grammar.shapes:
                s = eval(_code(shape), space)
                for i in np.flatnonzero(
                    np.all(np.abs(base + slope * s - wanted) <= 1e-9 * np.abs(wanted) + 1e-12, axis=1)
                ):
                    if same(wanted, base[i] + slope[i] * s):
                        return _put(grammar.amplitudes[i].format(shape), "p", _bracketed(progress))
            for whole in grammar.whole:
                if same(wanted, eval(_code(whole), space)):
                    return _put(whole, "p", _bracketed(progress))
        return _between(grammar, wanted / space["peak"], space)


def _lines_in_shape(amplitudes, space):
    """What each amplitude makes of a shape s, as base + slope · s: two arrays of shape (amplitudes, calls)."""
    zero = 0.0 * space["peak"]
    base, one = (np.array([eval(_code(each.format(s)), space) + zero for each in amplitudes]) for s in ("0", "1"))
    return base, one - base


def _between(grammar, shares, space):
    """The formula of a part between two shares of the peak that somebody typed, or None: ``peak * (0.1 + 0.9 * p)``."""
    if not np.isfinite(shares).all():
        return None  # nobody types NaN
    ramp = ["step / warmup"] if "warmup" in space else []
    for progress in [*ramp, *grammar.progress]:
        space["p"] = eval(progress, space)
        for shape in PLAIN:
            s = eval(_code(shape), space)
            low, high = np.argmin(s), np.argmax(s)
            b = (shares[high] - shares[low]) / (s[high] - s[low])
            a = float(f"{shares[low] - b * s[low]:.3g}")
            b = float(f"{b:.3g}")
            if len(s) > 2 and np.all(shares > 0) and (formula := _power_of(progress, shares, s)):
                return formula
            if len(s) > 2 and a and b and same(shares, a + b * s):
                return f"peak * ({a:g} {'-' if b < 0 else '+'} {abs(b):g} * {_put(shape, 'p', _bracketed(progress))})"
    return None


def _power_of(progress, shares, s):
    """The formula of shares of the peak that are a typed number to the power of a progress, or None: ``peak * 0.5 ** p``."""
    with np.errstate(all="ignore"):
        number = float(f"{(shares[-1] / shares[0]) ** (1 / (s[-1] - s[0])):.2g}")
    if number != 1 and same(shares, number**s):
        return f"peak * {number:g} ** {_bracketed(progress)}"
    return None


@functools.cache
def _code(formula):
    return compile(formula, "<formula>", "eval")


def _bracketed(progress):
    return progress if progress.isidentifier() else f"({progress})"


def _of_part(find, got, ours, arguments, what, where, begins=0):
    """The Explanation of one part of a schedule, or None; `find` gives the formula of the calls that count."""
    cap = np.max((got / arguments["peak"])[where])
    if 0 < cap < 1 and same(got[where], np.minimum(ours, cap * arguments["peak"])[where]):
        return _said(
            f"{what} is never above {cap:.3g} of the peak",
            f"{what.capitalize()} is the rule's, cut off at {cap:.3g} of the peak.",
            "",
        )
    if formula := find(where) or _with_floor(find, got, arguments, where):
        return _as_formula(what, formula, "")
    for edge, at in (("last", arguments.get("total")), ("first", begins)):
        if at is not None and same(got[where & (arguments["step"] != at)], ours[where & (arguments["step"] != at)]):
            said = f"at the {edge} step of it" if what != "the rate" else f"at the {edge} step"
            return _said(f"{what} is right, but not {said}", f"{what.capitalize()} is the rule's, but not {said}.", "")
        if at is not None and (formula := find(where & (arguments["step"] != at))):
            return _as_formula(f"{what}, but for the {edge} step,", formula, "")
    return None


def _with_floor(find, got, arguments, where):
    """The formula of a part that is not let below 0, or None: ``max(0, base - factor * n)``."""
    above = where & (got != 0)
    if above.sum() < 3 or np.array_equal(above, where) or not (formula := find(above)):
        return None
    formula = f"max(0, {formula})"
    return formula if found_in([formula], got, arguments, where) else None


def _of_parts(known, got, arguments):
    """The Explanation of a schedule with a ramp: each of its parts that is not right, as a formula."""
    grammar = GRAMMARS.get(known.probe.exercise, GRAMMARS["warmup_cosine"])
    begins = arguments["total"] - arguments["decay"] if "decay" in arguments else arguments["warmup"]
    rising, falling = arguments["step"] < arguments["warmup"], arguments["step"] >= begins
    parts = {"the ramp": rising, "the rate between ramp and fall": ~rising & ~falling}
    parts["the fall" if "decay" in arguments else "the rate after the ramp"] = ~rising & falling
    parts = {what: where for what, where in parts.items() if where.any()}
    versions = [right.values[0] for _, right in known.right]
    ours = max(versions, key=lambda each: sum(same(got[where], each[where]) for where in parts.values()))
    right = [what for what, where in parts.items() if same(got[where], ours[where])]
    wrong = {what: where for what, where in parts.items() if what not in right}

    ramps = [formula for formula in RAMPS if all(name in arguments for name in ("total", "decay") if name in formula)]

    def find(what, where):
        ramp, fall = found_in(ramps, got, arguments, where), None
        if what != "the ramp" or ramp is None:
            fall = _fall(grammar, got, arguments, where)
        return fall or ramp

    said = [
        _of_part(functools.partial(find, what), got, ours, arguments, what, where, 0 if what == "the ramp" else begins)
        for what, where in wrong.items()
    ]
    found = [part for part in said if part is not None]
    praise = {
        "the ramp": "The ramp is right.",
        "the rate after the ramp": "After the ramp, the rate is right.",
        "the fall": "The fall is right.",
    }
    beside = "".join(f"{praise[what]} " for what in right if what in praise)
    if not found:
        where = {
            "the ramp": "in the ramp",
            "the rate between ramp and fall": "between ramp and fall",
            "the fall": "in the fall",
        }
        departs = " and ".join(where.get(what, "after the ramp") for what in wrong)
        return _said(None, f"{beside}The rate departs {departs}.", "") if right else None
    return _said(_of_whole(found, wrong), beside + " ".join(part.message for part in found), "")


def _of_whole(found, wrong):
    """What the parts that are wrong come to, in a phrase."""
    formulas = {part.mistake.rsplit(" is ", 1)[-1] for part in found}
    if len(found) == len(wrong) > 1 and len(formulas) == 1 and "the ramp" in wrong:
        formula = formulas.pop()
        none = "there is no ramp" if any(each in formula for each in FALLS) else "there is no fall"
        return f"{none}: from the first step to the last, the rate is {formula}"
    mistake = " and ".join(part.mistake for part in found)
    if len(found) == 2 and "cos(" in found[0].mistake and "cos(" not in found[1].mistake and "the ramp" in wrong:
        return f"the comparison with warmup is turned round: {mistake}"
    return mistake


FALLS = ("cos(", "total - step", "(1 - ")


def _as_formula(what, formula, should):
    note = next((f"{words}: " for slip, words in NOTES.items() if slip in formula), "")
    if any(slip in formula for slip in UNBRACKETED):
        note = "brackets: "
    ends = [f"`{name}` is `{text}`" for name, text in ENDS_ARE.items() if re.search(rf"\b{name}\b", formula)]
    message = f"{what.capitalize()} that you return is `{formula}`" + (
        f", where {' and '.join(ends)}." if ends else "."
    )
    return _said(f"{note}{what} is `{formula}`", message, should)


ENDS_ARE = {"first": "peak / div_factor", "last": "peak / (div_factor * final_div_factor)"}


NOTES = {
    "sin(": "a sine stands for the cosine",
    "base * (1 + cos": "this is a cosine",
    "step // every + 1": "one cut too many, from step 0 on",
    "step // every - 1": "one cut too few",
    "(every // ": "the division is turned round",
    "(every / ": "the division is turned round",
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
    "1 - step - ",
    "total - step / ",
    "step - total - decay",
    ") / total - warmup",
    "cos(pi * step) / total",
    "factor ** step // every",
    "factor ** step / every",
    "(1 + cos(pi * ((step - warmup) / (total - warmup))) / 2)",
)


def _said(mistake, message, should):
    hint = f"By the rule it is `{should}`." if should else ""
    return Explanation(mistake, message, "Compute the rate for one step by hand: where does it part from yours?", hint)
