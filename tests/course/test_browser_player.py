"""Recorded instruments in a real browser, from a file: the pictures of the live ones, keys, Play, drags, words; no request."""

import base64
import functools
import io
import os
from pathlib import Path

import numpy as np
import pytest
from browsers import keeping_out
from PIL import Image

from lessonkit import adagrad, adam, digits, mlp, momentum, rmsprop, sgd, train
from lessonkit.display import instruments
from lessonkit.display.widgets import frames
from lessonkit.display.widgets.controls import values_of
from lessonkit.display.widgets.frames import DENSITY, GRID, player

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

LARGEST = 1.5e6  # bytes of an instrument in a page
SCREENSHOTS = os.environ.get("LESSONKIT_SCREENSHOTS")

RATES = tuple(np.geomspace(0.01, 10, 10).round(4).tolist())


@functools.cache
def trained(rates=(0.1,), **how):
    return [train(mlp([64, 16, 10]), digits(), sgd, rate, epochs=5, **how) for rate in rates]


CALLS = {  # as the lessons call them
    "valley": instruments.valley,
    "one_rate": instruments.one_rate,
    "marble": instruments.marble,
    "batches": instruments.batches,
    "velocities": instruments.velocities,
    "rates_map": instruments.rates_map,
    "own_rates": instruments.own_rates,
    "inside_adam": instruments.inside_adam,
    "two_factors": instruments.two_factors,
    "two_weights": instruments.two_weights,
    "clips": instruments.clips,
    "thresholds": lambda: instruments.thresholds({c: trained(clip_norm=c)[0] for c in (None, 0.1, 0.3, 1.0, 3.0)}),
    "draw_schedule": instruments.draw_schedule,
    "range_test": lambda: instruments.range_test(
        train(mlp([64, 16, 10]), digits(), sgd, instruments.climbing(1e-4, 30, 225), epochs=5),
        dict(zip(RATES, trained(RATES))),
    ),
}


@functools.cache
def recorded(name):
    """An instrument, and a short recording of it: the sliders with few values, and a coarse grid."""
    instrument = CALLS[name]()
    few = [control.description for control in instrument.main if len(values_of(control)) <= 100]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frames, "GRID", GRID if name == "clips" else 9)
        return instrument, instrument.frames(few)


def test_the_largest_instrument_of_the_lessons_stays_small_in_a_page():
    five = instruments.valley(sgd, momentum, adagrad, rmsprop, adam, steps=300)
    assert len(five.frames().html()) < LARGEST  # the others: benchmarks/INSTRUMENTS.md


@pytest.fixture
def opened(browser, tmp_path):
    """Opens a file with some players; afterwards, nothing was asked of any machine and the console is empty."""
    pages, faults = [], []

    def open_page(*names, **device):
        file = tmp_path / "page.html"
        pieces = "".join(recorded(name)[1].html() for name in names)
        head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Played</title>'
        file.write_text(
            f'<!DOCTYPE html><html lang="en">{head}<main><h1>Played</h1>{pieces}</main>{player()}', encoding="utf-8"
        )
        page = browser.new_page(**{"viewport": {"width": 1280, "height": 900}, **device})
        page.on("request", lambda request: request.url.startswith(("file:", "data:")) or faults.append(request.url))
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(file.as_uri())
        page.locator("canvas[aria-label]").nth(len(names) - 1).wait_for()
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert faults == []


def told(page, number=0):
    return page.locator(".lessonkit-words").nth(number).inner_text()


def put(page, k, position):
    """Move a control as a hand does."""
    page.locator("main :is(input, select)").nth(k).evaluate(
        """(input, position) => {
          if (input.type === "checkbox") return input.checked === Boolean(position) || input.click();
          if (input.type === "range") input.value = position; else input.selectedIndex = position;
          input.dispatchEvent(new Event(input.type === "range" ? "input" : "change"));
        }""",
        position,
    )


def drawn(page):
    """What the canvas of a page shows, as PNG."""
    address = page.locator("canvas").evaluate("canvas => canvas.toDataURL()")
    return base64.b64decode(address.split(",")[1])


