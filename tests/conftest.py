"""For all tests: hypothesis draws the same examples on every run; fixtures that several files use."""

import sys

import classes
import pytest
from browsers import browser, lab, notebook7  # noqa: F401  fixtures
from hypothesis import settings
from references.results import stored
from tiny_lesson import made, runs, text  # noqa: F401  fixtures
from warm import warm, worker  # noqa: F401  fixtures

from lessonkit import fused

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("quick", settings.get_profile("repeatable"), max_examples=10)
settings.load_profile("repeatable")


@pytest.fixture(scope="session", params=["torch", "optax"])
def reference(request):
    return stored(request.param)


@pytest.fixture(scope="session")
def torch_results():
    return stored("torch")


@pytest.fixture(scope="session")
def optax_results():
    return stored("optax")


@pytest.fixture
def handed_in(tmp_path):
    """Three learners: all right, ε forgotten, nothing written."""
    for learner, content in {
        "ada": classes.adam("ada"),
        "bob": classes.adam("bob", classes.wrong("adam", "forgets the root")),
        "eve": classes.notebook(),
    }.items():
        classes.write(tmp_path / "in" / learner / "05-adam.ipynb", content)
    return tmp_path / "in"


@pytest.fixture(params=[pytest.param("compiled", marks=pytest.mark.slow), "without numba"])
def fuse(request, monkeypatch):
    """`fused` in both of its forms."""
    if request.param == "compiled":
        pytest.importorskip("numba")
    else:
        monkeypatch.setitem(sys.modules, "numba", None)
    return fused
