"""Draw the README's pictures from runs recorded now, one that moves and a still one; `make notebooks` calls this.

The one that moves is SVG, with CSS alone: it is small, GitHub plays it, it plays once, in less than five seconds, and stays at the
end of the runs. Readers who asked their system for less motion see the end at once; so does a page that
asks for `race.svg#still`.
"""

import io
import itertools
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.markers import MarkerStyle

from lessonkit import adam, curves, descend, momentum, paths, sgd
from lessonkit.display.figures.canvas import STYLES, new_axes
from lessonkit.display.figures.ground import draw_paths
from lessonkit.problems.surfaces import bowl

DOCS = Path(__file__).parents[1] / "docs"
STILL, MOVING = DOCS / "valley.png", DOCS / "race.svg"
VALLEY, STEP = bowl(50), 0.08  # seconds that a step takes
DASHES = {"-": "none", "--": "6 3"}

STYLE = """<style>
.step { fill: none; stroke-width: 1.6; stroke-linecap: round; vector-effect: non-scaling-stroke; animation: shown 1ms both }
.head { stroke: white; stroke-width: 0.8 }
.name { font: bold 10px sans-serif; stroke: white; stroke-width: 3px; paint-order: stroke }
@keyframes shown { from { visibility: hidden } }
%s
@media (prefers-reduced-motion: reduce) { * { animation: none !important } }
:root:has(#still:target) * { animation: none !important }
</style><g id="still"/>"""


def runs():
    """Three rules down one narrow valley, each at a rate that suits it."""
    rates = {sgd: 0.019, momentum: 0.01, adam: 0.3}
    return {rule.__name__: descend(VALLEY, rule, lr=lr, steps=60) for rule, lr in rates.items()}


def draw():
    """The still picture."""
    return paths(VALLEY, runs())


def race():
    """The picture that moves, and what it shows.

    Returns
    -------
    tuple of str (SVG, words)
    """
    recorded = runs()
    figure, (left, right) = new_axes(9.6, 3.6, columns=2)
    words = draw_paths(left, VALLEY, recorded)
    loss = curves({label: run.loss for label, run in recorded.items()}, xlabel="step", ylabel="loss", log=True).alt
    left.set_title("Three rules, one narrow valley")
    left.legend(loc="upper right", fontsize=9)
    logs = {label: np.column_stack([np.arange(run.steps + 1), np.log10(run.loss)]) for label, run in recorded.items()}
    for line in list(left.lines):
        if line.get_label() in recorded:
            line.remove()
    for points in logs.values():
        right.plot(*points.T, alpha=0)
    right.set(title="How high each one stands", xlabel="step", ylabel="loss", xlim=(-3, 78), xticks=range(0, 61, 10))
    exponents = range(-2, 2)
    right.set_yticks(exponents, [f"{10.0**k:g}" for k in exponents])
    ground = drawn(figure)
    moving, keyframes = [], []
    for axes, lines in ((left, {label: run.theta for label, run in recorded.items()}), (right, logs)):
        for label, points in lines.items():
            named = label if axes is right else ""
            moving.append(steps(axes, label, points))
            moving.append(head(f"{label}{len(keyframes)}", label, to_pixels(axes, points), named, keyframes))
    svg = ground.replace("</svg>", "\n".join([STYLE % "\n".join(keyframes), *moving, "</svg>"]))
    return svg, f"{words} {loss}"


def drawn(figure):
    """What stands still, as SVG: the same text for the same figure."""
    file = io.StringIO()
    with rc_context({"svg.hashsalt": "race"}):
        figure.savefig(file, format="svg", dpi=72, metadata={"Date": None, "Creator": None})
    text = file.getvalue()
    return text[text.index("<svg") :]


def to_pixels(axes, points):
    """Points of an axes in the units of the SVG, whose y goes down."""
    height = axes.figure.bbox.height * 72 / axes.figure.dpi
    return np.abs([0, height] - axes.transData.transform(points) * 72 / axes.figure.dpi)


def steps(axes, label, points):
    """A path, each step of it an element that appears in its turn, in the run's own numbers."""
    (x, y), (right, up) = to_pixels(axes, [[0, 0], [1, 1]])
    look = STYLES[label]
    lines = [
        f'<path class="step" style="animation-delay:{STEP * k:.2f}s" d="M{a:.4g} {b:.4g}L{c:.4g} {d:.4g}"/>'
        for k, ((a, b), (c, d)) in enumerate(itertools.pairwise(points), 1)
    ]
    matrix = f"matrix({right - x:.4f} 0 0 {up - y:.4f} {x:.3f} {y:.3f})"
    dashes = DASHES[look["linestyle"]]
    return (
        f'<g transform="{matrix}" stroke="{look["color"]}" stroke-dasharray="{dashes}">\n' + "\n".join(lines) + "\n</g>"
    )


def head(key, label, points, named, keyframes):
    """The marker of a rule, which stands at its last step and moves there from the first one."""
    at = [f"translate({x:.1f}px,{y:.1f}px)" for x, y in points]
    told = " ".join(f"{100 * k / (len(at) - 1):.3g}%{{transform:{place}}}" for k, place in enumerate(at))
    keyframes.append(f"@keyframes {key} {{ {told} }}")
    marker = MarkerStyle(STYLES[label]["marker"])
    shape = marker.get_path().transformed(marker.get_transform()).to_polygons()[0] * [8, -8]
    outline = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in shape) + "Z"
    name = f'<text class="name" x="8" y="4">{named}</text>' if named else ""
    moves = f"transform:{at[-1]};animation:{key} {STEP * (len(at) - 1):.2f}s linear"
    return f'<g style="{moves}" fill="{STYLES[label]["color"]}"><path class="head" d="{outline}"/>{name}</g>'


if __name__ == "__main__":
    STILL.write_bytes(draw().png())
    MOVING.write_text(race()[0], encoding="utf-8")
