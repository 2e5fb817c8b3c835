"""The notebooks are what their texts make, a change in a text changes no more than it must, and nothing wrong is stored."""

import json
import os
import re
from fnmatch import fnmatchcase

import expressions
import lesson_run
import lesson_times
import nbformat
import pytest
from prose import ROOT
from tiny_lesson import edit

import lessons as tool
from lessonkit import predict

TEXTS = sorted([*(ROOT / "lessons").glob("*.md"), *(ROOT / "lessons" / "exercises").glob("*.md")])
TINY = """\
# 05 · Tiny

What it is.

| part | time |
|---|---|
| Predict | 1 min |
| Remember | 1 min |
| **Total** | **2 min** |

```{code-cell}
lr, n = 0.25, 1200  # a rate
```

## Predict · 1 min

The L2 penalty's rate is {= lr}, the code says `lr = {= lr}; n = {= n}`, the formula
$f(x) = {= 1 / lr:.0f} x$, in the text {= n:,} or {= lr:.0%}, below {= -2 * lr}.

+++

A cell of prose alone.
It has two sentences.

```{code-cell}
:jupyter: {source_hidden: true}
lr = 2 * lr
lr
```

The rate is now {= lr}.

```{code-cell}
:tags: [nbval-ignore-output]
import time

time.time()
```

## Remember · 1 min
"""
SAID = """\
The L2 penalty's rate is 0.25, the code says `lr = 0.25; n = 1200`, the formula
$f(x) = 4 x$, in the text 1,200 or 25 %, below −0.5."""


def cells(text):
    return nbformat.read(tool.notebook_of(text), 4).cells


def edit_notebook(text, right, wrong):
    edit(tool.notebook_of(text), right, wrong)


def matches(lines, words):
    return len(lines) == 1 and fnmatchcase(lines[0], words)


def test_each_lesson_has_a_text_and_a_notebook():
    assert [text.stem for text in tool.lessons()] == [
        path.stem for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
    ]


@pytest.mark.parametrize("text", tool.lessons(), ids=lambda path: path.stem)
def test_the_notebook_of_a_lesson_is_the_one_that_its_text_makes(text):
    assert tool.check(text) == []


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_line_of_prose_holds_one_sentence(text):
    """So that the change of a sentence is the change of a line. A line of a slide is one on the screen, and a quotation one piece."""
    prose = text.read_text(encoding="utf-8")
    prose = re.sub(r"^```\{notes\}\n(.*?)^```$", r"\1", prose, flags=re.M | re.DOTALL)
    prose = re.sub(r"“[^”\n]*”", "X", prose)
    prose = re.sub(r"^\*\*[A-Z][a-z ]*\.\*\* ", "", prose, flags=re.M)  # a lead of notes, such as “**Say.** ”
    prose = re.sub(r"^(?:```.*?^```|@python.*?^@end)", "", prose, flags=re.M | re.DOTALL)
    prose = re.sub(r"`[^`\n]*`|\$[^$\n]*\$|\{=[^}]*\}|\[[^]]*\]\([^)]*\)", "X", prose)
    lines = [line for line in prose.splitlines() if not line.startswith(("|", "#"))]
    assert [line for line in lines if re.search(r"[.?!…][”\"’*)]* +\S", line)] == []


@pytest.mark.parametrize(
    "prose, cells",
    [
        ("One.\n\n+++\n\nTwo.", ["One.", "Two."]),
        ("```mermaid\ngraph LR\n  A --> B\n```\n\nAfter.", ["```mermaid\ngraph LR\n  A --> B\n```\n\nAfter."]),
        ("```python\nx = 1\n\ny = 2\n```", ["```python\nx = 1\n\ny = 2\n```"]),
        ("- a\n\n  ```python\n  x\n  ```\n- b", ["- a\n\n  ```python\n  x\n  ```\n- b"]),
        ("Before.\n\n---\n\nAfter.", ["Before.\n\n---\n\nAfter."]),
        ("$$\na + b\n$$\n\n% not a comment", ["$$\na + b\n$$\n\n% not a comment"]),
        ("````{code-cell}\nprint('''\n```\n''')\n````", ["print('''\n```\n''')"]),
        ("```{code-cell}\n:tags: [a]\nx[1:]\n```", ["x[1:]"]),
    ],
)
def test_a_text_is_parted_into_cells_and_nothing_in_them_changes(tmp_path, prose, cells):
    (tmp_path / "a.md").write_text(prose + "\n", encoding="utf-8")
    assert [cell.source for cell in tool.read(tmp_path / "a.md").cells] == cells


