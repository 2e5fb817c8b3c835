"""The interval for the mean of paired differences, after Student, and the sentence that it allows."""

import math
from typing import NamedTuple

import numpy as np

from lessonkit.rules.counts import check_count, check_number
from lessonkit.rules.quantities import as_floats
from lessonkit.rules.types import Numbers


class Difference(NamedTuple):
    """Scores of `first` minus those of `second`, seed by seed, and the interval of their mean.

    Attributes
    ----------
    first, second, measure : str
        Names of the two contestants, and of the score.
    each : array, shape (seeds,)
        Not finite where a run diverged.
    mean, low, high : float
        Mean of the differences and the ends of its interval, in the unit of the score; NaN if a difference is not finite.
    level : float
        Confidence of the statement that the interval makes, or that all intervals of a comparison make together.
    """

    first: str
    second: str
    measure: str
    each: np.ndarray
    mean: float
    low: float
    high: float
    level: float

    @property
    def separated(self):
        """Whether zero is outside the interval."""
        return self.low > 0 or self.high < 0

    def __str__(self):
        seeds, name = len(self.each), f"{self.measure}, {self.first} − {self.second}"
        lost = int((~np.isfinite(self.each)).sum())
        if lost:
            return f"{name}: no interval, because a run diverged on {lost} of {seeds} seeds"
        if self.mean and not np.ptp(self.each):
            return f"{name}: {self.mean:.2g} on every seed: no interval; does the run depend on its seed?"
        interval = f"{self.mean:.2g}, {self.level:.0%} interval {self.low:.2g} to {self.high:.2g}".replace("-", "−")
        if not self.separated:
            return f"{name}: not separated by these {seeds} seeds: {interval}"
        side, count = ("above", self.each > 0) if self.mean > 0 else ("below", self.each < 0)
        return f"{name}: {interval}; {side} 0 on {count.sum()} of these {seeds} seeds"


def paired(
    first: Numbers,
    second: Numbers,
    names: tuple[str, str] = ("first", "second"),
    measure: str = "score",
    level: float = 0.95,
    comparisons: int = 1,
) -> Difference:
    r"""The mean of `first` minus `second`, seed by seed, with Student's t interval.

    With n differences of mean d̄ and standard deviation s, the interval is :math:`\bar d ± t_{n-1} s / \sqrt n`. It is exact for
    independent differences with a normal distribution. Of skewed ones it covers less than it says, the fewer the less: of
    exponential ones, 88 % instead of 95 % with five seeds.

    Parameters
    ----------
    first, second : arrays of floats, shape (seeds,)
        The scores of two contestants; entry k of both is from the same seed. At least two seeds.
    names, measure : str
        What the sentence calls them.
    level : float in (0, 1)
    comparisons : int, 1 or more
        Number of intervals that are to hold together with confidence `level`. Each misses with (1 − level) / comparisons
        (Bonferroni).

    Returns
    -------
    Difference

    Raises
    ------
    ValueError, TypeError
        Scores of unequal number, or of fewer than two seeds; a level outside its range.

    References
    ----------
    Student (1908), doi:10.2307/2331554; Dunn (1961), doi:10.1080/01621459.1961.10482090, for several intervals.

    Examples
    --------
    >>> from lessonkit import paired
    >>> print(paired([3.0, 4.0, 5.0], [2.0, 2.0, 2.0], ("a", "b"), "loss"))
    loss, a − b: not separated by these 3 seeds: 2, 95% interval −0.48 to 4.5
    """
    first, second = as_floats("paired", "first", first), as_floats("paired", "second", second)
    if first.shape != second.shape or first.ndim != 1 or len(first) < 2:
        raise ValueError(
            f"paired: expected a score of each contestant for each of two or more seeds, got {first.shape} and {second.shape}"
        )
    check_count("paired", "comparisons", comparisons)
    if not 0 < check_number("paired: level", level) < 1:
        raise ValueError(f"paired: level must be between 0 and 1, such as 0.95, got {level}")
    with np.errstate(invalid="ignore"):
        each = first - second
    mean = half = math.nan
    if np.isfinite(each).all():
        mean = float(each.mean())
        miss = (1 - level) / comparisons
        half = t_quantile(1 - miss / 2, len(each) - 1) * float(each.std(ddof=1)) / math.sqrt(len(each))
    return Difference(*names, measure, each, mean, mean - half, mean + half, level)


def t_quantile(probability, freedom):
    """The value that Student's t with `freedom` degrees of freedom (an int) stays below with `probability`, 0.5 to 1."""
    angle = _bisected(lambda angle: _t_below(angle, freedom), probability, 0, math.pi / 2)
    return math.sqrt(freedom) * math.tan(angle)


def _t_below(angle, freedom):
    """P(T < t) for t = √freedom · tan(angle): Abramowitz & Stegun (1964), equations 26.7.3 and 26.7.4."""
    odd = freedom % 2
    term = total = (math.cos(angle) if odd else 1.0) * (freedom > 1)
    for k in range(2 + odd, freedom - 1, 2):
        term *= (k - 1) / k * math.cos(angle) ** 2
        total += term
    between = 2 / math.pi * (angle + math.sin(angle) * total) if odd else math.sin(angle) * total  # P(|T| < t)
    return (1 + between) / 2


def _bisected(function, value, low, high):
    """Where a rising function has the value."""
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) < value else (low, middle)
    return (low + high) / 2
