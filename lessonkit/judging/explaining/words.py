"""Says in words how a quantity that was read differs from the rule's."""

from lessonkit.judging.explaining.quotients import Quotient
from lessonkit.judging.explaining.small_changes import Line, Slip
from lessonkit.judging.explaining.wholes import Operation, Result

EPS_MISSING = "ε is missing in the divisor"


def slips(reading):
    """What is wrong with a quantity, in short: a list of phrases, empty where it could not be read."""
    name, mine, ours = reading.name, reading.mine, reading.ours
    if reading.undefined:
        return [f"{name} is the rule's, but not a number (NaN or infinite) {reading.undefined}"]
    if reading.first is not None:
        return [f"in the first step {name} is `{reading.first}`, later `{mine}`"]
    if mine is None:
        return []
    for kind, phrase in AS_TEXT.items():
        if isinstance(mine, kind):
            return [phrase.format(name, mine)]
    if ours is None or "(" in getattr(mine, "form", ""):
        return [as_it_is(name, mine)]
    if isinstance(mine, Quotient) and isinstance(ours, Quotient):
        return _of_quotients(mine, ours)
    if any(term.startswith("(1 / sqrt(") for term in mine) and any("eps" in factor for factor, _ in mine.values()):
        return [f"brackets: ε stands beside the fraction, not in its divisor: {as_it_is(name, mine)}"]
    if isinstance(mine, Quotient) or isinstance(ours, Quotient):
        return [as_it_is(name, mine) if mine else "theta does not move"]
    return _of_whole(name, mine, ours) or _of_terms(name, mine, ours)


AS_TEXT = {
    Slip: "{1}",
    Result: "what comes back as {0} is `{1}`, where new_theta is the rule's",
    Operation: "{0} moves by `{1}`",
    Line: "{0} is computed with `{1}`",
}


def _of_quotients(mine, ours):
    """Phrases for what differs between two steps that are fractions."""
    if DECAY in mine.parts["numerator"]:
        return [as_it_is("theta", mine)]
    beside = _of_extras(mine, ours.extras)
    misplaced = any(phrase.startswith("brackets: ε") for phrase in beside)
    if any("applied twice" in phrase for phrase in beside):
        return beside
    later = f"{mine.parts['from']}, " if "from" in mine.parts else ""
    found = [
        later + phrase
        for phrase in _of_fractions(mine.parts, ours.parts) + beside
        if not (misplaced and phrase == EPS_MISSING)
    ]
    return found if found or not later else [f"theta moves as the rule says only {mine.parts['from']}"]


DECAY = "weight_decay"


def as_it_is(name, mine):
    if isinstance(mine, Quotient) and DECAY in mine.parts["numerator"]:
        return "the decay stands in the numerator, so the root divides it too"
    if name == "theta" and isinstance(mine, dict) and len(mine) == 1 and next(iter(mine.values()))[0] == "1":
        return f"theta moves by {quantity(next(iter(mine)))}"
    twice = next((term for term in mine if f"old_{term}" in mine), None) if isinstance(mine, dict) else None
    again = f": the old {twice} counts twice, in the new one and by itself" if twice else ""
    return f"theta moves by `{mine}`{again}" if name == "theta" else f"{name} is `{mine}`"


def _of_whole(name, mine, ours):
    """A phrase for a sum that is something else altogether, as a list of at most one."""
    if not mine:
        stays = f"{name} stays at 0: what comes back as {name} is the old one, or keeps nothing of the gradient"
        return ["theta does not move" if name == "theta" else stays]
    if name == "theta" and mine.get("theta", ("", None))[0] == "-1":
        rest = type(mine)({term: value for term, value in mine.items() if term != "theta"})
        without = "" if any("theta" in term for term in rest) else ", without the old theta"
        return [f"what comes back as theta is `{rest}`{without}"]
    only = next(iter(mine))
    if len(mine) == 1 and only not in ours and mine[only][0] == "1" and name != "theta":
        return [f"what comes back as {name} is {quantity(only)}"]
    if list(mine) == [name] and mine[name][0] == "1":
        return [f"{name} comes back as it came in"]
    factors = [factor for factor, _ in mine.values()]
    if len(mine) == 2 and set(mine) == set(ours) and factors[::-1] == [ours[term][0] for term in mine] != factors:
        return [f"the two factors in {_place(name)} are exchanged: it is `{mine}`"]
    return []


