"""Figures drawn from recorded runs. Each carries a description of what it shows, computed from the same record.

A rule has the same colour, line and marker everywhere, so that a figure reads without colour too.
"""

from lessonkit.figures.canvas import BLACK, OTHERS, SKY, STYLES, TEXT, VERMILION, Figure, as_html, new_axes, styles_of
from lessonkit.figures.cloud import cloud, ellipse
from lessonkit.figures.curves import curves
from lessonkit.figures.ground import atlas, contours, paths
from lessonkit.figures.heat import draw_heat, heat

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
