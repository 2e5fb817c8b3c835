"""Progress bars in JupyterLab: in sight while a cell runs, and nothing of them afterwards."""

import pytest
from browsers import open_notebook, run_all
from test_browser_instruments import write_notebook

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

LOOP = "import time\nfrom lessonkit import tqdm\nfor k in tqdm(range(5), 'outer'):\n    time.sleep(0.4)"
LONG = """import lessonkit.runs.common as common
from lessonkit import bowl, descend, sgd
common.PATIENCE = 0.1
class Slow:
    start = (1.0, 1.0)
    def __call__(self, theta): time.sleep(0.01); return bowl(2)(theta)
    def gradient(self, theta): return bowl(2).gradient(theta)
run = descend(Slow(), sgd, steps=100)"""
CELLS = "window.jupyterapp.shell.currentWidget.content.widgets"


def test_a_bar_is_seen_while_its_cell_runs_and_leaves_neither_ink_nor_tint(lab, browser):
    write_notebook(lab["home"] / "notebooks" / "bars.ipynb", {"loop": LOOP, "long": LONG})
    page = open_notebook(browser, lab, "notebooks/bars.ipynb")
    page.evaluate(
        f"""window.bars = new Set();
        new MutationObserver(() => {CELLS}.forEach((cell, k) => /\\d\\/\\d+ \\[/.test(cell.outputArea.node.innerText) && bars.add(k)))
          .observe(document.body, {{ subtree: true, childList: true, characterData: true }})"""
    )
    run_all(page)
    assert page.evaluate("[...bars]") == [1, 2]
    left = page.evaluate(
        f"""{CELLS}.slice(1).map(cell => [
          cell.outputArea.node.innerText.trim(),
          [...cell.outputArea.node.querySelectorAll('.jp-OutputArea-output')].map(each => each.offsetHeight),
          cell.model.outputs.toJSON().filter(output => output.name === 'stderr').length,
        ])"""
    )
    assert left == [["", [0], 0]] * 2
    page.close()
