"""For all tests: hypothesis draws the same examples on every run; `reference` holds what other libraries computed."""

import json
from pathlib import Path

import numpy as np
import pytest
from browsers import browser, lab, notebook7  # noqa: F401  fixtures
from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("quick", settings.get_profile("repeatable"), max_examples=10)
settings.load_profile("repeatable")


class Reference(dict):
    """By name, rows of numbers (step, then what the library gives there); `library` says which it is."""

    def __init__(self, library, tables):
        super().__init__({name: np.array(rows) for name, rows in tables.items() if name != "made by"})
        self.library = library


def _stored(library):
    return Reference(library, json.loads((Path(__file__).parent / "references" / f"{library}.json").read_text()))


@pytest.fixture(scope="session", params=["torch", "optax"])
def reference(request):
    return _stored(request.param)


@pytest.fixture(scope="session")
def torch_results():
    return _stored("torch")


@pytest.fixture(scope="session")
def optax_results():
    return _stored("optax")
