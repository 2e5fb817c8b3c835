"""Finds out that a quantity is the rule's after one more operation on the whole of it: ``clip(beta * v + g, -1, 1)``."""

import numpy as np

from lessonkit.judging.explaining.limits import limited
from lessonkit.judging.explaining.quotients import Quotient
from lessonkit.judging.explaining.small_changes import Slip
from lessonkit.judging.explaining.sums import Sum, as_sum
from lessonkit.judging.explaining.terms import over


class Whole(Sum):
    """A sum of which something is taken as a whole; `form` has braces in its place."""

    def __init__(self, terms, form):
        super().__init__(terms)
        self.form = form

    def __str__(self):
        return self.form.replace("{}", super().__str__())


class Operation(str):
    """A step of theta, in words, that is the rule's after one more operation."""


class Result(str):
    """A new theta, in words, that is the rule's after one more operation."""


def root_of_a_sum(one, factors, name, bases):
    """A state that is the root of a sum; None if it is not."""
    found = as_sum(one, factors, one.got[name] ** 2, bases)
    return Whole(found, "sqrt({})") if found else None


def state_as_a_whole(one, factors, name, ours, bases):
    """A state that is the larger or the smaller of two quantities, or the square of the whole average; None if it is neither."""
    should = as_sum(one, factors, ours, bases[:1])
    if not should:
        return None
    given, words = bases[0], [str(Sum({term: should[term]})) for term in should]
    terms = [one.spread(values) * given[term] for term, (_, values) in should.items()]
    tried = {f"max({name}, {{}})": np.maximum(one.given[name], ours), **_changed_as_a_whole(one, ours)}
    if len(terms) == 2:
        tried |= {f"max({', '.join(words)})": np.maximum(*terms), f"min({', '.join(words)})": np.minimum(*terms)}
    for form, value in tried.items():
        if np.all(one.close(name, value)):
            return Whole(should, form)
    if form := limited(one.got[name], ours):
        return Whole(should, form)
    if set(should) != {name, "g ** 2"}:
        return None
    whole = one.spread(should[name][1]) * one.given[name] + one.spread(should["g ** 2"][1]) * one.given["g"]
    return (
        Whole({name: should[name], "g": should["g ** 2"]}, "({}) ** 2") if np.all(one.close(name, whole**2)) else None
    )


def _changed_as_a_whole(one, values):
    """What becomes of a quantity by one more operation: dict of formula, with braces for the quantity → values."""
    return {
        "clip({}, -1, 1)": np.clip(values, -1, 1),
        "abs({})": np.abs(values),
        "sign({})": np.sign(values),
        "tanh({})": np.tanh(values),
        "max({}, 0)": np.maximum(values, 0),
        "({}) / norm({})": values / np.sqrt(over(one, np.sum, values**2)),
        "mean({})": over(one, np.mean, values),
        "sum({})": over(one, np.sum, values),
        **{f"round({{}}, {digits})": np.round(values, digits) for digits in range(5)},
    }


def step_as_a_whole(one, should, ours):
    """A step of theta, or a new theta, that is the rule's after one more operation; None if it is not."""
    if not isinstance(ours, Sum | Quotient):
        return None
    theta = one.given["theta"]
    for form, value in _changed_as_a_whole(one, should).items():
        if np.all(one.close("theta", theta + value)):
            return Operation(form.replace("{}", str(ours)))
    for form, value in _changed_as_a_whole(one, theta + should).items():
        if np.all(one.close("theta", value)):
            return Result(form.replace("{}", "new_theta"))
    return _limited_step(one, should)


def _limited_step(one, should):
    """A step, or a new theta, that is the rule's but for a limit; None if it is not."""
    theta, lr = one.given["theta"], one.hyper["lr"]
    decay = lr * one.hyper["weight_decay"] * theta if "weight_decay" in one.hyper else 0.0
    beside = " beside the decay" if "weight_decay" in one.hyper else ""
    moved = one.got["theta"] - theta
    if form := limited(-(moved + decay) / lr, -(should + decay) / lr):
        return Slip(f"theta moves by `-lr * {form.replace('{}', 'u')}`{beside}, where `-lr * u` is the rule's step")
    form = limited(one.got["theta"], theta + should)
    return Result(form.replace("{}", "new_theta")) if form else None
