"""A surface whose gradient comes with noise, as a minibatch's does."""

from dataclasses import replace

import numpy as np

from lessonkit.contract import as_floats


def noisy(surface, spread, seed=0):
    """The same surface with noise on its gradient: normal, independent from call to call, with mean 0.

    Parameters
    ----------
    surface : Surface
    spread : float, or array of floats of shape (d,), 0 or more
        Standard deviation of the noise, of each coordinate.
    seed : int, 0 or more
        One seed, one sequence of gradients; make a new surface to hear the same noise again.

    Returns
    -------
    Surface
        Its value is that of `surface`, without noise.

    Raises
    ------
    ValueError
        A spread below 0, not finite, or of another length than the surface has parameters.

    Examples
    --------
    >>> from lessonkit.surfaces import bowl
    >>> hill = noisy(bowl(), spread=0.1)
    >>> (hill.gradient([1.0, 0.0]) == hill.gradient([1.0, 0.0])).any()
    np.False_
    """
    spread, d = as_floats("noisy", "spread", spread), len(surface.start)
    if spread.shape not in ((), (d,)) or not (spread >= 0).all() or not np.isfinite(spread).all():
        raise ValueError(f"noisy: spread must be one number of 0 or more, or {d} of them, got {spread}")
    rng = np.random.default_rng(seed)

    def gradient(theta):
        exact = surface.gradient(theta)
        return exact + rng.standard_normal(exact.shape) * (spread if exact.ndim == 1 else spread[..., None])

    return replace(surface, name=f"{surface.name} with noise", gradient=gradient)
