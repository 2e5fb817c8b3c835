"""For all tests, on any machine: two workers share two cores, a slow notebook shows no progress bar, nobody's files change."""

import os
import tempfile

import pytest

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ["PYTHON_COLORS"] = "0"  # Python's own words are compared without colours, which newer versions add
os.environ["LESSONKIT_HOME"] = tempfile.mkdtemp(prefix="lessonkit-tests-")  # a developer's own progress stays as it is


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    if item.path.suffix == ".ipynb":
        os.environ["TQDM_DISABLE"] = "1"
    else:
        os.environ.pop("TQDM_DISABLE", None)


@pytest.hookimpl(tryfirst=True)
def pytest_terminal_summary(terminalreporter):
    """Tell a reason to skip once, with the number of tests: `-rs` folds equal reasons of one place only."""
    for report in terminalreporter.stats.get("skipped", []):
        report.longrepr = ("tests", None, report.longrepr[2].removeprefix("Skipped: "))
