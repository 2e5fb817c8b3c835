r"""Functions of two parameters to descend on, with their gradients written out.

`theta` has shape (2,), or (2, K) for K points at once: coordinates first, so that each coordinate is one contiguous
row. A surface is called for its value, and has a `gradient`. Powers are written as products, which round alike for one
point and for many; NumPy's ``**`` does not.
"""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lessonkit.rules.clipping import norm_of
from lessonkit.rules.counts import check_count, check_number
from lessonkit.rules.quantities import as_floats
from lessonkit.rules.types import Numbers, Trainable


@dataclass(frozen=True)
class Surface:
    """A function with its gradient, and where to look at it.

    Parameters
    ----------
    name : str
    value : callable, theta of shape (d,) or (d, K) → loss of shape () or (K,)
        It and `gradient` are given arrays of floats, whatever the caller passed; the bare function stays reachable as
        ``surface.value.__wrapped__``.
    gradient : callable, theta → array of theta's shape
    start : tuple of d floats
        Where a run starts by default.
    minimum : tuple of d floats, or None
        A lowest point, or None if it is not known.
    window : ((left, right), (bottom, top))
        The part that figures show.

    Raises
    ------
    ValueError, TypeError
        When called: theta is not real numbers, or has not d rows.

    Examples
    --------
    >>> from lessonkit import bowl
    >>> surface = bowl(kappa=50)
    >>> surface([1.0, 1.0]), surface.gradient([1.0, 1.0])
    (np.float64(51.0), array([  2., 100.]))
    """

    name: str
    value: Callable = field(repr=False)
    gradient: Callable = field(repr=False)
    start: tuple
    minimum: tuple | None
    window: tuple

    def __post_init__(self):
        for name in ("value", "gradient"):
            object.__setattr__(self, name, self._of_points(getattr(self, name)))

    def __call__(self, theta: Numbers) -> Any:
        return self.value(theta)

    def _of_points(self, function):
        @functools.wraps(function)
        def checked(theta):
            theta, d = as_floats(self.name, "theta", theta), len(self.start)
            if theta.ndim == 0 or len(theta) != d:
                raise ValueError(
                    f"{self.name}: theta must have shape ({d},), or ({d}, K) for K points, got {theta.shape}"
                )
            result = function(theta)
            is_gradient = isinstance(result, np.ndarray) and result.dtype.kind == "f" and result.shape == theta.shape
            return result.astype(theta.dtype, copy=False) if is_gradient else result

        return checked


def parabola() -> Surface:
    r"""One parameter, :math:`f(\theta) = \theta^2`: the slope is 2θ.

    Returns
    -------
    Surface

    Examples
    --------
    >>> from lessonkit import parabola
    >>> parabola()([3.0]), parabola().gradient([3.0])
    (np.float64(9.0), array([6.]))
    """
    return Surface(
        "parabola",
        lambda theta: theta[0] * theta[0],
        lambda theta: 2 * theta,
        (1.0,),
        (0.0,),
        ((-1.5, 1.5), (0.0, 2.0)),
    )


def bowl(kappa: float = 50, angle: float = 0) -> Surface:
    r"""A valley, :math:`f(x, y) = x^2 + \kappa y^2`, turned by `angle`.

    Parameters
    ----------
    kappa : float, 1 or more
        Condition number: the ratio of the curvatures across and along the valley. The Hessian has the eigenvalues 2 and 2κ.
    angle : float, degrees
        How far the valley is turned, counter-clockwise.

    Returns
    -------
    Surface

    Raises
    ------
    ValueError, TypeError
        A condition number below 1, or an angle that is no number.

    Examples
    --------
    >>> from lessonkit import bowl
    >>> bowl(kappa=50)([1.0, 0.0]), bowl(kappa=50, angle=90)([1.0, 0.0]).round(12)
    (np.float64(1.0), np.float64(50.0))
    """
    kappa, angle = check_number("bowl: kappa (condition number)", kappa), check_number("bowl: angle", angle)
    if not 1 <= kappa < math.inf:
        raise ValueError(
            f"bowl: kappa (condition number) must be a number in [1, inf), got {kappa:g}; "
            "1 is round, 50 a narrow valley"
        )
    if not math.isfinite(angle):
        raise ValueError(f"bowl: angle must be a finite number of degrees, got {angle:g}")
    c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))

    def value(theta):
        along, across = c * theta[0] + s * theta[1], -s * theta[0] + c * theta[1]
        return along * along + kappa * (across * across)

    def gradient(theta):
        along, across = 2 * (c * theta[0] + s * theta[1]), 2 * kappa * (-s * theta[0] + c * theta[1])
        return np.array([c * along - s * across, s * along + c * across])

    turned = f", turned by {angle:g}°" if angle else ""
    start = (c * -4.0 - s * 1.0, s * -4.0 + c * 1.0)
    reach = 1.7 if angle == 0 else 5.0
    return Surface(f"bowl, κ = {kappa:g}{turned}", value, gradient, start, (0.0, 0.0), ((-5.0, 5.0), (-reach, reach)))


