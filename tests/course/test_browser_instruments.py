"""Every instrument in a real browser: arrow keys, drag, play, step, code, size; and nothing that keeps people out."""

import os
import re
import time
from pathlib import Path

import nbformat
import pytest
from browsers import PIXELS, ROOM, keeping_out, open_notebook, run_all

sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright: `make .venv/test.stamp` installs it")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

RUNS = """from lessonkit import sgd, train
from lessonkit.problems.data import digits
from lessonkit.display.instruments import *
from lessonkit.problems.networks import mlp
data, net = digits(), mlp([64, 16, 10])
runs = {rate: train(net, data, sgd, rate, epochs=1) for rate in (0.01, 0.3, 30.0)}
test = train(net, data, sgd, climbing(1e-3, 30, 45), epochs=1)
clipped = {c: train(net, data, sgd, 0.3, epochs=1, clip_norm=c) for c in (None, 0.1)}"""
CALLS = {
    "valley": "valley()",
    "one_rate": "one_rate()",
    "marble": "marble()",
    "batches": "batches(steps=60)",
    "rates_map": "rates_map()",
    "velocities": "velocities()",
    "own_rates": "own_rates()",
    "inside_adam": "inside_adam()",
    "two_weights": "two_weights(steps=60)",
    "clips": "clips()",
    "thresholds": "thresholds(clipped)",
    "draw_schedule": "draw_schedule()",
    "range_test": "range_test(test, runs)",
    "two_factors": "two_factors()",
}
DRAGGED = ("valley", "one_rate", "rates_map", "clips")
PLAYED = ("valley", "velocities", "own_rates", "inside_adam")
# kept for review where this names a folder
SCREENSHOTS = os.environ.get("LESSONKIT_SCREENSHOTS")


def write_notebook(path, calls=CALLS):
    cells = [nbformat.v4.new_code_cell(source) for source in (RUNS, *calls.values())]
    nbformat.write(
        nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}}),
        path,
    )


@pytest.fixture(scope="module")
def page(lab, browser):
    write_notebook(lab["home"] / "notebooks" / "instruments.ipynb")
    page = open_notebook(browser, lab, "notebooks/instruments.ipynb")
    run_all(page)
    page.locator(".lessonkit-instrument").nth(len(CALLS) - 1).locator("canvas").wait_for()
    yield page
    page.close()


def box(page, name):
    """One instrument, in view."""
    found = page.locator(".lessonkit-instrument").nth(list(CALLS).index(name))
    found.scroll_into_view_if_needed()
    return found


def told(instrument):
    return instrument.locator(".lessonkit-words").inner_text()


def settles(page, instrument, before, pixels=None):
    """Words and picture have changed, and say the same; also the pixels, looked at in the same moment, where they are given."""
    page.wait_for_function(
        """([box, before, pixels]) => {
          const words = box.querySelector('.lessonkit-words').innerText, canvas = box.querySelector('canvas');
          return words !== before && canvas.ariaLabel === words && canvas.toDataURL() !== pixels;
        }""",
        arg=[instrument.element_handle(), before, pixels],
    )


def rests(page, instrument):
    """For half a second the kernel has had nothing to do, and the words have stayed."""
    page.wait_for_function(
        """box => {
          const words = box.querySelector('.lessonkit-words').innerText, now = performance.now();
          const { status } = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
          if (status !== 'idle' || words !== window.rested?.words) window.rested = { words, since: now };
          return now - window.rested.since > 500;
        }""",
        arg=instrument.element_handle(),
    )


@pytest.mark.parametrize("name", CALLS)
def test_it_answers_the_arrow_keys_in_words_and_picture(page, name):
    instrument = box(page, name)
    words, picture = told(instrument), instrument.evaluate(PIXELS)
    instrument.locator(".noUi-handle").first.focus()
    page.keyboard.press("ArrowLeft" if "30" in words and name == "thresholds" else "ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    settles(
        page, instrument, words, picture
    )  # not one after the other: the second of three frames is that of the start
    if SCREENSHOTS:
        Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
        instrument.screenshot(path=f"{SCREENSHOTS}/{name}.png")


