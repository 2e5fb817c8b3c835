"""Ten learners on a hub, in Chromium: `python benchmarks/hub.py ENVIRONMENT`, as root; ENVIRONMENT has the course and JupyterHub.

Each logs in, opens a lesson, plays, answers a question, does an exercise, right or wrong, and hands it in; it is graded, and each sees
the feedback. Results: docs/hub.md.
"""

import asyncio
import shutil
import statistics
import sys
import time
from pathlib import Path

import hub_class
from hub_class import NAMES, a_class, a_hub, exchange, graded
from playwright.async_api import async_playwright

from lessonkit.classroom.lessons import all_lessons
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.versions import changed
from lessonkit.teaching.solutions import answer_of

AT_ONCE = 2  # learners who do something; all stay logged in, with their server and their kernels
PATIENCE = 600_000
CURRENT = "window.jupyterapp?.shell.currentWidget"
READY = f"path => {CURRENT}?.context?.path === path && {CURRENT}?.sessionContext?.session?.kernel?.status === 'idle'"
PIXELS = "instrument => instrument.querySelector('canvas').toDataURL()"
RUN = """async numbers => {
  const { commands, shell } = window.jupyterapp, notebook = shell.currentWidget.content;
  for (const k of numbers) {
    notebook.activeCellIndex = k;
    notebook.deselectAll();
    await commands.execute('notebook:run-cell');
  }
}"""
# Writes into the answers' cells, as if they were pasted; the number of the cell with an id of nbgrader's.
PASTE = """answers => {
  const { widgets } = window.jupyterapp.shell.currentWidget.content;
  for (const each of widgets) {
    const id = each.model.getMetadata('nbgrader')?.grade_id;
    if (id in answers) each.model.sharedModel.setSource(answers[id]);
  }
}"""
NUMBER_OF = """id => window.jupyterapp.shell.currentWidget.content.widgets
  .findIndex(each => each.model.getMetadata('nbgrader')?.grade_id === id)"""
TYPED = (
    "typed => window.jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.getSource().trim() === typed"
)
EDIT = """k => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  notebook.activeCellIndex = k;
  notebook.mode = 'edit';
}"""
OPEN = "async path => { await window.jupyterapp.commands.execute('docmanager:open', { path }); }"


def answers(name):
    """Right answers to lesson 05; every second learner forgets the root."""
    found = {part.cell: answer_of(part, name) for part in all_lessons()["05-adam"].parts}
    if NAMES.index(name) % 2:
        mistake = next(each for each in EXERCISES["adam"].mistakes if each.name == "forgets the root")
        found["adam"] = f"import numpy as np\n\n\n{changed(EXERCISES['adam'].source, mistake.change)}"
    return found


async def learn(browser, address, name, password, seconds):
    """Do what a learner does until the exercise is saved → the page; `seconds` gets how long each step took."""
    began = time.perf_counter()

    def lap(step):
        seconds.setdefault(step, {})[name] = time.perf_counter() - began

    page = await (
        await browser.new_context(ignore_https_errors=True, viewport={"width": 1280, "height": 900})
    ).new_page()
    page.set_default_timeout(PATIENCE)
    await page.goto(f"{address}/hub/login")
    await page.fill("#username_input", name)
    await page.fill("#password_input", password)
    await page.click("#login_submit")
    await page.wait_for_function(READY, arg="notebooks/00-start.ipynb")
    lap("the lesson is open")
    await page.evaluate(RUN, [1, 3])
    instrument = page.locator(".lessonkit-instrument").first
    await instrument.locator("canvas").wait_for()
    lap("the first picture")
    before = await instrument.evaluate(PIXELS)
    await instrument.locator(".noUi-handle").first.press("ArrowRight")
    while await instrument.evaluate(PIXELS) == before:
        await page.wait_for_timeout(50)
    await page.evaluate(RUN, [25])
    question = page.locator(".widget-vbox:has(> .widget-radio):has(> button)").first
    await question.locator("input[type=radio]").first.check()
    await question.get_by_role("button", name="Commit").click()
    await question.locator("[role=status]").wait_for()
    lap("a question is answered")
    await hand_in(page, answers(name))
    lap("the exercise is saved")
    print(name, {step: round(of[name]) for step, of in seconds.items()}, flush=True)
    return page


