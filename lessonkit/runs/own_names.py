"""A learner's rule that has the name of a rule of the course, and other names for its arguments."""

import functools
import inspect

from lessonkit.rules.registry import of_kind


def with_our_names(rule):
    """The rule with the names of the course's rule that has its name; the rule itself if its own names say otherwise."""
    ours, own = of_kind("rule").get(name_of(rule)), inspect.signature(rule)
    if ours is None or not takes(own, len(ours.arguments)):
        return rule
    if any(name in ours.arguments[:k] + ours.arguments[k + 1 :] for k, name in enumerate(own.parameters)):
        return rule  # the same names in another order: the loops call it by name
    parameters = list(inspect.signature(ours.function).parameters.values())
    for k, parameter in enumerate(list(own.parameters.values())[: len(parameters)]):
        if parameter.default is not parameter.empty:
            parameters[k] = parameters[k].replace(default=parameter.default)

    @functools.wraps(rule)
    def renamed(*arrays, **hyper):
        return rule(*arrays, *(hyper.get(each.name, each.default) for each in parameters[len(arrays) :]))

    renamed.__signature__ = inspect.Signature(parameters)
    return renamed


def takes(signature, count):
    """Whether `count` arguments can be passed by position."""
    try:
        signature.bind(*range(count))
    except TypeError:
        return False
    return True


def name_of(rule):
    """The name of a rule, and for a partial also the arguments that it fixes."""
    if isinstance(rule, functools.partial):
        return ", ".join([name_of(rule.func), *(f"{key} = {value}" for key, value in rule.keywords.items())])
    return getattr(inspect.unwrap(rule), "__name__", type(rule).__name__)
