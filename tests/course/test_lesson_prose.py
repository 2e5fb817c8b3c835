"""The checker of prose notices a number without an expression, and a wrong title, link or minute, anywhere."""

from fnmatch import fnmatchcase

import pytest
from lesson_prose import unproved
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from lessons import known

FIRST = """\
# 05 · Tiny

What it is.

| part | time |
|---|---|
| Predict | 1 min |
| Remember | 1 min |
| **Total** | **2 min** |
"""
BODY = """\
## Predict · 1 min

The L2 penalty's rate is {= lr}, the code says `lr = {= lr}; n = {= n}`, the formula $f(x) = {= 1 / lr:.0f} x$.
See [10 · Bake-off](10-bake-off.ipynb) and
[Kingma & Ba 2014](https://arxiv.org/abs/1412.6980).
"""
LAST = "## Remember · 1 min"


def said_of(body=BODY, first=FIRST, last=LAST, code="lr, n = 0.25, 1200  # a rate"):
    cells = [new_markdown_cell(first), new_code_cell(code), new_markdown_cell(body), new_markdown_cell(last)]
    return unproved(new_notebook(cells=cells), "05-tiny.ipynb", *known())


def matches(lines, words):
    """Whether the words begin the only line; a star stands for anything."""
    return len(lines) == 1 and fnmatchcase(lines[0].replace("\n", " "), f"05-tiny.ipynb{words}*")


def test_right_prose_passes():
    assert said_of() == []


@pytest.mark.parametrize(
    "right, wrong, words",
    [
        ("is {= lr}", "is 0.25", ", cell 3: a number that nothing proves: “*rate is 0"),
        ("is {= lr}", "is 1{= lr}", ", cell 3: a number that nothing proves: “*rate is 1"),
        ("`lr = {= lr}; ", "`lr = 3; ", ", cell 3: a number that nothing proves: “*`lr = 3"),
        ("$f(x) = {= 1 / lr:.0f} x$", "$f(x) = 4 x$", ", cell 3: a number that nothing proves: “*$f(x) = 4 x$"),
        ("is {= lr}", "is {= lr", ", cell 3: expected {= expression}, found “{= lr, the code"),
        ("is {= lr}", "is {= {a: lr}[a]}", ", cell 3: expected {= expression}, found “{= {a"),
        ("is {= lr}", "is a quarter<!--= lr -->", ", cell 3: expected {= expression}, found “<!--= lr -->"),
        (
            "Predict · 1",
            "Predict · 4",
            ": the minutes of headings and plan are not those that it takes: [[]'## Predict · 4 min']",
        ),
        (
            "10 · Bake-off]",
            "11 · Bake-off]",
            ", cell 3: [[]11 · Bake-off](10-bake-off.ipynb) is neither the title of a lesson nor",
        ),
        ("(10-bake", "(11-bake", ", cell 3: [[]10 · Bake-off](11-bake-off.ipynb) is neither"),
        ("Ba 2014", "Ba 2015", ", cell 3: [[]Kingma & Ba 2015](https://arxiv.org/abs/1412.6980) is neither"),
        ("1412.6980", "1412.6981", ", cell 3: [[]Kingma & Ba 2014](https://arxiv.org/abs/1412.6981) is neither"),
    ],
)
def test_a_wrong_place_in_the_prose_is_named(right, wrong, words):
    assert BODY.count(right) == 1
    lines = said_of(BODY.replace(right, wrong))
    assert matches(lines[:1], words), lines


@pytest.mark.parametrize(
    "right, wrong, words",
    [
        ("# 05", "# 06", ": the first line must be “# 05 · Title”"),
        ("# 05 · ", "", ": the first line must be “# 05 · Title”"),
        ("Tiny", "Tiny 2", ", cell 1: a number that nothing proves: “*Tiny 2"),
        ("What it is", "What {= lr} is", ", cell 1: {= lr} stands above all code, so nothing computes it"),
        (
            "Predict | 1",
            "Predict | 4",
            ": the minutes of headings and plan are not those that it takes: [[]'| Predict | 4 min",
        ),
        ("**2 min", "**4 min", ": the minutes of headings and plan are not those that it takes: [[]'| **Total**"),
        (
            "| Remember | 1 min |\n",
            "",
            ": the minutes of headings and plan are not those that it takes: a line is missing",
        ),
    ],
)
def test_a_wrong_place_in_the_first_cell_is_named(right, wrong, words):
    assert FIRST.count(right) == 1
    assert matches(said_of(first=FIRST.replace(right, wrong)), words)


def test_a_part_of_more_than_an_hour_is_too_long():
    prose = "word " * 120 * 61
    assert "05-tiny.ipynb: “Remember” takes 61 min, at most 60; part it in two" in said_of(last=f"{LAST}\n\n{prose}")


def test_a_number_in_a_comment_of_the_code_is_named():
    (line,) = said_of(code="lr, n = 0.25, 1200  # about 3")
    assert line == "05-tiny.ipynb, cell 2: a number in a comment, which nothing proves: # about 3"