@pytest.mark.slow
def test_a_notebook_shows_numbers_and_no_expression_and_keeps_what_a_text_says_of_its_cells(text):
    book = cells(text)
    assert book[2].source == f"## Predict · 1 min\n\n{SAID}"
    assert book[3].source == "A cell of prose alone.\nIt has two sentences."
    assert book[5].source == "The rate is now 0.5."
    assert [cell.get("execution_count", 0) for cell in book] == [0, 1, 0, 0, 2, 0, 3, 0]
    assert book[4].metadata.jupyter == {"source_hidden": True} and book[6].metadata.tags == ["nbval-ignore-output"]
    assert "{=" not in "".join(cell.source for cell in book)


def test_writing_again_runs_nothing_and_changes_not_a_byte(text, runs):
    once = tool.notebook_of(text).read_bytes()
    assert tool.write(text) == [] and runs == []
    assert tool.notebook_of(text).read_bytes() == once


@pytest.mark.slow
def test_running_again_changes_not_a_byte_not_even_a_measured_time(text, runs):
    once = tool.notebook_of(text).read_bytes()
    assert tool.write(text, rerun=True) == [] and runs == [1]
    assert tool.notebook_of(text).read_bytes() == once


@pytest.mark.parametrize(
    "right, wrong",
    [
        ("It has two sentences.", "It still has two sentences."),
        ("or {= lr:.0%}, below", "and {= lr:.0%}, or below"),
        ("is now {= lr}", "is now, at last, {= lr}"),
    ],
)
def test_a_new_sentence_is_a_new_line_in_the_notebook_and_nothing_else(text, runs, right, wrong):
    once = tool.notebook_of(text).read_text(encoding="utf-8").splitlines()
    edit(text, right, wrong)
    assert tool.write(text) == [] and runs == []
    again = tool.notebook_of(text).read_text(encoding="utf-8").splitlines()
    assert len(again) == len(once) and sum(new != old for new, old in zip(again, once, strict=True)) == 1


def test_a_new_cell_of_prose_leaves_the_others_their_ids_and_outputs(text, runs):
    once = cells(text)
    edit(text, "+++\n", "+++\n\nA new cell: {= n}.\n\n+++\n")
    assert tool.write(text) == [] and runs == []
    again = cells(text)
    assert again.pop(3).source == "A new cell: 1200."
    assert again == once


def test_a_cell_that_is_folded_is_not_run(text, runs):
    edit(text, ":tags:", ":jupyter: {source_hidden: true}\n:tags:")
    assert tool.write(text) == [] and runs == []
    assert cells(text)[6].metadata.jupyter == {"source_hidden": True}


@pytest.mark.slow
@pytest.mark.parametrize(
    "right, wrong, k, shown",
    [
        ("lr = 2 * lr", "lr = 4 * lr", 5, "is now 1.0."),
        ("is now {= lr}", "is now {= lr:.3f}", 5, "is now 0.500."),
        ("is now {= lr}", "is now {= lr / 2}", 5, "is now 0.25."),
        ("A cell of", "A {= n / 2:.0f} of", 3, "A 600 of"),
        ("is now {= lr}", "is now {= n}", 5, "is now 1200."),
    ],
)
def test_new_code_and_a_new_expression_are_run_and_ids_stay(text, runs, right, wrong, k, shown):
    once = cells(text)
    edit(text, right, wrong)
    assert tool.write(text) == [] and runs == [1]
    again = cells(text)
    assert shown in again[k].source
    assert [cell.id for cell in again] == [cell.id for cell in once]
    assert again[6].outputs == once[6].outputs, "a time that nobody measured again"


