"""A JupyterLab or Notebook on a copy of the course, and a browser that opens notebooks in it: fixtures."""

import contextlib
import functools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from prose import ROOT

from lessonkit.classroom.workspace import for_learners

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE = 120_000  # milliseconds; a run of the longest lesson takes a third of it on two cores
BIN = Path(sys.executable).parent
READY = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"  # the kernel of the notebook in front
SITE = ROOT / ".venv-site" / "bin"
NO_AXE = "no axe: `make .venv/test.stamp` installs it"

# The pixels of an instrument's picture, as text.
PIXELS = "instrument => instrument.querySelector('canvas').toDataURL()"

# How an instrument stands in JupyterLab: how many of its parts are cut off, whether the controls are beside the picture, how long
# the sliders are, and the words that are cut.
ROOM = """instrument => {
  const room = document.querySelector('.jp-WindowedPanel-outer').getBoundingClientRect();
  instrument.closest('.jp-Cell').querySelector('.jp-Cell-outputArea').scrollIntoView();
  const parts = ['canvas', '.lessonkit-words', '.lessonkit-side'].map(part => instrument.querySelector(part));
  const boxes = parts.map(part => part.getBoundingClientRect());
  return {
    outside: boxes.filter(box => box.top < room.top || box.bottom > room.bottom || box.right > room.right).length,
    beside: boxes[2].left >= boxes[0].right && boxes[2].top < boxes[0].bottom,
    tracks: [...instrument.querySelectorAll('.slider-container')].filter(each => each.offsetParent).map(each => each.offsetWidth),
    cut: [...instrument.querySelectorAll('.widget-label, .widget-readout, button')]
      .filter(each => each.offsetParent && each.scrollWidth > each.clientWidth + 1).map(each => each.textContent),
  };
}"""


