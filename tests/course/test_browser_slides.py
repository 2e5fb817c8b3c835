"""Every slide of every lesson, in a browser at 1280 × 720: nothing overflows, overlaps, is too small or keeps people out.

Recording what an instrument shows at all values of its controls takes up to a minute. So of most instruments only the state in which
they begin is recorded, which shows how they stand on their slide. Lesson 05 is written as the command writes it, and held to the size
of a deck; `lessonkit slides` itself refuses a deck that is too large, for any lesson.
"""

import re

import pytest
from browsers import keeping_out

from lessonkit.commands.cli import main
from lessonkit.display.asked import asked_as
from lessonkit.display.widgets.frames import Frames
from lessonkit.teaching.deck import deck
from lessonkit.teaching.edition import edition
from lessonkit.teaching.hall import FOLDER, hall_of, lessons_with_slides
from lessonkit.teaching.handout import handout
from lessonkit.teaching.plan import plan
from lessonkit.teaching.recorded import instruments_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.clone]

LESSONS = lessons_with_slides() if FOLDER.is_dir() else []

# What is wrong with the slide that is shown, a line each.
FAULTS = """() => {
  const slide = document.querySelector('.slide.now'), faults = [], room = slide.querySelector('.room');
  const title = slide.querySelector('h1, h2').textContent, say = words => faults.push(`${slide.id} “${title}”: ${words}`);
  const called = each => `${each.tagName} ${each.className} “${each.textContent.trim().slice(0, 40)}”`;
  const seen = each => { const box = each.getBoundingClientRect(); return box.width > 1 && box.height > 1 && getComputedStyle(each).visibility === 'visible'; };
  const all = [...slide.querySelectorAll('*')].filter(each => seen(each) && !each.closest('defs'));
  const inMath = each => each.parentElement.closest('math');

  const edge = slide.getBoundingClientRect(), inside = box =>
    box.left >= edge.left - 1 && box.right <= edge.right + 1 && box.top >= edge.top - 1 && box.bottom <= edge.bottom + 1;
  for (const each of all) if (!inside(each.getBoundingClientRect())) say(`outside the slide: ${called(each)}`);
  for (const each of [room, ...all.filter(each => !inMath(each) && !each.matches('math, svg *, input, select, .words *'))])
    if (each.clientWidth && (each.scrollWidth > each.clientWidth + 1 || each.scrollHeight > each.clientHeight + 1) &&
        getComputedStyle(each).display !== 'inline') say(`overflows: ${called(each)}`);

  // Whole things that lie on each other.
  const things = all.filter(each => each.matches(
    'h1, h2, .foot, .asked, .options li, .words > *, .shown > :is(table, pre, img, svg, math), .lines p, canvas, .lessonkit-words, .widget-slider, .lessonkit-row, .lessonkit-choice') && !each.closest('svg svg'));
  things.forEach((one, k) => things.slice(k + 1).forEach(other => {
    if (one.contains(other) || other.contains(one)) return;
    const a = one.getBoundingClientRect(), b = other.getBoundingClientRect();
    if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1)
      say(`overlap: ${called(one)} and ${called(other)}`);
  }));
  for (const box of slide.querySelectorAll('svg rect')) {
    const words = box.nextElementSibling.getBoundingClientRect(), around = box.getBoundingClientRect();
    if (words.left < around.left || words.right > around.right || words.top < around.top || words.bottom > around.bottom)
      say(`words leave their box: ${box.nextElementSibling.textContent}`);
  }

  // Sizes of letters, as they are seen.
  const walk = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT);
  for (let text; (text = walk.nextNode());) {
    const own = text.parentElement, formula = own.closest('math'), drawing = own.closest('svg');
    if (!text.textContent.trim() || !seen(own) || own.closest('script')) continue;
    const zoom = drawing ? drawing.getScreenCTM().a : 1, size = parseFloat(getComputedStyle(formula ?? own).fontSize) * zoom;
    const least = own.closest('.foot') ? 18 : own.closest('table, pre, code, svg, .lines, .reason') || (own.closest('.played') && !own.closest('.words')) ? 22 : 28;
    if (size < least - 0.01) say(`letters of ${size.toFixed(1)} pixels, at least ${least}: “${text.textContent.trim().slice(0, 40)}”`);
  }
  for (const each of slide.querySelectorAll('.shown > img')) {
    const box = each.getBoundingClientRect(), scale = Math.min(box.width / each.naturalWidth, box.height / each.naturalHeight);
    if (scale < 1) say(`a picture is smaller than in the notebook: ${(100 * scale).toFixed(0)} %`);
  }
  for (const each of slide.querySelectorAll('img, canvas, svg[role]'))
    if (!(each.alt || each.ariaLabel)?.trim()) say(`no description: ${called(each)}`);
  if (room.children.length === 0) say('an empty slide');
  return faults;
}"""


