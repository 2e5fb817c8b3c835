"""A flow chart in Mermaid's language, drawn as SVG: boxes in layers, and arrows from layer to layer.

JupyterLab draws the lessons' diagrams with Mermaid, in the browser. A slide is drawn when it is built, without a browser, and
larger: its letters must be read from the last row. So this reads the part of the language that the lessons use.
"""

import re
import textwrap
from html import escape

HEAD = re.compile(r"(?:graph|flowchart) (LR|TD)")
BOX = re.compile(r'(\w+)(?:\["([^"]+)"\])?')
ARROW = re.compile(r'\s*-->(?:\|"([^"]+)"\|)?\s*')
SIZE, LINE = 26, 32  # of letters and of lines, in pixels of a slide
LETTER = 0.61 * SIZE  # the width of most letters; few words have only wider ones
PAD, GAP = 18, 56  # within a box, between boxes
ROOM = 1160, 520  # of a slide below its title
LARGEST = 1.6  # times SIZE
WAYS = [("LR", wrap) for wrap in (9, 11, 13, 16, 20)] + [
    ("TD", wrap) for wrap in (12, 16, 20, 26, 34)
]  # letters in a line


def flowchart(mermaid, alt):
    """A diagram as SVG, with its description.

    Parameters
    ----------
    mermaid : str
        A head ``graph LR`` or ``flowchart TD``, then lines such as ``A["what it says"] -->|"a label"| B``.
    alt : str

    Returns
    -------
    str

    Raises
    ------
    ValueError
        A line that is written in another way, or arrows in a circle.
    """
    head, *lines = filter(None, (line.strip() for line in mermaid.strip().splitlines()))
    if not (found := HEAD.fullmatch(head)):
        raise ValueError(f"diagram: expected “graph LR”, “graph TD” or the same with “flowchart”, got “{head}”")
    texts, arrows = {}, []
    for line in lines:
        _read(line, texts, arrows)
    layers = _layers(texts, arrows)
    ways = [(_drawn(*way, layers, texts, arrows), way[0]) for way in WAYS]

    def size(way):  # of its letters; the other direction must have much larger ones
        (width, height, _), direction = way
        return min(ROOM[0] / width, ROOM[1] / height, LARGEST) * (1 if direction == found[1] else 0.8)

    (width, height, shapes), _ = max(ways, key=size)
    return (
        f'<svg role="img" aria-label="{escape(alt)}" viewBox="-2 -2 {width + 4:.0f} {height + 4:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" font-size="{SIZE}" class="flowchart">'
        '<defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">'
        f'<path d="M 0 0 L 10 5 L 0 10 z"/></marker></defs>{shapes}</svg>'
    )


def _read(line, texts, arrows):
    """Note the boxes and arrows of a line."""
    rest, before, label = line, None, None
    while found := BOX.match(rest):
        name, text = found.groups()
        texts[name] = text or texts.get(name, name)
        if before:
            arrows.append((before, name, label or ""))
        rest, before = rest[found.end() :], name
        if not rest:
            return
        if not (arrow := ARROW.match(rest)):
            break
        rest, label = rest[arrow.end() :], arrow[1]
    raise ValueError(f'diagram: expected boxes such as A["text"] with arrows --> between them, got “{line}”')


def _layers(texts, arrows):
    """The names of the boxes, layer by layer: each stands one layer behind the last one that points to it."""
    depth = dict.fromkeys(texts, 0)
    for _ in texts:
        for start, end, _ in arrows:
            depth[end] = max(depth[end], depth[start] + 1)
    if max(depth.values()) >= len(texts):
        raise ValueError("diagram: expected arrows that never lead back to where they began")
    return [[name for name in texts if depth[name] == k] for k in range(max(depth.values()) + 1)]


def _wrapped(text, most):
    """The lines of a text, as few as can be and equally long; a sign in front of it stays with its first word."""
    text = re.sub(r"^(\W) ", "\\1\u00a0", text)
    lines = textwrap.wrap(text, most, break_long_words=False)
    while most > 1 and len(shorter := textwrap.wrap(text, most := most - 1, break_long_words=False)) == len(lines):
        lines = shorter
    return lines


def _drawn(direction, wrap, layers, texts, arrows):
    """The width, the height and the shapes of a diagram in one direction, with lines of at most so many letters."""
    down = direction == "TD"
    wrapped = {name: _wrapped(text, wrap) for name, text in texts.items()}
    sizes = {
        name: (max(map(len, lines)) * LETTER + 2 * PAD, len(lines) * LINE + PAD) for name, lines in wrapped.items()
    }
    labels = max((len(label) for *_, label in arrows), default=0) * LETTER
    gap = GAP if down else max(GAP, labels + 28)
    along, across = (1, 0) if down else (0, 1)
    widths = [sum(sizes[name][across] for name in layer) + GAP * (len(layer) - 1) for layer in layers]
    middles, place = {}, 0
    for layer, width in zip(layers, widths):
        thick, beside = max(sizes[name][along] for name in layer), (max(widths) - width) / 2
        for name in layer:
            middles[name] = (place + thick / 2, beside + sizes[name][across] / 2)
            beside += sizes[name][across] + GAP
        place += thick + gap
    if down:
        middles = {name: (aside, along) for name, (along, aside) in middles.items()}
    total = (max(widths) + (2 * labels if down else 0), place - gap)
    shift = labels if down else 0  # room for labels beside the arrows
    middles = {name: (x + shift, y) for name, (x, y) in middles.items()}
    shapes = [_arrow(middles, sizes, down, *arrow) for arrow in arrows]
    shapes += [_box(*middles[name], *sizes[name], lines) for name, lines in wrapped.items()]
    return *(total if down else total[::-1]), "".join(shapes)


def _box(x, y, width, height, lines):
    first = y - (len(lines) - 1) * LINE / 2
    words = "".join(
        f'<tspan x="{x:.0f}" y="{first + k * LINE:.0f}">{escape(line)}</tspan>' for k, line in enumerate(lines)
    )
    return (
        f'<rect x="{x - width / 2 + 1:.0f}" y="{y - height / 2 + 1:.0f}" width="{width - 2:.0f}" height="{height - 2:.0f}" rx="8"/>'
        f'<text text-anchor="middle" dominant-baseline="central">{words}</text>'
    )


def _arrow(middles, sizes, down, start, end, label):
    (x1, y1), (x2, y2) = middles[start], middles[end]
    if down:
        y1, y2 = y1 + sizes[start][1] / 2, y2 - sizes[end][1] / 2
        words = f'<text x="{(x1 + x2) / 2 + 14:.0f}" y="{(y1 + y2) / 2:.0f}" dominant-baseline="central">{escape(label)}</text>'
    else:
        x1, x2 = x1 + sizes[start][0] / 2, x2 - sizes[end][0] / 2
        words = (
            f'<text x="{(x1 + x2) / 2:.0f}" y="{(y1 + y2) / 2 - 12:.0f}" text-anchor="middle">{escape(label)}</text>'
        )
    line = f'<path class="arrow" d="M {x1:.0f} {y1:.0f} L {x2:.0f} {y2:.0f}" marker-end="url(#arrow)"/>'
    return line + (words if label else "")
