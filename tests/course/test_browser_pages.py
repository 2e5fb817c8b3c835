"""What graders and learners read, in a real browser: nothing keeps people out, also on a phone."""

import classes
import pytest
import simulated
from browsers import keeping_out

from lessonkit.classroom.gradebook.book import Attempt, Book
from lessonkit.classroom.reports import preview
from lessonkit.classroom.reports.report import as_page
from lessonkit.classroom.reports.results import write_all
from lessonkit.classroom.reports.survey import survey

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PART = {
    "part": "adam",
    "kind": "rule",
    "exercise": "adam",
    "out_of": 4,
    "points": 0,
    "passed": False,
    "convention": None,
    "mistake": "forgets the root",
    "message": "The second moment is used as it is.",
    "question": "What is the unit of v?",
    "hints": ["A nudge.", "Another one.", "$$\\theta$$"],
    "error": {"type": "ValueError", "line": 3, "code": "return <b>theta</b>"},
    "task": "`adam`, two steps.",
    "source": classes.right("adam") + "# <script>alert(1)</script>" + "x" * 200,
}
PASSED = {**PART, "part": "adam_answer", "kind": "by_hand", "points": 4, "passed": True, "mistake": None, "error": None}


@pytest.fixture
def written(tmp_path):
    book = Book(tmp_path / "gradebook.sqlite")
    book.write(
        [
            Attempt(f"<i>learner{k}</i>", "05-adam", "", "", [PART if k else {**PART, **PASSED}, PASSED], ["a <note>"])
            for k in range(6)
        ]
    )
    write_all(book, tmp_path, {"learners": []})
    book.close()
    return tmp_path


def test_feedback_map_and_report_are_accessible_on_a_desk_and_on_a_phone(written, browser):
    preview.write(written / "sample")
    files = [next((written / "feedback").rglob("*.html")), *sorted((written / "sample").rglob("*.html"))]
    files += [written / "heatmap.html", written / "report.html"]
    for width in (1280, 360):
        page = browser.new_page(viewport={"width": width, "height": 740})
        for file in files:
            page.goto(file.as_uri())
            assert keeping_out(page) == [], file.name
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), file.name
            assert page.locator("script, i").count() == 0  # what learners write is shown, not run
        page.close()


def test_printed_feedback_shows_the_hints(written, browser):
    page = browser.new_page()
    page.goto(next((written / "feedback").rglob("*.html")).as_uri())
    assert not page.get_by_text("A nudge.").first.is_visible()
    page.emulate_media(media="print")
    assert page.get_by_text("A nudge.").first.is_visible()
    page.close()


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The map and the report of a class of 60 over all lessons, with attempts over sixteen weeks."""
    folder, attempts = tmp_path_factory.mktemp("course"), []
    book = Book(folder / "gradebook.sqlite")
    for k, lesson in enumerate(simulated.LESSONS):
        of = simulated.honest(lesson, 60)
        book.write([Attempt(learner, lesson, "", "", parts) for learner, parts in of.items()])
        attempts += [
            (learner, lesson, 1_790_553_600 + 604_800 * (k + n % 6), True, parts)
            for n, (learner, parts) in enumerate(of.items())
        ]
    write_all(book, folder, {"learners": []})
    (folder / "report.html").write_text(as_page(survey(book, attempts)))
    book.close()
    return folder


@pytest.mark.parametrize("name, tallest", [("report.html", 20_000), ("heatmap.html", 25_000)])
@pytest.mark.parametrize("width", [1280, 375])
def test_map_and_report_of_eleven_lessons_are_accessible_and_readable(name, tallest, width, course, browser):
    page = browser.new_page(viewport={"width": width, "height": 740})
    page.goto((course / name).as_uri())
    assert keeping_out(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.documentElement.scrollHeight") < tallest
    assert max_lines_of_headers(page) <= 4
    page.close()


@pytest.mark.parametrize("name", ["report.html", "heatmap.html"])
def test_map_and_report_fit_on_a4(name, course, browser):
    page = browser.new_page(viewport={"width": 718, "height": 1045})  # A4 without its margins, at 96 dots an inch
    page.emulate_media(media="print")
    page.goto((course / name).as_uri())
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert max_lines_of_headers(page) <= 5
    page.close()


def max_lines_of_headers(page):
    """Of how many lines the header cells are; broken to a letter a line, they have ten and more."""
    return page.evaluate(
        "Math.max(...[...document.querySelectorAll('thead th')].map(th => th.clientHeight / parseFloat(getComputedStyle(th).lineHeight)))"
    )
