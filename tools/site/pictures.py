"""Pictures of what a version of a rule, clip or schedule does beside the right one: both are run, and drawn."""

import functools
import io

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image
from settings import SMALLEST, drawn_values, limits, tried

from lessonkit.display.figures.canvas import BLUE, VERMILION, new_axes, styles_of
from lessonkit.display.figures.ground import contours, draw_lines, point, walks_in_words

COLOURS = 48  # of a picture: with fewer, letters become ragged


def picture(name, source, setting, results):
    """The bytes of a picture, and what it shows in words.

    Parameters
    ----------
    name, source : str, the rule, clip or schedule, and the source of its right version
    setting : Setting
    results : dict of label → result; the first is that of the right version
    """
    canvas, axes, background = prepared(name, source, setting.words + setting.kind)
    canvas.restore_region(background)
    artists, words = DRAWN[setting.kind](axes, setting, results)
    for artist in [*artists, axes.legend(handles=artists, loc="best", fontsize=9)]:
        for part in getattr(artist, "patches", [artist]) if artist in artists else [artist]:
            axes.draw_artist(part)
    drawn = (
        Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB").quantize(COLOURS, Image.Quantize.FASTOCTREE)
    )
    for artist in artists:
        artist.remove()
    buffer = io.BytesIO()
    drawn.save(buffer, "PNG", compress_level=8)
    return buffer.getvalue(), words


@functools.cache
def prepared(name, source, words):
    """A canvas on which all is drawn that the pictures of a setting share: axes, and level lines if there are some."""
    setting, right = next(each for each in tried(name, source) if each[0].words + each[0].kind == words)
    figure, axes = new_axes(6.4, 3.3 if setting.kind == "paths" else 2.8)
    figure.set_dpi(110)
    BACKGROUNDS[setting.kind](axes, setting, right)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    figure.set_layout_engine("none")
    return canvas, axes, canvas.copy_from_bbox(figure.bbox)


def ground(axes, setting, right):
    """The level lines of a surface."""
    contours(axes, setting.on)
    axes.set_title(setting.on.name)


def plane(axes, setting, right):
    """Axes for positions or rates by step."""
    positions = setting.kind == "positions"
    (low,), (high,) = limits(setting, drawn_values(setting, right))
    last = right.steps if positions else len(right) - 1
    axes.set(
        xlabel="step" if positions else setting.on,
        ylabel="θ" if positions else "learning rate",
        xlim=(-0.02 * last, 1.02 * last),
    )
    if setting.kind == "small rates":
        axes.set_yscale("symlog", linthresh=SMALLEST)
        axes.set_ylim(0, 2 * right.max())
    else:
        axes.set_ylim(low, high)


def bars(axes, setting, right):
    """Axes for the entries of gradients."""
    labels, grads = setting.on
    values = np.r_[right, *(np.ravel(g) for g in grads)]
    axes.set(xticks=np.arange(len(labels)), xticklabels=[label.replace(", ", "\n") for label in labels], ylabel="value")
    axes.set(xlim=(-0.6, len(labels) - 0.4), ylim=(1.3 * min(values.min(), 0), 1.8 * max(values.max(), 0)))
    axes.axhline(0, color="black", linewidth=0.8)


BACKGROUNDS = {"paths": ground, "positions": plane, "bars": bars, "rates": plane, "small rates": plane}


def of_paths(axes, setting, results):
    """Paths on a surface."""
    return draw_lines(axes, results), walks_in_words(setting.on, results)


def of_positions(axes, setting, results):
    """The positions by step."""
    told = "; ".join(f"{label} from {run.theta[0, 0]:.3g} to {ending(run)}" for label, run in results.items())
    lines = [
        axes.plot(run.theta[:, 0], label=label, markersize=5, markevery=max(1, run.steps // 12), **look)[0]
        for (label, run), look in zip(results.items(), styles_of(results))
    ]
    return lines, f"θ by step: {told}."


def ending(run):
    """Where a run on given gradients ends, in words."""
    return f"no finite number at step {run.steps}" if run.diverged else f"{run.theta[-1, 0]:.4g} in {run.steps} steps"


def of_bars(axes, setting, results):
    """Entries of gradients before and after a clip, and the norm that it returns."""
    labels, grads = setting.on
    before = np.concatenate([np.ravel(g) for g in grads])
    shown = {"before": np.r_[before, np.full(len(labels) - len(before), np.nan)], **results}
    wide, looks = 0.84 / len(shown), (("#bbbbbb", ""), (BLUE, ""), (VERMILION, "//"))
    drawn = [
        axes.bar(np.arange(len(labels)) + wide * (k - 1), values, wide, label=key, color=color, hatch=hatch)
        for k, ((key, values), (color, hatch)) in enumerate(zip(shown.items(), looks))
    ]
    told = "; ".join(f"{key}: {', '.join(f'{v:.3g}' for v in values if v == v)}" for key, values in shown.items())
    return drawn, f"Entries of gradients{', and the norm returned' if 'norm returned' in labels else ''}. {told}."


def of_rates(axes, setting, results):
    """Rates by step: the right one broad and below, the other on it."""
    looks = (dict(lw=5, color="#7fb2d9"), dict(lw=1.8, color=VERMILION, ls="--", marker="."))
    told = "; ".join(
        f"{label} from {v[0]:.3g} over {v[len(v) // 2]:.3g} to {v[-1]:.3g}" for label, v in results.items()
    )
    lines = [axes.plot(values, label=label, **look)[0] for (label, values), look in zip(results.items(), looks)]
    return lines, f"Learning rate by {setting.on}: {told}."


DRAWN = {"paths": of_paths, "positions": of_positions, "bars": of_bars, "rates": of_rates, "small rates": of_rates}


def parted(setting, name, right, other, label):
    """Where two results part most, and how their losses end: a sentence or two."""
    place, ours, theirs = largest(setting, right, other)
    where = (
        f"in “{setting.on[0][place]}”"
        if setting.kind == "bars"
        else f"at {setting.on if 'rates' in setting.kind else 'step'} {place}"
    )
    sentence = f"In the picture they are furthest apart {where}: {ours} with `{name}`, {theirs} with {label}."
    if setting.kind == "paths":
        ends = [f"{run.loss[-1]:.3g}" if np.isfinite(run.loss[-1]) else "no finite number" for run in (right, other)]
        sentence += (
            f" The loss begins at {right.loss[0]:.3g} and ends at {ends[0]} with `{name}`, at {ends[1]} with {label}."
        )
    return sentence


def largest(setting, right, other):
    """The step, or the entry, at which two results part most, and what each has there, in words."""
    one, two = (drawn_values(setting, result) for result in (right, other))
    if len(two) < len(one) or not np.isfinite(two).all():
        place = next((k for k, row in enumerate(two) if not np.isfinite(row).all()), len(two) - 1)
    else:
        low, high = limits(setting, one)
        place = int((np.abs(one - two) / (high - low)).max(axis=1).argmax())
    raw = [
        result.theta if setting.kind in ("paths", "positions") else result.reshape(-1, 1) for result in (right, other)
    ]
    return place, *(in_words(each[place]) for each in raw)


def in_words(row):
    """A point or a number."""
    if not np.isfinite(row).all():
        return "no finite number"
    return point(row) if len(row) > 1 else f"{float(row[0]):.4g}"