SWIPE = """([start, end]) => {
  const target = document.querySelector('.slide.now'), touch = x => new Touch({ identifier: 1, target, clientX: x, clientY: 300 });
  target.dispatchEvent(new TouchEvent('touchstart', { bubbles: true, touches: [touch(start)], changedTouches: [touch(start)] }));
  target.dispatchEvent(new TouchEvent('touchend', { bubbles: true, touches: [], changedTouches: [touch(end)] }));
}"""


class Opened:
    """A page with a deck, and what it asked of other machines or complained of."""

    def __init__(self, browser, file):
        self.page, self.faults = browser.new_page(viewport={"width": 1280, "height": 720}), []
        asked = lambda request: (
            request.url.startswith(("file:", "data:")) or self.faults.append(f"asks for {request.url}")
        )
        self.page.on("request", asked)
        self.page.on("console", lambda message: self.faults.append(message.text))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.goto(file.as_uri())
        self.page.wait_for_function("[...document.images].every(each => each.complete)")
        self.page.wait_for_function(
            "[...document.querySelectorAll('.played')].every(each => each.querySelector('canvas[aria-label]'))"
        )

    def all_faults(self):
        """A line for each thing that is wrong, also while the reasons of a question are shown."""
        found = self.faults
        for index in range(self.page.evaluate("deck.count")):
            self.page.evaluate("index => deck.go(index)", index)
            found += self.page.evaluate(FAULTS)
            if question := self.page.evaluate("document.querySelector('.slide.now').dataset.question ?? ''"):
                options = [{"right": each.right, "reason": each.reason} for each in asked_as(question).options]
                self.page.evaluate("told => deck.explain(told)", {"question": question, "options": options})
                found += [f"with the reasons, {line}" for line in self.page.evaluate(FAULTS)]
                self.page.evaluate("told => deck.explain(told)", {"question": question, "options": options})
        return found

    def keeps_out(self):
        """What axe finds on all slides, one below the other."""
        self.page.evaluate("document.querySelector('.deck')?.classList.remove('live')")
        return keeping_out(self.page)


def speaking(written, browser, script=""):
    """A context in which `script` runs in each page, the speaker view of lesson 05, and the deck that it has opened."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_init_script(script)
    page = context.new_page()
    page.goto((written / "05-adam-speaker.html").as_uri())
    with context.expect_page() as opening:
        page.get_by_role("button", name="Open the deck").click()
    opening.value.wait_for_function("window.deck?.index === 0")
    return context, page, opening.value


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The files of lesson 05 for the longest class, as the command writes them."""
    out = tmp_path_factory.mktemp("slides")
    with pytest.raises(SystemExit) as ended:
        main(["slides", "05", "--minutes", "90", "--out", str(out)])
    assert ended.value.code == 0
    return out


@pytest.mark.parametrize("lesson", LESSONS)
def test_each_slide_can_be_read_from_the_last_row_and_by_everybody(lesson, browser, tmp_path, monkeypatch):
    monkeypatch.setattr(Frames, "wanted", lambda frames: [frames.start])
    monkeypatch.setenv("TQDM_DISABLE", "1")
    hall, file = hall_of(lesson), tmp_path / "deck.html"
    file.write_text(deck(hall, 90, instruments_of(hall, hall.slides_of(90))), encoding="utf-8")
    opened = Opened(browser, file)
    assert opened.all_faults() == [] and opened.keeps_out() == []
    opened.page.close()


