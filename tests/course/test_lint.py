"""All code has one form, and ruff finds no fault in it; `make lint` says the same."""

import subprocess
import sys

import pytest
from prose import ROOT

pytestmark = pytest.mark.clone


@pytest.mark.parametrize("command", [["format", "--check"], ["check", "--output-format=concise"]], ids=" ".join)
def test_ruff_has_nothing_to_say(command):
    done = subprocess.run([sys.executable, "-m", "ruff", *command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