DOUBLED = "```{code-cell}\n:jupyter: {source_hidden: true}\nlr = 2 * lr\nlr\n```\n\n"


def test_prose_that_moves_past_code_gets_the_number_of_its_new_place(text, runs):
    edit(text, "The rate is now {= lr}.\n\n", "")
    edit(text, "+++\n", "The rate is now {= lr}.\n\n+++\n")
    assert tool.write(text) == [] and "The rate is now 0.25." in cells(text)[2].source
    assert runs == [], "the same number stands in the prose beside it"


@pytest.mark.slow
def test_code_cells_that_change_their_places_are_run(text, runs):
    edit(text, DOUBLED, "")
    edit(text, "## Remember", f"{DOUBLED}## Remember")
    assert tool.write(text) == [] and runs == [1]
    assert "The rate is now 0.25." in cells(text)[3].source


@pytest.mark.slow
def test_a_cell_that_is_taken_out_is_missed_by_those_below(text, runs):
    edit(text, DOUBLED, "")
    assert tool.write(text) == [] and runs == [1]
    assert "The rate is now 0.25." in cells(text)[3].source


@pytest.mark.slow
def test_a_time_is_measured_anew_where_its_cell_changed_or_its_output_was_cleared(text):
    once = cells(text)[6].outputs
    edit(text, "time.time()", "time.time() + 0")
    assert tool.write(text) == []
    second = cells(text)[6].outputs
    nb = nbformat.read(tool.notebook_of(text), 4)
    nb.cells[6].outputs = []
    nbformat.write(nb, tool.notebook_of(text))
    assert tool.write(text) == []
    assert once != second != cells(text)[6].outputs


TORCH_CELL = """\
```{code-cell}
:tags: [nbval-ignore-output]
import os, sys, types

from lessonkit import same_in_torch

installed = "WITH_TORCH" in os.environ
sys.modules["torch"] = types.SimpleNamespace(Tensor=tuple) if installed else None
same_in_torch(lambda torch: lr, lr)
```

## Remember · 40 min
"""


@pytest.mark.slow
def test_without_pytorch_a_cell_that_needs_it_keeps_what_it_shows_and_a_new_one_is_not_stored(text, monkeypatch):
    edit(text, "## Remember · 1 min\n", TORCH_CELL)
    before = tool.notebook_of(text).read_bytes()
    named = "05-tiny.ipynb, cell 8: changed, and needs PyTorch; run `make .venv/bench.stamp`, then this again"
    assert tool.write(text) == [named, "05-tiny.ipynb: nothing is stored"]
    assert tool.notebook_of(text).read_bytes() == before
    monkeypatch.setenv("WITH_TORCH", "1")
    assert tool.write(text) == [] and "the same number" in cells(text)[7].outputs[0].text
    monkeypatch.delenv("WITH_TORCH")
    edit(text, "lr = 2 * lr", "lr = 3 * lr")
    assert tool.write(text) == [] and "the same number" in cells(text)[7].outputs[0].text
    edit(text, "same_in_torch(lambda torch: lr, lr)", "same_in_torch(lambda torch: lr + 0, lr)")
    assert tool.write(text) == [named, "05-tiny.ipynb: nothing is stored"]


@pytest.mark.slow
def test_the_answers_that_an_author_has_committed_to_are_no_part_of_a_lesson(text, tmp_path, monkeypatch):
    monkeypatch.setenv("LESSONKIT_HOME", str(tmp_path / "author"))
    asked = predict("05-scale")
    asked.inputs[0].value = asked.inputs[0].options[0]
    asked.commit.click()
    edit(text, "import time\n\ntime.time()", "from lessonkit import predict\n\nprint(predict('05-scale').reply.value)")
    assert tool.write(text) == []
    assert cells(text)[6].outputs[0].text == "\n" and os.environ["LESSONKIT_HOME"] == str(tmp_path / "author")


