"""Pages of rules, mistakes, conventions and public names: each is there, is found from a list, and says what was run."""

import html
import re
import sys

import pytest
from bs4 import BeautifulSoup
from prose import ROOT

import lessonkit
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.rules.registry import REGISTRY

sys.path.insert(0, str(ROOT / "tools" / "site"))

pytestmark = [pytest.mark.slow, pytest.mark.clone, pytest.mark.timeout(1800)]

MISTAKES = {(rule, each.name): each for rule, exercise in EXERCISES.items() for each in reversed(exercise.mistakes)}
CONVENTIONS = {
    (rule, each.name): each
    for rule, exercise in EXERCISES.items()
    for each in exercise.conventions
    if "; " not in each.name
}


def pages_of(site, folder):
    """The pages of a folder, but for its list: a dict of name → what stands in the page."""
    paths = sorted((site / folder).glob("*.html"))
    return {
        path.stem: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in paths
        if path.stem != "index"
    }


def listed(site, folder):
    """The pages that the list of a folder links."""
    found = BeautifulSoup((site / folder / "index.html").read_text(encoding="utf-8"), "html.parser").select(
        "article a[href]"
    )
    return {link["href"] for link in found}


def words_of(page):
    return " ".join(page.select_one("article").get_text().split())


@pytest.fixture(scope="module")
def mistakes(site):
    return pages_of(site, "mistakes")


@pytest.fixture(scope="module")
def conventions(site):
    return pages_of(site, "conventions")


def test_each_mistake_has_a_page_with_its_reason_its_question_and_a_call_and_the_list_links_it(site, mistakes):
    from mistakes import file_of

    files = {file_of(*key): mistake for key, mistake in MISTAKES.items()}
    assert set(mistakes) == set(files)
    assert len(files) == len(MISTAKES)  # no two share a page
    assert {f"{file}.html" for file in files} <= listed(site, "mistakes")
    for file, mistake in files.items():
        words = words_of(mistakes[file])
        for part in (mistake.why, mistake.question, *mistake.hints):
            assert " ".join(part.replace("`", "").split()) in words  # code is set, its marks are not
        assert "# expected: " in words
        assert "# got: " in words


def test_hints_are_folded(mistakes):
    for page in mistakes.values():
        assert [each.get_text() for each in page.select("article summary")][:2] == ["A hint", "Another hint"]
        assert not page.select("details[open]")


def test_each_convention_has_a_page_that_says_how_it_converts_and_the_list_links_it(site, conventions):
    from mistakes import file_of

    files = {file_of(*key): convention for key, convention in CONVENTIONS.items()}
    assert set(conventions) == set(files)
    assert {f"{file}.html" for file in files} <= listed(site, "conventions")
    for file, convention in files.items():
        words = words_of(conventions[file])
        assert " ".join(convention.conversion.split()) in words
        assert convention.ours in words
        assert convention.written_by.replace("`", "") in words
        assert len(conventions[file].select("article table tbody tr")) >= 2


def test_each_rule_clip_and_schedule_has_a_page_with_code_and_links_to_its_mistakes_and_conventions(site):
    from mistakes import file_of

    pages = pages_of(site, "rules")
    assert set(pages) == set(REGISTRY)
    assert {f"{name}.html" for name in REGISTRY} <= listed(site, "rules")
    for name, page in pages.items():
        assert f"def {name}(" in words_of(page)
        assert page.select("article img")
        links = {link["href"] for link in page.select("article a[href]")}
        for kind, versions in (("mistakes", MISTAKES), ("conventions", CONVENTIONS)):
            assert {f"../{kind}/{file_of(*key)}.html" for key in versions if key[0] == name} <= links


def test_each_public_name_has_a_page_with_an_example_and_its_source_and_the_list_links_it(site):
    pages = pages_of(site, "api")
    assert set(pages) | set(REGISTRY) == set(lessonkit.__all__)
    links = listed(site, "api")
    for name in lessonkit.__all__:
        assert (f"../rules/{name}.html" if name in REGISTRY else f"../api/{name}.html") in links | {
            f"../api/{link}" for link in links
        }
    for name, page in pages.items():
        assert ">>>" in words_of(page), name
        assert "Source" in [each.get_text() for each in page.select("article summary")]
        assert not re.search(r"(?<!`)`[a-z_]+`", words_of(page).split("Source")[0]), name  # no markup is left


def test_formulas_of_docstrings_are_set(site):
    pages = pages_of(site, "rules") | pages_of(site, "api")
    assert all(page.select("math") for name, page in pages.items() if name in REGISTRY and name not in NO_FORMULA)
    assert not [name for name, page in pages.items() if r"\frac" in words_of(page).split("Source")[0]]


NO_FORMULA = {name for name, entry in REGISTRY.items() if ".. math::" not in (entry.function.__doc__ or "")}


def test_the_same_slip_in_other_rules_is_linked_both_ways(mistakes):
    from mistakes import file_of

    for rule, name in MISTAKES:
        others = {f"{file_of(other, name)}.html" for other, same in MISTAKES if same == name and other != rule}
        links = {link["href"] for link in mistakes[file_of(rule, name)].select("article a[href]")}
        assert others <= links


def test_titles_are_all_different_and_name_greek_letters_in_words(site, mistakes, conventions):
    pages = mistakes | conventions | pages_of(site, "rules") | pages_of(site, "api")
    titles = [page.select_one("h1").get_text() for page in pages.values()]
    assert len(set(titles)) == len(titles)
    assert not [title for title in titles if "ε" in title and "epsilon" not in title]


def test_descriptions_are_short_and_say_what_the_page_is_about(mistakes, conventions):
    for page in [*mistakes.values(), *conventions.values()]:
        told = html.unescape(page.select_one("meta[name=description]")["content"])
        assert len(told) <= 160
        assert told.startswith(page.select_one("h1").contents[0].get_text())


def test_no_two_pictures_are_alike_and_each_is_described(site, mistakes):
    pictures = [image for page in mistakes.values() for image in page.select("article img")]
    assert len(pictures) > 0.95 * len(mistakes)
    assert len({image["src"] for image in pictures}) == len(pictures)
    assert all(image["alt"] for image in pictures)
    assert len({(site / "mistakes" / image["src"]).read_bytes() for image in pictures}) == len(pictures)
    assert max((site / "mistakes" / image["src"]).stat().st_size for image in pictures) < 30_000


def test_a_mistake_without_a_picture_says_so_with_numbers(mistakes):
    without = [words_of(page) for page in mistakes.values() if not page.select("article img")]
    assert without
    assert all(
        re.search(r"Nothing can be seen of it in any of \d+ settings|No run can be drawn", words) for words in without
    )


def test_no_page_of_these_is_large(site):
    sizes = {
        path.name: path.stat().st_size
        for folder in ("rules", "mistakes", "conventions", "api")
        for path in (site / folder).glob("*.html")
    }
    assert max(sizes.values()) < 300_000


def test_the_picture_of_the_tab_is_that_of_a_recorded_run(site):
    import previews

    assert (site / "_static" / "favicon.svg").read_text(encoding="utf-8") == previews.favicon()
