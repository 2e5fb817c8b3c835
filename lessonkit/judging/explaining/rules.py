"""Explains the trace of an update rule by its quantities: each state, and theta, held against the rule's own."""

import ast
import functools
import itertools
from typing import NamedTuple

import numpy as np

from lessonkit.judging.explaining.factors import Factors
from lessonkit.judging.explaining.one_step import OneStep
from lessonkit.judging.explaining.quotients import as_quotient
from lessonkit.judging.explaining.small_changes import of_quantity
from lessonkit.judging.explaining.sums import Sum, as_sum

LARGEST = 1e150  # a number of which the square is no float64, nearly


class Reading(NamedTuple):
    """What a quantity is, beside what it should be.

    name : str, ``"theta"`` or a state
    right : bool
    mine, ours : Sum, Quotient or None
    first : Sum or None, what the quantity is in the first step, if it is something else in the steps that follow
    """

    name: str
    right: bool
    mine: object = None
    ours: object = None
    first: object = None


class Explained(NamedTuple):
    """A trace explained.

    convention : Convention or None, the one whose quantities the learner's are nearest to
    source : str, the rule by this convention
    sign : 1, or -1 if the learner's states are the rule's with the sign turned
    readings : list of Reading, the states, then theta
    gradient : str, what stands for the gradient in all states, or empty
    """

    convention: object
    source: str
    sign: int
    readings: list
    gradient: str
    one: OneStep


def explained(known, trace):
    """The trace of a rule explained; None if a state that came back is not numbers, or they are out of all range."""
    tables = [trace.values, *(trace.states[name] for name in known.probe.states)]
    if any(each is None or np.any(np.abs(each[np.isfinite(each)]) > LARGEST) for each in tables):
        return None
    one = OneStep(known.probe, trace)
    with np.errstate(all="ignore"):
        factors = Factors({name: one.per_group(values) for name, values in one.hyper.items()})
        if exchanged := _exchanged(known, one):
            return Explained(*exchanged, 1, [], "", one)
        squares = [name for name in one.states if _is_even(one, known.exercise.source, name)]
        convention, source, sign, right = _nearest(known, one, (1, -1) if _turned(known, one, squares) else (1,))
        step = None
        if not right["theta"] and squares:
            step = _quotient(one, factors, squares, one.got["theta"] - one.given["theta"])
            convention, source, right = _alike(known, one, step, convention, source, right)
        gradient = "" if all(right[name] for name in one.states) else _gradient(one, factors, source)
        readings = []
        for name in one.states:
            if right[name]:
                readings.append(Reading(name, True))
            else:
                bases = _state_bases(one, name, name in squares, _between(one, source))
                mine, first = as_sum(one, factors, one.got[name], bases), None
                if mine is None:
                    mine, first = _first_apart(one, factors, name, bases)
                ours = sign * one.after(source, sign=sign)[name]
                if mine is None:
                    mine = _transformed(one, factors, name, bases) or _half(one, factors, source, sign, name, bases)
                if mine is None and name in squares:
                    mine = _of_the_whole(one, factors, name, ours)
                if mine is None:
                    mine = of_quantity(one, source, sign, name)
                readings.append(Reading(name, False, mine, _like(one, factors, ours, bases, mine), first))
        readings.append(
            Reading("theta", True)
            if right["theta"]
            else Reading("theta", False, *_moves(one, factors, source, sign, squares, step))
        )
    return Explained(convention, source, sign, readings, gradient, one)


def _exchanged(known, one):
    """(convention, source) of a right version whose results came back in another order; None if there is none."""
    names = ["theta", *one.states]
    orders = [order for order in itertools.permutations(names) if order[0] != "theta"]
    for convention, source in known.bases:
        after = one.after(source)
        for order in orders:
            if all(np.all(one.close(name, after[other])) for name, other in zip(names, order)):
                return convention, source
    return None


def _between(one, source):
    """The quantities that the rule computes before its states, as Lion's direction: dict of name → array."""
    space, found = {"np": np, **one.given}, {}
    for line in ast.parse(source).body[0].body:
        name = ast.unparse(line.targets[0]) if isinstance(line, ast.Assign) else "theta"
        if name in one.given:
            break
        exec(ast.unparse(line), space)  # our own source
        found[name] = space[name]
    return found