@pytest.mark.slow
def test_nothing_of_a_widget_is_stored(text):
    edit(text, "import time\n\ntime.time()", "import ipywidgets\n\nipywidgets.IntSlider()")
    assert tool.write(text) == []
    assert set(cells(text)[6].outputs[0].data) == {"text/plain"}


QUESTION = """\
```{question} 05-tiny
How large is the rate?

- [x] a half
  It is now {= lr}.
- [ ] a third
  It was {= lr / 2}, and it was doubled.
- [ ] a tenth
  A tenth is less than it was before.
```

"""


def kept(text):
    file = text.parents[1] / "lessonkit" / "display" / "asked_in" / "05-tiny.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


@pytest.fixture
def asking(text):
    """A text with a question; the kernel, which has another package, prints its name."""
    edit(text, "lr, n = 0.25, 1200  # a rate", "lr, n, predict = 0.25, 1200, print")
    edit(text, "The rate is now {= lr}.\n\n", f"The rate is now {{= lr}}.\n\n{QUESTION}")
    return text


@pytest.mark.slow
def test_a_question_becomes_a_call_and_its_numbers_are_computed_and_kept_in_the_package_alone(asking):
    assert tool.write(asking) == []
    (cell,) = [cell for cell in cells(asking) if "predict(" in cell.source]
    assert cell.source == 'predict("05-tiny")' and "numbers" not in cell.metadata
    assert kept(asking)["05-tiny"]["numbers"] == {"lr": "0.5", "lr / 2": "0.25"}
    assert "It is now 0.5." in kept(asking)["05-tiny"]["text"] and "It was 0.25, and" in kept(asking)["05-tiny"]["text"]
    assert "doubled" not in tool.notebook_of(asking).read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize(
    "right, wrong, ran",
    [
        ("A tenth is less", "A tenth is much less", 0),
        ("was {= lr / 2}", "was {= lr / 4}", 1),
        ("[ ] a tenth", "[ ] one tenth", 1),
    ],
)
def test_another_reason_is_kept_and_runs_only_for_a_new_number_or_option(asking, runs, right, wrong, ran):
    assert tool.write(asking) == [] and runs.pop() == 1
    edit(asking, right, wrong)
    assert "05-tiny.json is not what the text asks" in tool.check(asking)[-1]
    assert tool.write(asking) == [] and len(runs) == ran
    assert wrong.replace("{= lr / 4}", "0.125") in kept(asking)["05-tiny"]["text"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "right, wrong, words",
    [
        ("is now {= lr}.\n- ", "is now {= rate}.\n- ", "05-tiny.ipynb, question 05-tiny: {= rate} raises NameError*"),
        (
            "It was {= lr / 2}, and",
            "It was 0.25, and",
            "05-tiny.ipynb, question 05-tiny: a number that nothing proves: *",
        ),
    ],
)
def test_a_number_in_a_reason_that_nothing_proves_is_named(asking, right, wrong, words):
    edit(asking, right, wrong)
    assert fnmatchcase(tool.write(asking)[0], words)


@pytest.mark.parametrize(
    "right, wrong, words",
    [
        ("- [ ] a third", "- [x] a third", "05-tiny.md: 05-tiny: expected exactly one right option*"),
        (
            "- [x] a half",
            "- [x] {= lr}",
            "05-tiny.md: 05-tiny: the kernel shows question and options before it computes*",
        ),
    ],
)
def test_a_question_that_cannot_be_asked_is_named(asking, capsys, right, wrong, words):
    edit(asking, right, wrong)
    assert tool.main(["write", str(asking)]) is True
    assert fnmatchcase(capsys.readouterr().out.splitlines()[1].strip(), words)


def test_the_minutes_that_a_text_states_are_those_that_it_takes(text, runs):
    edit(text, "A cell of prose alone.\n", "word " * 120 * 3 + "\n")
    assert "the minutes of headings and plan are not those that it takes" in " ".join(tool.check(text))
    tool.time_stated(text)
    said = text.read_text(encoding="utf-8")
    assert (
        "## Predict · 4 min" in said and "| Predict | 4 min |\n| Remember | 1 min |\n| **Total** | **5 min** |" in said
    )


