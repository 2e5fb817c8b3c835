"""Says in words how a quantity that was read differs from the rule's."""

from lessonkit.judging.explaining.quotients import Quotient
from lessonkit.judging.explaining.sums import Sum

GREEK = {"theta": "θ", "eps": "ε"}


def slips(reading):
    """What is wrong with a quantity, in short: a list of phrases, empty where it could not be read."""
    mine, ours = reading.mine, reading.ours
    if reading.first is not None:
        return [f"in the first step {reading.name} is `{reading.first}`, later `{mine}`"]
    if mine is None or ours is None:
        return []
    if isinstance(mine, Quotient) and isinstance(ours, Quotient):
        return [*_of_parts(mine.parts, ours.parts), *_of_sums("theta", mine.extras, ours.extras, beside=True, mine=mine)]
    if isinstance(mine, Quotient) or isinstance(ours, Quotient):
        return [f"{reading.name} moves by `{mine}`" if mine else f"{reading.name} does not move"]
    return _of_sums(reading.name, mine, ours)


def _of_sums(name, mine, ours, beside=False, **quotient):
    moving = name == "theta"
    what = "the step of theta" if moving else name
    if not beside:
        if not mine:
            return ["theta does not move" if moving else f"{name} comes back as 0"]
        if list(mine) == [name] and mine[name][0] == "1":
            return [f"{name} comes back as it came in"]
        if len(mine) == 1 and not set(mine) & set(ours):
            (term,) = mine
            if mine[term][0] == "1" and not moving:
                return [f"what comes back as {name} is {_quantity(term)}"]
        if len(mine) == 2 and set(mine) == set(ours):
            (one, two), theirs = (mine[each][0] for each in mine), [ours[each][0] for each in mine]
            if [two, one] == theirs and one != two:
                return [f"the two factors in {what} are exchanged: it is `{mine}`"]
    found = []
    for term in [*ours, *(each for each in mine if each not in ours)]:
        have, should = mine.get(term), ours.get(term)
        if have is None:
            found.append(f"the term with {_quantity(term)} is missing in {what}")
        elif should is None:
            found.append(_too_many(what, term, have[0], beside, **quotient))
        elif have[0] != should[0]:
            if have[0].lstrip("-") == should[0].lstrip("-"):
                found.append(
                    "the step goes uphill"
                    if moving and len(mine) == len(ours) == 1
                    else f"the sign of the term with {_quantity(term)} in {what} is turned"
                )
            else:
                found.append(
                    f"{_quantity(term)} has the factor `{have[0].lstrip('-')}` in {what}"
                    + (" and the wrong sign" if have[0].startswith("-") != should[0].startswith("-") else "")
                )
    if len(found) > 2 or (len(found) == 2 and not set(mine) & set(ours)):
        return [f"{'theta moves by' if moving else f'{name} is'} `{mine}`"]
    return found


def _too_many(what, term, factor, beside, mine=None):
    if beside and term == "1" and "eps" in factor and mine.parts["eps"] == "0":
        return "ε is added to the step, not to the divisor" if factor in ("eps", "-eps") else (
            "ε is added to the fraction, not to the divisor"
        )
    size = factor if term == "1" else f"{factor} * {term}" if factor not in ("1", "-1") else factor.replace("1", term)
    return f"{what} has a term too many: `{size}`"


def _quantity(term):
    if term == "1":
        return "a constant"
    if term.startswith("old_"):
        return f"the old {term[4:]}"
    if term.startswith("new_"):
        return f"the new {term[4:]}"
    return f"`{term}`" if not term.isidentifier() else term


def _of_parts(mine, ours):
    """What differs between two fractions."""
    found = []
    if mine["rate"] != ours["rate"]:
        if mine["rate"].lstrip("-") == ours["rate"].lstrip("-"):
            found.append("goes uphill")
        elif mine["rate"] in ("1", "-1"):
            found.append("the step is not multiplied by lr")
        else:
            found.append(
                f"the step has the factor `{mine['rate'].lstrip('-')}` instead of the rate"
                if "lr" not in mine["rate"]
                else f"the step has the factor `{mine['rate'].lstrip('-')}`"
            )
            if mine["rate"].startswith("-"):
                found.append("goes uphill")
    if mine["numerator"] != ours["numerator"]:
        found.append(f"{_quantity(mine['numerator'])} stands over the root, not {ours['numerator']}")
    if mine["root of"] != ours["root of"]:
        found.append(f"the root is taken of {_quantity(mine['root of'])}, not of {ours['root of']}")
    count = _same_count(mine)
    if count and ours["numerator's correction"] == "hat":
        found.append(f"both corrections count t as `{count}`")
    else:
        found += [
            _of_correction(mine[part], mine[f"{kind} correction"], ours[f"{kind} correction"])
            for part, kind in (("numerator", "numerator's"), ("root of", "root's"))
            if mine[part] == ours[part] and mine[f"{kind} correction"] != ours[f"{kind} correction"]
        ]
    if mine["form"] != ours["form"] and "no root" in (mine["form"], ours["form"]):
        found.append("the root is missing in the divisor")
    if mine["eps"] == "0" and ours["eps"] != "0":
        found.append("ε is missing in the divisor")
    elif mine["eps"] != ours["eps"]:
        if mine["eps"] == f"-{ours['eps']}":
            found.append("ε is subtracted in the divisor, not added")
        else:
            found.append(f"`{mine['eps']}` stands in the divisor instead of ε")
    elif mine["form"] != ours["form"] and "no root" not in (mine["form"], ours["form"]):
        found.append(f"ε stands {mine['form']} the root")
    return found


def _same_count(parts):
    """What both corrections take for t, where they agree that it is something else."""
    words = [parts["numerator's correction"], parts["root's correction"]]
    counts = [word[len(" / (1 - beta1 ** ") : -1] for word in words if word.startswith(" / (1 - beta") and " ** " in word]
    return counts[0] if len(counts) == 2 and counts[0] == counts[1] and counts[0] != "t" else None


def _of_correction(name, mine, ours):
    if not mine:
        return f"{name} is not corrected"
    if not ours:
        return f"{name} is corrected once more"
    done = "multiplied by" if mine.startswith(" * ") else "divided by"
    usual = "its correction" if mine.startswith(" * (1 - beta") and "** t)" in mine else f"`{mine[3:]}`"
    return f"{name} is {done} {usual}" + (", not by its correction" if done == "divided by" else ", not divided by it")
