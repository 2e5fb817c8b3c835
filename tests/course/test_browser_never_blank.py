"""A lesson's instruments are in sight after all that people do with a notebook, in the settings that learners have."""

import pytest
from browsers import READY, open_notebook, run_all

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
pytest.importorskip("playwright.sync_api", reason="no playwright: `make .venv/test.stamp` installs it")

LESSON = "notebooks/00-start.ipynb"  # two instruments, the second far down
# A picture has pixels of more than one colour; a canvas has the size of its frame, before the first one 300 × 150.
DRAWN = """picture => {
  if (!picture?.matches('canvas')) return picture?.naturalWidth > 0;
  const { width, height } = picture;
  return width > 300 && new Set(new Uint32Array(picture.getContext('2d').getImageData(0, 0, width, height).data.buffer)).size > 10;
}"""
SHOWN = """([view, k]) => {
  const widget = [...window.jupyterapp.shell.widgets('main')][view];
  const instrument = widget.node.querySelectorAll('.lessonkit-instrument')[k];
  instrument?.querySelector('.lessonkit-picture')?.scrollIntoView({ block: 'center' });
  const picture = instrument?.querySelector('canvas') ?? instrument?.querySelector('img');
  if (!({DRAWN})(picture)) return false;
  const box = picture.getBoundingClientRect();
  return box.width > 200 && box.height > 100 && document.elementsFromPoint(box.x + 50, box.y + 50).includes(picture);
}""".replace("{DRAWN}", DRAWN)


def shows_both(page, view=0):
    """Both pictures are there for the eye when one scrolls to them, the lower one first."""
    for k in (1, 0, 1):
        page.wait_for_function(SHOWN, arg=[view, k])


def command(page, name):
    page.evaluate("async name => { await window.jupyterapp.commands.execute(name) }", name)


def rerun(page):
    """Run All, and wait until the instruments are those of this run, with their pictures loaded while they are out of sight."""
    page.evaluate("document.querySelectorAll('.lessonkit-instrument').forEach(each => each.dataset.before = '')")
    run_all(page)
    page.wait_for_function(
        "document.querySelectorAll('[data-before]').length === 0 && document.querySelectorAll('.lessonkit-instrument').length === 2"
        f" && [...document.querySelectorAll('.lessonkit-instrument')].every(each => ({DRAWN})(each.querySelector('canvas')))"
    )


def still(page):
    """What the pictures say over themselves."""
    return page.evaluate(
        "[...document.querySelectorAll('.lessonkit-still')]"
        ".filter(each => getComputedStyle(each).display !== 'none').map(each => each.textContent)"
    )


@pytest.fixture(params=["lab", "notebook7"])
def page(request, browser):
    view = {"lab": "lab/tree", "notebook7": "notebooks"}[request.param]
    page = open_notebook(browser, request.getfixturevalue(request.param), LESSON, view)
    page.set_viewport_size({"width": 1366, "height": 768})
    page.where = request.param
    yield page
    page.evaluate("async () => { await window.jupyterapp.shell.currentWidget.sessionContext.shutdown() }")
    page.close()


def test_a_picture_is_in_sight_after_all_that_people_do_with_a_notebook(page):
    for stored in page.locator("img[src^='data:image/jpeg']").all()[:1]:
        stored.scroll_into_view_if_needed()
    assert page.get_by_text("▶ Run the cells from the top to play").first.is_visible()
    rerun(page)
    shows_both(page)
    command(page, "docmanager:save")

    page.reload()  # the kernel lives on
    page.wait_for_function(READY)
    shows_both(page)
    assert still(page) == []
    rerun(page)
    shows_both(page)

    if page.where == "lab":
        command(page, "docmanager:clone")
        shows_both(page, view=0)
        shows_both(page, view=1)
        page.evaluate("window.jupyterapp.shell.currentWidget.close()")
        shows_both(page)

    page.evaluate("async () => { await window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart() }")
    page.wait_for_function(READY)
    shows_both(page)
    page.wait_for_function(
        "document.querySelectorAll('.lessonkit-instrument.jupyter-widgets-disconnected').length === 2"
    )
    assert still(page) == ["▶ Run the cells from the top to play"] * 2
    rerun(page)
    shows_both(page)
    assert still(page) == []


def test_a_lesson_that_is_reopened_with_a_new_kernel_shows_what_was_saved_and_says_that_it_is_still(page):
    rerun(page)
    shows_both(page)
    command(page, "docmanager:save")
    page.evaluate("async () => { await window.jupyterapp.shell.currentWidget.sessionContext.shutdown() }")
    page.reload()
    page.wait_for_function(READY)
    shows_both(page)
    assert still(page) == ["▶ Run the cells from the top to play"] * 2
    assert page.get_by_text("▶ Run the cells from the top to answer").first.is_visible()
    assert page.get_by_text("model not found").count() == 0
