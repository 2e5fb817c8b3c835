"""Each line that a lesson asks to remember names its evidence: where it was measured, how often, what would refute it."""

import re

import jupytext
import pytest
from lesson_slides import without_slides
from prose import ROOT

TEXTS = sorted((ROOT / "lessons").glob("*.md")) if (ROOT / "lessons").exists() else []
EACH = pytest.mark.parametrize("path", TEXTS, ids=[path.stem for path in TEXTS])
SUMMARY = "<details><summary>The evidence for each line, and what would refute it</summary>"
HOW_OFTEN = r"algebra|seed|run|walks|starts|initialization|passes|steps|theorem|closed form|limit|sum|series|on paper"
NOT_MEASURED = r"definition|a count of|rule of method|the same\."


def remembered(text):
    """The lines to remember, and the evidence, as two lists of Markdown items."""
    part = text.partition("\n## Remember")[2].partition("\n## Exit question")[0]
    lines, found, evidence = part.partition(SUMMARY)
    assert found, f"write {SUMMARY} below the lines"
    items = [
        re.findall(r"^- (.*\n(?:  .*\n)*)", each, re.MULTILINE) for each in (lines, evidence.partition("</details>")[0])
    ]
    return items[0], items[1]


def sections(text):
    """Heading, without its minutes → the code below it, up to the next heading of the same or a higher level."""
    found, open_ = {}, {}
    for cell in jupytext.reads(text, fmt="md:myst").cells:
        if cell.cell_type == "code":
            for title in open_.values():
                found[title] += cell.source + "\n"
        else:
            for level, title in re.findall(r"^(##+) (.+?)(?: · \d+ min)?$", cell.source, re.MULTILINE):
                open_ = {other: name for other, name in open_.items() if other < level} | {level: title}
                found[title] = ""
    return found


@EACH
def test_each_line_to_remember_has_its_evidence(path):
    lines, evidence = remembered(without_slides(path.read_text(encoding="utf-8")))
    assert len(lines) == len(evidence) > 0


@EACH
def test_evidence_names_the_part_how_often_it_was_measured_and_what_would_refute_it(path):
    for item in remembered(without_slides(path.read_text(encoding="utf-8")))[1]:
        assert re.match(r"\[", item), f"begin with a link to the part: {item}"
        if not re.search(NOT_MEASURED, item):
            assert re.search(HOW_OFTEN, item) and re.search(r"\b[Rr]efuted\b", item), item


@EACH
def test_the_part_that_evidence_names_is_there_and_what_is_measured_has_a_claim_that_can_fail(path):
    """A link's text is the heading; a measured line needs an `assert`, which `make refute` asks again on other seeds."""
    text = path.read_text(encoding="utf-8")
    parts = sections(text)
    for item in remembered(text)[1]:
        links = re.findall(r"\[([^\]]+)\]\(#([^)]+)\)", item)
        for title, anchor in links:
            assert title in parts and anchor == title.replace(" ", "-"), title
        if "efuted" in item and path.stem != "00-start":  # there a learner's own run is the evidence
            assert any("assert " in parts[title] for title, _ in links), f"no claim in {links}: {item}"


def test_a_line_without_evidence_is_found():
    text = f"\n## Remember\n\n- a\n- b\n\n{SUMMARY}\n\n- [A](#A): one seed.\n\n</details>\n\n## Exit question"
    lines, evidence = remembered(text)
    assert len(lines) == 2 and len(evidence) == 1