def saddle() -> Surface:
    r"""A pass between two hollows, flat at 0 and lowest at y = ±1.

    .. math:: f(x, y) = \tfrac12 x^2 - \tfrac12 y^2 + \tfrac14 y^4

    Returns
    -------
    Surface
        It starts close to the ridge, at (1.5, 0.001).

    Examples
    --------
    >>> from lessonkit import saddle
    >>> saddle()([0.0, 1.0]), saddle().gradient([0.0, 0.5])
    (np.float64(-0.25), array([ 0.   , -0.375]))
    """

    def value(theta):
        x, y = theta
        return x * x / 2 - y * y / 2 + (y * y) * (y * y) / 4

    def gradient(theta):
        x, y = theta
        return np.array([x, (y * y - 1) * y])

    return Surface("saddle", value, gradient, (1.5, 0.001), (0.0, 1.0), ((-2.0, 2.0), (-1.6, 1.6)))


def flat_region() -> Surface:
    """A hole in a plain, :math:`f = r^2 / (1 + r^2)` with :math:`r^2 = x^2 + y^2`: the slope almost vanishes far from it.

    Returns
    -------
    Surface

    Examples
    --------
    >>> from lessonkit import flat_region
    >>> flat_region()([1.0, 0.0]), flat_region().gradient([1.0, 0.0])
    (np.float64(0.5), array([0.5, 0. ]))
    """

    def value(theta):
        x, y = theta
        return (x * x + y * y) / (1 + x * x + y * y)

    def gradient(theta):
        x, y = theta
        below = 1 + x * x + y * y
        return 2 * theta / (below * below)

    return Surface("flat region", value, gradient, (-3.0, 2.0), (0.0, 0.0), ((-4.0, 4.0), (-3.0, 3.0)))


def rosenbrock() -> Surface:
    """A curved valley, :math:`f = (1 - x)^2 + 100 (y - x^2)^2`.

    Returns
    -------
    Surface
        Its minimum is at (1, 1).

    References
    ----------
    Rosenbrock (1960), An automatic method for finding the greatest or least value of a function,
    doi:10.1093/comjnl/3.3.175.

    Examples
    --------
    >>> from lessonkit import rosenbrock
    >>> rosenbrock()([1.0, 1.0]), rosenbrock()([0.0, 1.0])
    (np.float64(0.0), np.float64(101.0))
    """

    def value(theta):
        x, y = theta
        return (1 - x) * (1 - x) + 100 * (y - x * x) * (y - x * x)

    def gradient(theta):
        x, y = theta
        return np.array([-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)])

    return Surface("Rosenbrock", value, gradient, (-1.2, 1.0), (1.0, 1.0), ((-2.0, 2.0), (-0.7, 2.7)))


def beale() -> Surface:
    r"""Flat, with steep corners, :math:`f = \sum_{k=1}^{3} (c_k - x (1 - y^k))^2` with c = 1.5, 2.25, 2.625.

    Returns
    -------
    Surface
        Its minimum is at (3, 0.5).

    References
    ----------
    Beale (1958), On an iterative method for finding a local minimum of a function of more than one variable.

    Examples
    --------
    >>> from lessonkit import beale
    >>> beale()([3.0, 0.5]), beale()([0.0, 0.0])
    (np.float64(0.0), np.float64(14.203125))
    """

    def residuals(theta):
        x, y = theta
        return 1.5 - x * (1 - y), 2.25 - x * (1 - y * y), 2.625 - x * (1 - y * y * y)

    def value(theta):
        a, b, c = residuals(theta)
        return a * a + b * b + c * c

    def gradient(theta):
        (x, y), (a, b, c) = theta, residuals(theta)
        return np.array(
            [-2 * (a * (1 - y) + b * (1 - y * y) + c * (1 - y * y * y)), 2 * x * (a + 2 * b * y + 3 * c * y * y)]
        )

    return Surface("Beale", value, gradient, (1.0, 1.0), (3.0, 0.5), ((-1.0, 4.5), (-2.0, 2.0)))


