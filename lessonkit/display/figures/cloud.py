"""Clouds of measured points in the plane, each with the ellipse of its covariance."""

from collections.abc import Mapping, Sequence

import numpy as np

from lessonkit.display.figures.canvas import BLACK, Figure, new_axes, styles_of
from lessonkit.rules.types import Numbers


def ellipse(points, scale=2.0):
    """The curve `scale` standard deviations from the mean of points of shape (n, 2), as an array of shape (2, 100).

    Two standard deviations contain 86 % of a normal distribution in two dimensions.
    """
    turn = np.linspace(0, 2 * np.pi, 100)
    spread, directions = np.linalg.eigh(np.cov(np.asarray(points, dtype=float).T))
    axes = directions * np.sqrt(np.maximum(spread, 0))
    return np.mean(points, axis=0)[:, None] + scale * axes @ np.array([np.cos(turn), np.sin(turn)])


def cloud(
    points: Mapping[str, Numbers],
    xlabel: str,
    ylabel: str,
    title: str = "",
    centre: Sequence[float] | None = None,
    width: float = 6.0,
    height: float = 4.6,
) -> Figure:
    """Clouds of points, each with its ellipse.

    Parameters
    ----------
    points : dict of label → array, shape (n, 2), n of 3 or more
    xlabel, ylabel : str
        With units.
    centre : (x, y), or None
        A point to mark.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        No clouds, or points of another shape.

    Examples
    --------
    >>> from lessonkit import cloud
    >>> cloud({"steps": [[0, 1], [2, 1], [1, 4]]}, "x", "y")
    clouds of points, y against x. steps around (1, 2), spread 0.816 and 1.41.
    """
    if not points:
        raise ValueError("cloud: expected a dict of label → points, got none")
    figure, axes = new_axes(width, height)
    words = []
    for (label, one), look in zip(points.items(), styles_of(points)):
        one = np.asarray(one, dtype=float)
        if one.ndim != 2 or one.shape[1] != 2 or len(one) < 3:
            raise ValueError(f"cloud: {label!r} must have shape (n, 2), n of 3 or more, got {one.shape}")
        axes.plot(
            *one.T, linestyle="", marker=look["marker"], color=look["color"], markersize=4, alpha=0.5, label=label
        )
        axes.plot(*ellipse(one), color=look["color"], linestyle=look["linestyle"])
        middle, spread = one.mean(axis=0), one.std(axis=0)
        words.append(f"{label} around ({middle[0]:.3g}, {middle[1]:.3g}), spread {spread[0]:.3g} and {spread[1]:.3g}")
    if centre is not None:
        axes.plot(*centre, marker="+", color=BLACK, markersize=14, markeredgewidth=2, linestyle="")
    axes.set(xlabel=xlabel, ylabel=ylabel, title=title)
    axes.legend(fontsize=9)
    return Figure(
        figure, f"{title + ': ' if title else ''}clouds of points, {ylabel} against {xlabel}. {'; '.join(words)}."
    )