def test_a_deck_with_its_instrument_is_one_small_file_that_plays(written, browser):
    file = written / "05-adam-slides.html"
    assert file.stat().st_size <= 2_000_000
    opened = Opened(browser, file)
    page = opened.page
    page.locator("canvas[aria-label]").first.wait_for(state="attached")
    assert opened.all_faults() == []
    number = page.evaluate(
        "[...document.querySelectorAll('.slide')].findIndex(each => each.dataset.kind === 'instrument')"
    )
    page.evaluate("number => deck.go(number)", number)
    before = page.locator(".now .lessonkit-words").inner_text()
    slider = page.locator(".now input[type=range]").first
    slider.press("ArrowRight")
    assert page.locator(".now .lessonkit-words").inner_text() != before
    assert page.evaluate("deck.index") == number, "the arrow moved the slider, not the deck"
    slider.press("PageDown")
    assert page.evaluate("deck.index") == number + 1, "what a presenter's remote sends moves the deck"
    assert opened.keeps_out() == []
    page.close()


def test_keys_clicks_fingers_and_the_address_move_the_deck(written, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 720}, has_touch=True)
    page.add_init_script("window.heard = []; document.addEventListener('slide', event => heard.push(event.detail))")
    page.goto((written / "05-adam-slides.html").as_uri() + "#3")
    at = lambda: page.evaluate("deck.index")
    assert at() == 2 and page.locator(".slide:visible").count() == 1
    assert page.evaluate("heard") == [{"index": 2, "id": "s3", "kind": "question", "question": "05-first-step"}]
    for key, index in (
        ("ArrowRight", 3), ("Space", 4), ("PageDown", 5), ("ArrowLeft", 4), ("Shift+Space", 3), ("PageUp", 2),
        ("End", page.evaluate("deck.count") - 1), ("ArrowRight", page.evaluate("deck.count") - 1), ("Home", 0), ("ArrowLeft", 0),
    ):  # fmt: skip
        page.keyboard.press(key)
        assert at() == index, key
    page.mouse.click(640, 400)
    assert at() == 1 and page.url.endswith("#2")
    for start, end, index in ((900, 300, 2), (300, 900, 1), (500, 520, 1)):
        page.evaluate(SWIPE, [start, end])
        assert at() == index, "a finger that moves far enough turns the page"
    page.evaluate("location.hash = '#5'")
    page.wait_for_function("deck.index === 4")
    page.set_viewport_size({"width": 640, "height": 400})
    box = page.locator(".slide.now").bounding_box()
    assert (round(box["width"]), round(box["height"]), round(box["x"]), round(box["y"])) == (640, 360, 0, 20)
    assert page.locator(".votes").count() == page.locator('[data-kind="question"]').count() > 0
    assert page.locator(".votes").first.inner_html() == ""
    page.close()


LATE = """if (!opener && parent === window) addEventListener('message', event => {
  if (!event.data.deck || event.late) return;
  event.stopImmediatePropagation();
  const { data, source } = event;
  setTimeout(() => dispatchEvent(Object.assign(new MessageEvent('message', { data, source }), { late: true })), 250);
}, true);"""


def test_answers_of_decks_that_come_late_do_not_throw_the_speaker_back(written, browser):
    context, page, shown = speaking(written, browser, LATE)
    page.wait_for_timeout(1000)  # the first announcements of the decks
    at = lambda: page.evaluate("[...document.querySelectorAll('article')].findIndex(each => each.matches('.now'))")
    for _ in range(6):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(60)
    page.wait_for_timeout(1500)
    assert (at(), shown.evaluate("deck.index")) == (6, 6)
    for _ in range(4):  # in the deck itself
        shown.keyboard.press("ArrowLeft")
        shown.wait_for_timeout(60)
    page.wait_for_timeout(1500)
    assert (at(), shown.evaluate("deck.index")) == (2, 2)
    shown.reload()
    page.wait_for_timeout(1500)
    shown.keyboard.press("ArrowRight")
    page.wait_for_timeout(1500)
    assert (at(), shown.evaluate("deck.index")) == (3, 3), "a deck that was opened again leads, too"
    context.close()


