"""Explains the trace of an update rule by its quantities: each state, and theta, held against the rule's own."""

import functools
from typing import NamedTuple

import numpy as np

from lessonkit.judging.explaining.factors import Factors
from lessonkit.judging.explaining.following import alike, exchanged, nearest, squares_of, swapped_states, turned_states
from lessonkit.judging.explaining.fractions import corrections_of, quotient_of
from lessonkit.judging.explaining.limits import RANGE, applied, limited
from lessonkit.judging.explaining.one_step import OneStep
from lessonkit.judging.explaining.quotients import as_quotient
from lessonkit.judging.explaining.small_changes import Slip, of_quantity
from lessonkit.judging.explaining.sums import Sum, as_sum
from lessonkit.judging.explaining.terms import between, like_g, over, state_bases, step_bases
from lessonkit.judging.explaining.wholes import root_of_a_sum, state_as_a_whole, step_as_a_whole

LARGEST = 1e150  # a number of which the square is no float64, nearly
FEW = 4  # steps, from which on nothing is said of a quantity if only those before are in range


class Reading(NamedTuple):
    """What a quantity is, beside what it should be.

    name : str, ``"theta"`` or a state
    right : bool
    mine, ours : Sum, Quotient or None
    first : Sum or None, what the quantity is in the first step, if it is something else in the steps that follow
    undefined : str, where the quantity is NaN or infinite, if it is right wherever it is a number; else empty
    """

    name: str
    right: bool
    mine: object = None
    ours: object = None
    first: object = None
    undefined: str = ""


class Explained(NamedTuple):
    """A trace explained.

    convention : Convention or None, the one whose quantities the learner's are nearest to
    source : str, the rule by this convention
    sign : 1, or -1 if the learner's states are the rule's with the sign turned
    readings : list of Reading, the states, then theta
    gradient : str, what stands for the gradient in all states, or empty
    grows : int, the step from which on numbers are out of all range and were left out; 0 if none are
    swapped : str, the states that come back in another order, in words; empty if none do
    """

    convention: object
    source: str
    sign: int
    readings: list
    gradient: str
    one: OneStep
    grows: int = 0
    swapped: str = ""


def explained(known, trace):
    """The trace of a rule explained; None if a state that came back is not numbers, or they are out of all range."""
    if any(trace.states[name] is None for name in known.probe.states):
        return None
    grows, trace = _in_range(trace)
    if 0 < grows <= FEW:
        return None
    one = OneStep(known.probe, trace, grows)
    with np.errstate(all="ignore"):
        factors = Factors({name: one.per_group(values) for name, values in one.hyper.items()})
        squares = squares_of(known, one)
        swapped = swapped_states(known, one)
        if other := exchanged(known, one, (1,) if squares else (1, -1)):
            return Explained(*other, 1, [], "", one, grows)
        convention, source, sign, right = nearest(
            known.bases, one, (1, -1) if turned_states(known, one, squares) else (1,)
        )
        step = None
        decayed = None
        if not right["theta"] and "weight_decay" in one.hyper:
            decayed = _multiplied(one, factors, source, sign, decay=False)
        if not right["theta"] and squares and not decayed:
            step = quotient_of(one, factors, squares, one.got["theta"] - one.given["theta"])
            convention, source, right = alike(known, one, step, convention, source, right)
        gradient = "" if all(right[name] for name in one.states) else _gradient(one, factors, source)
        readings = []
        for name in [*one.states, "theta"]:
            if right[name]:
                readings.append(Reading(name, True))
            elif undefined := _undefined(one, source, sign, name):
                readings.append(Reading(name, False, undefined=undefined))
            elif name == "theta":
                moves = (decayed, None) if decayed else _moves(one, factors, source, sign, squares, step)
                readings.append(Reading(name, False, *moves))
            else:
                readings.append(_state(one, factors, source, sign, squares, name))
    return Explained(convention, source, sign, readings, gradient, one, grows, swapped)


def _in_range(trace):
    """(step, trace) without the steps from which on numbers are out of all range: NaN stands for them. 0 if none are."""
    tables = [trace.values, *trace.states.values()]
    large = np.any([np.any(np.isfinite(each) & (np.abs(each) > LARGEST), axis=1) for each in tables], axis=0)
    if not large.any():
        return 0, trace
    step = int(np.argmax(large))
    late = np.arange(len(large))[:, None] >= step
    values, *states = (np.where(late, np.nan, each) for each in tables)
    return step + 1, trace._replace(values=values, states=dict(zip(trace.states, states)))


