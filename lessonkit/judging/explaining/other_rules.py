"""Recognises an answer that computes another rule than the one that was asked for, in any of its conventions."""

import functools
import re

import numpy as np

from lessonkit.judging.asking import SIGNATURES
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.matching import TraceIndex
from lessonkit.judging.versions import changed
from lessonkit.rules.registry import REGISTRY

CALLED = {
    "sgd": "plain gradient descent",
    "momentum": "the heavy ball (momentum)",
    "nesterov": "Nesterov's momentum",
    "adagrad": "AdaGrad",
    "rmsprop": "RMSProp",
    "adam": "Adam, without the decay of the weights",
    "lion": "Lion",
}
# What another rule's arguments may be called here, the likelier first; a number is a usual value that somebody types in.
STANDS_FOR = {"beta": ("beta", "beta1", "beta2", "0.9", "0.99"), "eps": ("eps", "1e-8")}


def other_rule(known, trace):
    """The name of the other rule that an answer computes, or None."""
    if not known.probe.runs:
        return None
    if known.others is None:
        written = _written_here(known.probe.exercise)
        known.others = TraceIndex(known.probe, written, known.rule.values.shape[1])
    for name, other in known.others.candidates(trace):
        if known.close(trace.values, other.values) and _same_memory(known, trace, other):
            return name
    return None


def _same_memory(known, trace, other):
    """Whether the states are those of the other rule, up to their sign and scale; a state that it does not have may be anything."""
    for name, state in other.states.items():
        mine = trace.states[name]
        if mine is None or not np.any(state):
            continue
        if not np.allclose(np.abs(mine), np.abs(state), rtol=1e-6, atol=1e-30):
            return False
    return True


@functools.cache
def _written_here(exercise):
    """(name, source) of each other rule and its conventions, written with the arguments of this exercise."""
    here = REGISTRY[exercise]
    found = {}
    for name in CALLED:
        there = REGISTRY[name]
        if name == exercise or name not in EXERCISES or len(there.states) > len(here.states):
            continue
        source, conventions, _ = EXERCISES[name]
        for text in [source, *(changed(source, each.change) for each in conventions)]:
            for renamed in _renamed(text, there, here):
                found.setdefault(renamed, name)
    return [(name, text) for text, name in found.items()]


def _renamed(text, there, here):
    """The sources that a rule has with the arguments of another one; none where an argument has no counterpart."""
    old_states, new_states = list(there.states), list(here.states)
    squares = {"adagrad", "rmsprop"}
    if len(old_states) == 1 and len(new_states) == 2:
        new_states = new_states[1:] if there.name in squares else new_states[:1]
    names = {old: [new] for old, new in zip(old_states, new_states)}
    for argument in SIGNATURES[there.name][2 + len(old_states) :]:
        choices = STANDS_FOR.get(argument, (argument,))
        fitting = [each for each in choices if each in SIGNATURES[here.name] or not each.isidentifier()]
        if argument == "beta" and "beta2" in SIGNATURES[here.name]:
            fitting = ["beta2" if there.name in squares else "beta1"]
        if not fitting:
            return
        names[argument] = fitting[:1] if fitting[0].isidentifier() else fitting
    body = text.split("\n", 1)[1]
    for beta in names.get("beta", [None]):
        chosen = {old: new[0] for old, new in names.items()} | ({"beta": beta} if beta else {})
        pattern = r"\b(" + "|".join(map(re.escape, chosen)) + r")\b" if chosen else r"(?!)"
        new = re.sub(pattern, lambda match, chosen=chosen: chosen[match[1]], body)
        if len(old_states) < len(here.states):
            new = _returning_all(new, here)
        yield f"def {here.name}({', '.join(SIGNATURES[here.name])}):\n{new}"


def _returning_all(body, here):
    """A body that returns all states of this exercise, those that the other rule does not have as they came in."""
    lines = body.rstrip("\n").split("\n")
    returned = lines[-1].strip().removeprefix("return ")
    if returned.startswith("(") and returned.endswith(")") and ", " in returned:
        step = returned[1:-1].rsplit(", ", 1)[0]
    else:
        step = returned
    return "\n".join([*lines[:-1], f"    return ({step}, {', '.join(here.states)})"]) + "\n"
