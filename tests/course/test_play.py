"""Each task of an instrument has an answer, folded below it, for a learner who works alone."""

import ast
import re

import pytest

from lessons import lessons, read

FOLDED = re.compile(
    r"<details><summary>Answers, to open after you have tried</summary>\n\n(.*?)\n\n</details>", re.DOTALL
)
HERE = [
    pytest.param(text, k, id=f"{text.stem}, cell {k + 1}")
    for text in lessons()
    for k, cell in enumerate(read(text).cells)
    if cell.cell_type == "code" and ".ask(" in cell.source
]


def tasks(code):
    """What an instrument asks, a text for each task."""
    (call,) = [
        node
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "ask"
    ]
    return [ast.literal_eval(task) for task in call.args]


def answers(cells, k):
    """The answers in the first prose below cell k."""
    below = next(cell.source for cell in cells[k + 1 :] if cell.cell_type == "markdown")
    (folded,) = FOLDED.findall(below)
    return re.split(r"^- ", folded, flags=re.MULTILINE)[1:]


def test_there_are_instruments_in_each_lesson():
    assert len({param.values[0] for param in HERE}) == len(lessons()) and len(HERE) >= 13


@pytest.mark.parametrize("text, k", HERE)
def test_each_task_of_an_instrument_has_an_answer_of_its_own(text, k):
    cells = read(text).cells
    asked, answered = tasks(cells[k].source), answers(cells, k)
    assert len(answered) == len(asked) and min(len(answer.split()) for answer in answered) >= 8
    assert not any(re.search(r"\d", re.sub(r"\{=[^}]*\}", "", answer)) for answer in answered), (
        "each number is computed"
    )
