"""Pages of lessons and exercises: what the notebooks show stands in them, and no answer can be read."""

import base64
import copy
import json
import re
import subprocess
import sys
from functools import cache

import nbformat
import pytest
from bs4 import BeautifulSoup
from prose import ROOT

from lessonkit.classroom.lessons import all_lessons
from lessonkit.display.asked import asked_as
from lessonkit.display.questions import reply
from lessonkit.judging.versions import source_of
from lessonkit.rules.registry import REGISTRY
from lessonkit.teaching.shown import IMAGE, MERMAID

pytestmark = [pytest.mark.slow, pytest.mark.clone, pytest.mark.timeout(1800)]

LESSONS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
EACH = pytest.mark.parametrize("lesson", LESSONS)
LARGEST = 1_500_000  # bytes of a page with its pictures, before it is played


@cache  # a file is read and parsed once for all tests, which change nothing of it
def notebook(lesson, folder="notebooks"):
    return nbformat.read(ROOT / folder / f"{lesson}.ipynb", 4)


@cache
def source(site, lesson, folder="notebooks"):
    return (site / folder / f"{lesson}.html").read_text(encoding="utf-8")


@cache
def page(site, lesson, folder="notebooks"):
    return BeautifulSoup(source(site, lesson, folder), "html.parser").select_one("article")


def bundles(lesson):
    for cell in notebook(lesson).cells:
        for output in cell.get("outputs", []):
            yield output.get("data", {})


def plain(words):
    return "".join(words.split())


@EACH
def test_a_lesson_says_its_minutes_and_leads_to_its_exercises_and_neighbours(site, lesson):
    whole, k = BeautifulSoup(source(site, lesson), "html.parser"), LESSONS.index(lesson)
    top = whole.select_one(".lessonkit-about")
    total = re.search(r"\*\*Total\*\* \| \*\*(\d+) min", notebook(lesson).cells[0].source)[1]
    assert f"{total} minutes" in top.text
    assert f"../exercises/{lesson}.html" in [link["href"] for link in top.select("a")]
    around = {link["href"] for link in whole.select("a.next-page, a.prev-page")}
    assert {f"{each}.html" for each in LESSONS[max(0, k - 1) : k] + LESSONS[k + 1 : k + 2]} <= around
    assert f"../notebooks/{lesson}.html" in {link["href"] for link in page(site, lesson, "exercises").select("a")}


@EACH
def test_figures_and_diagrams_have_the_words_that_the_notebook_has_for_them(site, lesson):
    shown = page(site, lesson)
    html = [data["text/html"] for data in bundles(lesson) if "text/html" in data]
    stored = [BeautifulSoup(each, "html.parser").img["alt"] for each in html if IMAGE.search(each)]
    assert stored and sorted(stored) == sorted(image["alt"] for image in shown.select("img"))
    diagrams = [MERMAID.match(data.get("text/markdown", "")) for data in bundles(lesson)]
    assert [each[2] for each in diagrams if each] == [svg["aria-label"] for svg in shown.select("svg.flowchart")]
    for image in shown.select("img"):
        assert (site / "notebooks" / image["src"]).is_file(), image["src"]


@EACH
def test_tables_and_printed_lines_are_those_of_the_notebook(site, lesson):
    words = plain(page(site, lesson).text)
    for data in bundles(lesson):
        if "|---|" in data.get("text/markdown", ""):
            rows = data["text/markdown"].splitlines()
            for cell in re.split(r"(?<!\\)\|", rows[0] + rows[-1]):
                assert plain(re.sub(r"[`*\\$]", "", cell)) in words, cell
    for cell in notebook(lesson).cells:
        for output in cell.get("outputs", []):
            assert plain(output.get("text", "")) in words


@EACH
def test_code_is_folded_where_the_notebook_folds_it(site, lesson):
    hidden = [cell.source for cell in notebook(lesson).cells if cell.metadata.get("jupyter", {}).get("source_hidden")]
    folded = [each for each in hidden if not each.startswith("big_picture(")]  # of a question nothing is folded
    assert [plain(each) for each in folded] == [
        plain(each.pre.text) for each in page(site, lesson).select("details.lessonkit-code")
    ]


@EACH
def test_a_page_with_its_pictures_is_small(site, lesson):
    shown = page(site, lesson)
    files = {site / "notebooks" / image["src"] for image in shown.select("img")}
    assert len(source(site, lesson)) + sum(file.stat().st_size for file in files) < LARGEST
    assert "base64," not in source(site, lesson)


def asked_in(site, lesson, folder="notebooks"):
    """The names of the questions on a page."""
    return [form.input["name"] for form in page(site, lesson, folder).select("form:has([type=radio])")]


