"""A lesson on Colab: a notebook alone, its first cell, ipywidgets 7 and Notebook 6. `.venv-colab` imitates it, from constraints.txt."""

import json
import os
import re
import subprocess
import sys

import nbformat
import pytest
from browsers import PATIENCE, PIXELS, serving
from doors import for_colab
from prose import ROOT

from lessonkit.display.asked import asked_as
from lessonkit.teaching.needed_cells import with_what_they_need

pytestmark = [pytest.mark.slow, pytest.mark.clone, pytest.mark.timeout(600)]
sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright: `make .venv/test.stamp` installs it")

COLAB = ROOT / ".venv-colab"
LESSON, QUESTION = "05-adam", "05-first-step"
COURSE = {"repository": "https://github.com/owner/name", "branch": "main", "hub": ""}
READY = """window.Jupyter?.notebook?.kernel?.is_connected() && requirejs.defined('nbextensions/anywidget/extension')
  && 'jupyter.widget' in Jupyter.notebook.kernel.comm_manager.targets"""
BAR = "counted = [k * k for k in tqdm(range(3))]"
VERSIONS = (
    "import importlib.metadata as m; print(*sorted({f'{d.name}=={m.version(d.name)}' for d in m.distributions()}))"
)


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """The Python of an environment that has what Colab has, and takes what a notebook installs."""
    if not (COLAB / "made").exists():
        pytest.skip("no imitation of Colab: make .venv-colab/made")
    place = tmp_path_factory.mktemp("colab")
    # Without its own pip, which takes a while to install: that of the imitation installs here, too.
    subprocess.run([COLAB / "bin" / "python", "-m", "venv", "--without-pip", place], check=True)
    (packages,), (others,) = (each.glob("lib/python*/site-packages") for each in (place, COLAB))
    (packages / "others.pth").write_text(f"{others}\n")
    return place / "bin" / "python"


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The copy for Colab of a lesson, in a folder that has nothing else; it installs a wheel of this clone."""
    folder = tmp_path_factory.mktemp("alone")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder / "wheel", ROOT]
    built = subprocess.run(pip, capture_output=True, text=True)
    if "hatchling" in built.stderr:
        pytest.skip("no hatchling to build a wheel with: there is no network")
    assert built.returncode == 0, built.stderr
    (wheel,) = (folder / "wheel").glob("*.whl")
    copy = for_colab(nbformat.read(ROOT / "notebooks" / f"{LESSON}.ipynb", 4), "notebooks", COURSE)
    address = f"{COURSE['repository']}/archive/refs/heads/main.zip"
    assert address in copy.cells[1].source
    copy.cells[1].source = copy.cells[1].source.replace(address, wheel.as_uri())
    (folder / "here").mkdir()
    nbformat.write(copy, folder / "here" / "lesson.ipynb")
    return folder / "here" / "lesson.ipynb"


def run(python, code, here):
    """What a program prints on the imitation, in a folder."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run([python, "-c", code], cwd=here, env=env, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(python, alone):
    """What the first cell prints, and which versions there were before and after it."""
    first = nbformat.read(alone, 4).cells[1].source
    before = run(python, VERSIONS, alone.parent).split()
    return run(python, first, alone.parent), set(before), set(run(python, VERSIONS, alone.parent).split()), first


def test_the_first_cell_installs_the_course_says_so_and_leaves_every_version_as_it_is(python, alone, installed):
    said, before, after, first = installed
    assert {"numpy==2.0.2", "ipywidgets==7.7.1", "ipython==7.34.0", "notebook==6.5.7"} <= before
    assert before < after and "Installed: " in said
    assert all(entry.replace("==", " ") in said for entry in after - before)
    assert not any(entry.startswith("jupyterlab==") for entry in after), "large, and Colab has a front end of its own"
    assert run(python, first, alone.parent) == "The course is installed here already.\n"
    place = run(python, "import lessonkit; print(lessonkit.__file__)", alone.parent)
    assert place.startswith(str(python.parents[1]))


def test_what_cannot_be_installed_beside_colabs_versions_is_refused_and_said(python, alone, installed):
    first = installed[3].replace('find_spec("lessonkit")', 'find_spec("not_installed")')
    first = re.sub(r'"numpy>=[\d.]+"', '"numpy==1.26.4"', first)
    with pytest.raises(AssertionError, match="The course was not installed"):
        run(python, first, alone.parent)
    assert set(run(python, VERSIONS, alone.parent).split()) == installed[2]


