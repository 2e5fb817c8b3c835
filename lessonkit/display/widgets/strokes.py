"""A matplotlib renderer that keeps what an artist draws as paths, so that a page can draw the same without matplotlib."""

import functools

import numpy as np
from matplotlib.backend_bases import RendererBase
from matplotlib.colors import to_hex
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, Bbox

UNITS = 2  # of a pixel, in the whole numbers that paths are written in
SLACK = 0.5  # pixels by which a line with fewer points may differ
FAR = 1e5  # pixels; what lies farther away is moved to there, outside of any picture
COMMANDS = {
    Path.MOVETO: ("m", 1),
    Path.LINETO: ("l", 1),
    Path.CURVE3: ("q", 2),
    Path.CURVE4: ("c", 3),
}  # points of each


class Strokes(RendererBase):
    """What artists draw, as a list of strokes.

    A stroke is ``(shape, style, clip, places)``: a path, how it is filled and stroked, the path outside of which nothing of it
    is seen, and for a marker the places at which the shape is drawn. Paths are in SVG's language, in units of 1 / `UNITS`
    pixels from the upper left corner. Texts are paths too, so that they look the same wherever they are drawn.

    Parameters
    ----------
    canvas : FigureCanvasAgg
    """

    def __init__(self, canvas):
        super().__init__()
        self.width, self.height = canvas.figure.bbox.size
        self.dpi, self.agg, self.strokes = canvas.figure.dpi, canvas.get_renderer(), []
        self.down = Affine2D().scale(1, -1).translate(0, self.height)

    def draw_path(self, gc, path, transform, rgbFace=None):
        moved, (box, clip) = self.down.transform_path(transform.transform_path(path)), self.box(gc)
        moved.should_simplify, moved.simplify_threshold = rgbFace is None, SLACK
        # As Agg does: without NaN, upright lines on whole pixels; a line is cut off outside, so that a diverged one stays short.
        cleaned = moved.cleaned(
            remove_nans=True,
            clip=(-1, -1, self.width + 1, self.height + 1) if rgbFace is None else None,
            simplify=None,
            curves=True,
            snap=gc.get_snap(),
            stroke_width=self.points_to_pixels(gc.get_linewidth()),
        )
        self.add(gc, written(cleaned), rgbFace, clip)
        if gc.get_hatch():
            self.add_hatch(gc, cleaned.clip_to_bbox(box))

    def draw_markers(self, gc, marker_path, marker_trans, path, trans, rgbFace=None):
        box, clip = self.box(gc)
        points = self.down.transform(trans.transform(path.vertices))
        near = box.padded(self.points_to_pixels(20))  # a marker whose middle is outside may reach inside
        points = points[((points >= near.min) & (points <= near.max)).all(axis=1)]
        if len(points):
            shape = written(Affine2D().scale(1, -1).transform_path(marker_trans.transform_path(marker_path)))
            self.add(gc, shape, rgbFace, clip, tuple(map(tuple, whole(points).tolist())))

    def draw_image(self, gc, x, y, im, transform=None):
        raise NotImplementedError("an image that moves cannot be recorded; let the background have it")

    def get_text_width_height_descent(self, s, prop, ismath):
        return self.agg.get_text_width_height_descent(s, prop, ismath)

    def get_canvas_width_height(self):
        return self.width, self.height

    def points_to_pixels(self, points):
        return points * self.dpi / 72

    def flipy(self):
        return False

    def add(self, gc, shape, fill, clip, places=()):
        """Keep a stroke that can be seen."""
        width = self.points_to_pixels(gc.get_linewidth()) if gc.get_rgb()[3] else 0
        if not shape or not clip or (fill is None and not width):
            return
        offset, dashes = gc.get_dashes()
        units = lambda points: round(float(self.points_to_pixels(points or 0)) * UNITS, 2)
        style = {  # as a canvas calls them
            "fillStyle": "" if fill is None else colour(gc, fill),
            "strokeStyle": colour(gc, gc.get_rgb()) if width else "",
            "lineWidth": round(float(width) * UNITS, 2),
            "dash": tuple(map(units, () if dashes is None else dashes)),
            "lineDashOffset": units(offset),
            "lineCap": str(gc.get_capstyle()).replace("projecting", "square"),
            "lineJoin": str(gc.get_joinstyle()),
        }
        self.strokes.append((shape, tuple(style.items()), clip, places))

    def add_hatch(self, gc, inside):
        """Keep the lines of a hatch, in square tiles as Agg lays them, from the upper left corner."""
        if not len(inside.vertices):
            return
        size, lines = self.dpi, self.new_gc()
        lines.set_foreground(gc.get_hatch_color())
        lines.set_linewidth(gc.get_hatch_linewidth())
        seen = inside.get_extents()
        columns, rows = (
            range(int(low // size), int(high // size) + 1) for low, high in (seen.intervalx, seen.intervaly)
        )
        places = tuple(tuple(whole((column * size, row * size)).tolist()) for row in rows for column in columns)
        self.add(lines, hatch_shape(gc.get_hatch(), size), lines.get_rgb(), written(inside), places)

    def box(self, gc):
        """The box outside of which nothing is seen, in pixels from the upper left corner, and its outline as a path."""
        clip = gc.get_clip_rectangle()
        return inside(self.width, self.height, clip and tuple(clip.extents.tolist()))


@functools.lru_cache
def inside(width, height, clip):
    """The part of a picture in a box given from the lower left corner, from the upper left one, and its outline as a path."""
    everything = Bbox([[0, 0], [width, height]])
    left, bottom, right, top = clip or (0, 0, width, height)
    box = Bbox.intersection(Bbox([[left, height - top], [right, height - bottom]]), everything) or Bbox(
        [[0, 0], [0, 0]]
    )
    return box, written(rectangle(box))


def rectangle(box):
    """The outline of a box."""
    return Path([(box.x0, box.y0), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1), (0, 0)], closed=True)


def whole(points):
    """Pixels in whole units."""
    return np.rint(np.clip(points, -FAR, FAR) * UNITS).astype(int)


def colour(gc, rgb):
    """A colour with its opacity, as CSS writes it."""
    alpha = gc.get_alpha() if gc.get_forced_alpha() or len(rgb) < 4 else rgb[3]
    return to_hex((*rgb[:3], alpha), keep_alpha=alpha < 1)


@functools.lru_cache
def hatch_shape(hatch, size):
    """The lines of a square tile of a hatch; the course has three, and a picture shows many."""
    return written(Affine2D().scale(size, -size).translate(0, size).transform_path(Path.hatch(hatch, density=6)))


def written(path):
    """A path in pixels from the upper left corner, in SVG's language: each point relative to the one before, in whole units, because that packs best."""
    words, points = [], whole(path.vertices).tolist()
    codes = [Path.MOVETO, *[Path.LINETO] * len(points)] if path.codes is None else path.codes.tolist()
    here = start = [0, 0]
    k = 0
    while k < len(points):
        code, count = codes[k], COMMANDS.get(codes[k], ("", 1))[1]
        if code == Path.CLOSEPOLY:
            words.append("z")
            here = start
        elif code in COMMANDS:
            steps = [f"{x - here[0]},{y - here[1]}" for x, y in points[k : k + count]]
            here = points[k + count - 1]
            start = here if code == Path.MOVETO else start
            if steps != ["0,0"] or code == Path.MOVETO or words[-1][0] == "m":  # of lines of no length, a dot is kept
                words.append(COMMANDS[code][0] + " ".join(steps))
        k += count
    return "".join(words)
