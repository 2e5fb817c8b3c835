"""Answers that agree, and how likely that is by chance: numbers that are right for somebody else, and unusual code.

Numbers by hand: each learner has a question of their own, drawn from their name. A number counts where it is wrong for its
learner's question and right for another learner's, and no known mistake explains it. The chance that this happens by accident
is the share of all questions whose right answer would have done the same; over several numbers of the same two learners it is
the chance of at least as many such matches. A pair is listed only where so many pairs were compared that BOUND such
matches or fewer are expected by accident in the whole class. Experiments are left out: they have 9 to 12 settings, so that a
match by accident is never unlikely enough.
"""

import collections
import functools
import math
import re
from typing import NamedTuple

import numpy as np

from lessonkit.judging import by_hand
from lessonkit.judging.catalogue import EXERCISES

BOUND = 0.05  # matches by accident, expected in a whole class
NUMBER = re.compile(r"\w+ *= *([-+]?[0-9]{1,30}(?:\.[0-9]{0,30})?(?:[eE][-+]?[0-9]{1,3})?) *(?:#[^\n]*)?")
DRAWN = 2000  # questions from which the chance is computed


class Match(NamedTuple):
    """Two learners whose numbers match.

    learner, other : str, the numbers of `learner` are right for the questions of `other`
    places : list of (lesson, part) where they are
    compared : int, the number of parts in which they could have been
    chance : float, of at least so many matches between these two by accident
    """

    learner: str
    other: str
    places: list
    compared: int
    chance: float


def numbers(answers):
    """Pairs of learners of whom one has given the right numbers for the other's questions.

    Parameters
    ----------
    answers : dict of (lesson, part, exercise) → list of (learner, passed, mistake, number)
        `number` is what `number_in` gives.

    Returns
    -------
    list of Match
        The least likely first.
    int
        How many pairs of learners were compared.
    """
    right = {place: {learner for learner, passed, _, _ in rows if passed} for place, rows in answers.items()}
    wrong = collections.defaultdict(dict)
    for place, rows in answers.items():
        for learner, passed, mistake, number in rows:
            if not passed and mistake is None and number is not None:
                wrong[learner][place] = number
    found, pairs = [], 0
    for learner, given in wrong.items():
        pairs += len(set().union(*(right[place] for place in given)) - {learner})
        matches = collections.defaultdict(list)
        for place, number in given.items():
            for other in right[place]:
                if _is_right(place[2], other, number):
                    matches[other].append(place)
        for other, places in matches.items():
            chances = [chance_of(place[2], learner, other) for place in given if other in right[place]]
            found.append(Match(learner, other, sorted(place[:2] for place in places), len(chances), at_least(len(places), chances)))
    return sorted((match for match in found if pairs * match.chance <= BOUND), key=lambda match: (match.chance, match)), pairs


def number_in(source):
    """The number in an answer that is written as one, `answer_adam = -0.12`; None for all others, as nothing is run here."""
    found = NUMBER.fullmatch(source.strip())
    return float(found[1]) if found else None


@functools.lru_cache(maxsize=100_000)
def _right_value(exercise, learner):
    return by_hand(exercise, learner).value_of(EXERCISES[exercise].source)


def _is_right(exercise, learner, number):
    near = math.isclose(number, _right_value(exercise, learner), rel_tol=0.02)  # most are far off, and this is quick
    return near and bool(by_hand(exercise, learner).right(number))


@functools.cache
def _drawn(exercise):
    return np.array([_right_value(exercise, f"drawn question {k}") for k in range(DRAWN)])


def chance_of(exercise, learner, other):
    """The chance that a number is right for another learner's question by accident.

    The number is taken for the right answer of a question drawn at random, of those that are wrong for the learner's own. One is
    added to both counts, so that the chance is never 0.
    """
    elsewhere = ~by_hand(exercise, learner).right(_drawn(exercise))
    return float((1 + np.sum(elsewhere & by_hand(exercise, other).right(_drawn(exercise)))) / (1 + np.sum(elsewhere)))


def at_least(count, chances):
    """The chance that at least `count` of several independent events happen."""
    distribution = np.ones(1)
    for chance in chances:
        distribution = np.convolve(distribution, [1 - chance, chance])
    return float(distribution[count:].sum())
