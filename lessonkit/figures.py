"""Figures drawn from recorded runs. Each carries a description of what it shows, computed from the same record.

A rule has the same colour, line and marker everywhere, so that a figure reads without colour too.
"""

import base64
import io
from html import escape

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas

# Okabe & Ito's colours, told apart by readers who confuse red and green: https://jfly.uni-koeln.de/color/
BLACK, ORANGE, SKY, GREEN, BLUE, VERMILION, PURPLE = (
    "#000000",
    "#b97800",
    "#2f8fc4",
    "#00795a",
    "#0060a0",
    "#c04800",
    "#a8588a",
)
STYLES = {
    "sgd": dict(color=BLACK, linestyle="-", marker="o"),
    "momentum": dict(color=ORANGE, linestyle="--", marker="s"),
    "nesterov": dict(color=BLUE, linestyle=(0, (3, 1, 1, 1)), marker="D"),
    "adagrad": dict(color=GREEN, linestyle=":", marker="^"),
    "rmsprop": dict(color=SKY, linestyle="-.", marker="v"),
    "adam": dict(color=VERMILION, linestyle="-", marker="*"),
    "adamw": dict(color=PURPLE, linestyle=(0, (5, 1)), marker="P"),
}
OTHERS = [
    dict(color=color, linestyle=line, marker=marker)
    for color, line, marker in zip((BLUE, ORANGE, GREEN, PURPLE, BLACK), ("-", "--", "-.", ":", (0, (5, 1))), "dpX<>")
]
TEXT = {"font.size": 11, "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.alpha": 0.25,
        "figure.constrained_layout.use": True}


class Figure:
    """A picture with its description.

    Displays as an HTML figure whose image has alt text; as plain text it is the description, for screen readers,
    terminals and tests.

    Parameters
    ----------
    canvas : matplotlib Figure
    alt : str
        What the picture shows, in words and numbers.
    """

    def __init__(self, canvas, alt):
        self.canvas, self.alt = canvas, alt

    def png(self, dpi=100):
        """The picture as bytes."""
        buffer = io.BytesIO()
        FigureCanvasAgg(self.canvas)
        with np.errstate(over="ignore", invalid="ignore"):  # a diverged run reaches as far as floats do
            self.canvas.savefig(buffer, format="png", dpi=dpi)
        return buffer.getvalue()

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/html": as_html(self.png(), self.alt), "text/plain": self.alt}

    def __repr__(self):
        return self.alt


def as_html(png, alt):
    """A PNG as an HTML figure with alt text."""
    data = base64.b64encode(png).decode()
    return (f'<figure style="margin:0"><img alt="{escape(alt)}" style="max-width:100%" '
            f'src="data:image/png;base64,{data}"></figure>')


def style_of(label, taken=0):
    """The look of a rule by its name; for any other label, one of the others."""
    return STYLES.get(label.split(",")[0].split(" ")[0], OTHERS[taken % len(OTHERS)])


def styles_of(labels):
    """A look for each label of one figure, no two alike: of "momentum" and "momentum, β = 0.6" the first keeps its own."""
    looks = []
    for k, label in enumerate(labels):
        free = [style_of(label, k), *OTHERS[k % len(OTHERS) :], *OTHERS, *STYLES.values()]
        looks.append(next((look for look in free if look not in looks), free[0]))
    return looks


def new_axes(width=7.0, height=4.0, columns=1, rows=1):
    """A canvas and its axes in the course's style."""
    with matplotlib.rc_context(TEXT):
        canvas = Canvas(figsize=(width, height), layout="constrained")
        return canvas, canvas.subplots(rows, columns)


def contours(axes, surface):
    """Level lines of a surface over its window, evenly spaced in the logarithm of the height, and its minimum."""
    (left, right), (bottom, top) = surface.window
    x, y = np.meshgrid(np.linspace(left, right, 120), np.linspace(bottom, top, 120))
    height = surface(np.array([x.ravel(), y.ravel()])).reshape(x.shape)
    above = height - min(height.min(), surface(np.array(surface.minimum)) if surface.minimum else np.inf)
    low, high = np.quantile(above, [0.005, 1])
    levels = np.geomspace(max(low, high * 1e-4), high, 14)
    axes.contour(x, y, above, levels=levels, colors="#788995", linewidths=0.8)
    if surface.minimum:
        axes.plot(*surface.minimum, marker="+", color=BLACK, markersize=12, markeredgewidth=2)
    axes.set(xlim=(left, right), ylim=(bottom, top), xlabel="x", ylabel="y")
    axes.grid(False)


def paths(surface, runs, width=7.0, height=4.2):
    """Where recorded runs went on a surface of two parameters.

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
    """
    canvas, axes = new_axes(width, height)
    words = draw_paths(axes, surface, runs)
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles, [f"{label}, {runs[label].steps} steps" for label in labels], loc="best", fontsize=9)
    return Figure(canvas, words)


