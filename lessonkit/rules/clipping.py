r"""Gradient clipping, by value and by norm."""

import functools
import math
import sys

import numpy as np

from lessonkit.rules.arguments import checked, like
from lessonkit.rules.quantities import FLOATS, as_floats, as_gradient, check_quantity
from lessonkit.rules.registry import clip

# If a sum of squares is above this, squares that were too small for float64 would not have changed any digit of it.
LEAST_SUM = 1e-280


def _as_given(equation):
    """Return each gradient in the dtype that it had, and a 0-d array as a 0-d array."""

    @functools.wraps(equation)
    def wrapped(grads, c):
        clipped, norm = equation(grads, c)
        return [like(old, new) for old, new in zip(grads, clipped)], norm

    return wrapped


@clip(lesson=7)
@checked()
def clip_by_value(g, c):
    r"""Cut each entry of the gradient to [−c, c]. The direction changes.

    .. math:: g_i \leftarrow \min(\max(g_i, -c), c)

    References
    ----------
    Mikolov (2012), Statistical language models based on neural networks, section 3.2.2.

    Examples
    --------
    >>> import numpy as np
    >>> from lessonkit import clip_by_value
    >>> clip_by_value(np.array([3.0, 4.0, 12.0]), c=5)
    array([3., 4., 5.])
    """
    return np.minimum(np.maximum(g, -c), c)


@clip(lesson=7)
@_as_given
def clip_by_global_norm(grads, c):
    r"""Shorten all gradients together to length c if they are longer. The direction stays.

    .. math:: g \leftarrow g \cdot \min\left(1, \frac{c}{\lVert g \rVert_2}\right)

    Parameters
    ----------
    grads : list of arrays of float32 or float64, any shapes
        The gradient of every tensor; the norm runs over all of them. float16 is accepted, and scaled in float32.
    c : float in (0, inf]
        Largest norm, in the unit of the gradients. 1 or 5 is usual.

    Returns
    -------
    grads : list of new arrays, same shapes and dtypes
    norm : float
        The norm before clipping, summed in float64; the largest float if it would overflow.

    Raises
    ------
    ValueError, TypeError
        An empty list, an array where a list is expected, a dtype that is not supported, or a threshold that is not above 0.

    Notes
    -----
    A gradient with NaN or infinity has no direction. It is returned with NaN, so that the fault is not hidden.

    References
    ----------
    Pascanu, Mikolov & Bengio (2013), On the difficulty of training recurrent neural networks, arXiv:1211.5063,
    Algorithm 1.

    Examples
    --------
    >>> import numpy as np
    >>> from lessonkit import clip_by_global_norm
    >>> clip_by_global_norm([np.array([3.0, 4.0]), np.array([12.0])], c=5)[1]
    13.0
    """
    grads, c = check_grads(grads, c)
    norm = norm_of(grads)
    scale = 1.0 if norm <= c else c / norm
    return [g * scale for g in grads], norm


def angle(a, b):
    """The angle between two gradients, in degrees: how far a clip has turned one.

    Parameters
    ----------
    a, b : arrays of real numbers, any shapes with the same number of entries

    Returns
    -------
    float
        From 0, for the same direction, to 180. NaN where a gradient is 0 or holds NaN or infinity: it has no direction.

    Raises
    ------
    ValueError, TypeError
        Different numbers of entries, or entries that are not real numbers.

    Examples
    --------
    >>> from lessonkit import angle
    >>> round(angle([3.0, 4.0, 12.0], [3.0, 4.0, 5.0]), 1)
    22.4
    """
    a, b = (as_floats("angle", name, g).astype(float).ravel() for name, g in (("a", a), ("b", b)))
    if a.shape != b.shape:
        raise ValueError(f"angle: expected two gradients with the same number of entries, got {a.size} and {b.size}")
    a, b = (g / np.max(np.abs(g), initial=0) for g in (a, b))
    a, b = (g / norm_of([g]) for g in (a, b))
    return math.degrees(2 * math.atan2(norm_of([a - b]), norm_of([a + b])))


def check_grads(grads, c):
    """The gradients as arrays of floats, and the threshold as a number; ValueError or TypeError if they are not."""
    if not isinstance(grads, (list, tuple)):
        raise TypeError(
            f"clip_by_global_norm: grads must be a list of arrays, got {type(grads).__name__}; for one array write [g]"
        )
    if not grads:
        raise ValueError("clip_by_global_norm: grads is empty; expected the gradient of at least one tensor")
    if (
        type(c) not in (float, int) or not 0 < c < sys.float_info.max
    ):  # a quick test first: the full one takes longer than clipping a small gradient
        c = check_quantity("clip_by_global_norm", "c", c)
    return [g if type(g) is np.ndarray and g.dtype.char in FLOATS else _gradient(i, g) for i, g in enumerate(grads)], c


def _gradient(i, g):
    g = as_gradient("clip_by_global_norm", f"grads[{i}]", g)
    return g.astype(np.float32) if g.dtype == np.float16 else g  # c / norm may be 0 in float16


def norm_of(grads):
    """The norm of all arrays together, summed in float64; finite where they are."""
    with np.errstate(over="ignore"):
        return root_of(sum(map(_square, grads)), grads)


def root_of(total, grads):
    """The root of `total`, the sum of all squares of `grads`; the norm is computed anew if the squares overflow or vanish."""
    if LEAST_SUM < total < math.inf:
        return math.sqrt(total)
    with np.errstate(over="ignore"):
        return float(norms_of(np.concatenate([np.ravel(g) for g in grads])))


def norms_of(g):
    """The norm along axis 0, summed in float64; finite where g is, even if its squares are not."""
    sums = np.add.reduce(np.square(g, dtype=np.float64), axis=0)
    if not sums.ndim and LEAST_SUM < sums < math.inf:  # of one gradient: the loops ask twice a step
        return np.sqrt(sums)
    norms, exact = np.sqrt(sums), (sums > LEAST_SUM) & (sums < np.inf)
    if not exact.all():
        largest = np.max(np.abs(g), axis=0, initial=0)
        inexact = ~exact & (0 < largest) & (largest < np.inf)
        unit = np.where(inexact, largest, 1.0)
        in_units = np.sqrt(np.sum(np.square(np.divide(g, unit, dtype=np.float64)), axis=0))
        norms = np.where(inexact, np.minimum(unit * in_units, sys.float_info.max), norms)[()]
    return norms


def _square(g):
    entries = g.ravel().astype(np.float64, copy=False)
    return float(entries.dot(entries))


def shrink(norm, c):
    """The factor min(1, c / norm), a number or an array of norms; 1 where the norm is 0.

    Examples
    --------
    >>> shrink(np.array([0.0, 5.0, 20.0]), 10).tolist()
    [1.0, 1.0, 0.5]
    """
    return c / np.maximum(norm, c) if c < math.inf else np.ones_like(norm)[()]
