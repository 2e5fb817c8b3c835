"""Slides and notes in the text of a lesson: a notebook is the same without them, each shows what its author means, and what is wrong is named."""

import json
import re

import lesson_slides
import nbformat
import pytest
from tiny_lesson import edit

import lessons as tool

TINY = """\
# 05 · Tiny

What it is.

```{plan}
needs: 03, eigenvalues
chapters: d2l 12.10 Adam; UDL 6.4 Adam
cut: Later

- double a rate
- say what it was before
```

| part | time |
|---|---|
| First | 1 min |
| Later | 1 min |
| **Total** | **2 min** |

```{code-cell}
lr, predict = 0.25, print  # a rate
```

## First · 1 min

```{slide} The rate is doubled
minutes: 42
from: 50
show: output

- It was {= lr / 2} and is $x = {= lr}$.
```

```{notes}
**Say.** It is {= lr} now.
It was less.
**They get wrong.** They halve it.
```

Before.

```{code-cell}
# Some code.
print(1)
```

```{code-cell}
:jupyter: {source_hidden: true}
lr = 2 * lr
lr
```

```{slide} A formula
minutes: 24
from: 75
show: formula 2
```

A sentence with {= lr} and $$a + b$$ and

$$c = {= lr} d$$

```{code-cell}
lr = 4 * lr
```

## Later · 1 min

```{slide} Ask
minutes: 14
from: 90
show: question
```

```{question} 05-tiny
How large is it?

- [x] two
  It was doubled.
- [ ] three
  It was not tripled.
- [ ] four
  It was doubled once.
```

The end.
"""
FENCES = re.compile(r"^```\{(?:plan|slide|notes)\}.*?^```\n\n", re.MULTILINE | re.DOTALL)
LESSONS = [text for text in tool.lessons() if lesson_slides.file_of(text).exists()]


def kept(text):
    return json.loads(lesson_slides.file_of(text).read_text(encoding="utf-8"))


def codes(text):
    return [cell for cell in nbformat.read(tool.notebook_of(text), 4).cells if cell.cell_type == "code"]


@pytest.mark.slow
def test_what_a_slide_shows_is_found_below_it_and_its_numbers_are_those_after_it(text):
    slides, code = kept(text)["slides"], codes(text)
    assert [slide["title"] for slide in slides] == ["The rate is doubled", "A formula", "Ask"]
    assert [slide["part"] for slide in slides] == ["First", "First", "Later"]
    assert slides[0]["shows"] == {"kind": "output", "cell": code[2].id}, "the first cell only prints"
    assert slides[0]["body"] == "- It was 0.25 and is $x = 0.5$." and slides[0]["after"] == code[2].id
    assert slides[0]["notes"].startswith("**Say.** It is 0.5 now.\nIt was less.\n**They")
    assert slides[1]["shows"] == {"kind": "formula", "formula": "c = 0.5 d"}
    assert slides[2]["shows"] == {"kind": "question", "question": "05-tiny"} and slides[2]["notes"] == ""
    assert kept(text)["plan"] == {
        "needs": ["03", "eigenvalues"],
        "chapters": ["d2l 12.10 Adam", "UDL 6.4 Adam"],
        "cut": ["Later"],
        "outcomes": ["double a rate", "say what it was before"],
    }


@pytest.mark.parametrize("text", LESSONS, ids=lambda path: path.stem)
def test_a_notebook_is_the_same_without_slides_and_notes(text, tmp_path):
    (tmp_path / text.name).write_text(FENCES.sub("", text.read_text(encoding="utf-8")), encoding="utf-8")
    with_them, without = tool.read(text), tool.read(tmp_path / text.name)
    assert [(cell.source, cell.metadata) for cell in with_them.cells] == [
        (cell.source, cell.metadata) for cell in without.cells
    ]
    assert not re.search(r"\{(?:plan|slide|notes)\}", str(with_them))


