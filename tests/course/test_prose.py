"""The numbers of the prose are those the notebooks compute; the checker that says so notices a wrong one anywhere."""

import importlib.util
from fnmatch import fnmatchcase
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
spec = importlib.util.spec_from_file_location("notebooks_tool", ROOT / "tools" / "notebooks.py")
tool = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tool)

FIRST = """\
# 05 · Tiny

What it is.

| part | time |
|---|---|
| Predict | 3 min |
| Remember | 40 min |
| **Total** | **43 min** |
"""
BODY = """\
## Predict · 3 min

The L2 penalty's rate is 0.25<!--= lr -->, the code says `lr = 0.25; n = 1200`<!--= lr; n -->, the formula
$f(x) = 4 x$<!--= 1 / lr:.0f -->, in the text 1,200<!--= n --> or 25 %<!--= lr:.0% -->, below −0.5<!--= -0.5 -->.
See [10 · Bake-off](10-bake-off.ipynb) and
[Kingma & Ba 2014](https://arxiv.org/abs/1412.6980).
"""
LAST = "## Remember · 40 min"


def matches(lines, words):
    """Whether one of the lines holds the words; a star stands for anything."""
    return any(fnmatchcase(line.replace("\n", " "), f"*{words}*") for line in lines)


def tiny(body=BODY, first=FIRST, code="lr, n = 0.25, 1200  # a rate", more=()):
    return new_notebook(
        cells=[new_markdown_cell(first), new_code_cell(code), new_markdown_cell(body), *more, new_markdown_cell(LAST)]
    )


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    return tool.run(tiny(), tmp_path_factory.mktemp("run"))[1]


def said_of(nb, answers, name="05-tiny.ipynb"):
    return tool.unproved(nb, name, *tool.known()) + tool.disagreements(nb, name, answers)


@pytest.fixture
def stored(tmp_path):
    def store(nb):
        for cell in nb.cells:
            if cell.cell_type == "code":
                cell.metadata["stored_from"] = tool.stamp(cell)
        path = tmp_path / "05-tiny.ipynb"
        nbformat.write(nb, path)
        return path

    return store


@pytest.mark.parametrize("path", tool.notebooks(), ids=lambda path: path.stem)
def test_every_number_in_the_prose_of_a_lesson_is_computed_by_it(path):
    assert tool.problems(path) == []


def test_right_prose_passes(answers):
    assert said_of(tiny(), answers) == []


@pytest.mark.parametrize(
    "right, wrong, words",
    [
        ("is 0.25<", "is 0.35<", "cell 3: “…*rate is 0.35”: found 0.35, computed 0.25"),
        ("`lr = 0.25; ", "`lr = 0.26; ", "cell 3: *found 0.26, 1200, computed 0.25, 1200"),
        ("; n = 1200`", "; n = 1300`", "cell 3: *found 0.25, 1300, computed 0.25, 1200"),
        ("$f(x) = 4 x$", "$f(x) = 5 x$", "cell 3: *found 5, computed 4"),
        ("1,200<", "1,201<", "cell 3: *found 1201, computed 1200"),
        ("25 %", "26 %", "cell 3: *found 26%, computed 25%"),
        ("−0.5<", "−0.6<", "cell 3: *found -0.6, computed -0.5"),
        ("−0.5<", "0.5<", "cell 3: *found 0.5, computed -0.5"),
        ("0.25<!--= lr -->", "0.25", "cell 3: a number that nothing proves: “*rate is 0.25"),
        ("0.25<!--= lr -->", "a quarter<!--= lr -->", "cell 3: a comment that stands behind no number: <!--= lr -->"),
        (
            "`lr = 0.25; n = 1200`<!--= lr; n -->",
            "`lr = 0.25; n = 1200`<!--= lr -->",
            "cell 3: *2 numbers (0.25, 1200) but 1 expressions (0.25)",
        ),
        ("Predict · 3", "Predict · 4", "the first cell's parts*must be the headings*and their sum"),
        (
            "10 · Bake-off]",
            "11 · Bake-off]",
            "cell 3: [[]11 · Bake-off](10-bake-off.ipynb) is neither the title of a lesson nor",
        ),
        ("(10-bake", "(11-bake", "cell 3: [[]10 · Bake-off](11-bake-off.ipynb) is neither"),
        ("Ba 2014", "Ba 2015", "cell 3: [[]Kingma & Ba 2015](https://arxiv.org/abs/1412.6980) is neither"),
        ("1412.6980", "1412.6981", "cell 3: [[]Kingma & Ba 2014](https://arxiv.org/abs/1412.6981) is neither"),
    ],
)
def test_a_wrong_number_in_the_prose_is_named_with_its_place(answers, right, wrong, words):
    assert BODY.count(right) == 1
    answers = tool.run(tiny(BODY.replace(right, wrong)), ROOT)[1] if "<!--" in right else answers
    assert matches(said_of(tiny(BODY.replace(right, wrong)), answers), words)


