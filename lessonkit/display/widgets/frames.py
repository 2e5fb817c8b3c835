"""What an instrument shows at many values of its controls, recorded, so that a page plays it without a kernel.

What a page shows is what ran: `player.js` draws recorded strokes, and knows no update rule.
"""

import base64
import contextlib
import gzip
import io
import itertools
import json
from html import escape
from pathlib import Path

import ipywidgets as widgets
import numpy as np
from matplotlib.legend import Legend
from PIL import Image

from lessonkit.display.figures import as_html
from lessonkit.display.widgets.controls import values_of
from lessonkit.display.widgets.screen import DPI
from lessonkit.display.widgets.strokes import UNITS, Strokes

DENSITY = 2  # recorded pixels in one of the page, for screens with many
GRID = 25  # values of each control in a grid


class Numbered(dict):
    """Thing → its number, in the order in which they came."""

    def __missing__(self, thing):
        self[thing] = len(self)
        return self[thing]


class Frames:
    """What an instrument shows at many values of its controls.

    Attributes
    ----------
    controls : list of dict
        Of each recorded control its label, kind and texts, one for each position.
    start : tuple of int
        The position of each control when it was recorded.
    states : dict of positions → [number of the frame, {control: [position, text]} of those that followed another control]
    frames : list of [background or None, strokes, words]
    """

    def __init__(self, instrument, labels=None, grid=None):
        self.instrument, self.screen = instrument, instrument.screen
        moves = getattr(instrument.point, "moves", ())
        grid = named(instrument, grid) if grid else list(moves or instrument.main[:2])
        self.chosen = named(instrument, labels) if labels else list(instrument.main)
        self.chosen += [control for control in grid if control not in self.chosen]
        self.before = {control: control.value for control in instrument.controls}
        self.values = [values_with_present(control) for control in self.chosen]
        self.start = tuple(values.index(control.value) for values, control in zip(self.values, self.chosen))
        self.axes = instrument.point.axes if moves and set(moves) == set(grid) else None
        self.grid = self.thinned([self.chosen.index(control) for control in grid])
        self.grounds, self.shapes, self.styles, self.strokes = Numbered(), Numbered(), Numbered(), Numbered()
        self.frames, self.states, self.background, self.level_lines = [], {}, None, None
        self.record()
        self.controls = [self.described(*each) for each in zip(self.chosen, self.values)]
        self.drag = self.dragged() if self.axes else None

    def thinned(self, grid):
        """The positions of each control in the grid: all that the pointer reaches, or so many that GRID × GRID are recorded."""
        reached = {k: self.reached(k) for k in grid}
        if len(grid) < 2:
            return reached
        positions = {}
        for k, other in zip(grid, reversed(grid)):
            most = max(GRID, GRID**2 // len(reached[other]))
            steps = np.linspace(0, len(reached[k]) - 1, min(len(reached[k]), most)).round().astype(int)
            some = np.array(reached[k])[steps]
            some[abs(some - self.start[k]).argmin()] = self.start[k]
            positions[k] = sorted(some.tolist())
        return positions

    def reached(self, k):
        """The positions of a control that the pointer can drag to, or all where it drags other controls."""
        if not self.axes:
            return list(range(len(self.values[k])))
        limits = self.axes.get_xlim() if self.chosen[k] is self.instrument.point.moves[0] else self.axes.get_ylim()
        inside = lambda value: min(limits) <= value <= max(limits)
        return [at for at, value in enumerate(self.values[k]) if inside(value) or at == self.start[k]]

    def wanted(self):
        """All positions to record: each control by itself, then the grid."""
        alone = [(k, range(len(values))) for k, values in enumerate(self.values)]
        for k, positions in alone:
            for position in positions:
                yield replaced(self.start, {k: position})
        slowest_first = dict(
            reversed(self.grid.items())
        )  # the first control is often a step, which needs no new background
        for positions in itertools.product(*slowest_first.values()):
            yield replaced(self.start, dict(zip(slowest_first, positions)))

    def record(self):
        """Show the instrument at all positions, keep what it shows, and leave it as it was."""
        factor = self.screen.figure.dpi / DPI
        with contextlib.ExitStack() as stack:
            for control in self.instrument.controls:
                stack.enter_context(control.hold_sync())  # a browser that shows the instrument sees nothing of this
            stack.enter_context(self.instrument.drawn_once())
            stack.callback(self.put_back, factor)
            self.screen.magnify(DENSITY)
            self.renderer = Strokes(self.screen.canvas)
            for positions in dict.fromkeys(self.wanted()):
                self.move(positions)
                self.states[positions] = [len(self.frames), self.followers(positions)]
                self.frames.append(self.frame())

    def move(self, positions):
        """Set the controls: all as they were, then those that are elsewhere, because these may set others."""
        for control, value in self.before.items():
            control.value = value
        for k, (control, position) in enumerate(zip(self.chosen, positions)):
            if position != self.start[k]:
                control.value = self.values[k][position]

    def put_back(self, factor):
        """The controls, and the size of what is drawn, as they were."""
        self.move(self.start)
        self.screen.magnify(factor)

    def followers(self, positions):
        """Where the controls stand that others have moved: control → [nearest position, text]."""
        moved = {}
        for k, (control, values, position) in enumerate(zip(self.chosen, self.values, positions)):
            if control.value in values:
                nearest = values.index(control.value)
            else:
                nearest = min(range(len(values)), key=lambda each: abs(values[each] - control.value))
            if control.value != values[position]:
                moved[k] = [nearest, text_of(control, control.value)]
        return moved

    def frame(self):
        """What is shown now: the number of the background, those of the strokes, the words."""
        try:
            words = self.instrument.draw()
        except Exception as error:  # a learner's function may raise anything; the live instrument shows it too
            return [None, [], f"{type(error).__name__}: {error}"]
        if self.background is not self.screen.background:
            self.background, self.ground = self.screen.background, self.grounds[self.picture()]
            self.legends = {}  # they change with the background alone, as in Screen.keep
        if self.level_lines is not self.screen.ground:  # they, and what is over them, stay the same in most frames
            self.level_lines = self.screen.ground
            self.below, self.above = self.drawn(self.screen.ground), self.drawn(self.screen.fixed)
        numbers = self.below + self.drawn(self.screen.moving) + self.above
        return [self.ground, numbers, words]

    def drawn(self, artists):
        """The numbers of the strokes that some artists draw."""
        numbers = []
        for artist in artists:
            drawn = self.legends.get(artist) or self.drawn_anew(artist)
            if isinstance(artist, Legend):
                self.legends[artist] = drawn
            numbers += drawn
        return numbers

    def drawn_anew(self, artist):
        """The numbers of the strokes that one artist draws."""
        self.renderer.strokes = []
        with np.errstate(over="ignore", invalid="ignore"):  # as in Screen.frame
            artist.draw(self.renderer)
        return [
            self.strokes[self.shapes[shape], self.styles[style], self.shapes[clip], places]
            for shape, style, clip, places in self.renderer.strokes
        ]

    def picture(self):
        """The background alone, as the address of a WebP."""
        canvas, packed = self.screen.canvas, io.BytesIO()
        canvas.restore_region(self.screen.background)
        Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB").save(packed, "WEBP", lossless=True)
        return "data:image/webp;base64," + base64.b64encode(packed.getvalue()).decode()

    def described(self, control, values):
        """A control as the player needs it."""
        kind = "tick" if isinstance(control, widgets.Checkbox) else "choice"
        kind = "slider" if "Slider" in type(control).__name__ else kind
        return {
            "label": control.description,
            "kind": kind,
            "texts": [text_of(control, value) for value in values],
            "interval": getattr(control, "interval", None),
        }

    def dragged(self):
        """Where the positions of the two controls in the grid are on the picture, in shares of its width and height."""
        across, up = (self.chosen.index(control) for control in self.instrument.point.moves)
        axes = self.axes
        width, height = self.screen.figure.bbox.size
        (left, bottom), (right, top) = axes.bbox.get_points() / (width, height)
        middle = np.mean([axes.get_xlim(), axes.get_ylim()], axis=1)
        place = lambda x, y: axes.transData.transform((x, y)) / (width, height)
        return {
            "controls": [across, up],
            "across": {k: place(self.values[across][k], middle[1])[0] for k in self.grid[across]},
            "up": {k: 1 - place(middle[0], self.values[up][k])[1] for k in self.grid[up]},
            "box": [left, 1 - top, right, 1 - bottom],
        }

    def packed(self):
        """All of it as text: JSON, packed by gzip, in base64."""
        width, height = (self.screen.figure.bbox.size * DENSITY * DPI / self.screen.figure.dpi).tolist()
        record = {
            "width": width,
            "height": height,
            "density": DENSITY,
            "units": UNITS,
            "controls": self.controls,
            "start": self.start,
            "grid": self.grid,
            "drag": self.drag,
            "states": {",".join(map(str, positions)): state for positions, state in self.states.items()},
            "frames": self.frames,
            "strokes": list(self.strokes),
            "shapes": list(self.shapes),
            "styles": [dict(style) for style in self.styles],
            "grounds": list(self.grounds),
        }
        text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
        return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()

    def html(self):
        """A piece of a page: the picture and its words, which `player` makes playable."""
        picture, words = self.instrument.picture, escape(self.instrument.picture.alt)
        return (
            f'<div class="lessonkit-instrument lessonkit-player"><b>{escape(self.instrument.title)}</b>'
            f'<div class="lessonkit-body"><div><div class="lessonkit-picture">{as_html(picture.frame, picture.alt)}</div>'
            f'<div class="lessonkit-words" role="status" aria-live="polite">{words}</div></div>'
            f'<div class="lessonkit-side">{self.instrument.task.value}</div></div>'
            f'<script type="text/plain">{self.packed()}</script></div>'
        )


def player():
    """What a page needs once, at its end, to play all its recorded instruments: style and script."""
    here = Path(__file__)
    style = "".join(here.with_name(name).read_text(encoding="utf-8") for name in ("picture.css", "player.css"))
    script = here.with_name("player.js").read_text(encoding="utf-8")
    return f"<style>{style}</style><script>{script}</script>"


def named(instrument, labels):
    """The controls of an instrument with some labels; KeyError if there is none."""
    labelled = {control.description: control for control in instrument.controls}
    if unknown := [label for label in labels if label not in labelled]:
        raise KeyError(f"no control {unknown[0]!r} on this instrument; it has {', '.join(map(repr, labelled))}")
    return [labelled[label] for label in labels]


def values_with_present(control):
    """The values that a person can give a control, and the present one, which a program may have set between them."""
    values = values_of(control)
    return values if control.value in values else sorted([*values, control.value])


def text_of(control, value):
    """A value as the control writes it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if hasattr(control, "readout_format"):
        return format(value, control.readout_format)
    labels = dict(entry if isinstance(entry, tuple) else (entry, entry) for entry in getattr(control, "options", ()))
    return next((label for label, entry in labels.items() if entry == value), str(value))


def replaced(positions, changes):
    """Positions with some of them changed."""
    return tuple(changes.get(k, position) for k, position in enumerate(positions))