@pytest.mark.slow
@pytest.mark.parametrize(
    "right, wrong, ran",
    [
        ("It was less.", "It was smaller.", 0),
        ("# 05 · Tiny", "# 05 · Tiny one", 0),
        ("minutes: 42", "minutes: 43", 0),
        ("It is {= lr} now", "It is {= lr:.3f} now", 1),
        ("show: output", "show: code", 1),  # whose numbers are computed sooner
        ("formula 2", "formula 1", 0),
    ],
)
def test_another_word_runs_nothing_and_another_number_or_place_does(text, runs, right, wrong, ran):
    notebook = tool.notebook_of(text).read_bytes()
    edit(text, right, wrong)
    if right != "# 05 · Tiny":
        assert "hall/05-tiny.json is not what the text says" in " ".join(tool.check(text))
        assert tool.write(text) == [] and tool.notebook_of(text).read_bytes() == notebook
    else:
        assert tool.write(text) == []
    assert len(runs) == ran and tool.check(text) == []


@pytest.mark.slow
def test_slides_that_are_taken_out_leave_nothing(text, runs):
    text.write_text(FENCES.sub("", text.read_text(encoding="utf-8")), encoding="utf-8")
    assert tool.write(text) == [] and not lesson_slides.file_of(text).exists() and runs == []


@pytest.mark.slow
def test_nbval_computes_the_numbers_of_slides_in_the_kernel_that_has_run_the_lesson(text):
    assert [lesson_slides.stored_numbers(text, cell) for cell in codes(text)] == [
        [],
        [],
        [{"lr / 2": "0.25", "lr": "0.5"}, {"lr": "0.5"}],
        [],
        [],
    ]


@pytest.mark.parametrize(
    "right, wrong, words",
    [
        ("minutes: 42", "time: 42", "slide “The rate is doubled”: expected lines “minutes: …”, “from: …”, “show: …”"),
        ("minutes: 42\n", "", "slide “The rate is doubled”: expected a line “minutes: number”, got None"),
        ("from: 75", "from: 60", "slide “A formula”: from must be 50, 75, 90, got 60"),
        ("show: output", "show:", "slide “The rate is doubled”: show must be one of output, code, kernel"),
        ("show: output", "show: picture", "slide “The rate is doubled”: show must be one of output, code, kernel"),
        ("show: output", "show: instrument", "slide “The rate is doubled”: there is no instrument below it to show"),
        ("formula 2", "formula 3", "slide “A formula”: there is no formula 3 below it to show"),
        ("minutes: 42", "minutes: 49", "the slides of a class of 50 minutes take 49; expected 42 to 48"),
        ("minutes: 24", "minutes: 2", "the slides of a class of 75 minutes take 44; expected 66 to 73"),
        ("minutes: 14", "minutes: 5", "the slides of a class of 90 minutes take 71; expected 80 to 88"),
        ("$x = {= lr}$.\n", "$x$.\n- a\n- b\n- c\n- d\n", "at most 4 lines, got 5; part it in two"),
        ("Before.", "```{notes}\n**Say.** More.\n```", "notes must stand directly below a slide: “**Say.** More.”"),
        ("**Say.** It", "**Tell.** It", "notes begin with one of **Say.**, **They will say.**"),
        ("**Say.** It", "It", "notes begin with **Say.** or another lead, got “It is"),
        (
            "show: output",
            "show: output\nwait: no",
            "slide “The rate is doubled”: expected “wait: yes” and something that waits",
        ),
        ("show: question", "show: question\nwait: yes", "slide “Ask”: expected “wait: yes” and something that waits"),
        ("show: question", "wait: yes", "slide “Ask”: expected “wait: yes” and something that waits"),
        ("```{slide} Ask", "```{slide}", "a slide needs a title"),
        ("```{slide} Ask", "```{slide} A formula", "two slides are called “A formula”"),
        ("```{slide} Ask", "```{slide} `Ask`", "a fence is not closed, or has a backtick in its title"),
        ("They halve it.\n```", "They halve it.", "a fence is not closed, or has a backtick in its title"),
        ("cut: Later", "cut: Last", "plan: no part is called “Last”; expected some of First, Later"),
        ("cut: Later", "cut: First", "plan: “First” is cut, and has the slide “The rate is doubled” from 50"),
        ("- double a rate", "double a rate", "plan: below an empty line, expected a list of what students can do"),
        (
            "- double a rate",
            "- double a rate (from 60)",
            "plan: an outcome of a longer class ends in (from 75) or (from 90)",
        ),
        ("needs: 03", "need: 03", "plan: expected lines “needs: …”, “chapters: …”, “cut: …”"),
        ("Before.", "```{plan}\n- x\n```", "expected one plan, got 2"),
        ("# Some code.", "\n".join(["# Some"] * 14), "code of at most 14 lines fits a slide, got 15: # Some"),
    ],
)
def test_what_an_author_writes_wrong_is_named(tmp_path, right, wrong, words):
    text = tmp_path / "05-tiny.md"
    assert TINY.count(right) == 1
    written = TINY.replace(right, wrong)
    if "code of at most" in words:
        written = written.replace("show: output", "show: code")
    text.write_text(written, encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(words)):
        lesson_slides.slides_in(written, tool.read(text).cells)


