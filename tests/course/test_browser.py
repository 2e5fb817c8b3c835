"""The lessons as a reader has them: opened by the course's own command, in JupyterLab, in a browser."""

import json
import re
from urllib.parse import urlsplit

import pytest
from browsers import PATIENCE, PIXELS, ROOM, open_instead, open_notebook, run_cells
from prose import ROOT

from lessonkit import adam, your_version
from lessonkit.judging.versions import source_of
from lessonkit.teaching.needed_cells import with_what_they_need

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright: `make .venv/test.stamp` installs it")


def live_cells(path):
    """The numbers of a lesson's cells with an instrument, a question or a hidden output, and of those that they need.

    The others are not run again here: nbval runs every cell of every lesson, and compares what it shows with the stored
    outputs, which the tests below see as the front end draws them.
    """
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = {k: cell for k, cell in enumerate(cells) if cell["cell_type"] == "code"}
    sources = {k: "".join(cell["source"]) for k, cell in code.items()}
    wanted = {
        k
        for k, cell in code.items()
        if '["Instrument: ' in json.dumps(cell["outputs"]) or cell["metadata"].get("jupyter", {}).get("outputs_hidden")
    }
    questions = [k for k, source in sources.items() if re.search(r"^predict\(", source, re.MULTILINE)]
    # The last question of the bake-off needs its whole race, a quarter of a minute: there the first is answered.
    wanted |= set(questions[:1] if path.stem == "10-bake-off" else questions)
    return with_what_they_need(sources, wanted)


def test_a_cell_is_run_after_all_that_make_a_name_it_needs_also_within_a_function():
    cells = {
        1: "import numpy as np",
        2: "a = 1",
        4: "def f():\n    return np.ones(a)",
        5: "b = 2",
        7: "f()",
        8: "a = 3",
    }
    assert with_what_they_need(cells, {7}) == [1, 2, 4, 7]
    assert with_what_they_need(cells, {5}) == [5]


@pytest.fixture(scope="module")
def lab_page(lab, browser):
    """A page for one lesson after the other, since to load JupyterLab takes four times as long as to open a notebook in it."""
    asked_for = set()
    page = open_notebook(
        browser,
        lab,
        f"notebooks/{NOTEBOOKS[0].name}",
        prepare=lambda page: page.on("request", lambda request: asked_for.add(urlsplit(request.url).hostname)),
    )
    page.asked_for = asked_for
    yield page
    page.close()


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def lesson(request, lab_page):
    """The page with one lesson, run as far as the tests need; `asked_for` lists the hosts that it has sent requests to so far."""
    show(lab_page, f"notebooks/{request.param.name}")
    lab_page.name = request.param.stem
    run_cells(lab_page, live_cells(request.param))
    return lab_page


def show(page, path):
    if page.evaluate("window.jupyterapp.shell.currentWidget.context.path") != path:
        open_instead(page, path)


def outputs(page):
    return page.evaluate(
        "window.jupyterapp.shell.currentWidget.content.widgets"
        ".flatMap((cell, k) => (cell.model.outputs?.toJSON() ?? []).map(output => [k + 1, output]))"
    )


def test_what_is_run_and_what_is_stored_shows_no_error(lesson):
    wrong = [
        (k, output)
        for k, output in outputs(lesson)
        if output["output_type"] == "error" or output.get("name") == "stderr"
    ]
    assert wrong == [] and len(outputs(lesson)) > 10


def test_every_picture_has_words(lesson):
    pictures = (
        "img[src^='data:image/png'], canvas[role=img]"  # figures and instruments; a diagram's words stand below it
    )
    lesson.wait_for_selector(pictures, state="attached")
    alts = lesson.eval_on_selector_all(pictures, "images => images.map(image => image.alt ?? image.ariaLabel)")
    assert alts and all(len(alt) > 20 for alt in alts)


def test_diagrams_are_drawn(lesson):
    source = json.loads((ROOT / "notebooks" / f"{lesson.name}.ipynb").read_text(encoding="utf-8"))
    diagrams = sum(
        "".join(output["data"].get("text/markdown", "")).startswith("```mermaid")
        for cell in source["cells"]
        for output in cell.get("outputs", [])
        if "data" in output
    )
    lesson.wait_for_function(
        "many => document.querySelectorAll('.jp-RenderedMermaid img, .jp-RenderedMermaid svg').length === many",
        arg=diagrams,
    )
    assert lesson.locator(".jp-RenderedMermaid .jp-mod-error, .jp-RenderedMermaid pre.error").count() == 0


def test_formulas_are_set(lesson):
    if "$$" in (ROOT / "notebooks" / f"{lesson.name}.ipynb").read_text(encoding="utf-8"):
        lesson.wait_for_selector("mjx-container")
    assert lesson.locator("mjx-merror").count() == 0
    assert "$$" not in lesson.locator(".jp-RenderedMarkdown").all_inner_texts()


