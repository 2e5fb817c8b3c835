"""What all instruments share: controls, a picture, a description of it, and the code that makes it again."""

import contextlib
import functools
import re
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import ParamSpec

import anywidget
import ipywidgets as widgets
import traitlets

from lessonkit.display.figures import as_html
from lessonkit.display.stored import Stored
from lessonkit.display.widgets.controls import leaves, row, values_of
from lessonkit.display.widgets.frames import Frames

P = ParamSpec("P")
LARGE = 1.5  # as in picture.css
BOLD = re.compile(r"\*\*(.+?)\*\*")
BUTTONS = {"Play", "Step", "More", "Larger", "Code"}
STILL = (
    '<div style="position: absolute; left: 30%; top: 45%; padding: 6px 14px; border-radius: 4px; background: #000c; '
    'color: #fff; pointer-events: none">▶ Run the cells from the top to play</div>'
)


@contextlib.contextmanager
def told_briefly():
    """In a notebook, an error that says what to do stands there without the lines of the course that found it."""
    try:
        yield
    except (KeyError, TypeError, ValueError) as error:
        words = f"{type(error).__name__}: {error.args[0] if error.args else ''}"
        error._render_traceback_ = words.splitlines  # IPython asks for it
        raise


class Picture(anywidget.AnyWidget):
    """A JPEG and the words for it, which stand below it and are its alt text; on request it reports where the pointer drags on it.

    Attributes
    ----------
    frame : bytes
    alt : str
    pointer : list of two floats, right and down, in shares of the width and the height
    """

    _esm = Path(__file__).with_name("picture.js")
    _css = Path(__file__).with_name("picture.css")
    frame = traitlets.Bytes().tag(sync=True)
    alt = traitlets.Unicode().tag(sync=True)
    pointer = traitlets.List(traitlets.Float()).tag(sync=True)
    takes_pointer = traitlets.Bool(False).tag(sync=True)