@pytest.mark.parametrize(
    "right, wrong, words",
    [
        ("# 05", "# 06", "05-tiny.ipynb: the first line must be “# 05 · Title”"),
        ("Tiny", "Tiny 2", "cell 1: a number that nothing proves: “*Tiny 2"),
        ("Predict | 3", "Predict | 4", "the first cell's parts"),
        ("**43 min", "**44 min", "the first cell's parts"),
        ("40 min |\n| **Total** | **43", "70 min |\n| **Total** | **73", "the first cell's parts"),
    ],
)
def test_a_wrong_number_in_the_plan_of_a_lesson_is_named(answers, right, wrong, words):
    assert FIRST.count(right) == 1
    assert matches(said_of(tiny(first=FIRST.replace(right, wrong)), answers), words)


def test_more_than_an_hour_is_too_much(answers):
    long = tiny(first=FIRST.replace("40", "58").replace("43", "61"))
    long.cells[-1].source = LAST.replace("40", "58")
    assert matches(said_of(long, answers), "at most an hour")


def test_a_number_in_a_comment_of_the_code_is_named(answers):
    nb = tiny(code="lr, n = 0.25, 1200  # about 3")
    assert said_of(nb, answers) == ["05-tiny.ipynb, cell 2: a number in a comment, which nothing proves: # about 3"]


def test_an_expression_that_raises_is_named_and_the_others_are_still_compared(stored):
    path = stored(tiny(BODY.replace("<!--= lr -->", "<!--= rate -->").replace("4 x", "5 x")))
    lines = tool.problems(path)
    assert matches(lines, "cell 3: “…*0.25”: its expression raises NameError: name 'rate' is not defined")
    assert matches(lines, "found 5, computed 4") and len(lines) == 2


def test_a_cell_that_raises_is_named(stored):
    assert tool.problems(stored(tiny(more=[new_code_cell("1 / 0")]))) == [
        "05-tiny.ipynb, cell 4: raises ZeroDivisionError: division by zero"
    ]


def test_a_hung_cell_is_given_up_and_named(stored, monkeypatch):
    monkeypatch.setattr(tool, "TIMEOUT", 2)
    lines = tool.problems(stored(tiny(more=[new_code_cell("while True: pass")])))
    assert lines == ["05-tiny.ipynb, cell 4: still running after 2 seconds, given up"]


def test_a_dead_kernel_is_named(stored):
    assert tool.problems(stored(tiny(more=[new_code_cell("import os; os._exit(1)")]))) == [
        "05-tiny.ipynb, cell 4: the kernel died"
    ]


def test_write_fills_in_the_numbers_and_a_second_time_changes_not_a_byte(stored):
    blank = BODY.replace("0.25<", "?<").replace("1,200<", "7<").replace("−0.5<", "?<")
    more = [
        new_code_cell("import time\ntime.time()", metadata={"tags": ["nbval-ignore-output"]}),
        new_code_cell("import ipywidgets\nipywidgets.IntSlider()", metadata={"collapsed": True}),
    ]
    path = stored(tiny(blank, more=more))
    assert tool.write(path) == []
    once = path.read_bytes()
    assert tool.write(path) == [] and path.read_bytes() == once
    nb = nbformat.read(path, 4)
    assert (
        "rate is 0.25<" in nb.cells[2].source
        and "text 1200<" in nb.cells[2].source
        and "below -0.5<" in nb.cells[2].source
    )
    assert set(nb.cells[4].outputs[0].data) == {"text/plain"} and set(nb.cells[4].metadata) == {"stored_from"}
    assert tool.problems(path) == []


@pytest.mark.parametrize("place", ["source", "time"])
def test_a_code_cell_or_a_measured_time_that_was_changed_after_it_was_stored_is_named(stored, place):
    timed = new_code_cell("import time\ntime.time()", metadata={"tags": ["nbval-ignore-output"]})
    path = stored(tiny(more=[timed]))
    tool.write(path)
    nb = nbformat.read(path, 4)
    assert tool.stale(nb, path.name) == []
    if place == "source":
        nb.cells[3].source = nb.cells[3].source + "  # later"
    else:
        nb.cells[3].outputs[0].data["text/plain"] += "1"
    assert tool.stale(nb, path.name) == [
        "05-tiny.ipynb, cell 4: edited since its outputs were stored; run `make notebooks`"
    ]


def test_write_stores_nothing_where_a_cell_fails(stored):
    path = stored(tiny(more=[new_code_cell("1 / 0")]))
    before = path.read_bytes()
    assert matches(tool.write(path), "cell 4: raises ZeroDivisionError*nothing is stored")
    assert path.read_bytes() == before


def test_write_does_not_put_an_error_into_the_prose(stored):
    path = stored(tiny(BODY.replace("<!--= lr -->", "<!--= rate -->")))
    assert matches(tool.write(path), "its expression raises NameError")
    assert "rate is 0.25<" in path.read_text(encoding="utf-8")


def test_neither_check_nor_write_leaves_a_file_behind(stored):
    path = stored(tiny())
    tool.problems(path)
    assert sorted(path.parent.iterdir()) == [path]
    tool.write(path)
    assert sorted(path.parent.iterdir()) == [path]


def test_the_command_says_what_is_wrong_and_with_its_status_that_something_is(stored, capsys):
    path = stored(tiny(BODY.replace("is 0.25<", "is 0.35<")))
    assert tool.main(["check", str(path)]) is True
    assert "found 0.35, computed 0.25" in capsys.readouterr().out
    assert tool.main(["write", str(path)]) is False
    with pytest.raises(SystemExit, match="write .NOTEBOOK"):
        tool.main([])