def _turned(known, one, squares):
    """Whether the states start with the other sign than the rule's, as a velocity that counts downhill as positive."""
    if squares or not one.states:
        return False
    after = one.after(known.exercise.source)
    together = np.concatenate([one.got[name][0] * after[name][0] for name in one.states])
    return bool(np.all(together <= 0) and np.any(together))


def _nearest(known, one, signs):
    """(convention, source, sign of the states, which quantities are right) of the right version nearest to the learner's."""
    best = None
    for convention, source in known.bases:
        for sign in signs:
            after, right = one.after(source, sign=sign), _right(one, source, sign)
            close = [one.close(name, sign * after[name]).mean().round(2) for name in one.states]
            score = sum(right.values()), sum(close), sign
            if best is None or score > best[0]:
                best = score, (convention, source, sign, right)
    return best[1]


def _right(one, source, sign=1):
    """Which quantities are right; theta is, if it follows from the states that the learner returned, or from those of the rule."""
    after = one.after(source, sign=sign)
    right = {name: bool(np.all(one.close(name, sign * after[name]))) for name in one.states}
    thetas = [after["theta"]]
    if one.states:
        thetas.append(one.after(source, [one.got[name] for name in one.states], sign)["theta"])
    right["theta"] = any(np.all(one.close("theta", each)) for each in thetas)
    return right


def _alike(known, one, mine, convention, source, right):
    """The convention that the learner follows in how theta is computed, although theta is wrong; else what was found before."""
    wanted = set()
    if mine is not None and mine.parts["form"] == "inside":
        wanted.add("ε inside the root")
    if mine is not None and "sqrt(1 - beta2 ** t)" in mine.parts["rate"]:
        wanted.add("ε̂, the correction in the rate")
    for other, text in known.bases:
        if set(other.name.split("; ") if other else []) == wanted:
            also = _right(one, text)
            if sum(also.values()) >= sum(right.values()):
                return other, text, also
    return convention, source, right


def _gradient(one, factors, source):
    """What stands for the gradient in all states of the rule, if something does: ``8 * g``."""
    g, theta = one.given["g"], one.given["theta"]
    tried = {"-g": -g, "sign(g)": np.sign(g), "abs(g)": np.abs(g), "g ** 2": g * g}
    if "weight_decay" in one.hyper:
        tried["g + weight_decay * theta"] = g + one.hyper["weight_decay"] * theta
        tried["g + lr * weight_decay * theta"] = g + one.hyper["lr"] * one.hyper["weight_decay"] * theta
    tried["lr * g"] = one.hyper["lr"] * g
    fresh = one.got[one.states[0]][0] / one.after(source)[one.states[0]][0]  # the states were 0
    for k in (fresh[0], np.sqrt(np.abs(fresh[0]))):
        if k and (named := factors.name(np.full(len(one.groups), k))):
            tried[f"{named[0]} * g"] = k * g
    for word, value in tried.items():
        after = one.after(source, given={"g": value})
        if all(np.all(one.close(name, after[name])) for name in one.states):
            return word
    return ""


def _is_even(one, source, name):
    """Whether a state is made of squares, so that the sign of the gradient does not count."""
    turned = one.after(source, given={"g": -one.given["g"]})
    return bool(np.array_equal(one.after(source)[name], turned[name], equal_nan=True))


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


class Whole(Sum):
    """A sum of which something is taken as a whole; `form` has braces in its place."""

    def __init__(self, terms, form):
        super().__init__(terms)
        self.form = form

    def __str__(self):
        return self.form.format(super().__str__())


def _transformed(one, factors, name, bases):
    """A state that is the root of a sum; None if it is not."""
    found = as_sum(one, factors, one.got[name] ** 2, bases)
    return Whole(found, "sqrt({})") if found else None


def _of_the_whole(one, factors, name, ours):
    """A state that is the square of the whole average, or the larger of the old one and the new one; None if it is neither."""
    should = as_sum(one, factors, ours, _state_bases(one, name, True, {})[:1])
    if should and np.all(one.close(name, np.maximum(one.given[name], ours))):
        return Whole(should, f"max({name}, {{}})")
    if not should or set(should) != {name, "g ** 2"}:
        return None
    terms = {"g": should["g ** 2"], name: should[name]}
    whole = sum(one.spread(values) * one.given[term] for term, (_, values) in terms.items())
    return Whole({name: terms[name], "g": terms["g"]}, "({}) ** 2") if np.all(one.close(name, whole**2)) else None


