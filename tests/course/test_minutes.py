"""The minutes of a lesson follow from what there is to read, to run and to do, and long lessons are parted into sittings."""

import lesson_minutes
import pytest
from lesson_minutes import BREAK, in_readme, plan_of, planned, sittings_of
from nbformat.v4 import new_code_cell, new_markdown_cell
from prose import ROOT

from lessons import lessons, read

TABLE = "| part | time |\n|---|---|\n| Predict | 9 min |\n| **Total** | **9 min** |\n"
FOLDED = {"jupyter": {"source_hidden": True}}


def minutes_of(*cells):
    """The minutes of the part that cells make."""
    return plan_of([new_markdown_cell("## Part · 1 min"), *cells]).total


def prose(text):
    return new_markdown_cell(text)


@pytest.mark.parametrize(
    "cell, minutes",
    [
        (prose("word " * 1200), 10),
        (prose("$$\nx = 1\n$$\n\n" * 20), 10),
        (prose(f"<details><summary>Proof</summary>\n\n{'word ' * 1200}\n\n</details>"), 1),
        (new_code_cell("x = 1\n\n" * 40), 10),
        (new_code_cell("x = 1\n" * 40, metadata=FOLDED), 1),
        (new_code_cell("from lessonkit import (\n" + "    table,\n" * 40 + ")"), 1),
        (new_code_cell("table(rows, columns)", metadata=FOLDED), 1),
        (new_code_cell('predict("05-scale")\n' * 1), 2),
        (new_code_cell('valley().ask("One?", "Two?", "Three?", "Four?")', metadata=FOLDED), 10),
        (new_code_cell('work_out("t", {"a": a, "b": b, "c": c, "d": d}, answer)', metadata=FOLDED), 9),
        (new_code_cell('check(my_adam, "adam")', metadata=FOLDED), 8),
    ],
)
def test_each_thing_takes_its_time(cell, minutes):
    assert minutes_of(cell) == minutes


def test_what_stands_above_the_first_heading_is_read_with_the_first_part():
    cells = [
        prose("word " * 600),
        prose("## Predict · 1 min\n\nword"),
        prose("word\n\n## Play · 1 min\n\n" + "word " * 240),
    ]
    assert plan_of(cells).parts == [("Predict", 5), ("Play", 2)]


@pytest.mark.parametrize(
    "parts, sittings",
    [
        ([30, 30], [[30, 30]]),
        ([30, 31], [[30], [31]]),
        ([10, 50, 10, 20], [[10, 50], [10, 20]]),
        ([20, 20, 20, 20], [[20, 20], [20, 20]]),
        ([70, 10], [[70], [10]]),
        ([50, 50, 50], [[50], [50], [50]]),
    ],
)
def test_a_lesson_is_parted_into_as_few_sittings_as_an_hour_allows(parts, sittings):
    named = [(str(k), minutes) for k, minutes in enumerate(parts)]
    assert [[minutes for _, minutes in sitting] for sitting in sittings_of(named)] == sittings


def test_a_text_gets_the_minutes_the_sittings_and_a_line_where_the_next_one_begins():
    text = f"# 05 · Tiny\n\n{TABLE}\n## Predict · 9 min\n\nOne.\n\n## Play · 1 min\n\nTwo.\n"
    plan = lesson_minutes.Plan([("Predict", 40), ("Play", 30)], [[("Predict", 40)], [("Play", 30)]])
    said = planned(text, plan)
    assert f"## Predict · 40 min\n\nOne.\n\n## Play · 30 min\n\n{BREAK}\n\nTwo.\n" in said
    assert "| Predict | 40 min |\n| **First sitting** | **40 min** |\n| Play | 30 min |\n| **Second sitting**" in said
    assert "| **Total** | **70 min** |\n\n## Predict" in said and planned(said, plan) == said
    together = lesson_minutes.Plan(plan.parts, [plan.parts])
    assert BREAK not in planned(said, together) and "sitting" not in planned(said, together)


def test_the_readme_gets_the_minutes_in_the_row_of_the_lesson():
    row = "| [a](notebooks/05-adam.ipynb) | 55 min | x |\n| [b](notebooks/06-x.ipynb) | 57 min | y |"
    assert in_readme(row, "05-adam.ipynb", 62) == row.replace("55", "62")


@pytest.mark.parametrize("text", lessons(), ids=lambda path: path.stem)
def test_each_sitting_of_a_lesson_takes_an_hour_at_most_and_the_readme_says_so_too(text):
    plan = plan_of(read(text).cells)
    assert all(sum(minutes for _, minutes in sitting) <= 60 for sitting in plan.sittings)
    assert f"(notebooks/{text.stem}.ipynb) | {plan.total} min |" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_minutes_are_near_those_that_learners_needed():
    """Five lessons as they were then, with what they had of each kind; a learner needed 40, 85, 90, 100 and 65 minutes."""
    had = {
        40: {"words": 1018, "lines": 32, "displays": 6, "questions": 1, "instruments": 2, "tasks": 3, "fields": 12},
        85: {"words": 1229, "lines": 88, "displays": 13, "questions": 2, "instruments": 2, "tasks": 5, "numbers": 4},
        90: {"words": 1549, "lines": 125, "displays": 15, "questions": 2, "instruments": 2, "tasks": 6, "numbers": 4},
        100: {"words": 1685, "lines": 157, "displays": 17, "questions": 2, "instruments": 1, "tasks": 3, "numbers": 8},
        65: {
            "words": 1073,
            "lines": 50,
            "displays": 8,
            "questions": 3,
            "instruments": 1,
            "tasks": 3,
            "numbers": 8,
            "rules": 1,
        },
    }
    ratios = [lesson_minutes.minutes(counts) / needed for needed, counts in had.items()]
    assert 0.8 < min(ratios) and max(ratios) < 1.2, ratios
    assert 0.9 < sum(ratios) / len(ratios) < 1.1, ratios