def _of_terms(name, mine, ours, beside=False):
    """Phrases for the terms that differ, of all that moves theta or beside a fraction; the whole sum where they are many."""
    if phrase := _unbracketed(name, mine, ours):
        return [phrase]
    missing = [f"the term with {quantity(term)} is missing in {_place(name)}" for term in ours if term not in mine]
    extra = [f"{_place(name)} has a term too many: `{_term(mine, term)}`" for term in mine if term not in ours]
    other = [
        _of_factor(name, term, mine[term][0], ours[term][0], alone=len(mine) == len(ours) == 1 and not beside)
        for term in mine
        if term in ours and mine[term][0] != ours[term][0]
    ]
    if len(missing + extra) > 1 or len(missing + extra + other) > 2:
        return [as_it_is(name, mine)]
    return missing + extra + other


def _unbracketed(name, mine, ours):
    """A phrase for ``1 - beta * g`` in place of ``(1 - beta) * g``; None if it is not so."""
    if set(mine) != {*ours, "1"} or mine["1"][0] != "1":
        return None
    for term in ours:
        have = mine[term][0]
        if have.startswith("-beta"):
            return f"brackets: {_place(name)} has `1 - {have[1:]} * {term}`, where `(1 - {have[1:]}) * {term}` is meant"
    return None


def _of_factor(name, term, mine, ours, alone):
    if mine.lstrip("-") == ours.lstrip("-"):
        if alone and name == "theta":
            return "the step goes uphill"
        return f"the sign of the term with {quantity(term)} in {_place(name)} is turned"
    if term == name == "theta" and mine.endswith(" - 1)"):
        return f"theta is multiplied by `{mine[1:-5]}`, not by `1 - {ours.lstrip('-')}`"
    wrong_sign = " and the wrong sign" if mine.startswith("-") != ours.startswith("-") else ""
    return (
        f"{quantity(term)} has the factor `{mine.lstrip('-')}` in {_place(name)}, not `{ours.lstrip('-')}`{wrong_sign}"
        + _twice(name, term, mine, ours)
    )


def _twice(name, term, mine, ours):
    """Where the rate is multiplied twice, what to say of it."""
    if name != "theta" or mine.lstrip("-") == ours.lstrip("-"):
        return ""
    if "lr ** 2" in mine and "lr" in ours:
        return ": the rate is multiplied twice"
    return f": the rate is in {term} already" if mine.lstrip("-") == "lr" and "lr" not in ours else ""


def _of_extras(mine, ours):
    """Phrases for what is added to theta beside the fraction."""
    if "2 - lr * weight_decay" in mine.extras.get("theta", ("", None))[0]:
        return ["the decay is applied twice, before the step and after it"]
    factor = mine.extras.get("1", ("", None))[0]
    if "eps" in mine.extras.get("g", ("",))[0] and mine.parts["eps"] == "0":
        return ["brackets: ε is added to the fraction that multiplies g, not to the root"]
    if "eps" in factor and mine.parts["eps"] == "0" and "1" not in ours:
        beside = "the step" if factor.lstrip("-") == "eps" else "the fraction"
        rest = {term: value for term, value in mine.extras.items() if term != "1"}
        phrases = _of_terms("theta", type(ours)(rest), ours, beside=True)
        return [f"brackets: ε is added to {beside}, not to the root", *phrases]
    if mine.extras and ours and set(mine.extras) != set(ours):
        return [f"beside the fraction, theta moves by `{mine.extras}`, not by `{ours}`"]
    return _of_terms("theta", mine.extras, ours, beside=True)


def _place(name):
    return "the step of theta" if name == "theta" else name


def _term(found, term):
    return str(type(found)({term: found[term]}))


def quantity(term):
    """A term in words: ``old_v`` is the old v."""
    if term == "1":
        return "a constant"
    age, _, name = term.partition("_")
    if age in ("old", "new"):
        return f"the {age} {name}"
    return term if term.isidentifier() else f"`{term}`"


