"""Every link leads somewhere and every word is spelt as a dictionary or `spelling.txt` has it. No network is asked."""

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from prose import PAGES, ROOT, SLIDES, anchors, links, markdown_of, words
from spellchecker import SpellChecker

PAGE = pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
TEXT = pytest.mark.parametrize("path", PAGES + SLIDES, ids=lambda path: str(path.relative_to(ROOT)))
DICTIONARY = SpellChecker()
OURS = set((Path(__file__).parents[1] / "spelling.txt").read_text(encoding="utf-8").split())
# An address outside can only be held to its form here: nothing is asked of the network.
OUTSIDE = {"arxiv.org": r"/abs/\d{4}\.\d{4,5}", "doi.org": r"/10\.\d{4,}/\S+"}


def broken(path, markdown):
    """The links of a page that lead nowhere."""
    return [link for link in links(markdown) if not leads_somewhere(path, markdown, unquote(link))]


def leads_somewhere(path, markdown, link):
    url = urlsplit(link)
    if url.scheme or url.netloc:
        return url.scheme == "https" and "." in url.netloc and re.fullmatch(OUTSIDE.get(url.netloc, ".*"), url.path)
    if url.path:
        target = (path.parent / url.path).resolve()
        if not target.is_file() or ROOT not in target.parents:
            return False
        markdown = markdown_of(target) if url.fragment else ""
    return not url.fragment or url.fragment in anchors(markdown)


def misspelt(markdown):
    """Words that neither the dictionary nor the course knows, as they are written."""
    plain = {
        word: word.replace("’", "'").removesuffix("'s") for word in words(markdown) if word.isascii() or "’" in word
    }
    strange = DICTIONARY.unknown(plain.values())
    return sorted(word for word, form in plain.items() if form.lower() in strange and not {form, form.lower()} & OURS)


@pytest.mark.clone
@PAGE
def test_every_link_leads_somewhere(path):
    assert broken(path, markdown_of(path)) == []


@TEXT
def test_every_word_is_known(path):
    assert misspelt(markdown_of(path)) == [], "put right, or into tests/spelling.txt"


@pytest.mark.parametrize(
    "link",
    [
        "missing.md",
        "notebooks/",
        "../../outside.md",
        "#no-such-heading",
        "README.md#nowhere",
        "http://arxiv.org/abs/1412.6980",
        "https://arxiv.org/abs/14126980",
        "https://doi.org/abc",
        "https://localhost/x",
    ],
)
def test_a_link_that_leads_nowhere_is_found(link):
    found = broken(ROOT / "tests" / "page.md", f"# A page\n\nText with [a link]({link}).")
    assert found == [link]


@pytest.mark.parametrize(
    "link", ["../README.md", "#A-page", "#a-page", "https://arxiv.org/abs/1412.6980", "https://example.org"]
)
def test_a_link_that_leads_somewhere_is_let_through(link):
    assert broken(ROOT / "tests" / "page.md", f"# A page\n\n[a link]({link})") == []


@pytest.mark.parametrize(
    "text",
    [
        "the gradeint",
        "a **momentm**",
        "| a | tabel |\n|---|---|\n| b | c |",
        "> an optimizer’s stpe",
        "[a wrogn link](https://example.org)",
        "## A headign",
        "- a lits",
        "before $x$ affter",
    ],
)
def test_a_misspelt_word_is_found_wherever_it_stands(text):
    assert len(misspelt(text)) == 1


def test_code_formulas_addresses_and_names_of_files_are_not_read_as_prose():
    text = "`thetaa` and $thetaa$ in https://thetaa.org and thetaa.ipynb\n\n```\nthetaa\n```\n\n$$\nthetaa\n$$\n"
    assert misspelt(text) == []


def test_the_courses_own_words_are_in_order_and_in_no_dictionary():
    ours = (Path(__file__).parents[1] / "spelling.txt").read_text(encoding="utf-8").split()
    assert ours == sorted(set(ours), key=lambda word: (word.lower(), word))
    assert [word for word in ours if not DICTIONARY.unknown([word])] == []


def test_code_and_its_comments_hold_no_common_misspelling():
    run = subprocess.run([sys.executable, "-m", "codespell_lib"], cwd=ROOT, capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (0, "")