def picture_of(encoded, texts):
    """A picture in cells of 16 × 16 pixels, in which the side of a pixel a line is on does not matter, a missing line does.

    Titles and legends are left out: Agg moves their letters to whole pixels, so that a long text is some pixels shorter.
    """
    image = Image.open(io.BytesIO(encoded)).convert("RGB")
    for text in texts:
        box = text.get_window_extent().padded(12)
        image.paste("white", tuple(map(int, (box.x0, image.height - box.y1, box.x1, image.height - box.y0))))
    return np.asarray(image.reduce(16)).astype(int)


@pytest.mark.parametrize("name", CALLS)
def test_it_shows_and_says_what_the_instrument_does(opened, name):
    instrument, record = recorded(name)
    page = opened(name, device_scale_factor=DENSITY)
    instrument.screen.magnify(DENSITY)
    start = dict(zip(record.chosen, (control.value for control in record.chosen)))
    before = {control: control.value for control in instrument.controls}
    for k, control in enumerate(start):
        count = len(record.values[k])
        for position in dict.fromkeys([0, count // 3, count - 1]):
            with instrument.drawn_once():
                control.value = record.values[k][position]
            put(page, k, position)
            assert told(page) == instrument.picture.alt == page.locator("canvas").get_attribute("aria-label")
            shown, live = (
                picture_of(each, instrument.screen.fixed) for each in (drawn(page), instrument.picture.frame)
            )
            difference = np.sort(abs(shown - live).max(axis=2), axis=None)
            assert difference.mean() < 3 and difference[-5] < 30, (control.description, position, difference[-5:])
            with instrument.drawn_once():
                for each, value in before.items():
                    each.value = value
            put(page, k, record.start[k])
    instrument.screen.magnify(1)
    if SCREENSHOTS:
        Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SCREENSHOTS}/player {name}.png", full_page=True)


def test_arrow_keys_move_a_slider_which_says_its_value_as_the_instrument_does(opened):
    page, record = opened("clips"), recorded("clips")[1]
    slider = page.get_by_role("slider", name="threshold c")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "5.5" and "threshold c = 5.5." in told(page)
    page.keyboard.press("Home")
    assert slider.get_attribute("aria-valuetext") == "0.5" == page.locator(".widget-readout").nth(2).inner_text()
    assert told(page) == record.frames[record.states[(record.start[0], record.start[1], 0)][0]][2]


def test_keys_never_get_stuck_between_the_values_of_the_grid(opened):
    page = opened("clips")
    across, up = page.get_by_label("gradient, x"), page.get_by_label("gradient, y")
    across.focus()
    page.keyboard.press("ArrowLeft")  # a value that the grid has not
    assert across.get_attribute("aria-valuetext") == "11.5"
    up.focus()
    page.keyboard.press("ArrowUp")
    assert "Not every combination was recorded" in told(page) and "g = (12, 4.5)" not in told(page)
    seen = [told(page)]
    for _ in range(30):
        page.keyboard.press("ArrowUp")
        seen.append(told(page))
    assert up.get_attribute("aria-valuetext") == "15" and len(set(seen)) > 5


def test_a_third_control_takes_the_grid_back_to_where_it_started_and_says_so(opened):
    page, record = opened("clips"), recorded("clips")[1]
    put(page, 0, 0)
    put(page, 1, 0)
    assert told(page).startswith("g = (-15, -15)") and "combination" not in told(page)
    put(page, 2, 0)
    assert told(page).startswith("g = (12, 4), norm 12.65, threshold c = 0.5.")
    assert told(page).endswith("(Not every combination was recorded. Now gradient, x: 12, gradient, y: 4.)")
    assert [page.locator("main input").nth(k).input_value() for k in (0, 1)] == [str(each) for each in record.start[:2]]


def test_controls_that_follow_another_stand_where_it_has_put_them(opened):
    page = opened("valley")
    page.get_by_role("combobox", name="ground").select_option("saddle")
    assert told(page).startswith("saddle.")
    texts = [page.get_by_label(name).get_attribute("aria-valuetext") for name in ("start x", "start y")]
    assert texts == ["1.50", "0.00"]
    page.get_by_role("slider", name="turned by (degrees)").press("ArrowRight")
    assert told(page).startswith("bowl") and page.get_by_role("combobox", name="ground").input_value() == "bowl"


def test_play_goes_on_to_the_end_pauses_and_starts_again(opened):
    page = opened("velocities")
    play, step = page.get_by_role("button", name="Play"), page.get_by_role("button", name="Step")
    play.focus()
    page.keyboard.press("Space")
    page.wait_for_function("document.querySelector('.lessonkit-words').innerText.startsWith('step 2')")
    page.keyboard.press("Space")
    assert play.get_attribute("aria-pressed") == "false"
    page.wait_for_timeout(1200)
    assert told(page).startswith("step 2")
    step.click()
    assert told(page).startswith("step 3")
    play.click()
    page.wait_for_function("document.querySelector('.lessonkit-words').innerText.startsWith('step 1')")
    page.wait_for_function("document.querySelector('.lessonkit-words').innerText.startsWith('step 6')")
    page.wait_for_function("document.querySelector('button').ariaPressed === 'false'")


def test_play_says_where_it_takes_the_other_controls_back_because_not_all_was_recorded(opened):
    page, all_else = opened("inside_adam"), "▶ Play, all else at its start"
    play, tick = page.get_by_role("button", name="Play"), page.get_by_role("checkbox", name="bias correction")
    page.get_by_role("slider", name="noise (standard deviation)").press("ArrowRight")  # recorded at every step
    assert play.inner_text() == "▶ Play" and tick.is_checked()
    tick.press("Space")
    assert play.inner_text() == all_else and not tick.is_checked()
    play.click()
    assert play.inner_text() == "▶ Play" and tick.is_checked()


@pytest.mark.parametrize("name", ["valley", "one_rate", "rates_map", "clips"])
def test_a_drag_on_the_picture_moves_its_two_controls_to_the_pointer(opened, name):
    page, (instrument, record) = opened(name), recorded(name)
    across, up = record.drag["controls"]
    place = page.locator("canvas").bounding_box()
    some = [(list(record.drag["across"])[k], list(record.drag["up"])[j]) for k, j in ((1, 2), (4, 5), (7, 6))]
    page.mouse.move(place["x"] + place["width"] / 2, place["y"] + 60)
    page.mouse.down()
    for right, above in some:
        x, y = record.drag["across"][right], record.drag["up"][above]
        page.mouse.move(place["x"] + x * place["width"], place["y"] + y * place["height"])
        expected = instrument.screen.place(x, y, instrument.point.axes)
        inputs = page.locator("main :is(input, select)")
        assert [int(inputs.nth(k).input_value()) for k in (across, up)] == [right, above]
        assert expected == pytest.approx((record.values[across][right], record.values[up][above]), abs=1e-9)
        wanted = tuple({across: right, up: above}.get(k, at) for k, at in enumerate(record.start))
        assert told(page).startswith(record.frames[record.states[wanted][0]][2])
    page.mouse.up()
    before = told(page)
    page.mouse.move(place["x"] + 0.5 * place["width"], place["y"] + 0.4 * place["height"])
    assert told(page) == before


def test_two_players_on_a_phone_take_fingers_each_for_itself_and_fit(opened):
    page = opened("clips", "velocities", viewport={"width": 375, "height": 740}, has_touch=True, is_mobile=True)
    other, place = told(page, 1), page.locator("canvas").first.bounding_box()
    page.touchscreen.tap(place["x"] + 0.4 * place["width"], place["y"] + 0.7 * place["height"])
    assert told(page).startswith("g = (-") and told(page, 1) == other
    first = told(page)
    page.locator("main input").nth(4).press("ArrowLeft")
    assert told(page, 1) != other and told(page) == first
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert page.locator("main input").first.bounding_box()["width"] > 200


def test_nothing_keeps_people_out(opened):
    for width in (1280, 375):
        page = opened("valley", "own_rates", "inside_adam", viewport={"width": width, "height": 800})
        assert keeping_out(page) == []
        assert page.locator(".lessonkit-words[role=status][aria-live=polite]").count() == 3
