"""Rules of a learner's own in the instruments: brought into the form that the loops call, and tried before anything is drawn."""

import functools
import inspect
import math

import numpy as np

from lessonkit.rules.counts import check_count
from lessonkit.rules.registry import of_kind
from lessonkit.runs.descent import replay
from lessonkit.runs.own_names import name_of, with_our_names
from lessonkit.runs.stepper import Stepper

OTHER_RATE = 0.1  # learning rate for a rule that is not in the registry
# gradients of a trial: three steps, two parameters, two starts
GRADIENTS = np.array([[[2.0, -0.5], [0.3, 1.0]], [[-1.0, 0.5], [0.2, 3.0]], [[1.0, 1.0], [-0.7, 0.1]]])


def named(where, rules, many=False):
    """The rules by their names, each one `tried`; the second of a name gets the number 2.

    Raises
    ------
    TypeError, ValueError
        What is not a rule, or fails; the message says what was expected.
    """
    names = [name_of(rule) for rule in rules]
    again = [names[:k].count(name) for k, name in enumerate(names)]
    return {
        f"{name} ({count + 1})" if count else name: tried(where, rule, many)
        for name, count, rule in zip(names, again, rules)
    }


def with_ours(rules):
    """Rules by their names, and after them those of the registry that have other names."""
    return {**rules, **{name: entry.function for name, entry in of_kind("rule").items() if name not in rules}}


def tried(where, rule, many=False, **hyper):
    """The rule as the loops can call it, after a few steps.

    Parameters
    ----------
    where : str
        The instrument, for the message.
    rule : function
        Anything that passes `check` will do, whatever the names of its arguments.
    many : bool
        Whether the instrument runs many starts in one call, which the rule must then keep apart.
    **hyper : arrays of two values, one for each start

    Raises
    ------
    TypeError, ValueError
        What is not a rule, raises, or computes one start from another.
    """
    name = name_of(rule)
    if isinstance(rule, (int, float)):
        raise TypeError(
            f"{where}: expected a rule, a function such as adam, got {rule}; give a number by its name, steps={rule}"
        )
    try:
        rule = in_our_form(rule)
        Stepper(rule, hyper)
    except TypeError as error:
        raise TypeError(f"{where}: {error}") from None
    one = {"lr": 0.01, **{key: values[0] for key, values in hyper.items()}}
    first = started(where, name, rule, GRADIENTS[..., 0], one)
    if many:
        both = started(where, name, rule, GRADIENTS, {"lr": np.array([0.01, 0.02]), **hyper} if hyper else one)
        if not np.allclose(both.theta[..., 0], first.theta, rtol=1e-6, equal_nan=True):
            raise ValueError(
                f"{where}: expected a rule that computes each start by itself, but of two starts, which are the columns of "
                f"theta, one changes what {name} makes of the other; sum or average over axis 0 alone, or not at all"
            )
    return rule


def started(where, name, rule, gradients, given):
    """The run of a rule on the gradients of a trial."""
    try:
        return replay(gradients, rule, 1.0, **given)
    except Exception as error:  # a learner's function may raise anything
        kind, shape = TypeError if isinstance(error, TypeError) else ValueError, gradients.shape[1:]
        raise kind(
            f"{where}: {name} fails on arrays of shape {shape}: {type(error).__name__}, {error!s:.300}\n"
            f"Try it by itself: replay(np.ones({gradients.shape}), {name})"
        ) from error


def in_our_form(rule):
    """A learner's rule with the arguments that the loops pass.

    - One that has the name of a rule of the course may name its arguments as it likes, because `check` calls by position.
    - Without a state, a list of numbers is taken for an array.
    """
    if not callable(rule) or any(rule is entry.function for entry in of_kind("rule").values()):
        return rule
    try:
        rule = with_our_names(rule)
    except ValueError:  # a function without a signature, which the Stepper refuses
        return rule
    return rule if Stepper(rule, {}).states else with_an_array(rule)


def with_an_array(rule):
    """A rule without a state that may return its parameters as a list."""

    @functools.wraps(rule)
    def as_array(theta, g, **hyper):
        returned = rule(theta, g, **hyper)
        return np.asarray(returned) if isinstance(returned, list) and len(returned) == len(theta) > 1 else returned

    return as_array


def usual_rate(name, rule):
    """A learning rate to start with: the registry's, or the default of a learner's own rule."""
    if declared := of_kind("rule").get(name):
        return declared.rate
    given = inspect.signature(rule).parameters.get("lr")
    default = given.default if given else None
    return float(default) if isinstance(default, (int, float)) and 0 < default < math.inf else OTHER_RATE


def counted(where, why="", **counts):
    """Check numbers of steps and the like; a rule in their place is told `why` this instrument takes none."""
    for name, value in counts.items():
        if callable(value):
            raise TypeError(f"{where}: expected {name}, a whole number, got the function {name_of(value)}; {why}")
        check_count(where, name, value)