class Instrument(Stored):
    """A picture, a sentence that says what it shows, and controls beside them.

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
    more : list of widgets
        Controls that are hidden until one asks for more.

    Notes
    -----
    As plain text it is its title, whatever the controls are set to. Where no kernel runs, a still picture is shown.
    """

    def __init__(self, title, controls, screen, draw, point=None, more=()):
        self.title, self.screen, self.draw, self.held = title, screen, draw, False
        # A slider's messages may come in a thread of JupyterLab's (a subshell), Play has one, and a cell draws in the kernel's main one.
        self.lock = threading.RLock()
        self.controls, self.main, self.point = list(leaves([*controls, *more])), list(leaves(controls)), point
        self.picture = Picture(takes_pointer=point is not None)
        self.task, self.more = widgets.HTML(), boxed(widgets.VBox, more, "lessonkit-more")
        self.cell = widgets.Textarea(
            description="a cell that makes this picture",
            rows=6,
            style={"description_width": "initial"},
            layout={"width": "98%"},
        )
        self.larger, self.code_shown = (widgets.ToggleButton(description=name) for name in ("Larger", "Code"))
        more_shown = widgets.ToggleButton(description="More")
        buttons = [*([more_shown] if more else []), self.larger, self.code_shown]
        for button in buttons:
            button.layout.width = "72px"
        side = boxed(widgets.VBox, [*controls, row(buttons), self.more, self.task], "lessonkit-side")
        self.larger.add_class("lessonkit-larger-button")
        body = boxed(widgets.HBox, [self.picture, side], "lessonkit-body")
        super().__init__([widgets.HTML(f"<b>{escape(title)}</b>"), body, self.cell])
        self.add_class("lessonkit-instrument")
        show(self.more, False)
        show(self.cell, False)
        for control in self.controls:
            control.observe(self.redraw, names="value")
        more_shown.observe(lambda change: show(self.more, change["new"]), names="value")
        self.larger.observe(lambda change: self.magnify(change["new"]), names="value")
        self.code_shown.observe(lambda change: self.show_code(change["new"]), names="value")
        if point:
            self.picture.observe(lambda change: self.move(point, *change["new"]), names="pointer")
        self.redraw()

    @told_briefly()
    def set(self, values: Mapping[str, object]) -> "Instrument":
        """Set controls by a dict of label → value; return the instrument.

        Raises
        ------
        KeyError
            A label that no control has.
        ValueError
            A value that the control does not have.
        """
        labelled = {control.description: control for control in self.controls}
        if unknown := [label for label in values if label not in labelled]:
            raise KeyError(f"no control {unknown[0]!r} on this instrument; it has {', '.join(map(repr, labelled))}")
        with self.drawn_once():
            for label in filter(values.__contains__, labelled):  # in this order, because a control may set later ones
                put(labelled[label], values[label])
        return self

    @told_briefly()
    def ask(self, *tasks: str) -> "Instrument":
        """Show what to try beside the picture; return the instrument.

        Parameters
        ----------
        *tasks : str
            One paragraph each. A name between two pairs of asterisks is bold.

        Raises
        ------
        ValueError
            A bold name that is neither a control, nor a choice of one, nor a button.
        """
        names = {control.description for control in self.controls} | BUTTONS
        names.update(*(control.options for control in self.controls if isinstance(control, widgets.Dropdown)))
        if unknown := set(BOLD.findall(" ".join(tasks))) - names:
            raise ValueError(f"no control is called {unknown.pop()!r}; there are {', '.join(sorted(names))}")
        lines = BOLD.sub(r"<b>\1</b>", "".join(f"<li>{escape(task)}</li>" for task in tasks))
        self.task.value = f'<ul style="margin: 8px 0; padding-left: 18px">{lines}</ul>'
        return self

    def move(self, point, right, down):
        """Set several controls to one place."""
        with self.drawn_once(), contextlib.suppress(ValueError):  # a place outside the axes
            point(right, down)

    @contextlib.contextmanager
    def drawn_once(self):
        """Redraw once, after several controls have been set."""
        with self.lock:
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
        with self.lock:
            self.screen.magnify(LARGE if larger else 1)
            self.redraw()

    def show_code(self, shown):
        """Show the code of the present picture, or hide it."""
        self.cell.value = self.code() if shown else ""
        show(self.cell, shown)

    def code(self):
        """The code of a cell that makes this instrument again, with its controls as they are."""
        make, args, kwargs = self.made_by
        parts = [called(value) for value in args] + [f"{key}={called(value)}" for key, value in kwargs.items()]
        values = {control.description: control.value for control in self.controls}
        lines = "".join(f"    {label!r}: {value!r},\n" for label, value in values.items())
        imports = ["import functools\n\n"] if "functools." in str(parts) else []
        imports.append(f"from lessonkit import {make.__name__}\n\n")
        return "".join(imports) + f"{make.__name__}({', '.join(parts)}).set({{\n{lines}}})"

    def frames(self, controls: Sequence[str] = (), grid: Sequence[str] = ()) -> Frames:
        """What the instrument shows at many values, for a page that plays it without a kernel; the instrument stays as it is.

        Parameters
        ----------
        controls : list of labels
            Each is recorded at all its values, the others as they are. By default those that are not under More.
        grid : two labels
            Recorded together, at 25 × 25 pairs of values at most. By default those that the pointer drags, or the first two.

        Raises
        ------
        KeyError
            A label that no control has.
        """
        return Frames(self, controls, grid)

    def redraw(self, change=None):
        """Draw the picture for the present values of the controls."""
        with self.lock:
            if not self.held:
                self.show_now()

    def show_now(self):
        """Set what moves, and send the picture and its words."""
        try:
            words = self.draw()
            picture = self.screen.frame()
        except Exception as error:  # a learner's function may raise anything, and the instrument must stay usable
            picture, words = b"", f"{type(error).__name__}: {error}"
        with self.picture.hold_sync():
            self.picture.frame, self.picture.alt = picture, words

    def still(self):
        """The picture, its words and the tasks as HTML, for a page without a kernel."""
        if not self.picture.frame:
            return f"<p>{escape(self.picture.alt)}</p>"
        picture = as_html(self.picture.frame, self.picture.alt)
        return f'<div style="position: relative; display: inline-block">{STILL}{picture}</div><p>{escape(self.picture.alt)}</p>{self.task.value}'

    def instead(self):
        return {"text/html": self.still(), "text/plain": repr(self)}

    def __repr__(self):
        return f"Instrument: {self.title}"


def boxed(kind, children, name):
    """A box of widgets with the class by which picture.css knows it."""
    box = kind(list(children))
    box.add_class(name)
    return box


def show(widget, shown):
    """Show a widget, or hide it."""
    widget.layout.display = None if shown else "none"


def put(control, value):
    """Give a control a value; ValueError with the nearest ones if it is not one of its values."""
    before = control.value
    with contextlib.suppress(traitlets.TraitError):
        control.value = value
    if control.value == value:
        return
    control.value, near = before, values_of(control)
    if isinstance(value, (int, float)) and isinstance(before, (int, float)):
        near = sorted(near, key=lambda entry: abs(entry - value))[:2]
    raise ValueError(f"{control.description!r} cannot be {value!r}; expected {' or '.join(map(repr, near))}")


def reproducible(make: Callable[P, Instrument]) -> Callable[P, Instrument]:
    """Decorate a function that makes an instrument, so that the instrument can show the code of its call."""

    @functools.wraps(make)
    def made(*args: P.args, **kwargs: P.kwargs) -> Instrument:
        with told_briefly():
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
