"""What all figures share: the course's style, and a picture with a description."""

import base64
import io
from html import escape
from typing import Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as MatplotlibFigure

from lessonkit.machine.terminal import Printed
from lessonkit.rules.registry import of_kind

# Okabe & Ito's colours, told apart by readers who confuse red and green: https://jfly.uni-koeln.de/color/
PALETTE = {
    "black": "#000000",
    "orange": "#b97800",
    "sky": "#2f8fc4",
    "green": "#00795a",
    "blue": "#0060a0",
    "vermilion": "#c04800",
    "purple": "#a8588a",
    "grey": "#6e6e6e",
    "brown": "#6b3a1a",  # no rule has this one yet, nor the next
    "olive": "#6b6b00",
}
BLACK, ORANGE, SKY, GREEN, BLUE, VERMILION, PURPLE, *_ = PALETTE.values()
if _unknown := {entry.style.color for entry in of_kind("rule").values()} - set(PALETTE):
    raise ValueError(f"{', '.join(_unknown)}: expected a colour of PALETTE, {', '.join(PALETTE)}; add a line to it")
STYLES: dict[str, dict[str, Any]] = {
    name: dict(color=PALETTE[entry.style.color], linestyle=entry.style.line, marker=entry.style.marker)
    for name, entry in of_kind("rule").items()
}
OTHERS = [
    dict(color=color, linestyle=line, marker=marker)
    for color, line, marker in zip((BLUE, ORANGE, GREEN, PURPLE, BLACK), ("-", "--", "-.", ":", (0, (5, 1))), "dpX<>")
]
TEXT = {
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "figure.constrained_layout.use": True,
}


class Figure(Printed):
    """A picture with its description.

    In a notebook it is an HTML figure whose image has alt text; as plain text it is the description, for screen readers,
    terminals and tests.

    Parameters
    ----------
    figure : matplotlib Figure
    alt : str
        What the picture shows, in words and numbers.
    """

    def __init__(self, figure, alt):
        self.figure, self.alt = figure, alt

    def png(self, dpi=100):
        """The picture as bytes."""
        buffer = io.BytesIO()
        FigureCanvasAgg(self.figure)
        with np.errstate(
            over="ignore", invalid="ignore"
        ):  # the values of a diverged run may be as large as floats can be
            self.figure.savefig(buffer, format="png", dpi=dpi)
        return buffer.getvalue()

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/html": as_html(self.png(), self.alt), "text/plain": self.alt}

    def __repr__(self):
        return self.alt


def as_html(picture, alt):
    """A PNG or JPEG as an HTML figure with alt text."""
    data, kind = base64.b64encode(picture).decode(), "png" if picture.startswith(b"\x89PNG") else "jpeg"
    return (
        f'<figure style="margin:0"><img alt="{escape(alt)}" style="max-width:100%" '
        f'src="data:image/{kind};base64,{data}"></figure>'
    )


def style_of(label, taken=0):
    """The style of a rule by its name; for any other label, one of the others."""
    return STYLES.get(label.split(",")[0].split(" ")[0], OTHERS[taken % len(OTHERS)])


def styles_of(labels):
    """A style for each label of a figure, all different: of "momentum" and "momentum, β = 0.6" the first has momentum's own."""
    looks = []
    for k, label in enumerate(labels):
        free = [style_of(label, k), *OTHERS[k % len(OTHERS) :], *OTHERS, *STYLES.values()]
        looks.append(next((look for look in free if look not in looks), free[0]))
    return looks


def new_axes(width=7.0, height=4.0, columns=1, rows=1):
    """A matplotlib figure and its axes in the course's style."""
    with matplotlib.rc_context(TEXT):
        figure = MatplotlibFigure(figsize=(width, height), layout="constrained")
        return figure, figure.subplots(rows, columns)
