"""The questions of lessons and exercises: fair to guess, explained option by option, and with no answer in a notebook."""

import json
import re
from statistics import NormalDist

import nbformat
import pytest
from lesson_questions import CALL, questions_in
from prose import ROOT

from lessonkit.display.asked import asked_as, stored

NAMES = sorted(stored())
TEXTS = sorted([*(ROOT / "lessons").glob("*.md"), *(ROOT / "lessons" / "exercises").glob("*.md")])
PAGES = sorted([*(ROOT / "notebooks").glob("*.ipynb"), *(ROOT / "exercises").glob("*.ipynb")])
LARGE = NormalDist().inv_cdf(0.99)  # standard deviations that chance exceeds once in a hundred


def asked_in(page):
    return [name for cell in nbformat.read(page, 4).cells for name in CALL.findall(cell.source)]


def test_each_question_of_a_text_is_kept_and_asked_once():
    written = [name for text in TEXTS for name in questions_in(text.read_text(encoding="utf-8"))]
    assert sorted(written) == sorted(name for page in PAGES for name in asked_in(page)) == NAMES
    assert all(name.startswith(page.stem[:2]) for page in PAGES for name in asked_in(page)) and len(NAMES) > 20


@pytest.mark.parametrize("name", NAMES)
def test_each_option_has_a_reason_of_its_own_that_is_more_than_a_word(name):
    reasons = [option.reason for option in asked_as(name).options]
    assert len(set(reasons)) == len(reasons) and min(len(reason.split()) for reason in reasons) >= 7


@pytest.mark.parametrize("name", NAMES)
def test_the_options_of_a_question_are_of_like_length(name):
    lengths = [len(option.text) for option in asked_as(name).options]
    assert max(lengths) <= max(2 * min(lengths), min(lengths) + 8), lengths


def more_often_than_chance(hits, chances):
    """Whether so many hits are unlikely, if each question has its chance."""
    deviation = sum(chance * (1 - chance) for chance in chances) ** 0.5
    return hits - sum(chances) > LARGE * deviation


def test_the_right_option_is_neither_the_longest_nor_the_shortest_more_often_than_chance():
    for extreme in (max, min):
        hits, chances = 0, []
        for name in NAMES:
            lengths = [len(option.text) for option in asked_as(name).options]
            hits += len(asked_as(name).right.text) == extreme(lengths)
            chances.append(lengths.count(extreme(lengths)) / len(lengths))
        assert not more_often_than_chance(hits, chances), (extreme, hits, sum(chances))


def test_the_right_option_stands_at_each_place_about_equally_often():
    places = [asked_as(name).options.index(asked_as(name).right) for name in NAMES]
    for place in range(4):
        chances = [1 / len(asked_as(name).options) * (place < len(asked_as(name).options)) for name in NAMES]
        assert not more_often_than_chance(places.count(place), chances), sorted(places)
        assert places.count(place) > sum(chances) / 2, sorted(places)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}-{page.stem}")
def test_no_page_says_which_option_is_right_or_why(page):
    """Not in a cell, an output or metadata: only the package has the reasons."""
    text = " ".join(page.read_text(encoding="utf-8").replace('\\n",', " ").replace('"', " ").split())
    for name in asked_in(page):
        for option in asked_as(name).options:
            assert json.dumps(option.reason)[1:-1].replace("\\n", " ") not in text and option.reason not in text
    calling = [
        cell.source for cell in nbformat.read(page, 4).cells if re.search(r"^predict\(", cell.source, re.MULTILINE)
    ]
    assert len(calling) == len(asked_in(page))
    assert all(re.fullmatch(r'(from lessonkit import predict\n\n)?predict\("[\w-]+"\)', source) for source in calling)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}-{page.stem}")
def test_a_question_is_stored_with_its_options_in_the_order_in_which_it_is_asked(page):
    for cell in nbformat.read(page, 4).cells:
        for name in CALL.findall(cell.source) if page.parent.name == "notebooks" else ():
            asked = asked_as(name)
            shown = [f"Question: {asked.question}", *(f"  ○ {option.text}" for option in asked.options)]
            shown.append("▶ Run the cells from the top to answer")
            assert cell.outputs[0].data["text/plain"].splitlines() == shown
