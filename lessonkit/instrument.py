"""What all instruments share: a canvas that redraws only what moves, and the box of controls around it."""

import io
from html import escape

import ipywidgets as widgets
import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from lessonkit.figures import TEXT, as_html, contours, new_axes


class Screen:
    """A matplotlib canvas whose moving artists are drawn over a kept background.

    Redrawing two axes whole takes some 30 ms; restoring the background and drawing the lines, a few. A JPEG of this
    quality takes less than 1 ms, a PNG 5 ms; an eye sees no difference.
    """

    def __init__(self, width=7.0, height=4.0, columns=1):
        self.figure, self.axes = new_axes(width, height, columns)
        self.canvas = FigureCanvasAgg(self.figure)
        self.moving, self.ground, self.fixed, self.surface = [], [], [], None

    def stand_on(self, surface, axes=None):
        """Draw the level lines of `surface`, which may change with every frame, under what moves."""
        axes = axes or self.axes
        if surface.name == self.surface:
            return
        window, self.surface = (axes.get_xlim(), axes.get_ylim()), surface.name
        for artist in self.ground:
            artist.remove()
        self.ground = contours(axes, surface)
        axes.set_title(surface.name)
        self.fixed = [axes.title, *filter(None, [axes.get_legend()])]  # over the level lines, so not in the background
        if window != (axes.get_xlim(), axes.get_ylim()):
            self.keep()

    def keep(self):
        """Draw all but the moving artists, and keep that as the background."""
        with matplotlib.rc_context(TEXT):
            for artist in self.artists():
                artist.set_animated(True)
            self.canvas.draw()
        self.figure.set_layout_engine("none")  # all stays where it is; to arrange the axes anew takes as long as to draw them
        self.background = self.canvas.copy_from_bbox(self.figure.bbox)

    def artists(self):
        """What is drawn over the background, the lowest first."""
        return [*self.ground, *self.moving, *self.fixed]

    def frame(self):
        """The background with the moving artists over it, as JPEG."""
        self.canvas.restore_region(self.background)
        with np.errstate(over="ignore", invalid="ignore"):  # a diverged path reaches as far as floats do
            for artist in self.artists():
                self.figure.draw_artist(artist)
        picture = io.BytesIO()
        Image.fromarray(np.asarray(self.canvas.buffer_rgba())).convert("RGB").save(picture, "JPEG", quality=92, subsampling=0)
        return picture.getvalue()


class Instrument(widgets.VBox):
    """Controls, a picture and a line of text that says what the picture shows.

    Parameters
    ----------
    title : str
    controls : list of widgets
        Any move redraws.
    draw : function () → (picture, words)
        Reads the controls. What it raises is shown in words, and the instrument goes on.

    Notes
    -----
    As plain text it is its title, whatever the controls say. Where no kernel runs, a still picture stands for it.
    """

    def __init__(self, title, controls, draw):
        self.title, self.draw = title, draw
        self.picture, self.words = widgets.HTML(), widgets.HTML()
        super().__init__([widgets.HTML(f"<b>{escape(title)}</b>"), *controls, self.picture, self.words])
        for control in leaves(controls):
            control.observe(self.redraw, names="value")
        self.redraw()

    def redraw(self, change=None):
        """Draw what the controls now say."""
        try:
            picture, words = self.draw()
        except Exception as error:  # a learner's function may raise anything; the instrument stays usable
            self.picture.value = ""
            self.words.value = f'<div role="status"><b>{type(error).__name__}</b>: {escape(str(error))}</div>'
            return
        self.picture.value = as_html(picture, words)
        self.words.value = f'<div role="status" aria-live="polite">{escape(words)}</div>'

    def _repr_mimebundle_(self, **kwargs):
        return {
            **super()._repr_mimebundle_(**kwargs),
            "text/html": self.picture.value or self.words.value,
            "text/plain": repr(self),
        }

    def __repr__(self):
        return f"Instrument: {self.title}"


def leaves(controls):
    """The controls in a list of widgets and boxes of widgets."""
    for control in controls:
        if isinstance(control, widgets.Box):
            yield from leaves(control.children)
        else:
            yield control


def slider(label, value, low, high, step):
    """A labelled slider that moves while it is dragged; `value` lies on its steps, to which a browser rounds it."""
    kind = widgets.IntSlider if isinstance(step, int) else widgets.FloatSlider
    return kind(value=value, min=low, max=high, step=step, **looks(label))


def ladder(label, value, values):
    """A labelled slider over `values` and `value`, exactly these: for rates, and other values on no even steps."""
    options = [(f"{entry:g}", entry) for entry in sorted({value, *values})]
    return widgets.SelectionSlider(value=value, options=options, **looks(label))


def looks(label):
    """What all sliders have in common."""
    return dict(
        description=label, continuous_update=True, style={"description_width": "initial"}, layout={"width": "340px"}
    )


def round_numbers(low, high):
    """Numbers of two digits from `low` to `high`, about a twentieth apart."""
    heads = [*range(100, 200, 5), *range(200, 400, 10), *range(400, 1000, 25)]
    numbers = (float(f"{head}e{power}") for power in range(-8, 6) for head in heads)
    return [number for number in numbers if low <= number <= high]
