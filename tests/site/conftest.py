"""The site of the course, built once for all tests that look at it."""

import fcntl
import os
import subprocess
import sys

import pytest
from prose import ROOT

NO_SPHINX = "no Sphinx: `make .venv/docs.stamp` installs it"


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The folder of the whole site, as `make site` writes it; the build may warn of nothing. Workers share it."""
    pytest.importorskip("sphinx", reason=NO_SPHINX)
    base = tmp_path_factory.getbasetemp()
    out = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "site"
    with open(out.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not out.with_suffix(".log").exists():
            build = subprocess.run([sys.executable, ROOT / "tools/site/make.py", out], capture_output=True, text=True)
            out.with_suffix(".log").write_text(f"{build.returncode}\n{build.stdout}{build.stderr}", encoding="utf-8")
    code, _, log = out.with_suffix(".log").read_text(encoding="utf-8").partition("\n")
    assert code == "0", log[-4000:]
    return out
