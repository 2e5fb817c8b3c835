"""What the rules keep between steps, and what one step has in use, measured."""

import inspect
import tracemalloc
from functools import partial

import numpy as np
from contestants import jax, numba, torch

from lessonkit import adagrad, adam, adamw, momentum, nesterov, rmsprop, sgd
from lessonkit.fusion.fused import fused

COUNT, LR = 10**6, 1e-3
RULES = [sgd, momentum, nesterov, adagrad, rmsprop, adam, adamw]


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
    optim, theta = torch.optim, torch.nn.Parameter(torch.zeros(COUNT))
    make = {
        sgd: optim.SGD,
        momentum: partial(optim.SGD, momentum=0.9),
        nesterov: partial(optim.SGD, momentum=0.9, nesterov=True),
        adagrad: optim.Adagrad,
        rmsprop: optim.RMSprop,
        adam: optim.Adam,
        adamw: optim.AdamW,
    }[rule]
    theta.grad = torch.ones(COUNT)
    optimizer = make([theta], lr=LR)
    optimizer.step()
    return sum(value.nbytes for value in optimizer.state[theta].values() if torch.is_tensor(value)) / theta.nbytes


def state_in_optax(rule):
    if not jax:
        return None
    import optax

    make = {
        sgd: optax.sgd,
        momentum: partial(optax.sgd, momentum=0.9),
        nesterov: partial(optax.sgd, momentum=0.9, nesterov=True),
        adagrad: optax.adagrad,
        rmsprop: optax.rmsprop,
        adam: optax.adam,
        adamw: optax.adamw,
    }[rule]
    theta = jax.numpy.zeros(COUNT, "float32")
    return sum(leaf.nbytes for leaf in jax.tree.leaves(make(LR).init(theta))) / theta.nbytes