@pytest.mark.parametrize("name", DRAGGED)
def test_a_fast_drag_ends_at_its_last_place(page, name):
    instrument = box(page, name)
    words, place = told(instrument), instrument.locator("canvas").bounding_box()
    x, y = place["x"] + 0.3 * place["width"], place["y"] + 0.35 * place["height"]
    page.mouse.move(x, y)
    page.mouse.down()
    for k in range(60):
        page.mouse.move(x - k, y - k / 2)
    page.mouse.up()
    settles(page, instrument, words)
    rests(page, instrument)
    last = told(instrument)
    page.mouse.click(x - 59, y - 29.5)  # where the drag ended: nothing is left to change
    time.sleep(0.5)
    rests(page, instrument)
    assert told(instrument) == last
    page.mouse.click(x, y)
    settles(page, instrument, last)


@pytest.mark.parametrize("name", PLAYED)
def test_it_plays_pauses_and_steps(page, name):
    instrument = box(page, name)
    button = instrument.get_by_role("button", name="Play")
    words = told(instrument)
    button.focus()
    page.keyboard.press("Space")
    settles(page, instrument, words)
    page.keyboard.press("Space")
    rests(page, instrument)
    paused = told(instrument)
    time.sleep(1)
    assert told(instrument) == paused
    if "mod-active" in button.get_attribute("class"):  # it had come to the end before: this was its start
        button.click()
    instrument.locator(".noUi-handle").first.focus()
    words = told(instrument)
    button.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    settles(page, instrument, words)


def test_play_goes_on_while_a_cell_runs(page):
    instrument = box(page, "velocities")
    step = instrument.locator(".widget-slider", has_text="step").locator(".widget-readout")
    instrument.get_by_role("button", name="Play").click()
    page.evaluate(
        "() => { window.busy = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
        ".requestExecute({ code: 'import time; time.sleep(8); print(8)' }).done.then(() => { window.busy = null; }); }"
    )
    before = step.inner_text()
    page.wait_for_function(
        "([step, before]) => window.busy && step.innerText !== before", arg=[step.element_handle(), before]
    )
    page.wait_for_function("window.busy === null")
    rests(page, instrument)


def test_the_code_of_an_instrument_runs_and_shows_the_same(page):
    instrument = box(page, "clips")
    instrument.get_by_role("button", name="Code").click()
    cell = instrument.get_by_label("a cell that makes this picture")
    cell.wait_for()
    source, words = cell.input_value(), told(instrument)
    assert source.startswith("from lessonkit import clips")
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:move-cursor-down')")
    page.locator(".jp-CodeCell").last.locator(".cm-content").click()
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    page.keyboard.insert_text(source)
    page.keyboard.press("Control+Enter")
    again = page.locator(".lessonkit-instrument").nth(len(CALLS))
    again.locator("canvas").wait_for()
    assert told(again) == words
    instrument.get_by_role("button", name="Code").click()
    sync_api.expect(cell).to_be_hidden()


def test_larger_is_larger_and_still_takes_drags_and_keys(page):
    instrument = box(page, "clips")
    width = instrument.locator("canvas").bounding_box()["width"]
    instrument.get_by_role("button", name="Larger").click()
    page.wait_for_function(
        "([canvas, width]) => canvas.getBoundingClientRect().width > 1.3 * width",
        arg=[instrument.locator("canvas").element_handle(), width],
    )
    picture, words = instrument.locator("canvas"), told(instrument)
    place = picture.bounding_box()
    picture.click(
        position={"x": 0.75 * place["width"], "y": 0.25 * place["height"]}
    )  # waits until nothing moves any more
    settles(page, instrument, words)
    x, y = map(float, re.search(r"g = \((\S+), (\S+)\)", told(instrument)).groups())
    assert x > 4 and y > 4
    instrument.get_by_role("button", name="Larger").click()


def test_larger_fills_the_screen_with_picture_sentence_and_controls_until_one_leaves(page):
    page.set_viewport_size({"width": 1280, "height": 720})
    instrument = box(page, "own_rates")
    before = instrument.locator("canvas").bounding_box()["width"]
    instrument.get_by_role("button", name="Larger").click()
    page.wait_for_function("document.fullscreenElement?.classList.contains('lessonkit-larger')")
    page.wait_for_function(
        "([canvas, before]) => canvas.getBoundingClientRect().width > 1.15 * before",
        arg=[instrument.locator("canvas").element_handle(), before],
    )
    for part in ("canvas", ".lessonkit-words", "button", ".widget-slider"):
        for place in (each.bounding_box() for each in instrument.locator(part).all() if each.is_visible()):
            assert 0 <= place["y"] and place["y"] + place["height"] <= 720
            assert 0 <= place["x"] and place["x"] + place["width"] <= 1280
    page.evaluate("document.exitFullscreen()")  # what Escape does; Playwright's keys do not reach the browser itself
    page.wait_for_function("!document.querySelector('.lessonkit-larger, .lessonkit-larger-button.mod-active')")
    assert instrument.locator("canvas").bounding_box()["width"] == before
    page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.parametrize("width, height", [(1280, 720), (1366, 768)])  # 1280 is also 1920 at 150 %