SHOWN = """
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
shell = InteractiveShell.instance()
with capture_output() as shown:
    shell.run_cell("from IPython.display import display; from lessonkit import predict, two_weights")
    shell.run_cell("display(two_weights(steps=5)); display(predict('05-first-step'))")
for output in shown.outputs:
    print(sorted(output.data), "data:image/jpeg" in output.data.get("text/html", ""), "Run the cells" in output.data["text/plain"])
"""


def test_what_is_shown_there_leaves_a_still_picture_and_a_question_in_words(python, alone, installed):
    view = "application/vnd.jupyter.widget-view+json"
    instrument, question = run(python, SHOWN, alone.parent).splitlines()
    assert instrument == f"{[view, 'text/html', 'text/plain']} True False"
    assert question == f"{[view, 'text/plain']} False True"


by_hand = pytest.mark.skipif(
    "LESSONKIT_NOTEBOOK6" not in os.environ,
    reason="Notebook 6 sometimes runs cells before its widgets have loaded: LESSONKIT_NOTEBOOK6=1 runs these two",
)


@pytest.fixture(scope="module")
def page(python, installed, alone, browser, tmp_path_factory):
    """The lesson in Notebook 6, with the cells run that its instrument, its first question and a progress bar need."""
    home = tmp_path_factory.mktemp("notebook6")
    kernel = home / "data" / "kernels" / "python3" / "kernel.json"
    kernel.parent.mkdir(parents=True)
    argv = [str(python), "-E", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    kernel.write_text(json.dumps({"argv": argv, "display_name": "Python 3", "language": "python"}))
    root = ["--allow-root"] if os.geteuid() == 0 else []
    command = [COLAB / "bin" / "jupyter-notebook", "--no-browser", "--port", "8989", *root]
    with serving(home, *command) as server:
        lesson = nbformat.read(alone, 4)
        for cell in (each for each in lesson.cells if each.cell_type == "code"):
            cell.outputs = []  # so that all that is read below is of this run
        lesson.cells.append(nbformat.v4.new_code_cell(BAR))
        nbformat.write(lesson, home / "lesson.ipynb")
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(PATIENCE)
        page.goto(f"http://127.0.0.1:{server['port']}/notebooks/lesson.ipynb?token={server['token']}")
        # A widget that is shown before its front end has loaded stays away; a reader is never so quick.
        page.wait_for_function(READY)
        sources = {k: cell.source for k, cell in enumerate(lesson.cells) if cell.cell_type == "code"}
        shown = (f'predict("{QUESTION}")', "# An instrument", BAR)
        ran = with_what_they_need(sources, {k for k, source in sources.items() if source.startswith(shown)})
        page.evaluate("cells => Jupyter.notebook.execute_cells(cells)", ran)
        page.wait_for_function(f"{ran}.every(k => Number.isInteger(Jupyter.notebook.get_cell(k).input_prompt_number))")
        page.home = home
        yield page
        page.close()


@by_hand
def test_there_an_instrument_and_a_question_answer_to_keys(page):
    instrument = page.locator(".lessonkit-instrument")
    instrument.locator("canvas").wait_for()
    before = instrument.evaluate(PIXELS)
    instrument.locator(".ui-slider-handle").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        f"before => ({PIXELS})(document.querySelector('.lessonkit-instrument')) !== before", arg=before
    )
    asked, question = asked_as(QUESTION), page.locator(".lessonkit-question").first
    wrong = next(k for k, option in enumerate(asked.options) if not option.right)
    question.locator("input[type=radio]").nth(wrong).focus()
    page.keyboard.press("Space")
    question.get_by_role("button", name="Commit").focus()
    page.keyboard.press("Enter")
    sync_api.expect(question.locator("[role=status]")).to_contain_text(f"It is “{asked.right.text}”.")


@by_hand
def test_a_notebook_saved_there_keeps_the_still_picture_and_the_question_in_words(page):
    page.wait_for_function("Jupyter.notebook.kernel_busy === false")
    page.evaluate("() => Jupyter.notebook.save_notebook()")
    saved = [cell for cell in nbformat.read(page.home / "lesson.ipynb", 4).cells if cell.cell_type == "code"]
    shown = {cell.source: cell.outputs for cell in saved}
    (asked,) = shown[f'predict("{QUESTION}")']
    assert asked.data["text/plain"].startswith(f"Question: {asked_as(QUESTION).question}")
    (played,) = next(outputs for source, outputs in shown.items() if source.startswith("# An instrument"))
    assert played.data["text/plain"].startswith("Instrument: ") and '<img alt="' in played.data["text/html"]
    assert [output.data["text/plain"] for output in shown[BAR]] == [""], "a bar that is done leaves nothing"
    assert all(entry.output_type != "error" for outputs in shown.values() for entry in outputs)
