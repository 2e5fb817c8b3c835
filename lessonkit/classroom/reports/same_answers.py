"""Answers that agree: all of a notebook, and numbers by hand that are right for somebody else.

If all answers in two notebooks are the same to the letter, and some are right for the one learner's own questions and wrong for the
other's, the notebook was copied whole. For single numbers that match, it is computed how likely that is by accident.

Each learner has questions of their own, drawn from their name. A number counts if it is wrong for the learner's own question,
right for another learner's, and no known mistake explains it. To find the chance that this happens by accident, the right answers
of many questions are drawn: the chance is the share of them that match too. For several numbers of the same two learners it is
the chance of at least as many matches. A pair is listed only if this chance, times the number of compared pairs, is at most BOUND.
Experiments are left out: they have 9 to 12 settings each, so a match by accident is never unlikely enough.
"""

import collections
import functools
import math
from typing import NamedTuple

import numpy as np

from lessonkit.classroom.marking.literal import literal
from lessonkit.classroom.marking.marks import OF_ANOTHER
from lessonkit.judging.by_hand import by_hand
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.given_numbers import near

BOUND = 0.05  # expected number of pairs in a class that match by accident
DRAWN = 2000  # questions from which the chance is computed

FEWEST = 3  # answers in a notebook that are worth a comparison
FOR_OTHER = 2  # answers that are right for the other one alone: a single number by hand may be so by accident


class Copy(NamedTuple):
    """Two learners with the same answers in all of a notebook.

    lesson : str
    learner, other : str; some answers are right for the questions of `other` and wrong for those of `learner`
    answers : int, how many there are
    places : list of the parts that are right for `other` alone
    """

    lesson: str
    learner: str
    other: str
    answers: int
    places: list


class Match(NamedTuple):
    """Two learners whose numbers match.

    learner, other : str; the numbers of `learner` are right for the questions of `other`
    places : list of (lesson, part) of these numbers
    compared : int, how many parts could have matched
    chance : float, of at least as many matches between these two by accident
    """

    learner: str
    other: str
    places: list
    compared: int
    chance: float


def notebooks(handed_in):
    """Notebooks that have the same answers, and were made for the questions of one of the learners.

    Parameters
    ----------
    handed_in : dict of lesson → list of (learner, answers, right)
        `answers` is a list of (part, source) without what is not written yet; `right` is a set of parts that ask each learner
        something else and that the learner has right.

    Returns
    -------
    list of Copy
    """
    found = []
    for lesson, of in handed_in.items():
        alike = collections.defaultdict(list)
        for learner, answers, right in of:
            if len(answers) >= FEWEST:
                alike[tuple(answers)].append((learner, len(answers), right))
        for group in alike.values():
            best = max(group, key=lambda each: len(each[2]))  # whose questions they answer
            found += [
                Copy(lesson, learner, best[0], count, sorted(best[2] - right))
                for learner, count, right in group
                if len(best[2] - right) >= FOR_OTHER
            ]
    return sorted(found)


def numbers(answers):
    """Pairs of learners: one gave numbers that are right for the other's questions.

    Parameters
    ----------
    answers : dict of (lesson, part, exercise) → list of (learner, passed, mistake, number)
        `number` is what `number_in` returns.

    Returns
    -------
    list of Match
        The least likely first.
    int
        How many pairs of learners were compared.
    """
    wrong = {place: _unexplained(rows) for place, rows in answers.items()}
    right = {place: {learner for learner, passed, *_ in rows if passed} for place, rows in answers.items()}
    comparable = collections.defaultdict(list)  # learner → the places of unexplained numbers
    for place, given in wrong.items():
        for learner in given:
            comparable[learner].append(place)
    pairs = _count_pairs(comparable, right)
    matches = collections.defaultdict(list)  # (learner, other) → the places of numbers that match
    for place, given in wrong.items():
        given = {
            learner: number
            for learner, number in given.items()
            if pairs * (DRAWN + 1.0) ** -len(comparable[learner]) <= BOUND  # else all matches together are too likely
        }
        for pair in _matching(place[2], given, right[place]):
            matches[pair].append(place)
    found = [
        match
        for (learner, other), places in matches.items()
        if (
            match := _match(
                learner, other, places, [each for each in comparable[learner] if other in right[each]], pairs
            )
        )
    ]
    return sorted(found, key=lambda match: (match.chance, match)), pairs


def _unexplained(rows):
    """The numbers that are wrong and that no known mistake explains: learner → number.

    A number that is right for the name in the first cell is one of them: that name may be another learner's.
    """
    return {
        learner: number
        for learner, passed, mistake, number in rows
        if not passed and mistake in (None, OF_ANOTHER) and number is not None
    }


def _count_pairs(comparable, right):
    """How many pairs there are of a learner with unexplained numbers and another one with a right number in the same place."""
    others = {
        places: set().union(*(right[place] for place in places)) for places in set(map(tuple, comparable.values()))
    }
    return sum(
        len(others[tuple(places)]) - (learner in others[tuple(places)]) for learner, places in comparable.items()
    )


def _matching(exercise, given, right):
    """Pairs (learner, other) where the learner's number is right for the other's question.

    given : dict of learner → number
    right : set of learners, the others
    """
    if not given:
        return
    by_value = collections.defaultdict(list)
    for other in right:
        by_value[_right_value(exercise, other)].append(other)
    learners, numbers_given = list(given), np.array(list(given.values()))
    for value, same in by_value.items():
        for k in np.flatnonzero(near(numbers_given, value)):
            yield from ((learners[k], other) for other in same)


def _match(learner, other, places, compared, pairs):
    """The Match of two learners; None where it is too likely by accident.

    places, compared : lists of (lesson, part, exercise), where the numbers match and where they could
    """
    if pairs * math.prod(_chance(place, learner, other) for place in places) > BOUND:  # the true chance is larger still
        return None
    chance = at_least(len(places), [_chance(place, learner, other) for place in compared])
    if pairs * chance > BOUND:
        return None
    return Match(learner, other, sorted(place[:2] for place in places), len(compared), chance)


def number_in(source):
    """The number in an answer such as `answer_adam = -0.12`; None if the answer would have to be run."""
    return literal(source)[1]


@functools.lru_cache(maxsize=100_000)
def _right_value(exercise, learner):
    return by_hand(exercise, learner).value_of(EXERCISES[exercise].source)


@functools.cache
def _drawn(exercise):
    return np.array([_right_value(exercise, f"drawn question {k}") for k in range(DRAWN)])


def _chance(place, learner, other):
    return chance_of(place[2], _right_value(place[2], learner), _right_value(place[2], other))


@functools.lru_cache(maxsize=100_000)
def chance_of(exercise, own, other):
    """The chance that a number is right for another learner's question by accident, given that it is wrong for one's own.

    Such a number is drawn as the right answer of a random question. One is added to both counts, so the chance is never 0.

    exercise : str
    own, other : float, the right answers of the two
    """
    elsewhere = ~near(_drawn(exercise), own)
    return float((1 + np.sum(elsewhere & near(_drawn(exercise), other))) / (1 + np.sum(elsewhere)))


def at_least(count, chances):
    """The chance that at least `count` of several independent events happen."""
    distribution = np.ones(1)
    for chance in chances:
        distribution = np.convolve(distribution, [1 - chance, chance])
    return float(distribution[count:].sum())
