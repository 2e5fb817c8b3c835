"""The projector's page and the page on phones in a real browser: a class votes, and nothing keeps people out."""

import json
import os
import re

import pytest
from browsers import keeping_out
from halls import LESSON, QUESTION, served

from lessonkit.display.asked import FOLDER, Asked, Option, asked_in_lesson
from lessonkit.teaching import hall as halls
from lessonkit.teaching.deck import deck
from lessonkit.teaching.markdown import html_of
from lessonkit.teaching.votes import pages, sockets

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

QUESTIONS = asked_in_lesson(LESSON)
TEXTS = [option.text for option in QUESTIONS[QUESTION].options]
RIGHT = QUESTIONS[QUESTION].options.index(QUESTIONS[QUESTION].right)
EVERY = {
    name: asked for file in sorted(FOLDER.glob("[0-9]*.json")) for name, asked in asked_in_lesson(file.stem).items()
}
SCREENSHOTS = os.environ.get("LESSONKIT_SCREENSHOTS")

# What does not fit the slide in front, and texts that the last row cannot read.
MISFITS = """() => {
  const board = [...document.querySelectorAll('.votes')].find(each => each.offsetParent), room = board.getBoundingClientRect();
  const parts = [...board.querySelectorAll('h2, h3, li, p, math, img, button, .votes-text, .votes-bars')].filter(each => each.offsetParent);
  const outside = parts.filter(each => {
    const box = each.getBoundingClientRect();
    return box.left < room.left || box.right > room.right || box.top < room.top || box.bottom > room.bottom;
  });
  const main = board.querySelector('.votes-main'), foot = board.querySelector('.votes-foot').getBoundingClientRect();
  const below = [...main.querySelectorAll('h2, h3, p, li, math')].filter(each => each.getBoundingClientRect().bottom > foot.top + 1);
  const small = parts.filter(each => each.textContent && !each.closest('kbd') && parseFloat(getComputedStyle(each).fontSize) < 22);
  return [...outside, ...below, ...small].map(each => `${each.className} ${each.textContent}`);
}"""