def test_nothing_moves_by_itself(written):
    style = re.search(
        r"<style>(.*?)</style>", (written / "05-adam-slides.html").read_text(encoding="utf-8"), re.DOTALL
    )[1]
    assert not re.search(r"animation|transition|scroll-behavior", style), "as people want it who prefer reduced motion"


def test_in_a_dark_room_the_deck_is_black_and_keeps_people_in(written, browser):
    opened = Opened(browser, written / "05-adam-slides.html")
    opened.page.keyboard.press("d")
    assert opened.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(0, 0, 0)"
    assert opened.keeps_out() == []
    opened.page.close()


def test_a_deck_prints_one_page_a_slide_and_a_handout_on_both_papers(written, browser):
    opened = Opened(browser, written / "05-adam-slides.html")
    count = opened.page.evaluate("deck.count")
    printed = opened.page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type /Page\b", printed)) == count and b"/MediaBox [0 0 960 540]" in printed
    opened.page.close()
    for paper, box in (("a4", rb"/MediaBox \[0 0 59\d\.\d+ 84\d\.\d+\]"), ("letter", rb"/MediaBox \[0 0 612 792\]")):
        made = (written / f"05-adam-handout-{paper}.pdf").read_bytes()
        assert re.search(box, made) and 2 <= len(re.findall(rb"/Type /Page\b", made)) <= 12


def test_the_speaker_view_drives_the_deck_and_follows_it(written, browser):
    context, page, shown = speaking(written, browser)
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="next slide").click()
    shown.wait_for_function("deck.index === 2")
    assert page.locator("article.now h2").inner_text() == shown.locator(".now h2").inner_text()
    assert page.locator("#next-title").inner_text() == "Adam is momentum, RMSProp and a correction"
    assert page.locator("#state").inner_text() == "This slide: minute 2 to 8 of 83. You are 2 min early."
    assert page.locator("article.now .key .right b").inner_text() == "of the same length"
    assert shown.locator(".reason").count() == 0
    page.get_by_role("button", name="Show the reasons").locator("visible=true").click()
    shown.locator(".now .reason").nth(3).wait_for()
    assert (
        shown.locator(".now .right").count() == 1 and "of the same length" in shown.locator(".now .right").inner_text()
    )
    shown.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('article.now h2').textContent.startsWith('Adam is momentum')")
    assert keeping_out(page) == []
    context.close()


def test_what_waits_appears_with_the_next_key_in_the_deck_the_speaker_view_and_print(written, browser):
    context, page, shown = speaking(written, browser)
    first = shown.evaluate("[...document.querySelectorAll('.slide')].findIndex(each => each.querySelector('.waits'))")
    table = shown.locator(".waits").first
    assert first > 0
    shown.evaluate("index => deck.go(index)", first)
    page.wait_for_function("document.querySelector('article.now').matches('.waits')")
    assert page.locator("article.now").get_by_text("→ shows the table").is_visible() and not table.is_visible()
    page.keyboard.press("ArrowRight")
    table.wait_for(state="visible")
    assert shown.evaluate("deck.index") == first, "the first key shows it"
    page.keyboard.press("ArrowRight")
    shown.wait_for_function("index => deck.index === index + 1", arg=first)
    page.keyboard.press("ArrowLeft")
    shown.wait_for_function("index => deck.index === index", arg=first)
    assert table.is_visible(), "back again, it is still there"
    context.close()

    opened = Opened(browser, written / "05-adam-slides.html")
    opened.page.evaluate("index => deck.go(index)", first)
    opened.page.keyboard.press("ArrowRight")
    assert opened.page.evaluate("deck.index") == first and opened.page.locator(".waits").first.is_visible()
    opened.page.keyboard.press("ArrowRight")
    assert opened.page.evaluate("deck.index") == first + 1
    opened.page.reload()
    opened.page.emulate_media(media="print")
    assert opened.page.locator(".waits").first.is_visible(), "on paper nothing can be pressed"
    opened.page.close()


