"""Pages of lessons in Chromium, from files: questions are answered, instruments are played, also by keys and on a phone."""

import pytest
from browsers import keeping_out

from lessonkit.display.asked import asked_as

pytestmark = [pytest.mark.slow, pytest.mark.clone, pytest.mark.timeout(1800)]

PHONE = {"viewport": {"width": 375, "height": 812}, "has_touch": True}
LESSON = "notebooks/05-adam.html"
QUESTION = "05-first-step"


@pytest.fixture(scope="module")
def opened(site, browser):
    """A function that opens a page of the site, with no fault in the console and nothing asked of other machines."""
    contexts, faults = [], []

    def one(name=LESSON, **how):
        contexts.append(browser.new_context(**how))
        page = contexts[-1].new_page()
        page.set_default_timeout(120_000)
        page.on("console", lambda message: message.type == "error" and faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda asked: asked.url.startswith(("file:", "data:", "blob:")) or faults.append(asked.url))
        page.goto((site / name).as_uri())
        return page

    yield one
    assert faults == []
    for context in contexts:
        context.close()


def form_of(page, name=QUESTION):
    return page.locator(f"form:has(input[name='{name}'])")


def test_a_question_says_after_a_choice_whether_it_is_right_and_why(opened):
    form, asked = form_of(opened()), asked_as(QUESTION)
    form.get_by_role("button", name="Check").click()
    assert "Choose first" in form.get_by_role("status").inner_text()
    for k, option in enumerate(asked.options):
        form.locator("input").nth(k).check()
        form.get_by_role("button", name="Check").click()
        said = form.get_by_role("status").inner_text()
        assert said.startswith("Yes." if option.right else f"You said “{option.text}”.")
        for each in (option, asked.right):
            assert each.reason.replace("*", "") in said


def test_a_question_is_answered_by_keys_on_a_phone(opened):
    page = opened(**PHONE)
    form = form_of(page)
    form.locator("input").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert asked_as(QUESTION).options[1].reason.replace("*", "") in form.get_by_role("status").inner_text()


def test_numbers_are_held_to_three_digits_with_a_point_a_comma_or_as_a_fraction(opened):
    form = opened().locator("form:has(legend:text('first step from the near start'))")
    for k, typed in enumerate(["0.2", "0,004", "4/2", "3.998", "1e-2"]):
        form.locator("input").nth(k).fill(typed)
    form.get_by_role("button", name="Check").click()
    assert form.get_by_role("status").inner_text().startswith("Right.")
    assert form.get_by_role("status").get_by_role("table").is_visible()
    for k, typed in enumerate(["0.21", "", "two", "3.98"]):
        form.locator("input").nth(k).fill(typed)
    form.get_by_role("button", name="Check").click()
    words = form.get_by_role("status").inner_text()
    for said in ("m: not 0.21.", "v: still empty.", "got “two”", "v̂: not 3.98."):
        assert said in words
    assert "step" not in words
    form.get_by_role("button", name="Show me").click()
    assert form.get_by_role("status").get_by_role("table").is_visible()


def test_the_big_picture_counts_what_agrees(opened):
    form = opened("notebooks/00-start.html").locator("form:has(select)")
    form.get_by_role("button", name="Check").click()
    assert "Choose first" in form.get_by_role("status").inner_text()
    for k in range(12):
        form.locator("select").nth(k).select_option(index=1)
    form.locator("select").first.select_option("slow")
    form.get_by_role("button", name="Check").click()
    assert " of 12 as usually said." in form.get_by_role("status").inner_text()
    assert form.get_by_role("status").get_by_role("table").is_visible()


def test_without_javascript_a_question_has_its_options_and_folded_replies(opened):
    page = opened(java_script_enabled=False)
    assert form_of(page).get_by_role("radio").count() == 4 and not page.locator("form button:visible").count()
    folded = page.locator("details", has_text="Yes. m̂ is five times as large")
    assert folded.inner_text().strip() == "of the same length"
    folded.locator("summary").click()
    assert "so their ratio stays" in folded.inner_text()
    player = page.locator(".lessonkit-player")
    assert player.locator("img").is_visible() and "bias correction" in player.inner_text()
    assert not player.get_by_role("button").is_visible()


def test_an_instrument_is_loaded_when_asked_for_and_played_by_keys(opened):
    page = opened(**PHONE)
    player = page.locator(".lessonkit-player")
    still = player.locator(".lessonkit-words").inner_text()
    assert player.get_by_role("slider").count() == 0
    player.get_by_role("button", name="Play with it").press("Enter")
    slider = player.get_by_role("slider", name="step t")
    slider.wait_for()
    assert player.locator(".lessonkit-words").inner_text() == still
    before = player.locator("canvas").evaluate("each => each.toDataURL()")
    slider.press("ArrowRight")
    assert player.locator(".lessonkit-words").inner_text().startswith("step t = 4")
    assert player.locator("canvas").evaluate("each => each.toDataURL()") != before
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_lesson_with_answers_shown_keeps_nobody_out(site, browser, scheme):
    page = browser.new_page(color_scheme=scheme, **PHONE)
    page.goto((site / LESSON).as_uri())
    for form in page.locator("form.lessonkit-asked").all():
        (form.get_by_role("button", name="Show me").or_(form.get_by_role("radio").first)).first.click()
        form.get_by_role("button", name="Check").click()
    assert keeping_out(page) == []
    page.close()