def atlas(walks, columns=2, height=3.4):
    """Several surfaces with their paths, in a grid.

    Parameters
    ----------
    walks : list of (surface, dict of label → Run with one start)

    Returns
    -------
    Figure
    """
    if not walks:
        raise ValueError("atlas: expected a list of (surface, runs), got none")
    rows = -(-len(walks) // columns)
    canvas, axes = new_axes(5.0 * columns, height * rows, columns, rows)
    panels = np.ravel(axes)
    words = [draw_paths(panel, surface, runs) for panel, (surface, runs) in zip(panels, walks)]
    for panel in panels[len(walks) :]:
        panel.set_axis_off()
    handles = {label: handle for panel in panels for handle, label in zip(*panel.get_legend_handles_labels())}
    canvas.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=len(handles))
    return Figure(canvas, " ".join(words))


def draw_paths(axes, surface, runs):
    """Contours and recorded paths on given axes → what they show, in words."""
    if not runs:
        raise ValueError("paths: expected a dict of label → Run, got none")
    for label, run in runs.items():
        if len(surface.start) != 2 or run.theta.shape[1:] != (2,):
            raise ValueError(
                f"paths: expected a surface of two parameters and runs of one start, but theta of {label!r} "
                f"on {surface.name} has shape {run.theta.shape}; expected (steps + 1, 2)"
            )
    contours(axes, surface)
    for (label, run), look in zip(runs.items(), styles_of(runs)):
        axes.plot(*run.theta.T, label=label, markersize=5, markevery=max(1, run.steps // 12), **look)
    axes.set_title(surface.name)
    told_of = [
        f"{label} from {point(run.theta[0])} to {point(run.theta[-1])} in {run.steps} steps, "
        f"loss {run.loss[0]:.3g} to {run.loss[-1]:.3g}{' (diverged)' if run.diverged else ''}"
        for label, run in runs.items()
    ]
    return f"Level lines of {surface.name}, with paths: {'; '.join(told_of)}."


def point(theta):
    """A point in words: (1.00, -0.50), or (3e+150, 0.00) where it is far away."""
    return (
        "("
        + ", ".join(f"{value:.2f}".replace("-0.00", "0.00") if abs(value) < 1e5 else f"{value:.3g}" for value in theta)
        + ")"
    )


def curves(series, xlabel, ylabel, x=None, log=False, title="", mark=None, width=7.0, height=4.0):
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
    """
    if not series:
        raise ValueError("curves: expected a dict of label → values, got none")
    canvas, axes = new_axes(width, height)
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
        words.append(f"{label} {told(middle, at)}{seeds(values)}")
    for label, level in (mark or {}).items():
        axes.axhline(level, color="#555555", linewidth=1, linestyle=(0, (1, 3)))
        axes.annotate(
            label, (1, level), xycoords=("axes fraction", "data"), ha="right", va="bottom", fontsize=9, color="#333333"
        )
        words.append(f"a level line marks {label}")
    with np.errstate(over="ignore"):  # as in png
        axes.set(xlabel=xlabel, ylabel=ylabel, title=title, yscale="log" if log else "linear")
    if not log:
        axes.set_ylim(np.clip(axes.get_ylim(), -1e100, 1e100))  # matplotlib cannot count ticks up to the end of floats
    axes.legend(fontsize=9)
    scale = ", logarithmic" if log else ""
    return Figure(canvas, f"{title + ': ' if title else ''}{ylabel}{scale} against {xlabel}. " + "; ".join(words) + ".")


def told(values, at):
    """Start, end, highest and lowest of a curve in words; and from where on it is not finite."""
    finite = np.flatnonzero(np.isfinite(values))
    if not finite.size:
        return "is nowhere finite"
    known, last = values[finite], finite[-1]
    nearly = 5e-4 * np.abs(known).max()  # the first of many equals, whatever the last bits say
    top, bottom = finite[np.argmax(known >= known.max() - nearly)], finite[np.argmax(known <= known.min() + nearly)]
    end = (
        f"ends at {values[last]:.3g}"
        if last == len(values) - 1
        else f"is not finite after {at[last]:g}, where it is {values[last]:.3g}"
    )
    return (f"starts at {values[0]:.3g}, {end}, is highest ({values[top]:.3g}) at {at[top]:g} "
            f"and lowest ({values[bottom]:.3g}) at {at[bottom]:g}")


def seeds(values):
    """How many seeds of a band left the finite, in words; nothing where none did."""
    lost = 0 if values.ndim == 1 else int(np.sum(~np.isfinite(values).all(axis=1)))
    return f" ({lost} of {len(values)} seeds diverged)" if lost else ""
