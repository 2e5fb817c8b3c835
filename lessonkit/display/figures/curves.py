"""Recorded quantities against step or epoch."""

from collections.abc import Mapping

import numpy as np

from lessonkit.display.figures.canvas import Figure, new_axes, styles_of
from lessonkit.rules.types import Numbers


def curves(
    series: Mapping[str, Numbers],
    xlabel: str,
    ylabel: str,
    x: Numbers | Mapping[str, Numbers] | None = None,
    log: bool = False,
    title: str = "",
    mark: Mapping[str, float] | None = None,
    width: float = 7.0,
    height: float = 4.0,
) -> Figure:
    """Recorded quantities against step or epoch.

    Parameters
    ----------
    series : dict of label → array, shape (n,), or (seeds, n) for a median with the range of the seeds around it
    xlabel, ylabel : str
        With units.
    x : array, shape (n,), or dict of label → array; counted from 0 where left out
    log : bool
        Whether the y axis is logarithmic.
    mark : dict of label → y, horizontal lines to compare with

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        No series, an empty one, an `x` of another length, or a value that a logarithmic axis cannot show.

    Examples
    --------
    >>> from lessonkit import curves
    >>> curves({"sgd": [4.0, 2.0, 1.0]}, xlabel="step", ylabel="loss")
    loss against step. sgd starts at 4, ends at 1, is highest (4) at 0 and lowest (1) at 2.
    """
    if not series:
        raise ValueError("curves: expected a dict of label → values, got none")
    figure, axes = new_axes(width, height)
    words = []
    for (label, values), look in zip(series.items(), styles_of(series)):
        values = np.asarray(values, dtype=float)
        if values.ndim not in (1, 2) or not values.size:
            raise ValueError(
                f"curves: {label!r} must have shape (n,) or (seeds, n), none of them 0, got {values.shape}"
            )
        if log and (values <= 0).any():
            raise ValueError(
                f"curves: {label!r} has values of 0 or below, which a logarithmic axis cannot show; pass log=False"
            )
        middle = np.median(np.where(np.isnan(values), np.inf, values), axis=0) if values.ndim == 2 else values
        at = np.arange(len(middle)) if x is None else np.asarray(x[label] if isinstance(x, dict) else x)
        if at.shape != middle.shape:
            raise ValueError(f"curves: x of {label!r} has shape {at.shape}, its values {middle.shape}")
        axes.plot(at, middle, label=label, markersize=5, markevery=max(1, len(middle) // 10), **look)
        if values.ndim == 2:
            axes.fill_between(at, values.min(axis=0), values.max(axis=0), color=look["color"], alpha=0.15, linewidth=0)
        words.append(f"{label} {described(middle, at)}{diverged_seeds(values)}")
    for label, level in (mark or {}).items():
        axes.axhline(level, color="#555555", linewidth=1, linestyle=(0, (1, 3)))
        axes.annotate(
            label, (1, level), xycoords=("axes fraction", "data"), ha="right", va="bottom", fontsize=9, color="#333333"
        )
        words.append(f"a level line marks {label}")
    with np.errstate(over="ignore"):  # as in png
        axes.set(xlabel=xlabel, ylabel=ylabel, title=title, yscale="log" if log else "linear")
    if not log:
        axes.set_ylim(np.clip(axes.get_ylim(), -1e100, 1e100))  # matplotlib cannot place ticks near the largest float
    axes.legend(fontsize=9)
    scale = ", logarithmic" if log else ""
    return Figure(figure, f"{title + ': ' if title else ''}{ylabel}{scale} against {xlabel}. " + "; ".join(words) + ".")


def described(values, at):
    """Start, end, highest and lowest value of a curve in words; and from where on it is not finite."""
    finite = np.flatnonzero(np.isfinite(values))
    if not finite.size:
        return "is nowhere finite"
    known, last = values[finite], finite[-1]
    nearly = 5e-4 * np.abs(known).max()  # of nearly equal values the first one counts, whatever their last bits are
    top, bottom = finite[np.argmax(known >= known.max() - nearly)], finite[np.argmax(known <= known.min() + nearly)]
    end = (
        f"ends at {values[last]:.3g}"
        if last == len(values) - 1
        else f"is not finite after {at[last]:g}, where it is {values[last]:.3g}"
    )
    return (
        f"starts at {values[0]:.3g}, {end}, is highest ({values[top]:.3g}) at {at[top]:g} "
        f"and lowest ({values[bottom]:.3g}) at {at[bottom]:g}"
    )


def diverged_seeds(values):
    """How many of the seeds diverged, in words; empty if none did."""
    lost = 0 if values.ndim == 1 else int(np.sum(~np.isfinite(values).all(axis=1)))
    return f" ({lost} of {len(values)} seeds diverged)" if lost else ""
