"""Each task of an instrument has an answer, folded below it, for a learner who works alone."""

import ast
import re

import pytest

from lessons import lessons, read

FOLDED = re.compile(
    r"<details><summary>Answers, to open after you have tried</summary>\n\n(.*?)\n\n</details>", re.DOTALL
)


def asking(cells):
    """The places of the cells with an instrument that asks."""
    return [k for k, cell in enumerate(cells) if cell.cell_type == "code" and ".ask(" in cell.source]


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


@pytest.fixture(scope="module")
def cells():
    """Of each lesson, as its text says."""
    return {text.stem: read(text).cells for text in lessons()}


def test_there_are_instruments_in_each_lesson(cells):
    many = [len(asking(of)) for of in cells.values()]
    assert min(many) >= 1 and sum(many) >= 13


@pytest.mark.parametrize("lesson", [text.stem for text in lessons()])
def test_each_task_of_an_instrument_has_an_answer_of_its_own(cells, lesson):
    for k in asking(cells[lesson]):
        asked, answered = tasks(cells[lesson][k].source), answers(cells[lesson], k)
        assert len(answered) == len(asked) and min(len(answer.split()) for answer in answered) >= 8, f"cell {k + 1}"
        assert not any(re.search(r"\d", re.sub(r"\{=[^}]*\}", "", answer)) for answer in answered), (
            f"cell {k + 1}: each number is computed"
        )
