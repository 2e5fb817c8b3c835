"""The sheet, the glossary and docs/article.md are whole, and say what the lessons say."""

import importlib.util
import re

import pytest
from prose import ROOT, links, markdown_of

spec = importlib.util.spec_from_file_location("pages_tool", ROOT / "tools" / "pages.py")
tool = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tool)

NOTEBOOKS = {path.name[:2]: path for path in sorted((ROOT / "notebooks").glob("*.ipynb"))}
TERMS = tool.terms()


@pytest.mark.parametrize("path", tool.PAGES, ids=lambda path: path.name)
def test_a_written_page_is_up_to_date(path):
    assert path.read_text(encoding="utf-8") == tool.PAGES[path](), "run `make pages`"


def test_terms_are_in_order_and_told_once():
    names = [line.split(" | ")[0] for line in tool.TERMS.read_text(encoding="utf-8").splitlines()]
    assert names == sorted(set(names), key=str.lower)


def said(number):
    """The prose of a lesson without comments, code, and links, which may name what is to come."""
    return re.sub(r"<!--.*?-->|\[[^]]*\]\([^)]*\)|`[^`]*`", "", markdown_of(NOTEBOOKS[number]), flags=re.DOTALL)


@pytest.mark.parametrize("term", TERMS)
def test_a_term_is_explained_in_bold_where_it_is_taught(term):
    bold = [words.lower() for words in re.findall(r"\*\*(.+?)\*\*", said(TERMS[term][0]))]
    assert any(term.lower() in words for words in bold)


@pytest.mark.parametrize("term", TERMS)
def test_no_lesson_before_uses_a_term(term):
    """But for the first page, which names what is to come, and a lesson's own pointers to a later one."""
    early = [number for number in NOTEBOOKS if "00" < number < TERMS[term][0]]
    word = re.compile(rf"\b{re.escape(term)}(?:e?s)?\b", re.IGNORECASE)
    assert [number for number in early if word.search(said(number))] == []


SECTIONS = [
    "The big picture",
    "Why standard gradient descent struggles",
    "Momentum",
    "RMSProp",
    "Adam",
    "AdaGrad",
    "Optimizer comparison",
    "Weight decay and L2 regularization",
    "Gradient clipping",
    "Learning rate warmup and cosine decay",
    "Learning rate schedule comparison",
    "Example 1: three steps of Adam",
    "Example 2: gradient clipping by global norm",
    "Example 3: learning rate with warmup and cosine decay",
    "Practical advice: when to use what",
    "What comes next",
]
ARTICLE = ROOT / "docs" / "article.md"
ROW = re.compile(r"^\| (.+) \| (.+) \| (\[.+\]\(.+\)) \| (.+) \|$", re.MULTILINE)
UNREFUTABLE = {"arithmetic", "algebra", "the definition", "the signature of the kernel", "nothing measured"}


def statements(section):
    """The rows of one section of the page: (what the article says, what was found, the link to where, the evidence)."""
    found = re.search(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", markdown_of(ARTICLE), re.MULTILINE | re.DOTALL)
    return [row for row in ROW.findall(found[1]) if row[0] != "the article says"] if found else []


@pytest.mark.parametrize("section", SECTIONS)
def test_each_section_of_the_article_has_its_statements_with_a_finding_and_a_place(section):
    assert statements(section)


@pytest.mark.parametrize("section", SECTIONS)
def test_each_statement_says_how_often_it_was_measured_and_what_would_refute_it(section):
    for says, _, _, evidence in statements(section):
        measured, refuted = re.fullmatch(r"(.+?)(; refuted (?:by|if) .+)?", evidence).groups()
        assert refuted or measured in UNREFUTABLE or "nothing" in measured, says


def test_a_place_that_begins_no_heading_of_its_lesson_is_refused():
    with pytest.raises(ValueError, match=r"“05 By foot” must begin one heading of 05-adam.ipynb"):
        tool.part_link("05 By foot")


def test_each_lesson_of_part_one_treats_something_of_the_article():
    linked = {url.partition("#")[0] for url in links(markdown_of(ARTICLE))}
    assert {f"../notebooks/{path.name}" for number, path in NOTEBOOKS.items() if number < "11"} <= linked