async def hand_in(page, written):
    """Write the answers, the first by the keyboard, run the cells, and save."""
    await page.evaluate(OPEN, "hand-in/05-adam.ipynb")
    await page.wait_for_function(READY, arg="hand-in/05-adam.ipynb")
    typed = written.pop("adam_answer")
    await page.evaluate(PASTE, written)
    number = await page.evaluate(NUMBER_OF, "adam_answer")
    await page.evaluate(EDIT, number)
    await page.locator(".jp-Notebook:visible .jp-Cell.jp-mod-active .cm-content").click()
    await page.keyboard.press("Control+A")
    await page.keyboard.type(typed)
    await page.wait_for_function(TYPED, arg=typed.strip())
    ids = ["learner", "adam_answer", "adam", "adam_check"]
    await page.evaluate(RUN, [await page.evaluate(NUMBER_OF, each) for each in ids])
    await page.keyboard.press("Control+S")
    await page.wait_for_function(f"() => !{CURRENT}.context.model.dirty")


async def feedback(page):
    """The words of the page that came back, as JupyterLab shows it."""
    await page.evaluate(OPEN, "feedback/05-adam.html")
    frame = page.frame_locator(".jp-HTMLViewer iframe")
    return await frame.locator("body").inner_text()


async def learners(address, passwords, folder, environment):
    seconds, turns = {}, asyncio.Semaphore(AT_ONCE)

    async def in_turn(name):
        async with turns:
            return await learn(browser, address, name, passwords[name], seconds)

    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        pages = await asyncio.gather(*(in_turn(name) for name in NAMES))
        used = {name: hub_class.memory(name) for name in NAMES}
        print(table(seconds, used))
        await asyncio.to_thread(instructor, environment, folder)
        for name, page in zip(NAMES, pages):
            words, others = await feedback(page), [other for other in NAMES if other != name]
            wrong = NAMES.index(name) % 2
            assert name in words and not any(other in words for other in others), words
            assert ("13 of 19 points" if wrong else "19 of 19 points") in words, words
            answered = await page.evaluate(
                "async other => (await fetch(`/user/${other}/api/contents/feedback`)).status", others[0]
            )
            assert answered in (403, 404), answered
        print("Each has read their own page, and got none of another's server.")
        await browser.close()


def instructor(environment, folder):
    """Collect, grade and return, with the time of each."""
    print(*exchange(environment, "collect", folder))
    began = time.perf_counter()
    paths = (folder / "submitted", "--out", folder / "graded", "--roster", folder / "roster.csv", "--workers", "2")
    print(graded(environment, folder, "grade", *paths), f"{time.perf_counter() - began:.1f} s")
    print(*exchange(environment, "return", folder))


def table(seconds, used):
    rows = [f"{step:24}{statistics.median(of.values()):8.1f}{max(of.values()):8.1f}" for step, of in seconds.items()]
    memory = f"{'memory of a learner, MB':24}{statistics.median(used.values()):8.0f}{max(used.values()):8.0f}"
    return "\n".join([f"{'seconds after log-in':24}{'median':>8}{'most':>8}", *rows, memory])


def main(environment):
    with a_class() as (passwords, folder):
        graded(environment, folder, "release", "05", "--out", folder / "release", "--roster", folder / "roster.csv")
        print(*exchange(environment, "give", folder))
        with a_hub(environment) as (address, log):
            try:
                asyncio.run(learners(address, passwords, folder, environment))
            except BaseException:
                print(log.read_text()[-6000:])
                raise
        left = [name for name in NAMES if hub_class.processes(name)]
        print("The hub has ended; processes of learners that go on:", left or "none")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
