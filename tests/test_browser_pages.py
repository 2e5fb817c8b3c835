"""What graders and learners read, in a real browser: nothing keeps people out, also on a phone."""

import pytest

import classes
from lessonkit.grading.book import Book
from lessonkit.grading.results import write_all

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe: `make .venv/test.stamp` installs it")
pytestmark = pytest.mark.timeout(300)

PART = {"part": "adam", "kind": "rule", "exercise": "adam", "out_of": 4, "points": 0, "passed": False, "convention": None,
        "mistake": "forgets the root", "message": "The second moment is used as it is.", "question": "What is the unit of v?",
        "hints": ["A nudge.", "Another one.", "$$\\theta$$"], "error": {"type": "ValueError", "line": 3, "code": "return <b>theta</b>"},
        "task": "`adam`, two steps.", "source": classes.right("adam") + "# <script>alert(1)</script>" + "x" * 200}
PASSED = {**PART, "part": "adam_answer", "kind": "by_hand", "points": 4, "passed": True, "mistake": None, "error": None}


@pytest.fixture
def written(tmp_path):
    book = Book(tmp_path / "gradebook.sqlite")
    book.write([(f"<i>learner{k}</i>", "05-adam", "", False, [PART if k else {**PART, **PASSED}, PASSED], ["a <note>"]) for k in range(6)])
    write_all(book, tmp_path, {"learners": []})
    book.close()
    return tmp_path


def test_feedback_map_and_report_are_accessible_on_a_desk_and_on_a_phone(written, browser):
    files = [next((written / "feedback").rglob("*.html")), written / "heatmap.html", written / "report.html"]
    for width in (1280, 360):
        page = browser.new_page(viewport={"width": width, "height": 740})
        for file in files:
            page.goto(file.as_uri())
            found = axe.Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]})
            assert [(file.name, rule["id"], node["html"][:200]) for rule in found.response["violations"] for node in rule["nodes"]] == []
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
