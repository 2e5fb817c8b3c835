"""Settings for all tests. In each lesson's kernel, also check the numbers of the prose."""

import gc
import os
import sys
import tempfile
from pathlib import Path

import pytest

# What one process has compiled, the next ones read: workers, kernels, commands. Some containers switch this off.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

import lesson_questions  # noqa: E402
import lesson_slides  # noqa: E402
from expressions import disagreements  # noqa: E402

pytest_plugins = ["nbval.plugin"]

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ["PYTHON_COLORS"] = "0"  # Python's own words are compared without colours, which newer versions add
# Programs that tests start leave out what pytest leaves out; so do kernels, nbgrader and JupyterLab.
os.environ["PYTHONPATH"] = os.pathsep.join(
    filter(None, [str(Path(__file__).parent / "tools" / "light"), os.environ.get("PYTHONPATH")])
)
# A developer's own progress stays as it is, and their settings of IPython change no kernel.
os.environ["LESSONKIT_HOME"] = tempfile.mkdtemp(prefix="lessonkit-tests-")
os.environ["IPYTHONDIR"] = tempfile.mkdtemp(prefix="lessonkit-ipython-")

# What takes longest comes first: a long file that starts last keeps one worker only. Only the time of a run depends on this order.
FIRST = (
    "tests/site/test_build_pages.py",  # builds the site, for which all others of tests/site would wait
    "tests/judging/test_judging.py",
    "tests/judging/",
    "notebooks/",
    "tests/course/test_browser",
    "tests/site/",
)
# Tests that share little, and take minutes together: any worker takes any of them.
APART = ("tests/judging/", "tests/site/test_crawl.py")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection():
    """Modules and tests stay to the end: the garbage collector would look through them again and again, half of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


def pytest_collection_finish():
    """Programs that tests start, pytest among them, do not get what a developer has set for this pytest and its workers."""
    for name in ("PYTEST_ADDOPTS", "FORCE_COLOR", "CLICOLOR_FORCE"):
        os.environ.pop(name, None)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Notebooks are slow. Files with slow tests come before the others, and the longest before these."""
    for item in items:
        if item.path.suffix == ".ipynb":
            item.add_marker("slow")
        if item.get_closest_marker("clone") and not (item.config.rootpath / "lessonkit").exists():
            item.add_marker(
                pytest.mark.skip(reason="about the files of a clone; here the tests run on an installed wheel")
            )
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    place = lambda item: next((k for k, start in enumerate(FIRST) if item.nodeid.startswith(start)), len(FIRST))
    items.sort(key=lambda item: (place(item), item.path not in slow))


def pytest_xdist_make_scheduler(config, log):
    """Where tests of a file stay with one worker, for a server, a browser or a kernel that they share: not those of `APART`."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Files(LoadFileScheduling):
        def _split_scope(self, nodeid):
            return nodeid if nodeid.startswith(APART) else super()._split_scope(nodeid)

    return Files(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    if item.path.suffix == ".ipynb":
        os.environ["TQDM_DISABLE"] = "1"
    else:
        os.environ.pop("TQDM_DISABLE", None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    result = yield
    if item.path.suffix == ".ipynb":
        notebook = item.parent
        k, text = notebook.nb.cells.index(item.cell), item.path.parents[1] / "lessons" / f"{item.path.stem}.md"
        numbers = lesson_questions.stored_numbers(item.cell) + lesson_slides.stored_numbers(text, item.cell)
        wrong = disagreements(notebook.nb, notebook.path.name, k, notebook.kernel.kc, numbers)
        if wrong:
            item.raise_cell_error("\n".join(wrong))
    return result


@pytest.hookimpl(tryfirst=True)
def pytest_terminal_summary(terminalreporter):
    """Show each skip reason once; `-rs` merges only reasons at the same line."""
    for report in terminalreporter.stats.get("skipped", []):
        report.longrepr = ("tests", None, report.longrepr[2].removeprefix("Skipped: "))