def _beside(one, factors, source, sign, squares, moved):
    """The step of theta where the fraction is the rule's, and something else is added beside it; None if it is not so."""
    if "weight_decay" not in one.hyper:
        return None
    states = [one.got[name] for name in one.states]
    bare = one.after(source, states, sign, given={"weight_decay": 0 * one.hyper["weight_decay"]})
    fraction = _quotient(one, factors, squares, bare["theta"] - one.given["theta"])
    theta, g = one.given["theta"], one.given["g"]
    tried = {
        "g": g,
        "theta ** 2": theta * theta,
        "abs(theta)": np.abs(theta),
        "sign(theta)": np.sign(theta),
        "sum(theta)": _over(one, np.sum, theta),
        "mean(theta)": _over(one, np.mean, theta),
        **dict(zip(one.states, states)),
    }
    rest = as_sum(one, factors, moved - (bare["theta"] - theta), [{word: value} for word, value in tried.items()])
    return fraction._replace(extras=rest) if fraction is not None and rest is not None else None


def _like(one, factors, target, bases, mine):
    """A quantity of the rule as a sum, of the learner's terms if it can be made of them."""
    if isinstance(mine, Sum) and mine:
        terms = {word: value for basis in bases for word, value in basis.items() if word in mine}
        bases = [*bases, terms]
    return as_sum(one, factors, target, bases)


