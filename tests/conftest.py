"""For all tests: hypothesis draws the same examples on every run; `reference` holds what other libraries computed."""

import pytest
from browsers import browser, lab, notebook7  # noqa: F401  fixtures
from hypothesis import settings
from references.results import stored

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
