"""The picture of an instrument, which redraws only what moves."""

import io

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.legend import Legend
from PIL import Image

from lessonkit.display.figures import TEXT, contours, new_axes
from lessonkit.display.widgets.controls import set_nearest

DPI = 100


class Screen:
    """A matplotlib figure whose moving artists are drawn between stored pictures of what is below and above them.

    Redrawing two axes takes some 30 ms, a legend 5, level lines or a title 1; restoring their pixels takes less than 0.1.
    Encoding a JPEG of this quality takes less than 1 ms, a PNG 5 ms; the difference cannot be seen.
    """

    def __init__(self, width=5.6, height=4.4, rows=1):
        self.figure, self.axes = new_axes(width, height, rows=rows)
        self.canvas = FigureCanvasAgg(self.figure)
        self.moving, self.ground, self.fixed, self.surface, self.kept, self.below = [], [], [], None, {}, None

    def stand_on(self, surface, axes=None):
        """Draw the level lines of `surface`, which may change with every frame, below the moving artists."""
        axes = axes or self.axes
        if surface.name == self.surface:
            return
        window, self.surface = (axes.get_xlim(), axes.get_ylim()), surface.name
        for artist in self.ground:
            artist.remove()
        self.ground = contours(axes, surface)
        axes.set_title(surface.name)
        self.fixed = [axes.title, *filter(None, [axes.get_legend()])]  # over the level lines, so not in the background
        self.below = None
        if window != (axes.get_xlim(), axes.get_ylim()):
            self.keep()

    def keep(self, limits=None):
        """Draw all but the moving artists, and store that as the background; for `limits` of the axes known already, recall it."""
        key = limits, self.figure.dpi
        if limits is None or key not in self.kept:
            self.kept[key] = self.drawn_anew()
        self.background, self.legend = self.kept[key]
        self.below = None

    def drawn_anew(self):
        """The background, and the legends alone."""
        with matplotlib.rc_context(TEXT):
            for artist in self.artists():
                artist.set_animated(True)
            self.canvas.draw()
        self.figure.set_layout_engine("none")  # the layout is done; doing it again takes as long as drawing the axes
        background = self.canvas.copy_from_bbox(self.figure.bbox)
        self.canvas.get_renderer().clear()
        for artist in self.fixed:
            if isinstance(artist, Legend):
                self.figure.draw_artist(artist)
        return background, Image.fromarray(np.array(self.canvas.buffer_rgba()))

    def restore_ground(self):
        """The background and what changes with the surface, drawn once for each; a title beside the axes covers no line."""
        self.canvas.restore_region(self.below or self.background)
        if not self.below:
            for artist in [*self.ground, *self.fixed]:
                if not isinstance(artist, Legend):
                    self.figure.draw_artist(artist)
            self.below = self.canvas.copy_from_bbox(self.figure.bbox)

    def magnify(self, factor):
        """Draw everything larger by `factor`, with as many more pixels."""
        self.figure.set_dpi(DPI * factor)
        self.keep()

    def place(self, right, down, axes=None):
        """The coordinates in `axes` of a place on the picture; ValueError if it is outside them."""
        axes = axes or self.axes
        width, height = self.figure.bbox.size
        x, y = axes.transData.inverted().transform((right * width, (1 - down) * height))
        if not axes.bbox.contains(right * width, (1 - down) * height):
            raise ValueError(f"({x:.3g}, {y:.3g}) lies beside the axes")
        return x, y

    def drags(self, across, up, axes=None):
        """A function that moves two sliders to a place on the picture: the argument `point` of an Instrument."""

        def point(right, down):
            for control, value in zip((across, up), self.place(right, down, axes)):
                set_nearest(control, value)

        point.moves, point.axes = (across, up), axes or self.axes
        return point

    def artists(self):
        """What is drawn over the background, the lowest first."""
        return [*self.ground, *self.moving, *self.fixed]

    def frame(self):
        """The background with the ground and the moving artists over it, as JPEG."""
        self.restore_ground()
        with np.errstate(
            over="ignore", invalid="ignore"
        ):  # the values of a diverged run may be as large as floats can be
            for artist in self.moving:
                self.figure.draw_artist(artist)
        size, pixels, encoded = self.canvas.get_width_height(), self.canvas.buffer_rgba(), io.BytesIO()
        # JPEG takes the pixels as they are; a copy without the fourth channel takes half as long as the encoding.
        picture = Image.frombuffer("RGBX", size, pixels, "raw", "RGBX", 0, 1)
        if box := self.legend.getbbox():
            legend = self.legend.crop(box)
            picture.paste(legend, box, mask=legend)
        picture.save(encoded, "JPEG", quality=92, subsampling=0)
        return encoded.getvalue()


def draw_path(line, run, marks=12):
    """Give a line the path of a run, with about so many marks on it."""
    line.set_data(*run.theta.T)
    line.set_markevery(max(1, run.steps // marks))
