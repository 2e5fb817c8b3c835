"""Item statistics of the parts of each lesson: difficulty, discrimination, reliability.

Difficulty is the mean share of a part's points. Discrimination is the correlation of a part with the rest score, which is the sum
of the shares of all other parts (Henrysson 1963, Psychometrika 28, 211–218); for a part that gives all its points or none, this is
the point-biserial correlation. Reliability is Cronbach's α (1951, Psychometrika 16, 297–334),

    α = k / (k − 1) · (1 − Σ variance of a part / variance of the sum),

which is formula 20 of Kuder & Richardson (1937, Psychometrika 2, 151–160) if all parts give all or none: then the variance of a
part is p (1 − p). Each part has the same weight, whatever its points.
"""

from typing import NamedTuple

import numpy as np

FEWEST = 20  # learners; with fewer, a correlation is uncertain by more than 0.45 (twice 1 / √n)


class PartStatistics(NamedTuple):
    """A part: its difficulty and its discrimination, None if there are too few learners or no variance."""

    name: str
    difficulty: float | None
    discrimination: float | None


class Items(NamedTuple):
    """A lesson.

    lesson : str
    learners : int, how many learners the numbers come from
    coefficient : str, "KR-20" or "Cronbach's α"
    reliability : float or None
    parts : list of PartStatistics
    """

    lesson: str
    learners: int
    coefficient: str
    reliability: float | None
    parts: list


def of_lesson(lesson, names, shares):
    """The statistics of one lesson.

    Parameters
    ----------
    lesson : str
    names : list of k str, its parts
    shares : n × k, the share of each part's points that each learner has
    """
    shares = np.asarray(shares, dtype=float).reshape(-1, len(names))
    enough = len(shares) >= FEWEST
    parts = [
        PartStatistics(
            name,
            float(one.mean()) if enough else None,
            _correlation(one, shares.sum(axis=1) - one) if enough and len(names) > 1 else None,
        )
        for name, one in zip(names, shares.T, strict=True)
    ]
    all_or_none = bool(np.isin(shares, (0, 1)).all())
    return Items(
        lesson, len(shares), "KR-20" if all_or_none else "Cronbach's α", alpha(shares) if enough else None, parts
    )


def alpha(shares):
    """Cronbach's α of learners × parts, which is KR-20 for parts of 0 or 1; None for a single part or without variance."""
    k, whole = shares.shape[1], shares.sum(axis=1).var()
    return None if k < 2 or whole < 1e-12 else float(k / (k - 1) * (1 - shares.var(axis=0).sum() / whole))


def _correlation(one, other):
    if one.std() < 1e-9 or other.std() < 1e-9:
        return None
    return float(np.corrcoef(one, other)[0, 1])


def table(items):
    """The statistics as rows of a CSV, the first with the names of the columns; what has no value is empty.

    items : list of Items
    """
    rows = [["lesson", "part", "learners", "difficulty", "discrimination", "reliability", "coefficient"]]
    return rows + [
        [
            each.lesson,
            part.name,
            each.learners,
            *map(_rounded, (part.difficulty, part.discrimination, each.reliability)),
            each.coefficient,
        ]
        for each in items
        for part in each.parts
    ]


def _rounded(value):
    return "" if value is None else f"{value:.3f}"