def test_the_speaker_view_says_how_late_it_is(written, browser):
    page = browser.new_page()
    page.clock.install(time=0)
    page.goto((written / "05-adam-speaker.html").as_uri())
    page.keyboard.press("ArrowRight")
    page.clock.fast_forward(2 * 60_000)
    assert page.locator("#passed").inner_text() == "2:00" and "on time" in page.locator("#state").inner_text()
    page.clock.fast_forward(3 * 60_000)
    assert page.locator("#state.late").inner_text() == "This slide: minute 0 to 2 of 83. You are 3 min late."
    page.close()


def test_a_deck_obeys_nobody_but_who_opened_it(written, browser):
    """A page in a frame of the deck, or the deck itself, cannot move it or put words on it."""
    page = browser.new_page()
    page.goto((written / "05-adam-slides.html").as_uri())
    page.evaluate("postMessage({go: 5, explain: {question: '05-first-step', options: []}}, '*')")
    page.wait_for_timeout(300)
    assert page.evaluate("deck.index") == 0
    page.close()


@pytest.mark.parametrize("lesson", LESSONS)
def test_plan_handout_and_edition_are_accessible_and_fit_a_sheet(lesson, browser, tmp_path):
    hall = hall_of(lesson)
    pages = {"plan": plan(hall, 50), "handout": handout(hall, 90)}
    if lesson == "05-adam":  # the edition of a whole lesson takes axe twenty seconds, and all are made alike
        pages["edition"] = edition(hall)
    page = browser.new_page(viewport={"width": 794, "height": 1100})
    for name, text in pages.items():
        (tmp_path / f"{name}.html").write_text(text, encoding="utf-8")
        page.goto((tmp_path / f"{name}.html").as_uri())
        assert keeping_out(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    page.close()


SLIDE = '<section class="slide" id="s2" data-kind="{kind}"><h2>Two</h2><div class="room">{room}</div><p class="foot"><span>x</span></p></section>'
PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="


@pytest.mark.parametrize(
    "room, words",
    [
        ('<div class="words">' + "<p>line</p>" * 14 + "</div>", "overflows: DIV room"),
        ('<div class="shown"><table><tr>' + "<td>wideword</td>" * 12 + "</tr></table></div>", "outside the slide: TD"),
        ('<div class="shown"><pre>' + "x" * 120 + "</pre></div>", "outside the slide: PRE"),
        ('<div class="words" style="font-size: 20px"><p>small</p></div>', "letters of 20.0 pixels, at least 28: “small”"),
        ('<div class="shown"><table style="font-size: 18px"><tr><td>a</td></tr></table></div>', "letters of 18.0 pixels, at least 22"),
        (f'<div class="shown"><img src="{PIXEL}"></div>', "no description: IMG"),
        ('<div class="shown"><svg role="img" viewBox="0 0 9 9"></svg></div>', "no description: svg"),
        ('<div class="words"><p style="position: relative; top: 60px">over</p><p>x</p></div>', "overlap: "),
        ('<div class="words"><p>x</p><img alt="a" src="http://127.0.0.1:9/a.png"></div>', "asks for http://127.0.0.1:9/a.png"),
        (f'<div class="shown"><img alt="a" src="{PIXEL}" style="width: 0.5px; height: 0.5px"></div>', "a picture is smaller than in the notebook"),
        ("", "an empty slide"),
    ],
)  # fmt: skip
def test_what_is_wrong_on_a_slide_is_seen(room, words, browser, tmp_path):
    page = deck(hall_of("05"), 50)
    head, tail = page.partition('<section class="slide" id="s2"')[0], page.rpartition("</section>")[2]
    (tmp_path / "deck.html").write_text(head + SLIDE.format(kind="", room=room) + tail, encoding="utf-8")
    opened = Opened(browser, tmp_path / "deck.html")
    found = opened.all_faults()
    assert any(words in line for line in found), found
    opened.page.close()
