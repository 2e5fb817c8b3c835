"""Explains the trace of an update rule by its quantities: each state, and theta, held against the rule's own."""

import functools
from typing import NamedTuple

import numpy as np

from lessonkit.judging.explaining.factors import Factors
from lessonkit.judging.explaining.one_step import OneStep
from lessonkit.judging.explaining.quotients import as_quotient
from lessonkit.judging.explaining.sums import Sum, as_sum


class Reading(NamedTuple):
    """What a quantity is, beside what it should be.

    name : str, ``"theta"`` or a state
    right : bool
    mine, ours : Sum, Quotient or None
    """

    name: str
    right: bool
    mine: object = None
    ours: object = None


class Explained(NamedTuple):
    """A trace explained.

    convention : Convention or None, the one whose quantities the learner's are nearest to
    readings : list of Reading, the states, then theta
    """

    convention: object
    readings: list
    one: OneStep


def explained(known, trace):
    """The trace of a rule explained; None if a state that came back is not numbers."""
    if any(trace.states[name] is None for name in known.probe.states):
        return None
    one = OneStep(known.probe, trace)
    convention, source, turned, right = _nearest(known, one)
    after = one.after(source)
    with np.errstate(all="ignore"):
        factors = Factors({name: one.per_group(values) for name, values in one.hyper.items()})
        squares = [name for name in one.states if _is_even(one, source, name)]
        readings = []
        for name in [*one.states, "theta"]:
            if right[name]:
                readings.append(Reading(name, True))
            elif name == "theta":
                readings.append(Reading(name, False, *_moves(one, factors, source, squares, after)))
            else:
                bases = functools.partial(_state_bases, one, name, name in squares)
                readings.append(
                    Reading(
                        name,
                        False,
                        _state(one, factors, one.got[name], bases()),
                        as_sum(one, factors, after[name], bases()[:4]),
                    )
                )
    return Explained(convention, readings, one)


def _nearest(known, one):
    """(convention, source, sign of the states, which quantities are right) of the right version nearest to the learner's."""
    best = None
    for convention, source in known.bases:
        after = one.after(source)
        right = {name: bool(np.all(one.close(name, after[name]))) for name in one.states}
        theta = [after["theta"]]
        if one.states:
            theta.append(one.after(source, [one.got[name] for name in one.states])["theta"])
        good = max((one.close("theta", each) for each in theta), key=np.sum)
        right["theta"] = bool(np.all(good))
        score = sum(right.values()), good.mean().round(3)
        if best is None or score > best[0]:
            best = score, (convention, source, 1, right)
    return best[1]


def _is_even(one, source, name):
    """Whether a state is made of squares, so that the sign of the gradient does not count."""
    turned = one.given | {"g": -one.given["g"]}
    other = OneStep.__new__(OneStep)
    other.given, other.states = turned, one.states
    return bool(np.array_equal(one.after(source)[name], OneStep.after(other, source)[name]))


def _state_bases(one, name, square):
    old, g, theta = one.given[name], one.given["g"], one.given["theta"]
    others = {each: one.given[each] for each in one.states if each != name}
    news = {f"new_{each}": one.got[each] for each in one.states if each != name}
    ones = np.ones_like(g)
    if square:
        main = {"g**2": g * g}
        more = {
            "abs(g)": np.abs(g),
            "g": g,
            **{f"{each}**2": value**2 for each, value in (others | news).items()},
            **{f"g*{each}": g * value for each, value in (others | news).items()},
            **others,
            **news,
            "mean(g**2)": _over(one, np.mean, g * g),
            "sum(g**2)": _over(one, np.sum, g * g),
            "mean(g)**2": _over(one, np.mean, g) ** 2,
            "sqrt(abs(g))": np.sqrt(np.abs(g)),
            "theta**2": theta * theta,
            "g**3": g**3,
            "g**4": g**4,
            "sign(g)": np.sign(g),
            f"{name}**2": old * old,
            "1": ones,
        }
    else:
        main = {"g": g}
        more = {
            "theta": theta,
            "new_theta": one.got["theta"],
            **others,
            **news,
            "g**2": g * g,
            "abs(g)": np.abs(g),
            "sign(g)": np.sign(g),
            "mean(g)": _over(one, np.mean, g),
            "sum(g)": _over(one, np.sum, g),
            f"{name}**2": old * old,
            "1": ones,
        }
    state = {name: old}
    return [
        state | main,
        main,
        state,
        *(state | {word: value} for word, value in more.items()),
        *({word: value} for word, value in more.items()),
        *(state | main | {word: value} for word, value in more.items()),
        *(main | {word: value} for word, value in more.items()),
    ]


def _over(one, reduce, values):
    out = np.empty_like(values)
    for columns in one.tensors:
        out[:, columns] = reduce(values[:, columns], axis=1, keepdims=True)
    return out


def _state(one, factors, target, bases):
    if not np.any(target):
        return Sum()
    return as_sum(one, factors, target, bases)


def _moves(one, factors, source, squares, after):
    """How far theta moves, and how far it should from the learner's new states: (mine, ours)."""
    moved = one.got["theta"] - one.given["theta"]
    own = one.after(source, [one.got[name] for name in one.states])["theta"] if one.states else after["theta"]
    should = own - one.given["theta"]
    if squares:
        read = functools.partial(_quotient, one, factors, squares)
        return read(moved) or as_sum(one, factors, moved, _step_bases(one)), read(should)
    return (as_sum(one, factors, each, _step_bases(one)) for each in (moved, should))