def test_an_instrument_answers_the_arrow_keys(lesson):
    instrument = lesson.locator(".lessonkit-instrument").first
    before, shown = instrument.locator(".lessonkit-words").inner_text(), instrument.evaluate(PIXELS)
    handle = instrument.locator(".noUi-handle").first
    handle.focus()
    for _ in range(3):
        lesson.keyboard.press("ArrowRight")
    lesson.wait_for_function(
        f"""([box, before, shown]) => {{
          const words = box.querySelector('.lessonkit-words').innerText, picture = box.querySelector('canvas');
          return words !== before && ({PIXELS})(box) !== shown && picture.ariaLabel === words;
        }}""",
        arg=[instrument.element_handle(), before, shown],
    )


def test_instruments_are_in_view_with_their_controls_and_tasks_on_a_laptop(lesson):
    size = lesson.viewport_size
    lesson.set_viewport_size({"width": 1280, "height": 720})
    instruments = lesson.locator(".lessonkit-instrument").all()
    rooms = [each.evaluate(ROOM) for each in instruments]
    lesson.set_viewport_size(size)
    assert rooms and [(room["outside"], room["beside"], room["cut"]) for room in rooms] == [(0, True, [])] * len(rooms)


def test_a_question_keeps_its_answer_until_one_commits(lesson):
    question = lesson.locator(".widget-vbox:has(> .widget-radio):has(> button)").last
    assert question.locator("[role=status]").count() == 0
    question.get_by_role("button", name="Commit").click()
    sync_api.expect(question.locator("[role=status]")).to_contain_text("Choose first", timeout=PATIENCE)
    question.locator("input[type=radio]").first.check()
    question.get_by_role("button", name="Commit").click()
    sync_api.expect(question.locator("[role=status]")).not_to_contain_text("Choose first", timeout=PATIENCE)
    sync_api.expect(question.get_by_role("button", name="Commit")).to_be_disabled()


def test_nothing_is_asked_of_the_outside_world_and_no_news_pops_up(lesson):
    assert lesson.asked_for - {None, ""} <= {"127.0.0.1", "localhost"}
    assert lesson.locator(".Toastify__toast, .jp-Dialog").count() == 0


RIGHT = f"import numpy as np\n\n{your_version('adam', 'nobody')._version.source}"
WRONG, WRONG_AS_TAUGHT = (
    source.replace("(1 - beta1 ** t)", "(1 - beta1)").replace("(1 - beta2 ** t)", "(1 - beta2)")
    for source in (RIGHT, f"import numpy as np\n\n{source_of(adam)}\n\nfrom lessonkit import check\n\ncheck(adam)")
)


def test_a_learner_types_a_wrong_rule_reads_which_mistake_it_is_and_puts_it_right(lab_page):
    page = lab_page
    show(page, "exercises/05-adam.ipynb")
    editor = page.locator(".jp-CodeCell", has_text="def adam").locator(".cm-content")
    verdict = page.locator("[role=status]", has_text="adam:").last

    def write(rule, told):
        """Type the rule and run it and what follows; once more where a key was lost, as it happens on a busy machine."""
        for patience in (60_000, None):
            editor.click()
            page.keyboard.press("Control+a")
            page.keyboard.insert_text(rule)
            sync_api.expect(editor).to_contain_text(rule.splitlines()[-1].strip(), timeout=PATIENCE)
            for _ in ("the rule", "its check", "the heading", "the instrument"):
                page.keyboard.press("Shift+Enter")
            try:
                return verdict.get_by_text(told).wait_for(timeout=patience)
            except sync_api.TimeoutError:
                if patience is None:
                    raise

    editor.click()
    page.evaluate(
        "async () => { await window.jupyterapp.commands.execute('notebook:run-all-above') }"
    )  # the learner's name
    write(WRONG, "constant bias correction")
    verdict.get_by_text("What should your correction be after a thousand steps").wait_for()
    hint = verdict.locator("details", has_text="Print the divisors at t = 1")
    assert not hint.evaluate("details => details.open")
    verdict.get_by_text("A hint", exact=True).press("Enter")
    assert hint.evaluate("details => details.open")
    write(WRONG_AS_TAUGHT, "constant bias correction")
    taught = page.locator("[role=status]", has_text="adam: constant bias correction").first
    taught.get_by_text("The formula", exact=True).press("Enter")
    taught.locator("mjx-container").first.wait_for(state="visible")
    write(RIGHT, "Passed · ✓ adam: right")
    page.locator(".lessonkit-instrument canvas").first.wait_for()