@pytest.mark.parametrize(
    "right, wrong, words",
    [
        ("is 0.25,", "is 0.35,", "cell 3: expected *rate is 0.25, *found *rate is 0.35, *"),
        ("`lr = 0.25; ", "`lr = 0.26; ", "cell 3: expected *0.25; n *found *0.26; n *"),
        ("$f(x) = 4 x$", "$f(x) = 5 x$", "cell 3: expected *= 4 x*found *= 5 x*"),
        ("25 %", "26 %", "cell 3: expected *or 25 %*found *or 26 %*"),
        ("−0.5", "0.5", "cell 3: expected *−0.5*found *below 0.5*"),
        ('"-2 * lr": "-0.5"', '"-2 * lr": "-0.6"', "cell 3: expected *−0.6*found *−0.5*"),
        ('"-2 * lr"', '"-2 * lr:g"', "cell 3: expected *below [?]*found *−0.5*"),
        ("two sentences", "two sentence", "cell 4: expected *two sentences*"),
        ('"source_hidden": true', '"source_hidden": false', "cell 5: expected the metadata *true}*found *"),
    ],
)
def test_a_notebook_that_is_not_what_its_text_makes_is_named_with_the_place(text, right, wrong, words):
    edit_notebook(text, right, wrong)
    lines = tool.check(text)
    assert fnmatchcase(lines[0].lower(), f"05-tiny.ipynb: {words.lower()}; run `make notebooks`"), lines


def test_a_number_of_no_expression_is_named(text):
    edit_notebook(text, '"-2 * lr": "-0.5"', '"-2 * lr": "-0.5", "n / 7": "3"')
    assert matches(tool.check(text), "05-tiny.ipynb: cell 3: expected numbers for *, found *n / 7*")


@pytest.mark.parametrize("place", ["cell", "notebook"])
def test_a_cell_or_a_notebook_that_is_missing_is_named(text, place):
    if place == "cell":
        edit(text, "+++\n\n", "")
        words = "05-tiny.ipynb: expected the 7 cells of its text in their order, found 8; run `make notebooks`"
    else:
        tool.notebook_of(text).unlink()
        words = "05-tiny.ipynb is missing; run `make notebooks`"
    assert tool.check(text) == [words]


@pytest.mark.parametrize("place", ["source", "time"])
def test_a_code_cell_or_a_measured_time_that_was_changed_after_it_was_stored_is_named(text, place):
    nb = nbformat.read(tool.notebook_of(text), 4)
    if place == "source":
        nb.cells[6].source += "  # later"
    else:
        nb.cells[6].outputs[0].data["text/plain"] += "1"
    nbformat.write(nb, tool.notebook_of(text))
    assert "05-tiny.ipynb, cell 7: edited since its outputs were stored; run `make notebooks`" in tool.check(text)


@pytest.mark.slow
@pytest.mark.parametrize(
    "wrong, words",
    [
        ("1 / 0", "cell 7: raises ZeroDivisionError: division by zero"),
        ("while True: pass", "cell 7: still running after 5 seconds, given up"),
        ("import os; os._exit(1)", "cell 7: the kernel died"),
    ],
)
def test_a_cell_that_fails_is_named_and_nothing_is_stored(text, monkeypatch, wrong, words):
    monkeypatch.setattr(lesson_run, "TIMEOUT", 5)
    before = tool.notebook_of(text).read_bytes()
    edit(text, "time.time()", wrong)
    assert tool.write(text) == [f"05-tiny.ipynb, {words}", "05-tiny.ipynb: nothing is stored"]
    assert tool.notebook_of(text).read_bytes() == before