@pytest.mark.parametrize("name", CALLS)
def test_picture_sentence_and_controls_are_in_view_together_on_a_laptop(page, name, width, height):
    page.set_viewport_size({"width": width, "height": height})
    room = box(page, name).evaluate(ROOM)
    assert room["outside"] == 0 and room["beside"] and room["cut"] == []
    assert len(set(room["tracks"])) == 1 and room["tracks"][0] > 200


@pytest.mark.parametrize("width", [375, 600, 800, 1000, 1280])
@pytest.mark.parametrize("larger", [False, True])
def test_every_slider_has_a_track_at_any_width(page, width, larger):
    page.set_viewport_size({"width": width, "height": 720})
    page.evaluate("width => width < 700 && window.jupyterapp.shell.collapseLeft()", width)
    instrument = box(page, "two_weights")
    button = instrument.get_by_role("button", name="Larger")
    if larger:
        button.click()
    room = instrument.evaluate(ROOM)
    assert len(room["tracks"]) == 3 and len(set(room["tracks"])) == 1
    assert room["tracks"][0] >= 120 and room["cut"] == []
    assert instrument.evaluate("each => each.scrollWidth <= each.clientWidth")
    if larger:
        button.click()
    page.evaluate("window.jupyterapp.shell.expandLeft()")
    page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.parametrize("name", CALLS)
def test_a_screen_reader_is_told_the_value_that_is_written(page, name):
    for slider in box(page, name).locator(".widget-slider").all():
        handle, value = slider.locator(".noUi-handle"), slider.locator(".widget-readout").text_content()
        assert handle.get_attribute("aria-valuetext") == value
        assert handle.get_attribute("aria-label") == slider.locator(".widget-label").text_content()


def test_more_shows_the_other_controls_and_hides_them_again(page):
    instrument = box(page, "valley")
    start = instrument.locator(".widget-slider", has_text="start x")
    assert not start.is_visible()
    instrument.get_by_role("button", name="More").press("Enter")
    start.wait_for()
    instrument.get_by_role("button", name="More").press("Enter")
    start.wait_for(state="hidden")


def test_nothing_keeps_people_out(page):
    assert keeping_out(page, best_practice=False, context=".jp-OutputArea-output") == []


def test_a_browser_without_image_decoder_shows_pictures_too(lab, browser):
    write_notebook(lab["home"] / "notebooks" / "older.ipynb", {"clips": "clips()"})
    page = open_notebook(
        browser, lab, "notebooks/older.ipynb", prepare=lambda page: page.add_init_script("delete window.ImageDecoder")
    )
    run_all(page)
    instrument = page.locator(".lessonkit-instrument").first
    instrument.locator("canvas").wait_for()
    words, picture = told(instrument), instrument.evaluate(PIXELS)
    instrument.locator(".noUi-handle").first.focus()
    page.keyboard.press("ArrowRight")
    settles(page, instrument, words, picture)
    page.close()


def test_in_notebook_7_too(notebook7, browser):
    write_notebook(notebook7["home"] / "notebooks" / "instruments.ipynb", {"valley": "valley()"})
    page = open_notebook(browser, notebook7, "notebooks/instruments.ipynb", "notebooks")
    run_all(page)
    instrument = page.locator(".lessonkit-instrument").first
    instrument.locator("canvas").wait_for()
    words = told(instrument)
    instrument.locator(".noUi-handle").first.focus()
    page.keyboard.press("ArrowLeft")
    settles(page, instrument, words)
    words, place = told(instrument), instrument.locator("canvas").bounding_box()
    page.mouse.click(place["x"] + 0.5 * place["width"], place["y"] + 0.3 * place["height"])
    settles(page, instrument, words)
    page.close()
