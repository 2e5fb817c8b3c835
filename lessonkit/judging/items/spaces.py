"""The versions of each rule, and which of them a learner is asked for."""

import ast
import functools
import itertools
import re
from typing import NamedTuple

from lessonkit.judging.by_hand import draw_for
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.items import own_curvature, own_rules, printed_rules, printed_schedules
from lessonkit.rules.registry import REGISTRY
from lessonkit.sandboxed.probe import probe

SPACES = printed_rules.SPACES | printed_schedules.SPACES | own_rules.SPACES | own_curvature.SPACES  # exercise → Space
KEPT = 3  # every third version is kept for exams
# What a version is drawn for. The first two show or ask code, so they never have the same version; few versions are kept for
# exams, so the two steps by hand may be those of the version asked.
PURPOSES = ("version", "mistake", "two steps")
PLACE = re.compile(r"<(\w+)>")


class Version(NamedTuple):
    """A right version: its exercise, which option each switch has, its source, and the words of its options."""

    exercise: str
    choice: tuple
    source: str
    words: tuple


@functools.cache
def versions(exercise):
    """All versions of a rule: dict of choice → Version."""
    space = SPACES[exercise]
    made = {}
    for choice in itertools.product(*(range(len(options)) for options in space.switches)):
        options, source = [options[i] for options, i in zip(space.switches, choice)], space.template
        places = {place: text for option in options for place, text in option.places.items()}
        while found := PLACE.search(source):
            source = source.replace(found[0], places[found[1]])
        made[choice] = Version(exercise, choice, ast.unparse(ast.parse(source)), tuple(each.words for each in options))
    return made


def printed(exercise):
    """The source of a rule as the lesson prints it; of one that is asked in versions alone, its first version."""
    return EXERCISES[exercise].source if exercise in EXERCISES else next(iter(versions(exercise).values())).source


class Seat(str):
    """A seat in an exam, in place of a learner: it gets versions that no learner gets."""


@functools.cache
def asked_for(exercise, in_exam=False):
    """The versions that a learner may be asked for, or that are kept for exams.

    None of them is a function of the course, or the version that a trace shows. There are at least two of both.
    """
    space = SPACES[exercise]
    heard = len(space.switches) - space.quiet
    able = [version for choice, version in versions(exercise).items() if sum(map(bool, choice[:heard])) >= space.least]
    return [version for place, version in enumerate(able) if (place % KEPT == KEPT // 2) == in_exam]


def drawn_version(exercise, learner, purpose="version"):
    """The version of a rule that a learner has for one of the `PURPOSES`: to write, shown with a mistake, or to compute by hand."""
    few = asked_for(exercise, isinstance(learner, Seat))
    order = draw_for(f"versions of {exercise}", learner).permutation(len(few))
    return few[order[PURPOSES.index(purpose) % len(few)]]


def check_known(exercise):
    """ValueError if no function of the course and none of an exercise alone has this name."""
    if exercise not in EXERCISES and exercise not in SPACES:
        known = ", ".join(dict.fromkeys([*EXERCISES, *SPACES]))
        raise ValueError(f"no exercise is called {exercise!r}; expected one of {known}")


def spec_of(exercise):
    """What `probe` needs to know about an exercise, of the course or of `own_rules`."""
    if exercise in REGISTRY:
        return REGISTRY[exercise].probe_spec
    tree = ast.parse(printed(exercise)).body[0]
    arguments = [argument.arg for argument in tree.args.args]
    states = arguments[2 : arguments.index("t")] if "theta" in arguments else []
    return exercise, arguments, states, SPACES[exercise].tried, True


@functools.lru_cache(maxsize=64)
def drawn_probe(exercise, seed):
    """The probe of an exercise for a seed."""
    return probe(spec_of(exercise), seed)
