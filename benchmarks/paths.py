"""Many walks down one bowl: 10,000 starts, 500 Adam steps each, in one batch."""

from functools import partial

import numpy as np
from contestants import jax, torch

from lessonkit import adam

COUNT, STEPS, LR = 10_000, 500, 0.05
CURVATURE = np.array([[2.0], [100.0]])  # of x² + 50y²
STARTS = np.random.default_rng(0).uniform(-2, 2, (2, COUNT))


def contestants(compiled):
    """Functions that walk all starts to their ends, by name; all must end at the same points."""
    walks = {"NumPy, shape (2, K)": by_numpy, "NumPy, shape (K, 2)": lambda: by_numpy(STARTS.T.copy(), CURVATURE.T).T}
    if compiled:
        walks["fused, shape (2, K)"] = partial(in_place, compiled["fused", "Adam"])
    if torch:
        walks["torch fused"] = by_torch
    if jax:
        walks["jax scan, optax"] = by_jax()
    ends = [walk() for walk in walks.values()]
    for end in ends[1:]:
        np.testing.assert_allclose(end, ends[0], rtol=0, atol=1e-9)
    return walks


def by_numpy(theta=STARTS, curvature=CURVATURE):
    m = v = np.zeros_like(theta)
    for t in range(1, STEPS + 1):
        theta, m, v = adam(theta, curvature * theta, m, v, t, LR)
    return theta


def in_place(step):
    theta, g = STARTS.copy(), np.empty_like(STARTS)
    m, v = np.zeros((2, *STARTS.shape))
    for t in range(1, STEPS + 1):
        step(theta, np.multiply(CURVATURE, theta, out=g), m, v, t, LR)
    return theta


def by_torch():
    theta, curvature = torch.nn.Parameter(torch.from_numpy(STARTS.copy())), torch.from_numpy(CURVATURE)
    optimizer = torch.optim.Adam([theta], lr=LR, fused=True)
    theta.grad = torch.empty_like(theta)
    for _ in range(STEPS):
        torch.mul(curvature, theta.detach(), out=theta.grad)
        optimizer.step()
    return theta.detach().numpy()


def by_jax():
    import optax

    optimizer = optax.adam(LR)

    def step(carry, _):
        theta, state = carry
        change, state = optimizer.update(CURVATURE * theta, state)
        return (optax.apply_updates(theta, change), state), None

    @jax.jit
    def walk(theta):
        return jax.lax.scan(step, (theta, optimizer.init(theta)), length=STEPS)[0][0]

    return lambda: np.asarray(walk(STARTS))
