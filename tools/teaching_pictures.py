"""Take the pictures of docs/teaching.md: slides of a deck, and a vote on the projector and a phone; `make pictures` calls this.

A class of one phone votes through `lessonkit teach`, in Chromium.
"""

import io
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

DOCS = Path(__file__).parents[1] / "docs"
LESSON, SLIDES, GAP = "05", ("output", "instrument"), 16
ADDRESSES = re.compile(r"Projector: +(\S+).*Phones: +\S+ and the code (\w+)", re.DOTALL)


def main():
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        command = [
            shutil.which("lessonkit", path=Path(sys.executable).parent),
            "teach",
            LESSON,
            "--port",
            "0",
            "--out",
            folder,
        ]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        try:
            told = ""
            while not (found := ADDRESSES.search(told)):
                told += server.stdout.readline() or exit("lessonkit teach ended before it said where the projector is")
            take(browser, *found.groups())
        finally:
            browser.close()
            server.terminate()
            server.wait(30)


def take(browser, address, code):
    """Open the pages, vote, and write both pictures."""
    projector = browser.new_page(viewport={"width": 1280, "height": 720})
    projector.goto(address)
    projector.wait_for_function("window.deck")
    shown = []
    for kind in SLIDES:
        go(projector, f'[data-kind="{kind}"]')
        projector.wait_for_timeout(1500)  # a figure fades in, an instrument draws itself
        shown.append(projector.screenshot())
    beside(shown).save(DOCS / "deck.png", optimize=True)
    go(projector, '[data-kind="question"]')
    phone = browser.new_page(viewport={"width": 375, "height": 667}, device_scale_factor=720 / 667)
    phone.goto(f"{address.split('/projector')[0]}/#{code}")
    projector.keyboard.press("o")
    phone.locator("label, button").filter(has_text="of the same length").first.click()
    phone.get_by_text("kept").first.wait_for()
    projector.wait_for_timeout(500)
    beside([projector.screenshot(), phone.screenshot()]).save(DOCS / "vote.png", optimize=True)


def go(page, selector):
    """Show the first slide that is so."""
    page.evaluate(
        "what => deck.go([...document.querySelectorAll('.slide')].findIndex(slide => slide.matches(what)))", selector
    )


def beside(pictures):
    """Pictures of one height side by side, as one."""
    parts = [Image.open(io.BytesIO(each)).convert("RGB") for each in pictures]
    whole = Image.new("RGB", (sum(each.width for each in parts) + GAP * (len(parts) - 1), parts[0].height), "#777777")
    left = 0
    for each in parts:
        whole.paste(each, (left, 0))
        left += each.width + GAP
    return whole.resize((whole.width // 2, whole.height // 2)).quantize(128)


if __name__ == "__main__":
    main()
