"""How long an instrument takes in a browser: from the key that moves its first slider to changed pixels.

`make bench-instruments` prints a table, in milliseconds, of the median and the 95th percentile of forty key presses in
JupyterLab in Chromium, as `make lab` starts it. The last line is the same path drawn anew by `ipywidgets.interact`.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[1] / "tests" / folder) for folder in ("", "course")]

from browsers import CHROMIUM, lab_command, open_notebook, run_all, serving
from playwright.sync_api import sync_playwright
from test_browser_instruments import CALLS, write_notebook

PRESSES = 40
INTERACT = """import matplotlib.pyplot as plt
from ipywidgets import interact
from lessonkit import descend, sgd
from lessonkit.display.figures import contours
from lessonkit.problems.surfaces import bowl
def path(rate=(0.001, 0.019, 0.0005)):
    surface = bowl(50)
    contours(plt.gca(), surface)
    plt.plot(*descend(surface, sgd, lr=rate, steps=60).theta.T)
    plt.show()
interact(path);"""
# A press is over when a frame with other pixels has been painted. An instrument labels its canvas whenever it has drawn on it;
# `interact` puts a new image into the page.
WATCH = """box => {
  const canvas = box.querySelector('canvas');
  const pixels = () => canvas
    ? new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer)
    : [box.querySelector('img')?.src];
  window.taken = [];
  let pressed = 0, shown = pixels();
  box.addEventListener('keydown', event => { pressed = event.timeStamp; }, true);
  const watcher = new MutationObserver(() => {
    const since = pressed, { port1, port2 } = new MessageChannel();
    if (!since || !box.querySelector('canvas, img')) return;
    port1.onmessage = () => {
      const painted = performance.now(), now = pixels();
      if (pressed !== since || now.every((pixel, k) => pixel === shown[k])) return;
      [shown, pressed] = [now, 0];
      window.taken.push(painted - since);
      window.over();
    };
    requestAnimationFrame(() => port2.postMessage('painted'));
  });
  if (canvas) watcher.observe(canvas, { attributeFilter: ['aria-label'] });
  else watcher.observe(box, { subtree: true, childList: true, attributeFilter: ['src'] });
}"""


def presses(page, box):
    """Milliseconds of each press of an arrow key on the first slider of a box."""
    box.scroll_into_view_if_needed()
    box.locator("canvas, img").first.wait_for()
    box.evaluate(WATCH)
    box.locator(".noUi-handle").first.focus()
    for k in range(PRESSES):
        time.sleep(
            0.1
        )  # as between the presses of a person; what follows a frame, such as the kernel's status, is over
        page.evaluate("() => { window.press = new Promise(over => { window.over = over; setTimeout(over, 2000); }); }")
        page.keyboard.press("ArrowLeft" if k % 2 else "ArrowRight")
        page.evaluate("window.press")  # asking again and again would take the page's time
    return page.evaluate("window.taken")


if __name__ == "__main__":
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder), *lab_command()) as server,
        sync_playwright() as play,
    ):
        write_notebook(Path(folder) / "notebooks" / "all.ipynb", {**CALLS, "interact": INTERACT})
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = open_notebook(browser, server, "notebooks/all.ipynb")
        run_all(page)
        boxes = page.locator(".lessonkit-instrument")
        boxes.nth(len(CALLS) - 1).wait_for()
        page.locator(".widget-interact img").wait_for()
        print("| instrument, first slider | median | 95th percentile |\n| --- | ---: | ---: |")
        for k, name in enumerate((*CALLS, "interact, a new figure")):
            median, late = np.quantile(
                presses(page, boxes.nth(k) if k < len(CALLS) else page.locator(".widget-interact")), [0.5, 0.95]
            )
            print(f"| {name} | {median:.0f} | {late:.0f} |")
        browser.close()