def _state_bases(one, name, square, between):
    old, g, theta = one.given[name], one.given["g"], one.given["theta"]
    others = {f"old_{each}": one.given[each] for each in one.states if each != name}
    news = {each: one.got[each] for each in one.states if each != name}
    ones = np.ones_like(g)
    if square:
        main = {"g ** 2": g * g}
        more = {
            "abs(g)": np.abs(g),
            "g": g,
            **{f"{each} ** 2": value**2 for each, value in (others | news).items()},
            **{f"g * {each}": g * value for each, value in (others | news).items()},
            **others,
            **news,
            "mean(g ** 2)": _over(one, np.mean, g * g),
            "sum(g ** 2)": _over(one, np.sum, g * g),
            "mean(g) ** 2": _over(one, np.mean, g) ** 2,
            "sqrt(abs(g))": np.sqrt(np.abs(g)),
            "theta ** 2": theta * theta,
            "g ** 3": g**3,
            "g ** 4": g**4,
            "sign(g)": np.sign(g),
            f"{name} ** 2": old * old,
            "1": ones,
        }
    else:
        main = {"g": g}
        more = {
            "theta": theta,
            "new_theta": one.got["theta"],
            **between,
            **others,
            **news,
            "g ** 2": g * g,
            "abs(g)": np.abs(g),
            "sign(g)": np.sign(g),
            "mean(g)": _over(one, np.mean, g),
            "sum(g)": _over(one, np.sum, g),
            f"{name} ** 2": old * old,
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


OVER = (("mean", np.mean), ("sum", np.sum))


def _over(one, reduce, values):
    out = np.empty_like(values)
    for columns in one.tensors:
        out[:, columns] = reduce(values[:, columns], axis=1, keepdims=True)
    return out


def _moves(one, factors, source, sign, squares, mine):
    """How far theta moves, and how far it should from the learner's new states: (mine, ours)."""
    moved = one.got["theta"] - one.given["theta"]
    states = [one.got[name] for name in one.states]
    should = one.after(source, states or None, sign)["theta"] - one.given["theta"]
    ours = None
    if squares:
        ours = _quotient(one, factors, squares, should)
        mine = mine or _beside(one, factors, source, sign, squares, moved)
    bases = _step_bases(one, _between(one, source))
    finite = np.isfinite(moved)
    if mine is None:
        where = None if finite.all() or finite.mean() < 0.5 else finite
        mine = as_sum(one, factors, moved, bases, where=where)
    if mine is None:
        mine = of_quantity(one, source, sign, "theta")
    return mine, ours or _like(one, factors, should, bases, mine)


def _step_bases(one, between):
    g, theta = one.given["g"], one.given["theta"]
    news = {name: one.got[name] for name in one.states}
    olds = {f"old_{name}": one.given[name] for name in one.states}
    bases = [{word: value} for word, value in {**news, "g": g, **olds}.items()]
    bases += [{"g": g, word: value} for word, value in news.items()]
    bases += [{"g": g, word: value} for word, value in olds.items()]
    bases += [{word: value, old: olds[old]} for word, value in news.items() for old in olds]
    bases += [{word: value} for name, each in between.items() for word, value in _with_sign(name, each)]
    simple = list(bases)
    for word, value in {
        "theta": theta,
        "1": np.ones_like(g),
        "sign(g)": np.sign(g),
        "abs(g)": np.abs(g),
        "g ** 2": g * g,
        "mean(g)": _over(one, np.mean, g),
        "sum(g)": _over(one, np.sum, g),
        "g / g.size": g / _over(one, np.sum, np.ones_like(g)),
        "g / len(g)": g / one.lengths,
        "(1 / g)": 1 / g,
        "theta * g": theta * g,
        "theta ** 2": theta * theta,
        "sum(theta)": _over(one, np.sum, theta),
        **{f"sign({name})": np.sign(value) for name, value in news.items()},
    }.items():
        bases += [{word: value}, *({**basis, word: value} for basis in simple)]
    return [*bases, {"g": g, "theta": theta, "theta * g": theta * g}]


def _with_sign(name, value):
    up = np.where(value > 0, 1.0, -1.0)
    return (
        (name, value),
        (f"sign({name})", np.sign(value)),
        (f"abs({name})", np.abs(value)),
        (f"where({name} > 0, 1, -1)", up),
        (f"{name} ** 2", value**2),
    )


def _quotient(one, factors, squares, moved):
    (square,) = squares
    linear = [name for name in one.states if name not in squares]
    g = one.given["g"]
    numerators = {name: one.got[name] for name in linear} | {"g": g}
    numerators |= {f"old_{name}": one.given[name] for name in linear}
    numerators |= {f"{kind}({name})": _over(one, reduce, one.got[name]) for name in linear for kind, reduce in OVER}
    numerators |= {f"{kind}(g)": _over(one, reduce, g) for kind, reduce in OVER}
    numerators |= {"sign(g)": np.sign(g), "g ** 2": g * g, "abs(g)": np.abs(g)}
    v = one.got[square]
    unbracketed = {}
    if "t" in one.hyper:
        powers = {name: one.hyper[name] ** one.hyper["t"] for name in one.hyper if name.startswith("beta")}
        (beta1, power1), (beta2, power2) = powers.items()
        numerators |= {f"({name} / 1 - {beta1} ** t)": one.got[name] - power1 for name in linear}
        unbracketed = {
            f"({square} / 1 - {beta2} ** t)": v - power2,
            f"abs({square} / 1 - {beta2} ** t)": np.abs(v - power2),
        }
    roots = {square: v, f"old_{square}": one.given[square], "g ** 2": g * g}
    roots |= {f"mean({square})": _over(one, np.mean, v), f"sum({square})": _over(one, np.sum, v)}
    roots |= {f"{name} ** 2": one.got[name] ** 2 for name in linear} | {f"{square} ** 2": v * v} | unbracketed
    if "weight_decay" in one.hyper:
        m_hat = {name: one.got[name] * one.spread(_corrections(one, name)["hat"][1]) for name in linear}
        numerators |= {
            f"({name}_hat + weight_decay * theta)": value + one.hyper["weight_decay"] * one.given["theta"]
            for name, value in m_hat.items()
        }
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
    if "weight_decay" in one.hyper:
        decay = Sum({"theta": ("-lr * weight_decay", -factors.values[place["lr * weight_decay"]])})
        found += [decay, *(_together(decay, each) for each in found if list(each) == ["1"])]
    return found


def _together(one, two):
    found = Sum(one | two)
    found.cost = one.cost + two.cost
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
                (f" / abs(1 - {beta} * t)", 1, 1 / np.abs(1 - b * t)),
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
                *(
                    (f" / (1 - {beta} ** ((t - 1) // {k} + 1))", 1, 1 / (1 - b ** ((t - 1) // k + 1)))
                    for k in (2, 3, 4, 5, 10)
                ),
                (f" / sqrt(1 - {beta} ** t)", 1.5, 1 / np.sqrt(1 - b**t)),
            ]:
                if beta == own and cost == 0:
                    word = "hat"
                found.setdefault(word, (cost + extra, value))
    return found
