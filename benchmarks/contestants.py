"""Who runs: for each rule, functions that make one step on arrays of their own, as each library is best used."""

from functools import partial

import numpy as np

from lessonkit import adam, clip_by_global_norm, momentum, sgd
from lessonkit.fusion.fused import PARALLEL_FROM, fused

try:
    import numba
except ImportError:
    numba = None
try:
    import torch
except ImportError:
    torch = None
try:
    import jax
    import optax

    jax.config.update("jax_enable_x64", True)
except ImportError:
    jax = None

RULES = {"SGD": sgd, "momentum": momentum, "Adam": adam, "clip by norm": clip_by_global_norm}
LIBRARIES = {"numba (fused, limit)": numba, "torch": torch, "jax and optax": jax}
MISSING = [name for name, library in LIBRARIES.items() if not library]
LR = 1e-3
GIVES_WAY = 0.9999  # the threshold falls by this factor a call, so that every call has to clip


def contestants(rule, n, dtype, compiled):
    """Steps by name; `compiled` holds the fused kernels and the limits, so that each is compiled once."""
    steps = {"NumPy": ours(rule, RULES[rule], *drawn(n, dtype))}
    if numba:
        arrays = drawn(n, dtype)  # of both, so that they lie in the same places in memory
        steps["fused"] = ours(rule, compiled["fused", rule], *arrays)
        steps["limit"] = at_the_limit(rule, compiled["limit", rule, n >= PARALLEL_FROM], *arrays)
    if torch:
        steps["torch"] = by_torch(rule, n, dtype)
        if rule != "clip by norm":
            steps["torch fused"] = by_torch(rule, n, dtype, fused=True)
    if jax:
        steps["optax"] = by_optax(rule, n, dtype)
    return steps


def compile_all():
    """The fused kernels, and the loops of the memory limit on one core and on all."""
    if not numba:
        return {}
    loops = {
        ("limit", rule, parallel): numba.njit(parallel=parallel, fastmath=True)(loop)
        for rule, loop in LIMITS.items()
        for parallel in (False, True)
    }
    return loops | {("fused", rule): fused(kernel) for rule, kernel in RULES.items()}


def drawn(n, dtype):
    """Parameters and a gradient, and two arrays for a state at rest."""
    theta, g = np.random.default_rng(0).standard_normal((2, n)).astype(dtype) * dtype(0.1)
    return theta, g, np.zeros(n, dtype), np.zeros(n, dtype)


def ours(rule, kernel, theta, g, m, v):
    """A step of one of our kernels, or of a fused one, which is called in the same way."""
    t, c = 0, 0.1

    def sgd():
        nonlocal theta
        theta = kernel(theta, g, LR)

    def momentum():
        nonlocal theta, v
        theta, v = kernel(theta, g, v, LR)

    def adam():
        nonlocal theta, m, v, t
        t += 1
        theta, m, v = kernel(theta, g, m, v, t)

    def clip():
        nonlocal g, c
        c *= GIVES_WAY
        (g,), _ = kernel([g], c)

    return {"SGD": sgd, "momentum": momentum, "Adam": adam, "clip by norm": clip}[rule]


def by_torch(rule, n, dtype, fused=None):
    theta, g, *_ = map(torch.from_numpy, drawn(n, dtype))
    theta = torch.nn.Parameter(theta)
    theta.grad = g
    return {
        "SGD": lambda: torch.optim.SGD([theta], lr=LR, fused=fused).step,
        "momentum": lambda: torch.optim.SGD([theta], lr=LR, momentum=0.9, fused=fused).step,
        "Adam": lambda: torch.optim.Adam([theta], lr=LR, fused=fused).step,
        "clip by norm": lambda: partial(torch.nn.utils.clip_grad_norm_, [theta], 0.01),  # scales at every call
    }[rule]()


def by_optax(rule, n, dtype):
    """Compiled, with the old parameters and state donated, so that it too can work in place."""
    theta, g, *_ = map(jax.numpy.asarray, drawn(n, dtype))
    if rule == "clip by norm":
        clip = optax.clip_by_global_norm(0.01)
        run = jax.jit(lambda g: clip.update(g, optax.EmptyState())[0], donate_argnums=0)

        def step():
            nonlocal g
            g = run(g)
            g.block_until_ready()

        return step

    optimizer = {"SGD": optax.sgd(LR), "momentum": optax.sgd(LR, momentum=0.9), "Adam": optax.adam(LR)}[rule]
    state = optimizer.init(theta)

    @partial(jax.jit, donate_argnums=(0, 1))
    def update(theta, state, g):
        change, state = optimizer.update(g, state, theta)
        return optax.apply_updates(theta, change), state

    def step():
        nonlocal theta, state
        theta, state = update(theta, state, g)
        theta.block_until_ready()

    return step


def at_the_limit(rule, loop, theta, g, m, v):
    """A loop that reads and writes what the rule must, with the least arithmetic."""
    used = {"SGD": (theta, g), "momentum": (theta, g, v), "Adam": (theta, g, m, v), "clip by norm": (g,)}
    return partial(loop, *used[rule])


def three_streams(theta, g):
    for i in numba.prange(g.size):
        theta[i] += g[i]


def five_streams(theta, g, v):
    for i in numba.prange(g.size):
        theta[i] += g[i]
        v[i] = -v[i]


def seven_streams(theta, g, m, v):
    for i in numba.prange(g.size):
        theta[i] += g[i]
        m[i] = -m[i]
        v[i] = 1 - v[i]


def one_and_then_two_streams(g):
    total = g.dtype.type(0)
    for i in numba.prange(g.size):
        total += g[i]
    for i in numba.prange(g.size):
        g[i] = -g[i]
    return total


LIMITS = {
    "SGD": three_streams,
    "momentum": five_streams,
    "Adam": seven_streams,
    "clip by norm": one_and_then_two_streams,
}
