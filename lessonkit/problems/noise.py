"""Noisy gradients: with noise added, or of minibatches of data."""

from dataclasses import replace

import numpy as np

from lessonkit.problems.surfaces import Surface
from lessonkit.rules.counts import MOST, check_count
from lessonkit.rules.quantities import as_floats, shown
from lessonkit.rules.types import Numbers


def noisy(surface: Surface, spread: Numbers, seed: int = 0) -> Surface:
    """The same surface with noise on its gradient: normal, independent from call to call, with mean 0.

    Parameters
    ----------
    surface : Surface
    spread : float, or array of floats of shape (d,), 0 or more
        Standard deviation of the noise, of each coordinate.
    seed : int, 0 or more
        One seed, one sequence of gradients. A new surface with the same seed starts the sequence again.

    Returns
    -------
    Surface
        Its value is that of `surface`, without noise.

    Raises
    ------
    ValueError, TypeError
        A spread below 0, not finite, or of another length than the surface has parameters; a seed that is no whole
        number of 0 or more.

    Examples
    --------
    >>> from lessonkit import bowl, noisy
    >>> hill = noisy(bowl(), spread=0.1)
    >>> (hill.gradient([1.0, 0.0]) == hill.gradient([1.0, 0.0])).any()
    np.False_
    """
    spread, d = as_floats("noisy", "spread", spread), len(surface.start)
    if spread.shape not in ((), (d,)) or not (spread >= 0).all() or not np.isfinite(spread).all():
        raise ValueError(f"noisy: spread must be one number of 0 or more, or {d} of them, got {shown(spread.tolist())}")
    rng = np.random.default_rng(check_count("noisy", "seed", seed, 0))

    def gradient(theta):
        exact = surface.gradient(theta)
        return exact + rng.standard_normal(exact.shape) * (spread if exact.ndim == 1 else spread[..., None])

    return replace(surface, name=f"{surface.name} with noise", gradient=gradient)


def sampled(x: Numbers, y: Numbers, batch_size: int, seed: int = 0) -> Surface:
    r"""Least squares, :math:`f(\theta) = \frac{1}{2N} \sum (x_i \cdot \theta - y_i)^2`, with the gradient of a minibatch.

    Parameters
    ----------
    x : array of floats, shape (N, d), one row an example
    y : array of floats, shape (N,)
    batch_size : int, 1 or more
        Examples drawn for each gradient, anew and with replacement; of K points each gets examples of its own.
    seed : int, 0 or more

    Returns
    -------
    Surface
        Its value is the loss over all examples. It starts at 0, and its `minimum` is the least-squares solution.

    Raises
    ------
    ValueError, TypeError
        Arrays that do not fit each other, or a batch size that is no whole number of 1 or more.

    Examples
    --------
    >>> from lessonkit import sampled
    >>> surface = sampled([[1.0], [1.0]], [2.0, 4.0], batch_size=1)
    >>> surface([3.0]).round(12), surface.minimum[0].round(12)
    (np.float64(0.5), np.float64(3.0))
    """
    x, y = as_floats("sampled", "x", x), as_floats("sampled", "y", y)
    if x.ndim != 2 or y.shape != x.shape[:1] or x.size == 0:
        raise ValueError(f"sampled: x must have shape (N, d) and y (N,), got {x.shape} and {y.shape}")
    check_count("sampled", "batch_size", batch_size, high=MOST)
    rng = np.random.default_rng(check_count("sampled", "seed", seed, 0))

    # ‖xθ − y‖² = ‖Rθ − Qᵀy‖² + what no θ explains, from x = QR: d rows instead of N
    q, r = np.linalg.qr(x)
    aim = q.T @ y
    unexplained = np.sum((y - q @ aim) ** 2)

    def value(theta):
        residuals = r @ theta.reshape(len(theta), -1) - aim[:, None]
        squares = np.einsum("nk,nk->k", residuals, residuals) + unexplained
        return (squares / (2 * len(x))).reshape(theta.shape[1:])[()]

    def gradient(theta):
        columns = theta.reshape(len(theta), -1).T
        picked = rng.integers(len(x), size=(len(columns), batch_size))
        batch = x.take(picked, axis=0)  # of shape (K, batch_size, d)
        errors = (batch @ columns[..., None])[..., 0] - y.take(picked)
        return ((errors[:, None] @ batch)[:, 0].T / batch_size).reshape(theta.shape)

    solution = np.linalg.lstsq(x, y, rcond=None)[0]
    reach = np.abs(solution).max() + 1.0
    window = tuple((float(middle) - reach, float(middle) + reach) for middle in (*solution[:2], 0.0)[:2])
    return Surface(
        f"least squares, batches of {batch_size}", value, gradient, (0.0,) * x.shape[1], tuple(solution), window
    )
