"""Which right version of a rule an answer follows most."""

import itertools

import numpy as np


def squares_of(known, one):
    """The states that are made of squares, so that the sign of the gradient does not count."""
    after, turned = (one.after(known.exercise.source, given={"g": sign * one.given["g"]}) for sign in (1, -1))
    return [name for name in one.states if np.array_equal(after[name], turned[name], equal_nan=True)]


def exchanged(known, one, signs):
    """(convention, source) of a right version whose results came back in another order; None if there is none."""
    names = ["theta", *one.states]
    orders = [order for order in itertools.permutations(names) if order[0] != "theta"]
    for (convention, source), sign in itertools.product(known.bases, signs):
        after = one.after(source, sign=sign)
        after |= {name: sign * after[name] for name in one.states}
        for order in orders:
            if all(np.all(one.close(name, after[other])) for name, other in zip(names, order)):
                return convention, source
    return None


def swapped_states(known, one):
    """Put states that came back in another order into the rule's; what they are, in words, or empty if their order is right."""
    for (_, source), order in itertools.product(known.bases, itertools.permutations(one.states)):
        if list(order) == one.states:
            continue
        after = one.after(source)
        if all(np.all(one.close(name, after[name], one.got[other])) for name, other in zip(one.states, order)):
            one.got |= {name: one.got[other] for name, other in zip(one.states, order)}
            return " and ".join(one.states)
    return ""


def turned_states(known, one, squares):
    """Whether the states start with the other sign than the rule's, as a velocity that counts downhill as positive."""
    if squares or not one.states:
        return False
    after = one.after(known.exercise.source)
    together = np.concatenate([one.got[name][0] * after[name][0] for name in one.states])
    return bool(np.all(together <= 0) and np.any(together))


def nearest(bases, one, signs):
    """(convention, source, sign of the states, which quantities are right) of the right version nearest to the learner's."""
    best = None
    for convention, source in bases:
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


def alike(known, one, mine, convention, source, right):
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
