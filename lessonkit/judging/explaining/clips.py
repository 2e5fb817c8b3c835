"""Explains a clip: what becomes of entries, or of gradients, on each side of the limit."""

import re

import numpy as np

from lessonkit.judging.explaining.clip_formulas import (
    ENTRIES,
    FACTORS,
    NORMS,
    PLACES,
    SMALL,
    SPELLED,
    WHOLE_ENTRIES,
    WHOLE_FACTORS,
)
from lessonkit.judging.explaining.explanation import Explanation
from lessonkit.judging.explaining.formulas import found_in, same


def of_value(known, trace):
    """The Explanation of a clip by value; None if nothing is found."""
    got = trace.values[0]
    calls = [(np.ravel(g), c) for g, c in known.probe.calls]
    g = np.concatenate([each for each, _ in calls])

    def spread(numbers):
        return np.repeat(numbers, [each.size for each, _ in calls])

    arguments = {
        "g": g,
        "c": spread([c for _, c in calls]),
        "norm": spread([np.sqrt(np.sum(each**2)) for each, _ in calls]),
        "largest": spread([np.max(np.abs(each)) for each, _ in calls]),
        "average": spread([np.mean(np.abs(each)) for each, _ in calls]),
        "sum": spread([np.sum(np.abs(each)) for each, _ in calls]),
    }
    if same(got, -arguments["c"]):
        return _said("the two limits are exchanged", "Every entry comes back as `-c`.")
    whole = found_in(WHOLE_ENTRIES, got, arguments)
    if whole is not None:
        return _said(_called(whole), "")
    told = []
    for place, (chosen, should) in PLACES.items():
        where = chosen(g, arguments["c"])
        if not where.any() or found_in([should], got, arguments, where):
            continue
        told.append((place, found_in(ENTRIES, got, arguments, where)))
    if not told:
        return None
    named = [f"entries {place} become {_entry(formula)}" for place, formula in told if formula]
    places = [place for place, _ in told]
    if not named and set(WITHIN) <= set(places):
        return _said(
            "entries between −c and c are changed too", "By the rule, an entry within the limits stays as it is."
        )
    return _said("; ".join(named) or None, f"Only entries {' and '.join(places)} are wrong; all others are right.")


WITHIN = ("between 0 and c", "between −c and 0")


def _called(whole):
    for name, text in SPELLED.items():
        whole = re.sub(rf"\b{name}\b", text, whole)
    if "norm" in whole:
        return f"clips by the norm: `{whole}`"
    return (
        f"the result is `{whole}`, where the limit is the argument c"
        if "c" not in whole.replace("clip", "")
        else f"the result is `{whole}`"
    )


def _entry(formula):
    return formula.split()[0] if formula in ("0 * g", "1 + 0 * g", "-1 + 0 * g") else f"`{formula}`"


def of_global_norm(known, trace):
    """The Explanation of a clip by the global norm; None if nothing is found."""
    calls, place = [], 0
    for grads, c in known.probe.calls:
        size = sum(map(np.size, grads))
        calls.append((grads, c, trace.values[0, place : place + size], trace.values[0, place + size]))
        place += size + 1
    norms = np.array([np.sqrt(sum(np.sum(g * g) for g in grads)) for grads, *_ in calls])
    returned = np.array([norm for *_, norm in calls])
    limits = np.array([c for _, c, *_ in calls])
    told = _of_norm(calls, norms, returned, limits)
    scales = [_scale(grads, clipped) for grads, _, clipped, _ in calls]
    if told and all(each is not None for each in scales) and _follows(np.array(scales), returned, limits):
        return _said(
            told[0], "The gradients are clipped by the norm that comes back, as the rule says; the norm is wrong."
        )
    if all(each is not None for each in scales):
        told += _of_limit(np.array(scales), norms, limits, calls) or _of_scale(
            np.array(scales), norms, returned, limits
        )
    else:
        told += _of_each_tensor(calls)
    return _said("; ".join(told), "") if told else None


def _of_norm(calls, norms, returned, limits):
    """What comes back as the norm, where it is something else: a list of at most one phrase."""
    with np.errstate(all="ignore"):
        if same(returned, norms):
            return []
        if same(returned, limits):
            return ["what comes back as the norm is c"]
        if same(returned, np.minimum(norms, limits)):
            return ["the norm that comes back is that of the clipped gradient"]
        for formula in ("min(1, c / norm)", "c / norm", "norm / c"):
            factor = (
                np.minimum(1, limits / norms)
                if "min" in formula
                else limits / norms
                if formula[0] == "c"
                else norms / limits
            )
            if same(returned[norms > 0], factor[norms > 0]):
                return [f"what comes back as the norm is the factor `{formula}`"]
        for words, compute in NORMS.items():
            if same(returned, np.array([compute(grads) for grads, *_ in calls])):
                return [f"the norm that comes back is {words}"]
    return ["the norm that comes back is not the root of the sum of all squares"]


def _follows(scales, returned, limits):
    """Whether all gradients are scaled as the rule says, if the norm were the one that comes back."""
    known = np.isfinite(scales)
    with np.errstate(all="ignore"):
        for small in (0.0, *map(float, SMALL)):
            should = np.where(returned > limits, limits / (returned + small), 1.0)
            if np.allclose(scales[known], should[known], rtol=1e-5, atol=0, equal_nan=True):
                return True
    return False


