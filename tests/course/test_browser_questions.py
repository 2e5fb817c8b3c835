"""Questions in JupyterLab, on a laptop's screen: by keyboard, read by a screen reader, with no answer before it is asked for."""

import nbformat
import pytest
from browsers import keeping_out, open_notebook, run_all
from nbformat.v4 import new_code_cell, new_notebook

from lessonkit.commands.page import page_of, run
from lessonkit.display.asked import asked_as

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright: `make .venv/test.stamp` installs it")

NAME = "05-scale"
CELLS = [
    "from lessonkit import big_picture, predict, table, work_out",
    f'predict("{NAME}")',
    'work_out("two velocities", {"third": 4.74, "fourth": 3.766}, table([[3, "4.740"], [4, "3.766"]], ["t", "v"]))',
    "big_picture()",
]


# A kernel that takes its time for each message, as on a busy machine.
BUSY = """import time
busy = work_out("with a busy kernel", {"x": 4.74}, table([[1, "4.740"]], ["t", "v"]))
for field in busy.inputs:
    field.observe(lambda change: time.sleep(0.5), "value")
busy"""


def notebook():
    kernel = {"kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}}
    return new_notebook(cells=[new_code_cell(source) for source in CELLS], metadata=kernel)


@pytest.fixture(scope="module")
def page(lab, browser):
    asking = notebook()
    asking.cells.append(new_code_cell(BUSY))
    nbformat.write(asking, lab["home"] / "notebooks" / "questions.ipynb")
    page = open_notebook(browser, lab, "notebooks/questions.ipynb")
    page.set_viewport_size({"width": 1280, "height": 720})
    run_all(page)
    page.locator(".lessonkit-question").nth(3).wait_for()
    yield page
    page.close()


def fits(page, question):
    """Whether a question lies within the window, from its first line to its last."""
    room = page.locator(".jp-WindowedPanel-outer").bounding_box()
    question.evaluate("each => each.closest('.jp-Cell').scrollIntoView()")
    box = question.bounding_box()
    return box["width"] <= room["width"] and box["height"] <= room["height"]


def test_a_question_is_answered_by_keyboard_and_its_answer_is_nowhere_before(page):
    asked, question = asked_as(NAME), page.locator(".lessonkit-question").nth(0)
    assert asked.right.reason not in page.content() and fits(page, question)
    labels = filter(None, question.locator("label").all_inner_texts())
    assert list(labels) == [option.text for option in asked.options]
    wrong = next(k for k, option in enumerate(asked.options) if not option.right)
    question.locator("input[type=radio]").nth(wrong).focus()
    page.keyboard.press("Space")
    question.get_by_role("button", name="Commit").focus()
    page.keyboard.press("Enter")
    reply = question.locator("[role=status]")
    sync_api.expect(reply).to_contain_text(f"You said “{asked.options[wrong].text}”.")
    sync_api.expect(reply).to_contain_text(f"It is “{asked.right.text}”.")
    assert fits(page, question)


def test_numbers_are_typed_and_the_worked_answer_comes_when_they_are_right(page):
    question = page.locator(".lessonkit-question").nth(1)
    first, second = question.locator("input[type=text]").all()
    first.focus()
    page.keyboard.type("4,74")
    page.keyboard.press("Tab")
    page.keyboard.type("3.77")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # Check
    sync_api.expect(question.locator("[role=status]")).to_contain_text("third: Write a decimal point")
    assert question.locator("table").count() == 0
    first.fill("4.74")
    question.get_by_role("button", name="Check").press("Enter")
    sync_api.expect(question.locator("[role=status]")).to_contain_text("Right.")
    sync_api.expect(question.locator("table")).to_contain_text("3.766")
    assert fits(page, question) and first.is_disabled() and second.is_disabled()


def test_it_can_be_asked_again_and_shown_without_typing(page):
    question = page.locator(".lessonkit-question").nth(1)
    question.get_by_role("button", name="Ask again").press("Enter")
    sync_api.expect(question.locator("table")).to_have_count(0)
    show = question.get_by_role("button", name="Show me")
    sync_api.expect(show).to_be_enabled()  # the table goes first, and a disabled button takes no key
    show.press("Enter")
    sync_api.expect(question.locator("table")).to_contain_text("4.740")


def test_what_is_checked_is_all_that_was_typed_also_if_the_kernel_is_busy(page):
    question = page.locator(".lessonkit-question").nth(3)
    question.locator("input[type=text]").press_sequentially("4.74")
    question.get_by_role("button", name="Check").press("Enter")
    sync_api.expect(question.locator("[role=status]")).to_contain_text("Right.")


def test_questions_keep_nobody_out(page):
    assert keeping_out(page, best_practice=False, context=".jp-OutputArea-output") == []


def test_a_page_shows_the_options_and_reveals_each_by_keyboard(browser, tmp_path, monkeypatch):
    nbformat.write(notebook(), tmp_path / "questions.ipynb")
    (tmp_path / "questions.html").write_text(page_of(run(tmp_path / "questions.ipynb"), "Questions"), encoding="utf-8")
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto((tmp_path / "questions.html").as_uri())
    for option in asked_as(NAME).options:
        folded = page.locator("details", has=page.get_by_text(option.text, exact=True))
        reason = folded.get_by_text(option.reason[:30])
        assert not reason.is_visible()
        folded.locator("summary").press("Enter")
        sync_api.expect(reason).to_be_visible()
        sync_api.expect(folded).to_contain_text("Yes." if option.right else "No.")
    worked = page.locator("details", has_text="Show the worked answer")
    assert not worked.locator("table").is_visible()
    worked.locator("summary").press("Enter")
    sync_api.expect(worked.locator("table")).to_contain_text("3.766")
    assert "What is usually said" in page.locator("body").inner_text() and keeping_out(page, best_practice=False) == []
    page.close()