def _of_fractions(mine, ours):
    """Phrases for what differs between two fractions."""
    if mine["rate"] == "lr * (1 - beta2 ** t)" and not mine["root's correction"] and ours["root's correction"]:
        rate = "the rate has the factor `(1 - beta2 ** t)`: the root is missing in this correction"
        return [rate, *_of_divisor(mine, ours)]
    found = [*_of_rate(mine["rate"], ours["rate"])]
    unbracketed = [mine[part] for part in ("numerator", "root of") if " / 1 - " in mine[part]]
    if unbracketed:
        found += [f"brackets: the correction is `{text.strip('()')}`" for text in unbracketed]
        return found + _of_divisor(mine, ours)
    if mine["numerator"] != ours["numerator"]:
        ahead = ", which looks a step ahead, as in NAdam" if mine["numerator"].startswith("(beta1 * m") else ""
        found.append(f"{quantity(mine['numerator'])} stands over the root{ahead}, not {ours['numerator']}")
    if mine["root of"] != ours["root of"]:
        found.append(f"the root is taken of {quantity(mine['root of'])}, not of {ours['root of']}")
    return found + _of_corrections(mine, ours) + _of_divisor(mine, ours)


def _of_rate(mine, ours):
    found = ["goes uphill"] if mine.startswith("-") != ours.startswith("-") else []
    size = mine.lstrip("-")
    if size == "1":
        return [*found, "the step is not multiplied by lr"]
    return (
        [*found, f"the step has the factor `{size}`, not `{ours.lstrip('-')}`"] if size != ours.lstrip("-") else found
    )


def _of_corrections(mine, ours):
    count = _common_count(mine)
    if count and ours["numerator's correction"] == ours["root's correction"] == "hat":
        return [f"both corrections count t as `{count}`"]
    return [
        _of_correction(mine[part], mine[which], ours[which], part == "root of" and mine["form"] != "no root")
        for part, which in (("numerator", "numerator's correction"), ("root of", "root's correction"))
        if mine[part] == ours[part] and mine[which] != ours[which]
    ]


def _common_count(parts):
    """What both corrections take for t, where they agree that it is something else; else None."""
    words = [parts["numerator's correction"], parts["root's correction"]]
    counts = [word.split(" ** ", 1)[1][:-1] for word in words if word.startswith(" / (1 - beta") and " ** " in word]
    return counts[0] if len(counts) == 2 and counts[0] == counts[1] and "t)" not in words[0][-2:] else None


def _of_correction(name, mine, ours, of_root):
    if not mine:
        return f"{name} is not corrected"
    if mine.endswith(" ** 2") and of_root:
        return f"the correction of {name} is squared: it stands outside the root, or is applied twice"
    if "t" not in mine.replace("beta", "") and not ours:
        return f"{name} is {'multiplied' if mine.startswith(' * ') else 'divided'} by `{mine[3:]}`, which the rule does not do"
    if mine.endswith(" ** 2") or not ours:
        return f"{name} is corrected twice"
    if mine.startswith(" * "):
        return f"{name} is multiplied by `{mine[3:]}`, not divided by its correction"
    divisor = mine[3:]
    if divisor.endswith(") ** t"):
        return f"brackets: {name} is divided by `{divisor}`, where only beta is raised to the power t"
    product = ": a product stands for the power" if divisor.endswith(" * t)") else ", which is not its correction"
    return f"{name} is divided by `{divisor}`{product}"


def _of_divisor(mine, ours):
    found = []
    roots = mine["form"] != "no root", ours["form"] != "no root"
    if mine["form"].startswith("power"):
        found.append(f"the power `{mine['form'].removeprefix('power ')}` stands for the root in the divisor")
    if roots == (False, True):
        found.append("the root is missing in the divisor")
    if mine["eps"] == "0" and ours["eps"] != "0":
        found.append(EPS_MISSING)
    elif mine["eps"] == f"-{ours['eps']}":
        found.append("ε is subtracted in the divisor, not added")
    elif mine["eps"] != ours["eps"]:
        found.append(f"`{mine['eps']}` stands in the divisor, not `{ours['eps']}`")
    elif mine["form"] != ours["form"] and {mine["form"], ours["form"]} == {"inside", "outside"}:
        found.append(f"ε stands {mine['form']} the root")
    return found


def gradient_instead(found):
    """A phrase for what stands for the gradient in all states, as a list of at most one."""
    if not found.gradient:
        return []
    gradient = found.gradient.lstrip("-") if found.sign < 0 else found.gradient
    through = ": the decay passes through the states" if gradient.startswith("g + ") else ""
    return [f"`{gradient}` stands for the gradient{through}"]
