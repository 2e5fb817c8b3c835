"""What the rules keep between steps, and what one step has in use, measured."""

import inspect
import sys
import tracemalloc
from pathlib import Path

import numpy as np
from contestants import jax, numba, torch

from lessonkit.fusion.fused import fused
from lessonkit.rules.registry import of_kind

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from references import rules as references

COUNT, LR = 10**6, 1e-3
RULES = [entry.function for entry in of_kind("rule").values()]


def rows():
    """For each rule: its state here, in torch and in optax, and the peak of a step of NumPy's and of a fused one."""

    def row(rule):
        peaks = peak_of(rule), peak_of(fused(rule)) if numba else None
        values = state_of(rule), state_in_torch(rule), state_in_optax(rule), *peaks
        return [rule.__name__, *("" if value is None else f"{value:.2f}" for value in values)]

    return [row(rule) for rule in RULES]


def arguments(rule):
    """Parameters, gradient and state, and the hyperparameters that have no default."""
    names = list(inspect.signature(rule).parameters)
    arrays = [np.zeros(COUNT, np.float32) for _ in names[: names.index("lr") - ("t" in names)]]
    return arrays, {"lr": LR} | ({"t": 1} if "t" in names else {})


def state_of(rule):
    arrays, numbers = arguments(rule)
    returned = rule(*arrays, **numbers)
    theta, *state = returned if isinstance(returned, tuple) else [returned]
    return sum(array.nbytes for array in state) / theta.nbytes


def peak_of(rule):
    arrays, numbers = arguments(rule)
    rule(*arrays, **numbers)
    tracemalloc.start()
    kept = rule(*arrays, **numbers)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    del kept
    return peak / arrays[0].nbytes


def state_in_torch(rule):
    if not torch:
        return None
    theta = torch.nn.Parameter(torch.zeros(COUNT))
    theta.grad = torch.ones(COUNT)
    optimizer = references.RULES[rule.__name__].torch(torch)([theta], lr=LR)
    optimizer.step()
    return sum(value.nbytes for value in optimizer.state[theta].values() if torch.is_tensor(value)) / theta.nbytes


def state_in_optax(rule):
    if not jax:
        return None
    import optax

    optimizer = references.RULES[rule.__name__].optax(optax, LR)
    theta = jax.numpy.zeros(COUNT, "float32")
    return sum(leaf.nbytes for leaf in jax.tree.leaves(optimizer.init(theta))) / theta.nbytes
