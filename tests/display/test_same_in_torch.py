import sys
from types import SimpleNamespace

import numpy as np
import pytest

from lessonkit import same_in_torch


class Tensor:
    """Stands for a tensor that needs a gradient, which NumPy cannot read before it is detached."""

    def __init__(self, values):
        self.values = np.asarray(values)

    def detach(self):
        return SimpleNamespace(numpy=lambda: self.values)


@pytest.fixture
def torch(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(Tensor=Tensor))


def lines_that_return(values):
    def at_work(torch):
        return torch.Tensor(values)

    return at_work


def test_equal_numbers_are_told_with_their_count(torch, capsys):
    same_in_torch(lines_that_return([[1.0, 2.0], [3.0, 4.0 + 3e-12]]), [[1, 2], [3, 4]])
    assert capsys.readouterr().out == "PyTorch, at_work: the same 4 numbers, to one part in a million million.\n"
    same_in_torch(lambda torch: np.array(0.5), 0.5)
    assert "the same number," in capsys.readouterr().out


@pytest.mark.parametrize("theirs", [[1.0, 2.0 + 1e-11], [1.0, np.nan], [1.0, 2.0, 3.0], [[1.0, 2.0]], []])
def test_other_numbers_are_an_error(torch, theirs):
    with pytest.raises(AssertionError, match="at_work"):
        same_in_torch(lines_that_return(theirs), [1.0, 2.0])


def test_only_noise_is_not_taken_for_nothing(torch):
    with pytest.raises(AssertionError, match=r"apart from ours by 1\.0e-20"):
        same_in_torch(lines_that_return([1e-20]), [0.0])


def test_without_pytorch_one_line_says_so_and_nothing_is_run(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "torch", None)  # importing it raises ImportError
    same_in_torch(lambda torch: 1 / 0, [1.0])
    printed = capsys.readouterr().out
    assert printed.startswith("PyTorch is not installed, so") and printed.count("\n") == 1