@contextlib.contextmanager
def serving(home, *command):
    """What one needs to reach a server started in `home`, with settings of its own; it takes any command of the page."""
    for folder in ("notebooks", "exercises"):
        shutil.copytree(ROOT / folder, home / folder, ignore=shutil.ignore_patterns(".*"))
    for exercise in (home / "exercises").glob("*.ipynb"):
        exercise.write_bytes(for_learners(exercise.read_bytes()))
    exposed = {"LabApp": {"expose_app_in_browser": True}, "JupyterNotebookApp": {"expose_app_in_browser": True}}
    settings = {
        "config/jupyter_server_config.json": exposed,
        "config/jupyter_lab_config.json": exposed,
        "config/jupyter_notebook_config.json": exposed,
    }
    for name, content in settings.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(json.dumps(content))
    places = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "IPYTHONDIR": "ipython",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "LESSONKIT_HOME": "answers",
    }
    with open(home / "log", "w") as log:
        server = subprocess.Popen(
            command,
            cwd=home,
            env={**os.environ, **{name: str(home / place) for name, place in places.items()}},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield address(server, home)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


def address(server, home):
    for _ in range(600):
        for path in (home / "runtime").glob("*server-*.json"):
            with contextlib.suppress(json.JSONDecodeError):  # half written
                return {**json.loads(path.read_text()), "home": home}
        assert server.poll() is None, (home / "log").read_text()
        time.sleep(0.1)
    raise AssertionError("the server did not start:\n" + (home / "log").read_text())


def lab_command():
    """What starts the course in the working folder, on any free port."""
    return Path(sys.executable).with_name("lessonkit"), "lab", ".", "--no-browser", "--port", "0"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab, as the course's own command starts it."""
    with serving(tmp_path_factory.mktemp("lab"), *lab_command()) as server:
        yield server


@pytest.fixture(scope="module")
def notebook7(tmp_path_factory):
    """A Jupyter Notebook 7, from the environment that nbgrader lives in."""
    if not (SITE / "jupyter-notebook").exists():
        pytest.skip("no Notebook 7: make .venv-site/made")
    root = ["--allow-root"] if os.geteuid() == 0 else []
    with serving(
        tmp_path_factory.mktemp("notebook7"), SITE / "jupyter-notebook", "--no-browser", "--port", "8988", *root
    ) as server:
        yield server


@functools.cache
def node_lacks():
    """What the dynamic loader says of a shared library that Playwright's Node.js lacks; else nothing."""
    started = subprocess.run([sys.executable, "-m", "playwright", "--version"], capture_output=True, text=True)
    # 127 is the loader's status; Playwright itself raises a plain Exception.
    return started.stderr.strip() if started.returncode == 127 else ""


@contextlib.contextmanager
def driver():
    """Playwright. Where its Node.js lacks a shared library, tests that use it are skipped; any other fault fails them."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright: `make .venv/test.stamp` installs it")
    if lacking := node_lacks():
        pytest.skip(f"{lacking}; on Debian and Ubuntu `apt install libatomic1` may help")
    with sync_api.sync_playwright() as play:
        sync_api.expect.set_options(timeout=PATIENCE)
        yield play


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    if not CHROMIUM:
        pytest.skip("no browser: install one with `apt install chromium` to test the lessons in JupyterLab")
    home = {"HOME": str(tmp_path_factory.mktemp("browser"))}
    with driver() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"], env={**os.environ, **home})
        yield chromium
        chromium.close()


def keeping_out(page, best_practice=True, **where):
    """What axe-core finds on a page that keeps people out: (rule, piece of the page), a pair for each place."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason=NO_AXE)
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", *["best-practice"] * best_practice]
    # Of what passes, axe-core would otherwise describe each place as well: a third of its time.
    options = {"runOnly": rules, "resultTypes": ["violations"]}
    found = axe.Axe().run(page, options=options, **where).response["violations"]
    return [(rule["id"], node["html"][:200]) for rule in found for node in rule["nodes"]]


def open_notebook(browser, server, path, view="lab/tree", prepare=lambda page: None):
    """A page with a notebook whose kernel is ready."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(PATIENCE)
    prepare(page)
    page.goto(f"http://127.0.0.1:{server['port']}/{view}/{path}?token={server['token']}&reset")
    page.wait_for_function(READY)
    return page


def open_instead(page, path):
    """Save and close the notebook in front, open another one, and wait for its kernel."""
    page.evaluate(
        """async path => {
          const { commands, shell } = window.jupyterapp, before = shell.currentWidget;
          await before.context.save();
          await commands.execute('docmanager:open', { path });
          before.close();
        }""",
        path,
    )
    page.wait_for_function(
        f"path => window.jupyterapp.shell.currentWidget?.context?.path === path && {READY}", arg=path
    )


def run_all(page):
    page.evaluate("async () => { await window.jupyterapp.commands.execute('notebook:run-all-cells') }")


def run_cells(page, numbers):
    """Run some cells of a notebook, and wait for each."""
    page.evaluate(
        """async numbers => {
          const { commands, shell } = window.jupyterapp, notebook = shell.currentWidget.content;
          for (const k of numbers) {
            notebook.activeCellIndex = k;
            notebook.deselectAll();
            await commands.execute('notebook:run-cell');
          }
        }""",
        numbers,
    )


# Does what the program `nbgrader` does, in a process for each command; what all import, which takes a second, is imported once.
NBGRADER = """
import os, sys
from nbgrader.apps.nbgraderapp import main
for line in sys.argv[1:]:
    if (child := os.fork()) == 0:
        sys.argv[1:] = line.split()
        sys.exit(main())
    if status := os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        sys.exit(f"nbgrader {line}: ended with {status}")
"""


def nbgrader(course, *commands):
    """Run commands of nbgrader, each a line, in the folder of a course; one that fails is the last."""
    environment = {
        **os.environ,
        "PATH": f"{SITE}{os.pathsep}{os.environ['PATH']}",
        "JUPYTER_CONFIG_DIR": str(course / "config"),
        "JUPYTER_DATA_DIR": str(course / "data"),
        "LESSONKIT_HOME": str(course / "home"),
    }
    done = subprocess.run(
        [SITE / "python", "-c", NBGRADER, *commands],
        cwd=course,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]


class opened_lab:
    """`lessonkit lab` in a folder, while a test asks it for pages: its address and token."""

    def __init__(self, here, env, log, *arguments, before=()):
        self.log = log
        command = [*before, BIN / "lessonkit", "lab", "--no-browser", "--port", "0", *arguments]
        self.process = subprocess.Popen(
            command,
            cwd=here,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=log.open("w"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def __enter__(self):
        for _ in range(600):
            if found := re.search(r"http://(?:localhost|127\.0\.0\.1):\S+token=(\w+)", self.log.read_text()):
                return found[0], found[1]
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def __exit__(self, *_):
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(30)
