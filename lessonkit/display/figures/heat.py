"""A measured quantity over two others, as shades of grey with labelled level lines."""

from collections.abc import Mapping, Sequence

import numpy as np

from lessonkit.display.figures.canvas import BLACK, VERMILION, Figure, new_axes
from lessonkit.rules.types import Numbers


def heat(
    values: Numbers,
    x: Numbers,
    y: Numbers,
    xlabel: str,
    ylabel: str,
    quantity: str,
    levels: Sequence[float],
    title: str = "",
    marks: Mapping[str, Sequence[float]] | None = None,
    width: float = 7.0,
    height: float = 4.2,
) -> Figure:
    """A map of a quantity that was measured at each pair (x, y).

    Parameters
    ----------
    values : array, shape (len(y), len(x))
        Not finite where a run diverged; drawn as the darkest.
    x, y : increasing arrays
    xlabel, ylabel, quantity : str
        With units.
    levels : list of float, at least two, increasing
        Values of the labelled level lines. The shades range from the first to a little beyond the last.
    marks : dict of label → (x, y)
        Points to show.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        Values whose shape is not that of y and x.

    Examples
    --------
    >>> import numpy as np
    >>> from lessonkit import heat
    >>> x = np.arange(4.0)
    >>> heat(np.add.outer(x, x), x, x, "x", "y", "sum", [2.0, 4.0])
    sum over x and y, lowest (0) at (0, 0); 38% of the map is at 4 or above.
    """
    figure, axes = new_axes(width, height)
    words = draw_heat(axes, values, x, y, xlabel, ylabel, quantity, levels, title)
    for k, (label, (at_x, at_y)) in enumerate((marks or {}).items()):
        axes.plot(
            at_x,
            at_y,
            linestyle="",
            marker="osD^v"[k % 5],
            color=VERMILION,
            markeredgecolor=BLACK,
            markersize=9,
            label=label,
        )
    if marks:
        axes.legend(fontsize=9, loc="best")
        words += " Marked: " + "; ".join(f"{label} at ({at[0]:.3g}, {at[1]:.3g})" for label, at in marks.items()) + "."
    return Figure(figure, words)


def draw_heat(axes, values, x, y, xlabel, ylabel, quantity, levels, title=""):
    """Draw the map on given axes; return what it shows, in words."""
    values, x, y = np.asarray(values, dtype=float), np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if values.shape != (len(y), len(x)):
        raise ValueError(f"heat: values must have shape (len(y), len(x)) = ({len(y)}, {len(x)}), got {values.shape}")
    top = 2 * levels[-1] - levels[-2]  # so that the last line has something beyond it
    shown = np.clip(np.where(np.isfinite(values), values, np.inf), levels[0], top)
    axes.pcolormesh(x, y, shown, cmap="Greys", vmin=levels[0], vmax=top + 0.5 * (top - levels[0]), shading="nearest")
    lines = axes.contour(x, y, shown, levels=levels, colors=BLACK, linewidths=1)
    axes.clabel(lines, fontsize=9)
    axes.set(xlabel=xlabel, ylabel=ylabel, title=title)
    axes.grid(False)
    lowest = np.unravel_index(np.nanargmin(np.where(np.isfinite(values), values, np.nan)), values.shape)
    beyond = np.mean(~(values < levels[-1]))
    return (
        f"{title + ': ' if title else ''}{quantity} over {xlabel} and {ylabel}, lowest ({values[lowest]:.3g}) at "
        f"({x[lowest[1]]:.3g}, {y[lowest[0]]:.3g}); {beyond:.0%} of the map is at {levels[-1]:g} or above."
    )
