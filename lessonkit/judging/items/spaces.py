"""Spaces of right versions of a rule: switches that are set independently of each other.

A template holds places in angle brackets. An option of a switch says what stands in some of them, which may hold further
places. So every combination is a version, and none has to be listed.
"""

import ast
import functools
import itertools
import re
from typing import NamedTuple

from lessonkit.judging.by_hand import draw_for
from lessonkit.rules.registry import REGISTRY
from lessonkit.sandboxed.probe import probe

KEPT = 4  # every fourth version is kept for exams
PLACE = re.compile(r"<(\w+)>")


class Option(NamedTuple):
    """One way to set a switch.

    words : str, what it means, in a few words
    places : dict of place → text
    """

    words: str
    places: dict


class Space(NamedTuple):
    """The right versions of a rule.

    template : str, the source of a function with places
    switches : tuple of tuples of Option; the first option of each is the way in which the lesson writes it
    quiet : int, how many of the last switches change the state alone, and never the path of θ
    least : int, in how many of the other switches an asked version differs from the lesson's. Two, if the course has functions
        that differ in one
    task : str, what the function is for, if the course has no function of this name
    tried : tuple of (hyperparameter, usual value, low, high), if the course has no function of this name
    mistakes : tuple of Mistake, if the course has no function of this name
    """

    template: str
    switches: tuple
    quiet: int = 0
    least: int = 1
    task: str = ""
    tried: tuple = ()
    mistakes: tuple = ()


class Version(NamedTuple):
    """A right version: its exercise, which option each switch has, its source, and the words of its options."""

    exercise: str
    choice: tuple
    source: str
    words: tuple


def switch(place, *options):
    """A switch of a single place: each option is (words, text)."""
    return tuple(Option(words, {place: text}) for words, text in options)


@functools.cache
def spaces():
    """All spaces: dict of exercise → Space."""
    from lessonkit.judging.items import own_rules, printed_rules, printed_schedules

    return printed_rules.SPACES | printed_schedules.SPACES | own_rules.SPACES


@functools.cache
def versions(exercise):
    """All versions of a rule: dict of choice → Version."""
    space = spaces()[exercise]
    made = {}
    for choice in itertools.product(*(range(len(options)) for options in space.switches)):
        options, source = [options[i] for options, i in zip(space.switches, choice)], space.template
        places = {place: text for option in options for place, text in option.places.items()}
        while found := PLACE.search(source):
            source = source.replace(found[0], places[found[1]])
        made[choice] = Version(exercise, choice, ast.unparse(ast.parse(source)), tuple(each.words for each in options))
    return made


class Seat(str):
    """A seat in an exam, in place of a learner: it gets versions that no learner gets."""


@functools.cache
def asked_for(exercise, in_exam=False):
    """The versions that a learner may be asked for, or that are kept for exams: none of them is a function of the course."""
    space = spaces()[exercise]
    heard = len(space.switches) - space.quiet
    able = [version for choice, version in versions(exercise).items() if sum(map(bool, choice[:heard])) >= space.least]
    return [version for place, version in enumerate(able) if (place % KEPT == KEPT - 1) == in_exam]


def drawn_version(exercise, learner, purpose="version"):
    """The version of a rule that a learner is asked for."""
    few = asked_for(exercise, isinstance(learner, Seat))
    return few[draw_for(f"{purpose} of {exercise}", learner).integers(len(few))]


def spec_of(exercise):
    """What `probe` needs to know about an exercise, of the course or of `own_rules`."""
    if exercise in REGISTRY:
        return REGISTRY[exercise].probe_spec
    tree = ast.parse(next(iter(versions(exercise).values())).source).body[0]
    arguments = [argument.arg for argument in tree.args.args]
    tried = spaces()[exercise].tried
    states = arguments[2 : arguments.index("t")]
    return exercise, arguments, states, tried, True


@functools.lru_cache(maxsize=64)
def drawn_probe(exercise, seed):
    """The probe of an exercise for a seed."""
    return probe(spec_of(exercise), seed)