def _step_bases(one):
    g, theta = one.given["g"], one.given["theta"]
    news = {f"new_{name}": one.got[name] for name in one.states}
    olds = {name: one.given[name] for name in one.states}
    bases = [{word: value} for word, value in {**news, "g": g, **olds}.items()]
    bases += [{"g": g, word: value} for word, value in news.items()]
    bases += [{"g": g, word: value} for word, value in olds.items()]
    bases += [{word: value, old: olds[old]} for word, value in news.items() for old in olds]
    simple = list(bases)
    for word, value in {
        "theta": theta,
        "1": np.ones_like(g),
        "sign(g)": np.sign(g),
        "abs(g)": np.abs(g),
        "g**2": g * g,
        "mean(g)": _over(one, np.mean, g),
        "sum(g)": _over(one, np.sum, g),
        **{f"sign({name})": np.sign(value) for name, value in news.items()},
    }.items():
        bases += [{word: value}, *({**basis, word: value} for basis in simple)]
    return bases


def _quotient(one, factors, squares, moved):
    (square,) = squares
    linear = [name for name in one.states if name not in squares]
    g, ones = one.given["g"], np.ones_like(one.given["g"])
    numerators = {name: one.got[name] for name in linear} | {"g": g}
    numerators |= {f"old_{name}": one.given[name] for name in linear}
    numerators |= {"sign(g)": np.sign(g), "g**2": g * g, "abs(g)": np.abs(g)}
    v = one.got[square]
    roots = {square: v, f"old_{square}": one.given[square], "g**2": g * g}
    roots |= {f"mean({square})": _over(one, np.mean, v), f"sum({square})": _over(one, np.sum, v)}
    roots |= {f"{name}**2": one.got[name] ** 2 for name in linear} | {f"{square}**2": v * v}
    return as_quotient(
        one, factors, moved, numerators, roots, _extras(one, factors, moved), functools.partial(_corrections, one)
    )


def _extras(one, factors, moved):
    """What may be added to theta beside the fraction: read off where nothing else moves theta, then the usual slips."""
    found = [Sum()]
    still = (one.given["g"] == 0) & np.all([one.got[name] == 0 for name in one.states], axis=0)
    if np.any(still & np.isfinite(moved)):
        basis = [{"theta": one.given["theta"]}, {"1": np.ones_like(moved)}]
        read = as_sum(one, factors, moved, [*basis, basis[0] | basis[1]], where=still & np.isfinite(moved))
        if read:
            found.insert(0, read)
    place = factors.place
    for text in ("eps", "lr * eps"):
        if text in place:
            values = factors.values[place[text]]
            for sign, word in ((1, ""), (-1, "-")):
                each = Sum({"1": (f"{word}{text}", sign * values)})
                each.cost = 1.0
                found.append(each)
    return found


def _corrections(one, name):
    """The corrections that a numerator or a mean may have: words → (cost, values in every group)."""
    betas = [each for each in one.hyper if each.startswith("beta")]
    ones = np.ones(len(one.groups))
    if "t" not in one.hyper or name not in one.states:
        return {"": (0.0, ones)}
    own = betas[one.states.index(name)] if len(betas) > 1 else betas[0]
    t = one.per_group(one.hyper["t"])
    found = {}
    with np.errstate(all="ignore"):
        for beta in [own, *(each for each in betas if each != own)]:
            b = one.per_group(one.hyper[beta])
            extra = 0.0 if beta == own else 2.0
            for word, cost, value in [
                (f" / (1 - {beta} ** t)", 0, 1 / (1 - b**t)),
                ("", 1, ones),
                (f" * (1 - {beta} ** t)", 1, 1 - b**t),
                (f" / (1 - {beta})", 1, 1 / (1 - b)),
                (f" / (1 - {beta} * t)", 1, 1 / (1 - b * t)),
                (f" / (1 - {beta} ** (t + 1))", 1, 1 / (1 - b ** (t + 1))),
                (f" / (1 - {beta} ** (t - 1))", 1, 1 / (1 - b ** (t - 1))),
                (f" / (1 - {beta} ** 2)", 1, 1 / (1 - b**2)),
                (f" / (1 - {beta}) ** t", 1, 1 / (1 - b) ** t),
                (f" / (1 - (1 - {beta}) ** t)", 1, 1 / (1 - (1 - b) ** t)),
                (f" / (1 - {beta} ** t) ** 2", 1, 1 / (1 - b**t) ** 2),
                (f" / (1 + {beta} ** t)", 1, 1 / (1 + b**t)),
                (f" / {beta} ** t", 1, 1 / b**t),
                (f" / (1 - t ** {beta})", 1, 1 / (1 - t**b)),
                (f" / (1 - {beta}) * t", 1.5, t / (1 - b)),
                (f" / sqrt(1 - {beta} ** t)", 1.5, 1 / np.sqrt(1 - b**t)),
            ]:
                if beta == own and cost == 0:
                    word = "hat"
                found.setdefault(word, (cost + extra, value))
    return found
