r"""How strongly a loss is curved: products of the Hessian with a vector, and its largest eigenvalues.

The Hessian of a network with d parameters has d² entries. Its product with a vector needs two gradients.
"""

import functools
from collections.abc import Callable

import numpy as np

from lessonkit.rules.counts import check_count
from lessonkit.rules.quantities import as_floats
from lessonkit.rules.types import Numbers


def _of_vectors(equation: Callable) -> Callable[[Callable, Numbers, Numbers], np.ndarray]:
    """`equation` of a gradient and two vectors, which are checked first."""

    @functools.wraps(equation)
    def of(gradient, theta, v):
        theta, v = as_floats("hessian_times", "theta", theta), as_floats("hessian_times", "v", v)
        if theta.ndim != 1 or v.shape != theta.shape:
            raise ValueError(f"hessian_times: theta and v must have one shape (d,), got {theta.shape} and {v.shape}")
        return equation(gradient, theta.astype(np.float64), v.astype(np.float64))

    return of


@_of_vectors
def hessian_times(gradient: Callable, theta: np.ndarray, v: np.ndarray) -> np.ndarray:
    r"""The Hessian at `theta` times the vector `v`, from the gradients on both sides.

    .. math:: Hv \approx \frac{\nabla f(\theta + hv) - \nabla f(\theta - hv)}{2h}

    Parameters
    ----------
    gradient : callable, theta of shape (d,) → gradient of shape (d,)
    theta, v : arrays of floats, shape (d,)

    Returns
    -------
    array of float64, shape (d,)
        For a smooth loss to about nine digits: ``hv`` has the length 10⁻⁵ of a number of the size of `theta`, 1 or more.

    Raises
    ------
    ValueError, TypeError
        `v` has another shape than `theta`.

    References
    ----------
    Pearlmutter (1994), Fast exact multiplication by the Hessian, Neural Computation 6, computes the product exactly.

    Examples
    --------
    >>> from lessonkit import bowl, hessian_times
    >>> hessian_times(bowl(kappa=50).gradient, [1.0, 1.0], [1.0, 1.0]).round(6)
    array([  2., 100.])
    """
    h = 1e-5 * np.maximum(1.0, np.linalg.norm(theta)) / (np.linalg.norm(v) or 1.0)
    return (gradient(theta + h * v) - gradient(theta - h * v)) / (2 * h)


def curvatures(gradient: Callable, theta: Numbers, count: int = 1, steps: int = 20, seed: int = 0) -> np.ndarray:
    r"""The largest eigenvalues of the Hessian at `theta`; the first one is the sharpness.

    Lanczos' method: in the basis of :math:`q, Hq, H^2q, …`, made orthonormal, the Hessian is a matrix with three diagonals,
    whose largest eigenvalues are soon those of the Hessian.

    Parameters
    ----------
    gradient : callable, theta of shape (d,) → gradient of shape (d,)
    theta : array of floats, shape (d,)
    count : int, 1 or more
        How many eigenvalues.
    steps : int, `count` or more
        Products with the Hessian, two gradients each. With more of them the eigenvalues are more exact.
    seed : int
        Of the vector q to start with.

    Returns
    -------
    array of float64, shape (count,), the largest first; fewer where `theta` has fewer parameters

    Raises
    ------
    ValueError, TypeError
        Counts that are no whole numbers of 1 or more, or fewer steps than eigenvalues; a gradient near `theta` that is not finite.

    References
    ----------
    Lanczos (1950), An iteration method for the solution of the eigenvalue problem, J. Res. Natl. Bur. Stand. 45.

    Examples
    --------
    >>> from lessonkit import bowl, curvatures
    >>> curvatures(bowl(kappa=50).gradient, [1.0, 1.0], count=2).round(4)
    array([100.,   2.])
    """
    theta = as_floats("curvatures", "theta", theta).astype(np.float64)
    check_count("curvatures", "count", count)
    check_count("curvatures", "steps", steps, low=count)
    q = np.random.default_rng(seed).standard_normal(theta.shape)
    basis = [q / np.linalg.norm(q)]
    diagonal, beside = [], []
    for _ in range(min(steps, theta.size)):
        w = hessian_times(gradient, theta, basis[-1])
        if not np.isfinite(w).all():
            raise ValueError("curvatures: the gradient near theta is not finite; has the run diverged?")
        diagonal.append(w @ basis[-1])
        known = np.array(basis)
        for _ in range(2):  # once leaves rounding errors that grow
            w = w - known.T @ (known @ w)
        beside.append(np.linalg.norm(w))
        if beside[-1] <= 1e-7 * np.abs(diagonal).max():  # the basis is complete
            break
        basis.append(w / beside[-1])
    n = len(diagonal)
    three = np.diag(diagonal) + np.diag(beside[: n - 1], 1) + np.diag(beside[: n - 1], -1)
    return np.linalg.eigvalsh(three)[::-1][:count]
