import sys

import pytest

from lessonkit.fusion.fused import fused


@pytest.fixture(params=[pytest.param("compiled", marks=pytest.mark.slow), "without numba"])
def fuse(request, monkeypatch):
    """`fused` in both of its forms."""
    if request.param == "compiled":
        pytest.importorskip("numba")
    else:
        monkeypatch.setitem(sys.modules, "numba", None)
    return fused
