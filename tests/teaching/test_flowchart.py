"""Diagrams of slides: each that a lesson shows can be drawn, its words fit their boxes, and what cannot be read is refused."""

import re

import nbformat
import pytest
from prose import ROOT

from lessonkit.teaching.flowchart import flowchart
from lessonkit.teaching.shown import MERMAID

DIAGRAMS = [
    (path.stem, *found.groups())
    for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
    for cell in nbformat.read(path, 4).cells
    for output in cell.get("outputs", ())
    if (found := MERMAID.match(output.get("data", {}).get("text/markdown", "")))
]


@pytest.mark.parametrize("lesson, mermaid, alt", DIAGRAMS)
def test_each_diagram_of_a_lesson_is_drawn_with_all_its_words_and_arrows(lesson, mermaid, alt):
    drawn = flowchart(mermaid, alt)
    words = " ".join(re.findall(r"<tspan[^>]*>([^<]*)", drawn)).replace("\u00a0", " ")
    for text in re.findall(r'\["([^"]+)"\]', mermaid):
        assert text in words
    assert all(f">{label}</text>" in drawn for label in re.findall(r'\|"([^"]+)"\|', mermaid))
    assert drawn.count('class="arrow"') == mermaid.count("-->") and alt.split(",")[0].split("'")[0] in drawn


def test_boxes_stand_in_the_order_of_their_arrows():
    drawn = flowchart('flowchart TD\n  C["last"]\n  A["first"] --> B["second"]\n  B --> C', "alt")
    tops = {text: float(y) for y, text in re.findall(r'y="(\d+)">(\w+)</tspan>', drawn)}
    lefts = {text: float(x) for x, text in re.findall(r'<tspan x="(\d+)" y="\d+">(\w+)<', drawn)}
    assert tops["first"] < tops["second"] < tops["last"] or lefts["first"] < lefts["second"] < lefts["last"]


def test_words_are_escaped():
    assert "<b>" not in flowchart('graph LR\n  A["<b>"] --> B', '"<b>')


@pytest.mark.parametrize(
    "mermaid, words",
    [
        ("sequenceDiagram\n  A --> B", "expected “graph LR”"),
        ("graph LR\n  A ==> B", "got “A ==> B”"),
        ("graph LR\n  A --> B --> ", "got “A --> B -->”"),
        ("graph LR\n  A(round) --> B", "expected boxes such as"),
        ("graph LR\n  A --> B\n  B --> A", "never lead back"),
    ],
)
def test_what_it_cannot_read_is_refused(mermaid, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        flowchart(mermaid, "alt")