def hyperbola() -> Surface:
    r"""Two factors whose product should be 1, :math:`f(x, y) = \tfrac12 (xy - 1)^2`: minima all along a hyperbola.

    At the minimum (x, y) the Hessian has the eigenvalues 0 and x² + y²: the minimum at (1, 1) is the flattest one.

    Returns
    -------
    Surface

    Examples
    --------
    >>> from lessonkit import hyperbola
    >>> hyperbola()([2.0, 0.5]), hyperbola().gradient([2.0, 1.0])
    (np.float64(0.0), array([1., 2.]))
    """

    def value(theta):
        error = theta[0] * theta[1] - 1
        return 0.5 * (error * error)

    def gradient(theta):
        error = theta[0] * theta[1] - 1
        return np.array([error * theta[1], error * theta[0]])

    return Surface("hyperbola", value, gradient, (3.0, 0.4), None, ((0.0, 4.0), (0.0, 2.5)))


def network_slice(net: Trainable, theta: Numbers, x: Numbers, y: Numbers, seed: int = 0, reach: float = 1.0) -> Surface:
    r"""The loss of a network in a plane through `theta`, :math:`f(a, b) = L(\theta + a\,d_1 + b\,d_2)`.

    Parameters
    ----------
    net : network with `size` and `loss_and_gradient`, without dropout
    theta : array of floats, shape (net.size,)
        The centre of the plane, (a, b) = (0, 0).
    x, y : the data the loss is taken over
    seed : int
        For the two random directions. They are orthogonal, and each is as long as `theta`: one unit of a or b changes the
        weights by a vector of their own norm.
    reach : float, above 0
        Half the width of the window.

    Returns
    -------
    Surface
        Of the two parameters a and b; where its minimum lies is not known.

    Raises
    ------
    ValueError, TypeError
        A `theta` that is no point of this network or has no length, or a reach that is not above 0.

    Notes
    -----
    The loss is that of `net.loss_and_gradient`, over all of `x` as one batch.

    References
    ----------
    Goodfellow, Vinyals & Saxe (2014), Qualitatively characterizing neural network optimization problems,
    arXiv:1412.6544; random planes as in Li et al. (2017), arXiv:1712.09913, without its rescaling by filter.

    Examples
    --------
    >>> from lessonkit import digits, mlp, network_slice
    >>> net, data = mlp([64, 32, 10]), digits()
    >>> theta = net.init(0)
    >>> surface = network_slice(net, theta, data.x_val, data.y_val)
    >>> float(surface([0.0, 0.0])) == net.loss_and_gradient(theta, data.x_val, data.y_val)[0]
    True
    """
    theta, reach = as_floats("network_slice", "theta", theta), check_number("network_slice: reach", reach)
    length = norm_of([theta])
    if theta.shape != (net.size,) or not 0 < length < math.inf:
        raise ValueError(
            f"network_slice: theta must be the network's {net.size} parameters, finite and not all 0, "
            f"got shape {theta.shape} of length {length:g}; net.init(seed) makes one"
        )
    if not 0 < reach < math.inf:
        raise ValueError(f"network_slice: reach must be a number in (0, inf), got {reach:g}")
    rng = np.random.default_rng(check_count("network_slice", "seed", seed, 0))
    plane = length * np.linalg.qr(rng.standard_normal((theta.size, 2)))[0]
    latest = {}

    def at(points):
        """Loss and gradient at each column; kept for the next call, because a step asks for both, one after the other."""
        asked = points.shape, points.tobytes()
        if asked not in latest:
            pairs = [net.loss_and_gradient(theta + plane @ column, x, y) for column in points.reshape(2, -1).T]
            losses, slopes = np.array([loss for loss, _ in pairs]), np.array([plane.T @ g for _, g in pairs]).T
            latest.clear()
            latest[asked] = losses.reshape(points.shape[1:])[()], slopes.reshape(points.shape)
        return latest[asked]

    return Surface(
        "slice of a network",
        lambda points: at(points)[0].copy(),
        lambda points: at(points)[1].copy(),
        (-0.8 * reach, 0.6 * reach),
        None,
        ((-reach, reach), (-reach, reach)),
    )