@EACH
def test_each_question_has_its_options_and_a_folded_reply_for_each(site, lesson):
    for folder in ("notebooks", "exercises"):
        called = [re.search(r'^predict\("([^"]+)"\)', cell.source, re.M) for cell in notebook(lesson, folder).cells]
        assert asked_in(site, lesson, folder) == [each[1] for each in called if each]
        for form in page(site, lesson, folder).select("form:has([type=radio])"):
            asked = asked_as(form.input["name"])
            assert [label.text.strip() for label in form.select("label")] == [
                option.text.replace("*", "") for option in asked.options
            ]
            folded = copy.copy(form.find_next_sibling()).select("noscript > details")
            for details, option in zip(folded, asked.options, strict=True):
                details.summary.extract()
                assert plain(details.text) == plain(BeautifulSoup(reply(asked, option), "html.parser").text)


@EACH
def test_no_answer_can_be_read_in_a_page_or_found_by_its_search(site, lesson):
    text = plain(source(site, lesson)) + plain(source(site, lesson, "exercises"))
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    assert "resultsummary" not in index
    for folder in ("notebooks", "exercises"):
        for name in asked_in(site, lesson, folder):
            for option in asked_as(name).options:
                for sentence in option.reason.split(". "):
                    assert len(sentence) < 12 or plain(sentence) not in text, sentence


@EACH
def test_numbers_to_work_out_are_right_within_limits_that_hold_the_worked_numbers(site, lesson):
    stored = [data["text/plain"] for data in bundles(lesson) if data.get("text/plain", "").startswith("Work it out")]
    forms = page(site, lesson).select("form:has(input:not([type=radio]))")
    assert len(forms) == len(stored)
    for form, words in zip(forms, stored):
        told = json.loads(base64.b64decode(form["data-told"]))
        assert f"Work it out: {words.partition(': ')[2].splitlines()[0]}" == form.legend.text
        assert told["names"] == re.findall(r"^  (.+) = …$", words, re.M)
        numbers = {float(each) for each in re.findall(r"\d+\.?\d*(?:e[-+]?\d+)?", form.find_next_sibling().text)}
        for name, (low, high) in zip(told["names"], told["key"], strict=True):
            assert low < high
            signed = {*numbers, *(-each for each in numbers)}
            assert any(low <= each <= high for each in signed), f"{name}: {low} to {high}"


@EACH
def test_an_instrument_has_its_still_picture_and_its_record_beside_the_page(site, lesson):
    stored = [data for data in bundles(lesson) if data.get("text/plain", "").startswith("Instrument: ")]
    players = page(site, lesson).select(".lessonkit-player")
    assert len(players) == len(stored)
    for player, data in zip(players, stored):
        words = BeautifulSoup(data["text/html"], "html.parser").img["alt"]
        assert player.img["alt"] == words == player.select_one(".lessonkit-words").text
        record = site / "played" / f"{player.button['data-record']}.js"
        assert record.read_text(encoding="utf-8").startswith(
            f"lessonkitRecord({json.dumps(player.button['data-record'])}, "
        )


def test_no_page_of_exercises_has_a_solution(site):
    parts = {
        part.exercise
        for lesson in all_lessons().values()
        for part in lesson.parts
        if part.kind in ("version", "repair")
    }
    for lesson in LESSONS:
        text = plain(page(site, lesson, "exercises").text)
        assert "BEGINSOLUTION" not in text
        for name in parts & set(REGISTRY):
            body = source_of(REGISTRY[name].function).splitlines()[1:]
            assert not any(len(plain(line)) > 12 and plain(line) in text for line in body), name


@pytest.mark.parametrize("at", ["rules/adam", "docs/glossary", "docs/sheet", "mistakes/index"])
def test_the_list_of_pages_marks_the_one_that_is_open(site, at):
    whole = BeautifulSoup((site / f"{at}.html").read_text(encoding="utf-8"), "html.parser")
    marked = [(link["href"], link.text) for link in whole.select(".sidebar-tree a.current")]
    assert marked == [("#", whole.h1.find(string=True))]


def test_the_list_of_pages_marks_none_beside_a_page_that_it_does_not_have(site):
    for file in sorted((site / "conventions").glob("*-*.html")):
        tree = BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser").select_one(".sidebar-tree")
        assert tree.select("a") and not tree.select(".current"), file.name


def test_nothing_is_built_again_if_nothing_changed(site):
    before = {file: file.stat().st_mtime_ns for file in site.rglob("*.html")}
    done = subprocess.run([sys.executable, ROOT / "tools/site/make.py", site], capture_output=True, text=True)
    assert done.returncode == 0 and "Recording" not in done.stdout, done.stdout + done.stderr
    made = {"search.html", "genindex.html", "py-modindex.html"}
    again = [file.name for file in before if file.stat().st_mtime_ns != before[file] and file.name not in made]
    assert again == []