def _scale(grads, clipped):
    """The one factor between gradients and what came back; NaN if the gradients are 0, None if there is no such factor."""
    g = np.concatenate([np.ravel(each) for each in grads])
    if not np.any(g):
        return np.nan if not np.any(clipped) else None
    factor = clipped[np.argmax(np.abs(g))] / np.max(np.abs(g)) * np.sign(g[np.argmax(np.abs(g))])
    return factor if np.allclose(clipped, factor * g, rtol=1e-9, atol=1e-300, equal_nan=True) else None


def _of_limit(scales, norms, limits, calls):
    """A phrase for another limit than c, to which longer gradients are shortened, as a list; empty if there is none."""
    known = np.isfinite(scales) & (norms > 0)
    short = known & (np.abs(scales - 1) > 1e-9)
    if not short.any():
        return []
    count = np.array([len(grads) for grads, *_ in calls])
    share = np.median((scales * norms / limits)[short])
    typed = [float(f"{share:.3g}")] if abs(share - float(f"{share:.3g}")) < 1e-7 * share and share != 1 else []
    others = {
        **{f"{k:g} * c": k * limits for k in typed},
        "sqrt(len(grads)) * c": np.sqrt(count) * limits,
        "len(grads) * c": count * limits,
        "c / len(grads)": limits / count,
        "c / sqrt(len(grads))": limits / np.sqrt(count),
        "sqrt(c)": np.sqrt(limits),
    }
    for words, limit in others.items():
        for least in (limit, limits):
            if np.allclose(scales[known], np.where(norms > least, limit / norms, 1.0)[known], rtol=1e-5, atol=0):
                longer = words if least is limit else "c"
                return [f"gradients longer than `{longer}` come back with length `{words}`, not with length c"]
    return []


def _of_scale(scales, norms, returned, limits):
    """Phrases for the factor of all gradients, for long ones and for short ones."""
    known = np.isfinite(scales) & (norms > 0)
    arguments = {"n": norms, "c": limits}
    if whole := found_in(WHOLE_FACTORS, scales, arguments, known):
        return [WHOLE_FACTORS[whole]]
    told = []
    for words, where, should in (
        ("longer than c", norms > limits * (1 + 1e-9), "c / n"),
        ("shorter than c", norms < limits * (1 - 1e-9), "1 + 0 * n"),
        ("of length c", np.abs(norms - limits) <= 1e-9 * limits, "1 + 0 * n"),
    ):
        arguments = {"n": norms, "m": returned, "c": limits}
        guarded = [] if words == "shorter than c" else [f"c / (n + {small})" for small in SMALL]
        if found_in([should, *guarded], scales, arguments, known & where):
            continue
        if not (known & where).any():
            continue
        formula = found_in(FACTORS, scales, arguments, known & where)
        if formula is not None:
            told.append(f"gradients {words} are {_multiplied(formula)}")
        elif "c / n" == should:
            told.append(f"gradients {words} do not come back with length c")
        else:
            told.append(f"gradients {words} are changed")
    return told


def _multiplied(formula):
    words = {"1 + 0 * n": "left as they are", "0 * n": "set to 0", "c / n": "multiplied by `c / norm`"}
    spelled = formula.replace("m", "(the norm that comes back)").replace("n", "norm") if formula not in words else ""
    if "m" in formula and formula not in words and "max" not in formula:
        return f"divided by the norm that comes back: `{formula.replace('m', 'norm')}`"
    return words.get(formula, f"multiplied by `{spelled}`")


def _of_each_tensor(calls):
    """Phrases for gradients that do not all have one factor."""
    by_tensor, clipped_each = True, True
    for grads, c, clipped, _ in calls:
        place = 0
        for g in grads:
            part = clipped[place : place + g.size]
            place += g.size
            flat = np.ravel(g)
            length = np.sqrt(np.sum(flat**2))
            factor = _scale([flat], part)
            by_tensor &= factor is not None
            shortened = 1.0 if length <= c else c / length
            clipped_each &= bool(np.allclose(part, flat * shortened, rtol=1e-5))
    if others := _only(calls):
        return others
    if clipped_each:
        return ["clips each tensor by its own norm"]
    if by_tensor:
        return ["each tensor gets a factor of its own, so the direction of the whole gradient changes"]
    return ["the entries do not all get one factor, so the direction of the gradient changes"]


def _only(calls):
    """A phrase where only the first or the last tensor is shortened, as a list; empty if it is not so."""
    for which, place in (("first", 0), ("last", -1)):
        kept = True
        for grads, c, clipped, _ in calls:
            norm = np.sqrt(sum(np.sum(g * g) for g in grads))
            expected = [np.ravel(g) for g in grads]
            expected[place] = expected[place] * (1 if norm <= c else c / norm)
            kept &= bool(np.allclose(clipped, np.concatenate(expected), rtol=1e-5))
        if kept:
            return [f"only the {which} tensor is shortened"]
    return []


def _said(mistake, message):
    return Explanation(
        mistake, message, "Try one gradient that is longer than c, and one that is shorter: what comes back?", ""
    )
