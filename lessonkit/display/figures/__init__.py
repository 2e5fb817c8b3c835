"""Figures drawn from recorded runs. Each carries a description of what it shows, computed from the same record.

A rule has the same colour, line and marker everywhere, so that a figure reads without colour too.
"""

from lessonkit.display.figures.canvas import (
    BLACK,
    OTHERS,
    SKY,
    STYLES,
    TEXT,
    VERMILION,
    Figure,
    as_html,
    new_axes,
    styles_of,
)
from lessonkit.display.figures.cloud import cloud, ellipse
from lessonkit.display.figures.curves import curves
from lessonkit.display.figures.ground import atlas, contours, paths
from lessonkit.display.figures.heat import draw_heat, heat

__all__ = [
    "BLACK",
    "OTHERS",
    "SKY",
    "STYLES",
    "TEXT",
    "VERMILION",
    "Figure",
    "as_html",
    "atlas",
    "cloud",
    "contours",
    "curves",
    "draw_heat",
    "ellipse",
    "heat",
    "new_axes",
    "paths",
    "styles_of",
]
