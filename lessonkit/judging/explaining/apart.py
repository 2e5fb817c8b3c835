"""Reads a quantity that is the rule's but for the entries on one side of a limit: ``where g * old_v is negative, v is g``."""

import numpy as np

from lessonkit.judging.explaining.factors import Factors
from lessonkit.judging.explaining.sums import as_sum
from lessonkit.judging.explaining.terms import between, state_bases, step_bases

MOST = 0.5  # share of the entries on one side that may be right all the same, as where both are 0
WITHOUT = {"weight_decay": "without the decay", "g": "without the gradient"}


def apart(found, reading):
    """What a quantity is on the side where it departs, in a phrase; empty if no side is found, or if it cannot be read there.

    found : Explained
    reading : Reading, of a quantity that could not be read as a whole
    """
    one, name = found.one, reading.name
    states = [one.got[each] for each in one.states] if name == "theta" and one.states else None
    sign = 1 if name == "theta" else found.sign
    wrong = ~one.close(name, sign * one.after(found.source, states, found.sign)[name])
    for words, inside in _sides(one, found.source, wrong):
        if what := _there(one, found, name, states, inside & wrong):
            return f"where {words}, {what}"
    return ""


def _sides(one, source, wrong):
    """(words, entries) of each side of a limit outside of which nothing is wrong."""
    g, theta, olds = one.given["g"], one.given["theta"], {f"old_{name}": one.given[name] for name in one.states}
    quantities = {**between(one, source), "g": g, "theta": theta, **olds}
    products = {f"g * {word}": g * value for word, value in {**olds, "theta": theta}.items()}
    products |= {
        f"{word} * {name}": value * one.got[name] for name in one.states for word, value in (("g", g), ("theta", theta))
    }
    for word, values in quantities.items():
        if np.array_equal(wrong, (values == 0) & wrong) and _mostly(wrong, values == 0):
            yield f"`{word}` is 0", values == 0
    for word, values in (quantities | products).items():
        for how, inside in _signs(values):
            if not np.any(wrong & ~inside) and not np.all(inside) and _mostly(wrong, inside & (values != 0)):
                yield f"`{word}` is {how}", inside
    for word, values in quantities.items():
        size = np.abs(values)
        mine, others = size[wrong], size[~wrong & (size > 0)]
        if not len(mine) or not len(others) or len(np.unique(others)) < 2:
            continue
        if 0 < mine.max() < others.min():
            yield f"the size of `{word}` is below a limit{_range(mine.max(), others.min())}", size <= mine.max()
        if mine.min() > others.max():
            yield f"the size of `{word}` is above a limit{_range(others.max(), mine.min())}", size > others.max()


def _mostly(wrong, where):
    return np.count_nonzero(wrong & where) > MOST * np.count_nonzero(where)


def _range(low, high):
    """All that the numbers tell of a limit."""
    return f" between {low:.3g} and {high:.3g}"


def _signs(values):
    yield "negative", values < 0
    yield "positive", values > 0
    yield "not positive", values <= 0
    yield "not negative", values >= 0


def _there(one, found, name, states, where):
    """What a quantity is in some entries, in words; empty if it cannot be read."""
    step = one.given["theta"] if name == "theta" else 0.0
    target = one.got[name] - step
    if not np.any(target[where]):
        return "theta does not move" if name == "theta" else f"{name} is 0"
    for argument, words in WITHOUT.items():
        if argument in one.given:
            given = {argument: 0 * one.given[argument]}
            other = one.after(found.source, states, found.sign, given)[name] * (1 if name == "theta" else found.sign)
            if np.all(one.close(name, other)[where]):
                return f"{name} is the rule's {words}"
    factors = Factors({each: one.per_group(values) for each, values in one.hyper.items()})
    still = {"theta": one.given["theta"], "1": np.ones_like(target)}
    bases = (
        [*step_bases(one, between(one, found.source), ()), still]
        if name == "theta"
        else state_bases(one, name, False, {})
    )
    plain = [each for each in bases if len(each) < 3 and not any("where" in word for word in each)]
    read = as_sum(one, factors, target, plain, where=where)
    return f"{'theta moves by' if name == 'theta' else f'{name} is'} `{read}`" if read else ""
