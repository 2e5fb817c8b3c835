"""Surfaces of two parameters, with the paths of recorded runs."""

from collections.abc import Mapping, Sequence

import numpy as np
from contourpy import contour_generator
from matplotlib.collections import LineCollection

from lessonkit.display.figures.canvas import BLACK, Figure, new_axes, styles_of
from lessonkit.problems.surfaces import Surface
from lessonkit.runs.common import progress_bar
from lessonkit.runs.descent import Run


def contours(axes, surface):
    """Level lines of a surface over its window, evenly spaced in the logarithm of the height, and its minimum.

    Returns
    -------
    list of artists
    """
    (left, right), (bottom, top) = surface.window
    x, y = np.meshgrid(np.linspace(left, right, 120), np.linspace(bottom, top, 120))
    strips = np.array_split(np.array([x.ravel(), y.ravel()]), 10, axis=1)  # a slice of a network takes seconds
    height = np.concatenate([surface(strip) for strip in progress_bar(strips, 10, surface.name)]).reshape(x.shape)
    above = height - min(height.min(), surface(np.array(surface.minimum)) if surface.minimum else np.inf)
    low, high = np.quantile(above, [0.005, 1])
    levels = np.geomspace(max(low, high * 1e-4), high, 14)
    cut = contour_generator(x, y, above)  # a third of the time of axes.contour, which maps levels to colours
    lines = [line for level in levels for line in cut.lines(level)]
    drawn = [axes.add_collection(LineCollection(lines, colors="#788995", linewidths=0.8), autolim=False)]
    if surface.minimum:
        drawn += axes.plot(*surface.minimum, marker="+", color=BLACK, markersize=12, markeredgewidth=2)
    axes.set(xlim=(left, right), ylim=(bottom, top), xlabel="x", ylabel="y")
    axes.grid(False)
    return drawn


def paths(surface: Surface, runs: Mapping[str, Run], width: float = 7.0, height: float = 4.2) -> Figure:
    """The paths of recorded runs on a surface of two parameters.

    Parameters
    ----------
    surface : Surface
    runs : dict of label → Run with one start

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        No runs, or runs that are not of one start with two parameters.

    Examples
    --------
    >>> from lessonkit import bowl, descend, paths, sgd
    >>> paths(bowl(50), {"sgd": descend(bowl(50), sgd, lr=0.01, steps=60)})
    Level lines of bowl, κ = 50, with paths: sgd from (-4.00, 1.00) to (-1.19, 0.00) in 60 steps, loss 66 to 1.42.
    """
    figure, axes = new_axes(width, height)
    words = draw_paths(axes, surface, runs)
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles, [f"{label}, {runs[label].steps} steps" for label in labels], loc="best", fontsize=9)
    return Figure(figure, words)


def atlas(walks: Sequence[tuple[Surface, Mapping[str, Run]]], columns: int = 2, height: float = 3.4) -> Figure:
    """Several surfaces with their paths, in a grid.

    Parameters
    ----------
    walks : list of (surface, dict of label → Run with one start)
    columns : int
    height : float
        Of one panel, in inches.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        No surfaces, or runs as `paths` refuses them.

    Examples
    --------
    >>> from lessonkit import atlas, bowl, descend, saddle, sgd
    >>> atlas([(surface, {"sgd": descend(surface, sgd, lr=0.01, steps=9)}) for surface in (bowl(50), saddle())])
    Level lines of bowl, ... Level lines of saddle, ...
    """
    if not walks:
        raise ValueError("atlas: expected a list of (surface, runs), got none")
    rows = -(-len(walks) // columns)
    figure, axes = new_axes(5.0 * columns, height * rows, columns, rows)
    panels = np.ravel(axes)
    words = [draw_paths(panel, surface, runs) for panel, (surface, runs) in zip(panels, walks)]
    for panel in panels[len(walks) :]:
        panel.set_axis_off()
    handles = {label: handle for panel in panels for handle, label in zip(*panel.get_legend_handles_labels())}
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=len(handles))
    return Figure(figure, " ".join(words))


def draw_paths(axes, surface, runs):
    """Draw contours and recorded paths on given axes; return what they show, in words."""
    if not runs:
        raise ValueError("paths: expected a dict of label → Run, got none")
    for label, run in runs.items():
        if len(surface.start) != 2 or run.theta.shape[1:] != (2,):
            raise ValueError(
                f"paths: expected a surface of two parameters and runs of one start, but theta of {label!r} "
                f"on {surface.name} has shape {run.theta.shape}; expected (steps + 1, 2)"
            )
    contours(axes, surface)
    draw_lines(axes, runs)
    axes.set_title(surface.name)
    return walks_in_words(surface, runs)


def draw_lines(axes, runs):
    """Draw recorded paths, each in its style; return the lines."""
    return [
        axes.plot(*run.theta.T, label=label, markersize=5, markevery=max(1, run.steps // 12), **look)[0]
        for (label, run), look in zip(runs.items(), styles_of(runs))
    ]


def walks_in_words(surface, runs):
    """What a picture of paths on a surface shows, in words."""
    walks = [
        f"{label} from {point(run.theta[0])} to {point(run.theta[-1])} in {run.steps} steps, "
        f"loss {run.loss[0]:.3g} to {run.loss[-1]:.3g}{' (diverged)' if run.diverged else ''}"
        for label, run in runs.items()
    ]
    return f"Level lines of {surface.name}, with paths: {'; '.join(walks)}."


def point(theta):
    """A point in words: (1.00, -0.50), or (3e+150, 0.00) where it is far away."""
    return (
        "("
        + ", ".join(f"{value:.2f}".replace("-0.00", "0.00") if abs(value) < 1e5 else f"{value:.3g}" for value in theta)
        + ")"
    )