@pytest.fixture
def open_page(browser):
    """Opens pages of a server; afterwards nothing was asked of another machine, and the console is empty."""
    contexts, faults = [], []

    def opened(hall, path, width, height, **more):
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, **more))
        page = contexts[-1].new_page()
        page.set_default_timeout(30_000)
        page.on(
            "request",
            lambda request: hall.site in request.url or request.url.startswith("data:") or faults.append(request.url),
        )
        page.on("console", lambda message: "ERR_CONNECTION" in message.text or faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"http://{hall.site}{path}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def projector(open_page, hall):
    page = open_page(hall, f"/projector#{hall.lecture.key}", 1280, 720)
    page.locator(".votes-code:visible", has_text=hall.lecture.code).wait_for()
    assert hall.lecture.key not in page.url
    return page


def phone(open_page, hall, width=375, height=667, **more):
    page = open_page(hall, f"/#{hall.lecture.code}", width, height, **more)
    told(page, re.compile("You are in|Choose one"))
    return page


def accessible(*pages):
    """No page keeps people out, or is wider than its screen."""
    for page in pages:
        assert keeping_out(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def pictures(name, *pages):
    for k, page in enumerate(pages):
        if SCREENSHOTS:
            page.screenshot(path=f"{SCREENSHOTS}/votes-{name}-{k}.png")


def told(page, words):
    """Wait until a phone says something."""
    page.locator("#note", has_text=words).wait_for(state="attached")


def shown(page, words):
    """Wait until the projector says something of the slide in front."""
    page.locator(".votes-page:visible", has_text=words).wait_for()


def test_a_class_votes_discusses_votes_again_and_reads_the_reasons(open_page, tmp_path):
    with served(tmp_path) as hall:
        screen = projector(open_page, hall)
        phones = [phone(open_page, hall), phone(open_page, hall, color_scheme="dark"), phone(open_page, hall, 320, 480)]
        everything = [screen, *phones]
        told(phones[0], "You are in")
        accessible(*everything)
        pictures("waiting", *everything)
        wrong = (RIGHT + 1) % len(TEXTS)
        for key, chosen in (("o", [RIGHT, wrong, wrong]), ("a", [RIGHT, RIGHT, wrong])):
            screen.keyboard.press(key)
            for page, option in zip(phones, chosen):
                told(page, "Choose one")
                page.get_by_role("button", name=TEXTS[option]).click()
                told(page, f"Your vote is kept: {'ABCD'[option]}")
                assert page.locator("[aria-pressed=true]").inner_text().endswith(TEXTS[option])
            shown(screen, "3 votes3 phones connected")
            assert screen.locator(".votes-bar").count() == 0  # nobody sees how the others vote
            accessible(*everything)
            pictures("first" if key == "o" else "second", *everything)
            screen.keyboard.press("c")
            told(phones[0], "The vote is closed. Yours is kept")
            assert phones[0].locator("#options button:enabled").count() == 0
        shown(screen, "Only 3 voted")
        assert screen.locator(".votes-share:visible").all_inner_texts()[2 * RIGHT : 2 * RIGHT + 2] == [
            "33 % (1)",
            "67 % (2)",
        ]
        accessible(*everything)
        pictures("both", *everything)
        screen.keyboard.press("r")
        told(phones[0], f"You chose {'ABCD'[RIGHT]}: right.")
        told(phones[2], f"The right one is {'ABCD'[RIGHT]}.")
        assert [page.locator("#round").inner_text() for page in phones] == ["The answer"] * 3
        assert screen.locator(".votes-right .votes-text").inner_text() == f"{TEXTS[RIGHT]} ✓"
        for option, reason, on_phone in zip(
            QUESTIONS[QUESTION].options,
            screen.locator(".votes-reason:visible").all(),
            phones[2].locator(".reason").all(),
        ):
            assert reason.inner_text() == on_phone.inner_text() == option.reason.replace("*", "")
        accessible(*everything)
        pictures("reasons", *everything)


def test_the_votes_of_the_first_round_show_on_demand_alone(open_page, tmp_path):
    with served(tmp_path) as hall:
        screen, one = projector(open_page, hall), phone(open_page, hall)
        screen.keyboard.press("o")
        told(one, "Choose one")
        one.locator("#options button").first.click()
        told(one, "kept")
        screen.keyboard.press("c")
        shown(screen, "Only 1 voted")
        assert screen.locator(".votes-bar").count() == 0
        screen.get_by_role("button", name="Show the votes").click()
        screen.locator(".votes-bar").nth(len(TEXTS) - 1).wait_for(state="attached")
        screen.reload()
        screen.locator(".votes-bar").nth(len(TEXTS) - 1).wait_for(state="attached")


def test_one_votes_with_the_keyboard_alone_and_hears_of_it(open_page, tmp_path):
    with served(tmp_path) as hall:
        screen = projector(open_page, hall)
        page = open_page(hall, "/", 375, 667)
        assert page.locator("#code").evaluate("code => code === document.activeElement")
        page.keyboard.type("AAAAAA")
        page.keyboard.press("Enter")
        told(page, "There is no vote with the code AAAAAA")
        page.keyboard.type(hall.lecture.code.lower())
        page.keyboard.press("Enter")
        told(page, "You are in")
        screen.keyboard.press("o")
        told(page, "Choose one")
        assert page.evaluate("document.activeElement.id") == "text"  # a screen reader reads the question
        for _ in range(2):
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        told(page, "Your vote is kept: B")
        assert page.evaluate("document.activeElement.textContent") == f"B{TEXTS[1]}"
        assert page.locator("#note").get_attribute("role") == "status"


def test_a_phone_says_that_a_vote_is_kept_only_when_it_is_and_comes_back_by_itself(open_page, tmp_path):
    with served(tmp_path, killed=True) as hall:
        port = hall.port
        screen, page = projector(open_page, hall), phone(open_page, hall)
        screen.keyboard.press("o")
        told(page, "Choose one")
    told(page, "Not connected")
    page.locator("#options button").nth(2).click()
    told(page, "Sending")
    assert "kept" not in page.locator("#note").inner_text()
    with served(tmp_path, port=port) as hall:
        told(page, "Your vote is kept: C")
        shown(screen, "1 vote1 phone connected")
        page.reload()
        told(page, "Your vote is kept: C")
        assert hall.lecture.ballot.counts(QUESTION) == [[0, 0, 1, 0]]
        accessible(page)


def test_the_code_to_scan_is_shown_as_large_as_the_screen_and_leads_phones_to_the_class(open_page, tmp_path):
    with served(tmp_path) as hall:
        screen = projector(open_page, hall)
        screen.keyboard.press("j")
        box = screen.locator(".votes-join img").bounding_box()
        assert min(box["width"], box["height"]) > 600
        accessible(screen)
        pictures("join", screen)
        assert hall.lecture.code in screen.locator(".votes-join").inner_text()
        screen.keyboard.press("j")
        assert not screen.locator(".votes-join").is_visible()


def test_the_question_of_each_lesson_fits_its_slide_in_each_phase(open_page, tmp_path, monkeypatch):
    monkeypatch.setattr(sockets, "BURST", 1000)  # all lessons in some seconds
    with served(tmp_path, questions=EVERY) as hall:
        screen = projector(open_page, hall)
        for k, (name, asked) in enumerate(EVERY.items()):
            screen.evaluate(f"deck.go({k})")
            for phase in phases(screen, hall, name, asked):
                assert screen.evaluate(MISFITS) == [], (name, phase)
            if name in (QUESTION, "00-limit", "05-scale"):
                pictures(f"told-{name}", screen)


@pytest.mark.clone
@pytest.mark.parametrize("lesson", halls.lessons_with_slides() if halls.FOLDER.is_dir() else [])
def test_the_title_and_the_premises_of_a_slide_stand_beside_its_question_in_each_phase(open_page, tmp_path, lesson):
    asked, told_first = asked_in_lesson(lesson), pages.premises(lesson)
    slides = halls.hall_of(lesson)
    made = deck(slides, 90)
    with served(tmp_path, questions=asked, deck=made, premises=told_first) as hall:
        screen, small = projector_at_a_question(open_page, hall), phone(open_page, hall, 320, 568)
        for k, slide in enumerate(slides.slides_of(90)):
            if slide.kind != "question":
                continue
            screen.evaluate(f"deck.go({k + 1})")
            title = screen.locator(".slide.now h2").first.text_content()
            body = plain(screen.locator(".slide.now .words").text_content()) if slide.body else ""
            for n, phase in enumerate(phases(screen, hall, slide.shown, asked[slide.shown])):
                assert screen.evaluate(MISFITS) == [], (slide.shown, phase)
                assert screen.locator(".votes-title:visible").inner_text() == title
                assert plain(screen.locator(".votes-premises:not(:empty):visible").all_text_contents()) == body
                pictures(f"{slide.shown}-{n}-{phase}", screen)
                if phase != "new":
                    small.locator("#title", has_text=title).wait_for()
                    assert plain(small.locator("#body").text_content()) == body
                    assert small.evaluate("document.documentElement.scrollWidth <= innerWidth")
                    pictures(f"{slide.shown}-{n}-{phase}-phone", small)
            assert bool(body) == bool(slide.body)
        accessible(screen, small)


def test_a_phone_shows_a_formula_of_a_slide(open_page, tmp_path):
    (tmp_path / "wide").mkdir()
    body = html_of("- $\\hat m = \\frac{m}{1 - β₁^t}$, and $\\sqrt{\\hat v}$\n\n$$θ \\leftarrow θ - α\\,\\hat m$$")
    with served(tmp_path, premises={QUESTION: {"title": "First steps", "body": body}}) as hall:
        screen, page = projector(open_page, hall), phone(open_page, hall, 320, 568)
        screen.keyboard.press("o")
        told(page, "Choose one")
        assert page.locator("#body math:visible").count() == 3 and page.locator("#body mfrac").count() == 1
        assert page.locator("#text").get_attribute("aria-describedby") == "premises"
        accessible(page)
        pictures("formula", page)
    wide = html_of("$$" + " + ".join(["\\frac{m}{v}"] * 20) + "$$")
    with served(tmp_path / "wide", premises={QUESTION: {"title": "First steps", "body": wide}}) as hall:
        screen, page = projector(open_page, hall), phone(open_page, hall, 320, 568)
        screen.keyboard.press("o")
        told(page, "Choose one")
        accessible(page)


def plain(texts):
    """Text without the spaces of its layout."""
    return " ".join("".join(texts).split())


def projector_at_a_question(open_page, hall):
    page = open_page(hall, f"/projector#{hall.lecture.key}", 1280, 720)
    page.locator(".votes-code", has_text=hall.lecture.code).first.wait_for(state="attached")
    return page


def phases(screen, hall, name, asked):
    """Lead the question in front through all phases, with the widest numbers of votes; yields the name of each."""
    for key, phase in (
        ("", "new"),
        ("o", "open"),
        ("c", "closed"),
        ("s", "closed"),
        ("a", "open"),
        ("c", "closed"),
        ("r", "revealed"),
    ):
        screen.keyboard.press(key or "Shift")
        if key == "o" or key == "a":
            votes = {str(voter): voter % len(asked.options) for voter in range(999)}
            hall.lecture.ballot.votes.setdefault((name, 1 + (key == "a")), {}).update(votes)
        next_phase(screen, hall, name, phase)
        yield phase


def next_phase(screen, hall, name, phase):
    """Wait until the server is in a phase, and the page shows it."""
    words = {"new": "Think first", "open": "vote: choose", "closed": " % are right", "revealed": "✓"}
    shown(screen, words[phase])
    assert hall.lecture.ballot.progress[name][1] == phase


def test_a_speaker_view_that_explains_a_question_reveals_it(open_page, tmp_path):
    with served(tmp_path) as hall:
        speaker, other = projector(open_page, hall), projector(open_page, hall)
        with speaker.expect_popup() as opened:
            speaker.evaluate("window.screen2 = window.open(location.href)")
        shown(opened.value, "Think first")
        explain = f"postMessage({{explain: {{question: '{QUESTION}', options: []}}}}, '*')"
        other.evaluate(explain)  # from no speaker view
        opened.value.evaluate(explain)
        speaker.evaluate(f"window.screen2.{explain}")
        shown(opened.value, "Nobody has voted. Reveal all the same?")
        speaker.evaluate(f"window.screen2.{explain}")
        shown(other, "✓")
        assert [opened.value.locator(".votes-trouble").count(), hall.lecture.ballot.progress[QUESTION]] == [
            0,
            (0, "revealed"),
        ]


def test_one_key_gives_no_answer_away_while_nobody_has_voted(open_page, tmp_path):
    with served(tmp_path) as hall:
        screen, one, ballot = projector(open_page, hall), phone(open_page, hall), hall.lecture.ballot
        screen.keyboard.press("r")
        shown(screen, "Nobody has voted. Reveal all the same? R again")
        screen.evaluate("deck.go(1); deck.go(0)")
        shown(screen, "Think first")
        screen.keyboard.press("r")  # the question is asked anew
        shown(screen, "Nobody has voted. Reveal all the same? R again")
        assert ballot.progress[QUESTION] == (0, "new")
        screen.keyboard.press("r")
        told(one, re.compile("^$"))
        shown(screen, "✓")
        assert screen.locator(".votes-page:visible button").all_inner_texts() == ["Open the vote O"]
        screen.keyboard.press("o")
        told(one, "Choose one")
        one.locator("#options button").first.click()
        told(one, "Your vote is kept")
        screen.keyboard.press("c")
        shown(screen, "Only 1 voted")
        screen.keyboard.press("r")
        told(one, "You chose A")
        shown(screen, "✓")
        assert screen.locator(".votes-page:visible button").count() == 0


INSTRUMENT = """<!DOCTYPE html><html lang="en"><head><title>deck</title></head><body>
<section class="slide" data-kind="instrument" id="s1"><h2>Drag the ball</h2></section>
<script>window.deck = { go() {}, index: 0, count: 1 };</script></body></html>"""


def test_an_instruments_slide_opens_the_lesson_in_a_running_lab_or_says_how_to_start_one(
    open_page, tmp_path, monkeypatch
):
    with served(tmp_path, deck=INSTRUMENT) as hall:
        found = [None, f"http://{hall.site}/#lab"]
        monkeypatch.setattr(sockets, "address_in_lab", lambda lesson: found.pop(0) if lesson == LESSON else None)
        screen = open_page(hall, f"/projector#{hall.lecture.key}", 1280, 720)
        screen.get_by_role("button", name="Open live").click()
        screen.get_by_text("Type “lessonkit lab” in another terminal").wait_for()
        with screen.expect_popup() as opened:
            screen.keyboard.press("l")
        assert opened.value.url == f"http://{hall.site}/#lab"


def test_html_in_a_question_is_shown_and_does_not_run(open_page, tmp_path):
    bad = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>"
    options = [Option(f"{bad}{k}", f"{bad} *so* {k}", k == 0) for k in range(3)]
    with served(tmp_path, questions={QUESTION: Asked(bad, options)}) as hall:
        screen, page = projector(open_page, hall), phone(open_page, hall)
        for key, words in (("o", "Choose one"), ("c", "The vote is closed"), ("r", "The vote is closed"), ("r", "")):
            screen.keyboard.press(key)
            told(page, words)
        shown(screen, "✓")
        page.wait_for_selector(".reason")
        for each, reason in ((screen, ".votes-reason"), (page, ".reason")):
            assert each.locator(reason).first.inner_text() == f"{bad} so 0"
            assert each.locator("img[src=x]").count() == 0 and each.title() != "run"


def test_of_the_html_of_a_slide_a_phone_writes_text_and_formulas_alone(browser, open_page, tmp_path):
    bad = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>"
    formula = '<math href="x" display="block"><mi onclick="x">θ</mi></math>'
    body = f'{bad}<p onclick="x" style="color: red">so <a href="javascript:x">it</a> {formula}</p>'
    with served(tmp_path, premises={QUESTION: {"title": bad, "body": body}}) as hall:
        screen, page = projector(open_page, hall), browser.new_page()  # its console tells what the policy blocks
        page.goto(f"http://{hall.site}/#{hall.lecture.code}")
        told(page, "You are in")
        screen.keyboard.press("o")
        told(page, "Choose one")
        kept = page.locator("#premises :not(#title, #body)").evaluate_all("parts => parts.map(part => part.outerHTML)")
        assert kept[0] == '<p>so it <math display="block"><mi>θ</mi></math></p>' and len(kept) == 3
        assert page.title() != "run"
        page.close()


def test_a_tab_without_the_key_shows_nothing_of_the_lesson(open_page, tmp_path):
    with served(tmp_path) as hall:
        page = open_page(hall, "/projector", 1280, 720)
        assert "needs the instructor's key" in page.inner_text("main") and page.locator(".slide").count() == 0
        accessible(page)
        assert json.dumps(TEXTS[0]) not in page.content()
