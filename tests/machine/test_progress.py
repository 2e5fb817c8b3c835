"""A progress bar shows how far a loop is, and leaves nothing behind."""

import sys
from types import SimpleNamespace

import IPython.display
import pytest

from lessonkit import tqdm


@pytest.fixture
def outputs(monkeypatch):
    """What a notebook's cell has shown: for each output all that stood in it, one after the other."""
    shown = []

    def display(bundle, raw, display_id):
        shown.append([bundle])
        return SimpleNamespace(update=lambda bundle, raw, seen=shown[-1]: seen.append(bundle))

    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel=True))
    monkeypatch.setattr(IPython.display, "display", display)
    return shown


def test_in_a_terminal_the_bar_is_on_stderr_and_is_wiped_at_its_end(capsys):
    assert list(tqdm(range(3), "adam", mininterval=0)) == [0, 1, 2]
    out, err = capsys.readouterr()
    assert out == "" and "adam:  33%" in err and err.endswith("\r") and err.split("\r")[-2].isspace()


def test_in_a_notebook_the_bar_is_one_output_that_is_empty_at_its_end_and_stderr_stays_empty(capsys, outputs):
    for _ in tqdm(["a"], "<adam>", mininterval=0):
        assert "1/1" not in outputs[0][-1]["text/plain"]
    (bar,) = outputs
    assert bar[0]["text/plain"].startswith("<adam>:   0%") and "&lt;adam&gt;:" in bar[0]["text/html"]
    assert any("100%|█" in each["text/plain"] for each in bar)
    assert bar[-1] == {"text/html": "", "text/plain": ""} and capsys.readouterr() == ("", "")


def test_each_of_two_nested_bars_has_an_output_of_its_own(outputs):
    for _ in tqdm(range(2), "outer"):
        list(tqdm(range(2), "inner"))
    assert [bar[0]["text/plain"].split(":")[0] for bar in outputs] == ["outer", "inner", "inner"]
    assert {bar[-1]["text/plain"] for bar in outputs} == {""}


def test_a_bar_that_is_switched_off_shows_no_output(outputs, capsys):
    assert list(tqdm(range(3), disable=True)) == [0, 1, 2] and outputs == [] and capsys.readouterr() == ("", "")


def test_outside_a_notebook_ipython_is_not_loaded(monkeypatch, capsys):
    monkeypatch.delitem(sys.modules, "IPython")
    assert list(tqdm(range(2))) == [0, 1] and "IPython" not in sys.modules
