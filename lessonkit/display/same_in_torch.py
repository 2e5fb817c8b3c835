"""Runs lines of PyTorch beside ours, where PyTorch is installed, and holds them to the same numbers."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lessonkit.rules.quantities import as_floats
from lessonkit.rules.types import Numbers

CLOSE = 1e-12  # of the largest number
MISSING = "PyTorch is not installed, so"  # how the line begins that is printed without it


def same_in_torch(lines: Callable[[Any], Any], ours: Numbers, to: float = CLOSE) -> None:
    """Run lines of PyTorch, and raise if they do not give our numbers; without PyTorch, print that nothing was run.

    Parameters
    ----------
    lines : function of the module torch, which returns a tensor or an array
        The lines that one writes at work.
    ours : array of floats, of the same shape
    to : float
        How far they may be apart, as a part of the largest entry.

    Returns
    -------
    None
        What was compared is printed.

    Raises
    ------
    AssertionError
        An entry that is farther apart, or another shape.

    Examples
    --------
    >>> from lessonkit import same_in_torch
    >>> def halved(torch):
    ...     return torch.tensor([2.0, 4.0], dtype=torch.float64) / 2
    >>> same_in_torch(halved, [1.0, 2.0])
    PyTorch...halved...
    """
    name = getattr(lines, "func", lines).__name__  # of a partial, too
    try:
        import torch
    except ImportError:
        print(f"{MISSING} `{name}` was not run; `pip install torch` brings it.")
        return
    returned = lines(torch)
    if isinstance(returned, torch.Tensor):
        returned = returned.detach().numpy()
    theirs, ours = as_floats(name, "what it returns", returned), as_floats("same_in_torch", "ours", ours)
    if theirs.shape != ours.shape:
        raise AssertionError(f"{name} returns shape {theirs.shape}, ours has {ours.shape}")
    apart = np.max(np.abs(theirs - ours), initial=0.0)
    if not apart <= to * np.max(np.abs(ours), initial=0.0):  # NaN is apart
        raise AssertionError(f"{name} in PyTorch is apart from ours by {apart:.1e}")
    count = "the same number" if ours.size == 1 else f"the same {ours.size:,} numbers"
    exact = "one part in a million million" if to == CLOSE else f"{to:g} of the largest"
    print(f"PyTorch, {name}: {count}, to {exact}.")