def _state(one, factors, source, sign, squares, name):
    """The Reading of a state that is not right."""
    bases = state_bases(one, name, name in squares, between(one, source, by_formula=True))
    mine, first = as_sum(one, factors, one.got[name], bases), None
    if mine is None:
        mine, first = _first_apart(one, factors, name, bases)
    ours = sign * one.after(source, sign=sign)[name]
    if mine is None:
        mine = root_of_a_sum(one, factors, name, bases) or _half(one, factors, source, sign, name, bases)
    if mine is None:
        mine = state_as_a_whole(one, factors, name, ours, bases)
    if mine is None:
        mine = of_quantity(one, source, sign, name)
    return Reading(name, False, mine, _like(one, factors, ours, bases, mine), first)


def _gradient(one, factors, source):
    """What stands for the gradient in all states of the rule, if something does: ``8 * g``."""
    g, theta = one.given["g"], one.given["theta"]
    tried = {"-g": -g, **like_g(one), "g / norm(g)": g / np.sqrt(over(one, np.sum, g * g))}
    if "weight_decay" in one.hyper:
        tried["g + weight_decay * theta"] = g + one.hyper["weight_decay"] * theta
        tried["g + lr * weight_decay * theta"] = g + one.hyper["lr"] * one.hyper["weight_decay"] * theta
    tried["lr * g"] = one.hyper["lr"] * g
    fresh = one.got[one.states[0]][0] / one.after(source)[one.states[0]][0]  # the states were 0
    for k in (fresh[0], np.sqrt(np.abs(fresh[0]))):
        if k and (named := factors.name(np.full(len(one.groups), k))):
            tried[f"{named[0]} * g"] = k * g
    with np.errstate(all="ignore"):
        share = np.abs(one.got[one.states[0]][0] / one.after(source)[one.states[0]][0])
    for form in {limited(g[0] * share, g[0]), limited(g[0] * np.sqrt(share), g[0])} - {""}:
        if RANGE not in form:
            tried[form.replace("{}", "g")] = applied(form, "g", g)
    for word, value in tried.items():
        after = one.after(source, given={"g": value})
        if all(np.all(one.close(name, after[name])) for name in one.states):
            return word
    return ""


def _undefined(one, source, sign, name):
    """Where a quantity is no number but should be, in words, if it is right everywhere else; empty if it is not."""
    states = [one.got[each] for each in one.states] if name == "theta" and one.states else None
    expected = one.after(source, states, sign)[name] * (1 if name == "theta" else sign)
    wrong = ~one.close(name, expected)
    if np.any(wrong & np.isfinite(one.got[name])) or not np.any(wrong):
        return ""
    tried = {**between(one, source), "g": one.given["g"], **{each: one.got[each] for each in one.states}}
    for word, value in tried.items():
        if np.array_equal(wrong, (value == 0) & np.isfinite(expected)):
            return f"where `{word}` is 0"
    return "in some entries"


def _first_apart(one, factors, name, bases):
    """A state that is computed in another way where its old value is 0: (how else, how there); (None, None) if it is not."""
    fresh = one.given[name] == 0
    later = as_sum(one, factors, one.got[name], bases[:3], where=~fresh)
    first = as_sum(one, factors, one.got[name], bases[:2], where=fresh & (one.given["g"] != 0))
    return (later, first) if later is not None and first is not None else (None, None)


def _half(one, factors, source, sign, name, bases):
    """A state of which one part is the rule's, and the other part something else; None if neither part is the rule's."""
    turned = {each: sign * one.given[each] for each in one.states}
    parts = {
        name: sign * one.after(source, given={**turned, "g": 0 * one.given["g"]})[name],
        "g": sign * one.after(source, given={each: 0 * one.given[each] for each in one.states})[name],
    }
    single = [basis for basis in bases if len(basis) == 1]
    for value in parts.values():
        rest = as_sum(one, factors, one.got[name] - value, single)
        ours = as_sum(one, factors, value, bases[:3])
        if rest and ours and not set(rest) & set(ours):
            return Sum(ours | rest)
    return None


