"""What a learner has done is safe: opened by the course's own command, in JupyterLab, in a browser."""

import json
import re
import urllib.request

import pytest
from browsers import PATIENCE, READY, open_notebook, run_cells
from prose import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright: `make .venv/test.stamp` installs it")

SESSION_CONTEXT = "window.jupyterapp.shell.currentWidget.sessionContext"
SESSION = f"{SESSION_CONTEXT}.session"
QUESTION = ".widget-vbox:has(> .widget-radio):has(> button)"


def asked(lab, path, method="GET"):
    """What the server answers."""
    address = f"http://127.0.0.1:{lab['port']}/api/{path}?token={lab['token']}"
    return urllib.request.urlopen(urllib.request.Request(address, method=method), timeout=30)


def kernels(lab):
    """The kernels that run on the server."""
    return {each["id"] for each in json.load(asked(lab, "kernels"))}


def question_cells(name):
    """The numbers of a lesson's first cell of code and of its first question."""
    cells = json.loads((ROOT / "notebooks" / name).read_text(encoding="utf-8"))["cells"]
    code = [k for k, cell in enumerate(cells) if cell["cell_type"] == "code"]
    return code[0], next(k for k in code if re.search(r"^predict\(", "".join(cells[k]["source"]), re.MULTILINE))


# Opens a notebook with a kernel that runs already, which is quicker, and closes it, but for the kernel.
OPENED = """async ([path, id]) => {
  const panel = await window.jupyterapp.commands.execute('docmanager:open', { path, kernel: { id } });
  const { context, sessionContext } = panel;
  await sessionContext.ready;
  if (sessionContext.session.kernel.id !== id) throw new Error('another kernel');
  await sessionContext.session.kernel.info;
  await sessionContext.session.kernel.spec;
  await new Promise(done => setTimeout(done, 200));  // until JupyterLab has written to the notebook what it heard
  const modified = context.model.dirty;
  sessionContext.kernelPreference = { ...sessionContext.kernelPreference, shutdownOnDispose: false };
  panel.close();
  return modified;
}"""


@pytest.mark.parametrize("part", ["notebooks", "exercises"])
def test_a_lesson_that_has_just_been_opened_is_not_modified(part, lab, browser):
    page = open_notebook(browser, lab, "notebooks/00-start.ipynb")
    kernel = page.evaluate(f"{SESSION}.kernel.id")
    page.evaluate(
        f"{SESSION_CONTEXT}.kernelPreference = {{ ...{SESSION_CONTEXT}.kernelPreference, shutdownOnDispose: false }}"
    )
    paths = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / part).glob("*.ipynb"))
    assert len(paths) > 10 and [path for path in paths if page.evaluate(OPENED, [path, kernel])] == []
    page.close()
    asked(lab, f"kernels/{kernel}", "DELETE")  # the next test opens some of these lessons with kernels of their own


def test_a_committed_guess_is_there_after_a_reload_and_a_restart_until_one_asks_again(lab, browser):
    name = "01-plain-descent.ipynb"
    page, cells = open_notebook(browser, lab, f"notebooks/{name}"), question_cells(name)
    question = page.locator(QUESTION).first
    kept = "You said “|Yes."

    def run():
        run_cells(page, cells)
        question.wait_for()

    run()
    question.locator("input[type=radio]").first.check()
    question.get_by_role("button", name="Commit").click()
    sync_api.expect(question.locator("[role=status]")).to_contain_text(re.compile(kept))
    for again in ("reload", "restart"):
        if again == "reload":
            page.reload()
            page.wait_for_function(READY)
        else:
            page.evaluate(f"async () => {{ await {SESSION}.kernel.restart(); }}")
        run()
        sync_api.expect(question.locator("[role=status]")).to_contain_text(re.compile(kept))
        assert question.locator("input[type=radio]").first.is_checked()
    question.get_by_role("button", name="Ask again").click()
    sync_api.expect(question.locator("[role=status]")).to_have_count(0)
    sync_api.expect(question.get_by_role("button", name="Commit")).to_be_enabled()
    assert question.locator("input[type=radio]:checked").count() == 0
    page.close()


def test_the_kernel_of_a_closed_lesson_ends_and_that_of_a_reloaded_one_goes_on(lab, browser):
    before = kernels(lab)
    page = open_notebook(browser, lab, "notebooks/02-noise.ipynb")
    (own,) = kernels(lab) - before
    page.reload()
    page.wait_for_function(f"window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.id === '{own}'")
    page.evaluate("window.jupyterapp.shell.currentWidget.close()")
    for _ in range(PATIENCE // 100):
        if own not in kernels(lab):
            break
        page.wait_for_timeout(100)
    assert kernels(lab) == before
    page.close()


def test_the_kernel_of_a_lesson_outlives_its_page(lab, browser):
    before = kernels(lab)
    page = open_notebook(browser, lab, "notebooks/03-momentum.ipynb")
    (own,) = kernels(lab) - before
    page.close()
    page = open_notebook(browser, lab, "notebooks/03-momentum.ipynb")
    assert page.evaluate(f"{SESSION}.kernel.id") == own
    page.close()
