"""What all instruments share: controls, a picture, a description of it, and the code that makes it again."""

import contextlib
import functools
import sys
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import ParamSpec

import anywidget
import ipywidgets as widgets
import traitlets

from lessonkit.display.figures import as_html
from lessonkit.display.widgets.controls import leaves

P = ParamSpec("P")
LARGE = 1.5  # enough to be read on a projector from the last row


class Picture(anywidget.AnyWidget):
    """A JPEG with alt text; on request it reports where the pointer drags on it.

    Attributes
    ----------
    frame : bytes
    alt : str
    pointer : list of two floats, right and down, in shares of the width and the height
    """

    _esm = Path(__file__).with_name("picture.js")
    frame = traitlets.Bytes().tag(sync=True)
    alt = traitlets.Unicode().tag(sync=True)
    pointer = traitlets.List(traitlets.Float()).tag(sync=True)
    takes_pointer = traitlets.Bool(False).tag(sync=True)


class Instrument(widgets.VBox):
    """Controls, a picture and a line of text that says what the picture shows.

    Parameters
    ----------
    title : str
    controls : list of widgets
        Any move redraws.
    screen : Screen
    draw : function () → words
        Reads the controls and sets what moves on the screen. An exception is shown as a message, and the instrument goes on.
    point : function (right, down), or None
        Sets controls to the place at which the pointer drags on the picture, in shares of its width and height.

    Notes
    -----
    As plain text it is its title, whatever the controls are set to. Where no kernel runs, a still picture is shown.
    """

    def __init__(self, title, controls, screen, draw, point=None):
        self.title, self.screen, self.draw, self.held = title, screen, draw, False
        self.controls = list(leaves(controls))
        self.picture, self.words = Picture(takes_pointer=point is not None), widgets.HTML()
        larger, code = widgets.ToggleButton(description="Larger"), widgets.ToggleButton(description="Code")
        self.cell = widgets.Textarea(
            description="a cell that makes this picture",
            rows=6,
            style={"description_width": "initial"},
            layout={"display": "none", "width": "98%"},
        )
        style = widgets.HTML(f"<b>{escape(title)}</b><style>.lessonkit-larger {{ zoom: {LARGE} }}</style>")
        super().__init__([style, *controls, self.picture, self.words, widgets.HBox([larger, code]), self.cell])
        for control in self.controls:
            control.observe(self.redraw, names="value")
        larger.observe(lambda change: self.magnify(change["new"]), names="value")
        code.observe(lambda change: self.show_code(change["new"]), names="value")
        if point:
            self.picture.observe(lambda change: self.move(point, *change["new"]), names="pointer")
        self.redraw()

    def set(self, values: Mapping[str, object]) -> "Instrument":
        """Set controls by a dict of label → value; return the instrument. KeyError for a label that no control has."""
        labelled = {control.description: control for control in self.controls}
        if unknown := [label for label in values if label not in labelled]:
            raise KeyError(f"no control {unknown[0]!r} on this instrument; it has {', '.join(map(repr, labelled))}")
        with self.drawn_once():
            for label, value in values.items():
                labelled[label].value = value
        return self

    def move(self, point, right, down):
        """Set several controls to one place."""
        with self.drawn_once(), contextlib.suppress(ValueError):  # a place outside the axes
            point(right, down)

    @contextlib.contextmanager
    def drawn_once(self):
        """Redraw once, after several controls have been set."""
        self.held = True
        try:
            yield
        finally:
            self.held = False
            self.redraw()

    def magnify(self, larger):
        """Draw everything large enough for a projector, or as before."""
        if larger:
            self.add_class("lessonkit-larger")
        else:
            self.remove_class("lessonkit-larger")
        self.screen.magnify(LARGE if larger else 1)
        self.redraw()

    def show_code(self, shown):
        """Show the code of the present picture, or hide it."""
        self.cell.value = self.code() if shown else ""
        self.cell.layout.display = None if shown else "none"

    def code(self):
        """The code of a cell that makes this instrument again, with its controls as they are."""
        make, args, kwargs = self.made_by
        parts = [called(value) for value in args] + [f"{key}={called(value)}" for key, value in kwargs.items()]
        values = {control.description: control.value for control in self.controls}
        lines = "".join(f"    {label!r}: {value!r},\n" for label, value in values.items())
        imports = ["import functools\n\n"] if "functools." in str(parts) else []
        imports.append(f"from lessonkit import {make.__name__}\n\n")
        return "".join(imports) + f"{make.__name__}({', '.join(parts)}).set({{\n{lines}}})"

    def redraw(self, change=None):
        """Draw the picture for the present values of the controls."""
        if self.held:
            return
        try:
            words = self.draw()
            picture = self.screen.frame()
        except Exception as error:  # a learner's function may raise anything, and the instrument must stay usable
            self.picture.frame = b""
            self.words.value = f'<div role="status"><b>{type(error).__name__}</b>: {escape(str(error))}</div>'
            return
        with self.picture.hold_sync():
            self.picture.frame, self.picture.alt = picture, words
        self.words.value = f'<div role="status" aria-live="polite">{escape(words)}</div>'

    def _repr_mimebundle_(self, **kwargs):
        return {
            **super()._repr_mimebundle_(**kwargs),
            "text/html": as_html(self.picture.frame, self.picture.alt) if self.picture.frame else self.words.value,
            "text/plain": repr(self),
        }

    def __repr__(self):
        return f"Instrument: {self.title}"


def reproducible(make: Callable[P, Instrument]) -> Callable[P, Instrument]:
    """Decorate a function that makes an instrument, so that the instrument can show the code of its call."""

    @functools.wraps(make)
    def made(*args: P.args, **kwargs: P.kwargs) -> Instrument:
        instrument = make(*args, **kwargs)
        instrument.made_by = make, args, kwargs
        return instrument

    return made


def called(value):
    """A value as code: a number as it is, anything else by its name in the notebook."""
    if isinstance(value, functools.partial):
        fixed = "".join(f", {key}={called(entry)}" for key, entry in value.keywords.items())
        return f"functools.partial({called(value.func)}{fixed})"
    if isinstance(value, (str, int, float, tuple, list)):
        return repr(value)
    for name, known in vars(sys.modules["__main__"]).items():
        if name.startswith("_"):
            continue
        if known is value:
            return name
        if isinstance(known, dict):
            for key, entry in known.items():
                if entry is value:
                    return f"{name}[{key!r}]"
    return getattr(value, "__name__", "...")