@pytest.mark.slow
def test_each_expression_that_fails_is_named_and_nothing_is_stored(text):
    before = tool.notebook_of(text).read_bytes()
    edit(text, "{= n:,} or", "{= steps:,} or")
    edit(text, "is now {= lr}", "is now {= lr +}, {= float('nan')}")
    assert tool.write(text) == [
        "05-tiny.ipynb, cell 3: {= steps:,} raises NameError: name 'steps' is not defined",
        "05-tiny.ipynb, cell 6: {= lr +} raises SyntaxError: invalid syntax (<string>, line 1)",
        "05-tiny.ipynb, cell 6: {= float('nan')} must give a number, and gives “nan”",
        "05-tiny.ipynb: nothing is stored",
    ]
    assert tool.notebook_of(text).read_bytes() == before


@pytest.mark.slow
def test_an_expression_that_hangs_is_given_up(text, monkeypatch):
    monkeypatch.setattr(expressions, "TIMEOUT", 3)
    edit(text, "is now {= lr}", "is now {= sum(iter(int, 1))}")
    words = "05-tiny.ipynb, cell 5: the numbers under it are not there after * seconds, given up"
    assert matches(tool.write(text)[:1], words)


def test_metadata_that_cannot_be_read_is_named_and_other_lessons_are_written(text, capsys):
    broken = text.with_name("06-broken.md")
    broken.write_text(TINY.replace("[nbval-ignore-output]", "[nbval"), encoding="utf-8")
    edit(text, "two sentences", "two")
    assert tool.main(["write", str(broken), str(text)]) is True
    assert "  06-broken.md: Code cell" in capsys.readouterr().out
    assert "It has two." in cells(text)[3].source


@pytest.mark.slow
@pytest.mark.parametrize(
    "code, wrong",
    [
        (
            "time.sleep(2.5)",
            ["cell 7 takes 2.* s, at most 1.5 are fine", "cell 7 shows nothing for 2.* s, at most 0.75 *"],
        ),
        ("for k in tqdm(range(8)): time.sleep(0.1)", []),
        ("for k in tqdm(range(8)): time.sleep(0.25)", ["cell 7 takes 2.* s, *"]),
        ("print('begun', flush=True); time.sleep(1.25)", ["cell 7 shows nothing for 1.* s, *"]),
    ],
)
def test_a_cell_that_keeps_a_learner_waiting_is_named_and_nothing_is_stored(text, capsys, monkeypatch, code, wrong):
    monkeypatch.setenv("TQDM_DISABLE", "1")
    monkeypatch.setattr(lesson_times, "LONGEST", 1.5)
    monkeypatch.setattr(lesson_times, "SILENCE", 0.75)
    before = tool.notebook_of(text).read_bytes()
    edit(text, "import time\n\ntime.time()", f"import time\nfrom tqdm import tqdm\n{code}")
    lines = tool.time(text)
    assert len(lines) == len(wrong) and all(map(fnmatchcase, lines, wrong)), lines
    assert re.search(r"^  \d+\.\d s in all, \d+\.\d s of CPU$", capsys.readouterr().out, re.MULTILINE)
    assert tool.notebook_of(text).read_bytes() == before


@pytest.mark.slow
def test_a_text_that_is_edited_while_it_runs_is_not_stored(text):
    before = tool.notebook_of(text).read_bytes()
    edit(text, "time.time()", f"from pathlib import Path\n\nPath({str(text)!r}).write_text('new')")
    assert matches(tool.write(text), "05-tiny.ipynb or its text was edited while it ran; nothing is stored, *")
    assert tool.notebook_of(text).read_bytes() == before


@pytest.mark.slow
def test_neither_check_nor_write_leaves_a_file_behind(text):
    before = sorted(text.parents[1].rglob("*"))
    tool.check(text)
    tool.write(text, rerun=True)
    assert sorted(text.parents[1].rglob("*")) == before


def test_the_command_says_what_is_wrong_and_with_its_status_that_something_is(text, capsys):
    edit_notebook(text, "is 0.25,", "is 0.35,")
    assert tool.main(["check", str(text)]) is True
    assert "rate is 0.35" in capsys.readouterr().out
    assert tool.main(["write", str(text)]) is False and "rate is 0.25" in cells(text)[2].source
    with pytest.raises(SystemExit, match=r"write .LESSON"):
        tool.main([])