@pytest.mark.slow
@pytest.mark.parametrize(
    "right, wrong, words",
    [
        ("It is {= lr} now", "It is 0.5 now", "slide “The rate is doubled”: a number that nothing proves"),
        ("- double a rate", "- double a rate of 2", "plan: a number that nothing proves"),
        ("It is {= lr} now", "It is {= rate} now", "slide The rate is doubled: {= rate} raises NameError"),
    ],
)
def test_a_number_that_nothing_proves_is_named(text, right, wrong, words):
    edit(text, right, wrong)
    assert words in tool.write(text)[0]


def test_a_number_above_all_code_is_named(tmp_path):
    first = "```{slide} First\nminutes: 1\nfrom: 50\n\nIt is {= 1}.\n```\n\n| part"
    written = TINY.replace("| part", first, 1)
    (tmp_path / "05-tiny.md").write_text(written, encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape("slide “First”: {= 1} stands above all code")):
        lesson_slides.slides_in(written, tool.read(tmp_path / "05-tiny.md").cells)


def test_what_waits_is_kept_with_its_slide(tmp_path):
    text = tmp_path / "05-tiny.md"
    text.write_text(TINY.replace("show: formula 2", "show: formula 2\nwait: yes"), encoding="utf-8")
    nb = tool.read(text)
    found = json.loads(lesson_slides.kept(lesson_slides.slides_in(text.read_text(), nb.cells), nb, {}))["slides"]
    assert [slide.get("waits", False) for slide in found] == [False, True, False]


@pytest.mark.parametrize("text", LESSONS, ids=lambda text: text.stem)
def test_a_part_that_an_exercise_needs_is_not_cut(text):
    """A part that is cut is not homework; who has not read the part that shows a rule cannot answer the exercise about it."""
    cut = json.loads(lesson_slides.file_of(text).read_text(encoding="utf-8"))["plan"]["cut"]
    exercise = (text.parent / "exercises" / text.name).read_text(encoding="utf-8")
    asked = " ".join(re.findall(r"^@(?:by_hand|version|mistake|trace|experiment) (.+)$", exercise, re.MULTILINE))
    parts = re.split(r"^## ", lesson_slides.without_slides(text.read_text(encoding="utf-8")), flags=re.MULTILINE)
    shown = {
        rule: re.match(r"(.+?)(?: · |\n)", part)[1]
        for part in reversed(parts[1:])
        for rule in re.findall(r"^show\((\w+)\)$", part, re.MULTILINE)
    }
    assert asked and parts[1:]
    assert [rule for rule, part in shown.items() if re.search(rf"(?:\b|_){rule}\b", asked) and part in cut] == []