def _beside(one, factors, source, sign, squares, moved):
    """The step of theta where the fraction is the rule's, and something else is added beside it; None if it is not so."""
    if "weight_decay" not in one.hyper:
        return None
    states = [one.got[name] for name in one.states]
    bare = one.after(source, states, sign, given={"weight_decay": 0 * one.hyper["weight_decay"]})
    fraction = quotient_of(one, factors, squares, bare["theta"] - one.given["theta"])
    theta, g = one.given["theta"], one.given["g"]
    tried = {
        "g": g,
        "theta ** 2": theta * theta,
        "abs(theta)": np.abs(theta),
        "sign(theta)": np.sign(theta),
        "sum(theta)": over(one, np.sum, theta),
        "mean(theta)": over(one, np.mean, theta),
        **dict(zip(one.states, states)),
    }
    # With theta beside it, abs(theta) would be a riddle for a decay of positive weights alone.
    bases = [{word: value} for word, value in tried.items()]
    bases += [{word: value, "theta": theta} for word, value in tried.items() if word != "abs(theta)"]
    rest = as_sum(one, factors, moved - (bare["theta"] - theta), bases)
    return fraction._replace(extras=rest) if fraction is not None and rest is not None else None


def _multiplied(one, factors, source, sign, decay=True):
    """Of a new theta that is the rule's, with or without its decay, times a factor: the Slip; None if it is not."""
    got, states = one.got["theta"], [one.got[name] for name in one.states]
    given = None if decay else {"weight_decay": 0 * one.hyper["weight_decay"]}
    ours = one.after(source, states or None, sign, given)["theta"]
    largest = [np.argmax(np.abs(ours[group])) for group in one.groups]
    ratios = np.array([got[group][i] / ours[group][i] for group, i in zip(one.groups, largest)])
    if not np.all(one.close("theta", one.spread(ratios) * ours)):
        return None
    taken, factor = factors.name(1 - ratios), factors.name(ratios)
    if (taken is None and factor is None) or (
        taken and "2 - lr" in taken[0]
    ):  # a decay that is applied twice has a name of its own
        return None
    times = factor[0] if factor else f"(1 - {taken[0]})"
    without = "" if decay else " without the decay"
    return Slip(
        f"what comes back as theta is the rule's new theta{without}" + (f", times `{times}`" if times != "1" else "")
    )


def _divided(one, factors, squares):
    """Of a new theta that is divided as a whole by the root: the Slip; None if it is not."""
    theta, lr = one.given["theta"], one.hyper["lr"]
    linear = {name: one.got[name] for name in one.states if name not in squares} | {"g": one.given["g"]}
    numerators = {f"(theta - lr * {name})": theta - lr * value for name, value in linear.items()}
    roots = {name: one.got[name] for name in squares}
    found = as_quotient(
        one, factors, one.got["theta"], numerators, roots, [Sum()], functools.partial(corrections_of, one)
    )
    return found and Slip(f"brackets: what comes back as theta is `{found}`, so theta is divided too")


def _like(one, factors, target, bases, mine):
    """A quantity of the rule as a sum, of the learner's terms if it can be made of them."""
    if isinstance(mine, Sum) and mine:
        terms = {word: value for basis in bases for word, value in basis.items() if word in mine}
        bases = [*bases, terms]
    return as_sum(one, factors, target, bases)


def _moves(one, factors, source, sign, squares, mine):
    """How far theta moves, and how far it should from the learner's new states: (mine, ours)."""
    moved = one.got["theta"] - one.given["theta"]
    states = [one.got[name] for name in one.states]
    if not all(map(np.any, states)):
        states = None  # a state that stays at 0 is another slip
    should = one.after(source, states or None, sign)["theta"] - one.given["theta"]
    ours = None
    if squares:
        ours = quotient_of(one, factors, squares, should)
        mine = mine or _beside(one, factors, source, sign, squares, moved)
    bases = step_bases(one, between(one, source), squares)
    finite = np.isfinite(moved)
    if mine is None:
        where = None if finite.all() or finite.mean() < 0.5 else finite
        mine = as_sum(one, factors, moved, bases, where=where)
    ours = ours or _like(one, factors, should, bases, mine)
    if mine is None:
        mine = (
            step_as_a_whole(one, should, ours)
            or of_quantity(one, source, sign, "theta")
            or _multiplied(one, factors, source, sign)
            or (_divided(one, factors, squares) if squares else None)
        )
    return mine, ours
