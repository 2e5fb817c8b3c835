"""What students get from `lessonkit release`: notebooks in which no link is dead, and a sheet beside them."""

import re
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest
from classes import adam, lessonkit, write
from prose import anchors, links, markdown_of

from lessonkit.classroom.grading.release import SHEET
from lessonkit.classroom.lessons import all_lessons
from lessonkit.classroom.submissions.find import find


class Page(HTMLParser):
    """The links of a page, and the places in it that a link can lead to."""

    def __init__(self, text):
        super().__init__()
        self.links, self.places = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        told = dict(attributes)
        self.links += [told[key] for key in ("href", "src") if key in told]
        self.places |= {told["id"]} if "id" in told else set()


def links_of(path):
    return Page(path.read_text()).links if path.suffix == ".html" else links(markdown_of(path))


def dead(path):
    """The links of a file that lead nowhere, if all that a student has is its folder."""
    found = []
    for link in links_of(path):
        url = urlsplit(link)
        if url.scheme:
            continue
        target = (path.parent / unquote(url.path)).resolve() if url.path else path
        if not target.is_file() or target.parent != path.parent:
            found.append(link)
        elif url.fragment:
            places = Page(target.read_text()).places if target.suffix == ".html" else set(anchors(markdown_of(target)))
            found += [link] if unquote(url.fragment) not in places else []
    return found


@pytest.mark.parametrize("with_roster", [False, True])
def test_no_link_of_a_release_is_dead(with_roster, tmp_path):
    (tmp_path / "roster.csv").write_text("learner\nada\n../eve\n")
    roster = ["--roster", tmp_path / "roster.csv"] if with_roster else []
    assert lessonkit("release", "--out", tmp_path / "out", *roster) == 0
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert len(files) == (1 + with_roster) * (len(all_lessons()) + 1)
    assert {path: dead(path) for path in files if dead(path)} == {}
    assert sum(bool(links_of(path)) for path in files) >= (1 + with_roster) * len(all_lessons())


def test_a_lesson_that_is_not_there_is_found_by_the_sheet(tmp_path):
    assert lessonkit("release", "05", "--out", tmp_path) == 0
    assert f"[Adam]({SHEET}#05-adam)" in markdown_of(tmp_path / "05-adam.ipynb")
    assert re.search(r'<li id="05-adam">05 · Adam: <code>notebooks/05-adam.ipynb', (tmp_path / SHEET).read_text())


def test_the_sheet_says_how_to_install_open_save_and_hand_in_and_asks_for_nothing_outside(tmp_path):
    assert lessonkit("release", "05", "--out", tmp_path) == 0
    page = (tmp_path / SHEET).read_text()
    headings = re.findall(r"<h2.*?>(.*?)(?:<a .*?)?</h2>", page)
    assert ".anchor-link { display: none }" in page  # the sign behind each heading that leads to it
    assert headings[:4] == ["Install", "Open", "Answer", "Save"] and "Honesty" in headings
    assert "pip install lessonkit-" in page and not re.search("https?://", page)


def test_a_sheet_with_the_rules_of_a_class_stays(tmp_path):
    assert lessonkit("release", "05", "--out", tmp_path) == 0
    (tmp_path / SHEET).write_text("Hand in by Friday.")
    assert lessonkit("release", "05", "06", "--out", tmp_path) == 0
    assert (tmp_path / SHEET).read_text() == "Hand in by Friday."


def test_a_sheet_that_is_handed_in_with_a_notebook_is_passed_over(tmp_path):
    write(tmp_path / "ada" / "05-adam.ipynb", adam("ada"))
    write(tmp_path / "ada" / SHEET, b"<!doctype html>")
    write(tmp_path / "ada" / "notes.html", b"<!doctype html>")
    assert [file.name for file in find(tmp_path)] == ["05-adam.ipynb", "notes.html"]
