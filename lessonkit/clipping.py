r"""Two ways to shorten a gradient that is too long."""

import math

import numpy as np

from lessonkit.contract import as_floats, check_quantity, kernel


@kernel
def clip_by_value(g, c):
    r"""Cut each entry of the gradient to [−c, c]. The direction changes.

    .. math:: g_i \leftarrow \min(\max(g_i, -c), c)

    References
    ----------
    Mikolov (2012), Statistical language models based on neural networks, section 3.2.2.

    Examples
    --------
    >>> clip_by_value(np.array([3.0, 4.0, 12.0]), c=5)
    array([3., 4., 5.])
    """
    return np.minimum(np.maximum(g, -c), c)


def clip_by_global_norm(grads, c):
    r"""Shorten all gradients together to length c if they are longer. The direction stays.

    .. math:: g \leftarrow g \cdot \min\left(1, \frac{c}{\lVert g \rVert_2}\right)

    Parameters
    ----------
    grads : list of arrays of floats, any shapes
        The gradient of every tensor; the norm runs over all of them.
    c : float in (0, inf]
        Longest norm that is let through, in the unit of the gradients. 1 or 5 is usual.

    Returns
    -------
    grads : list of new arrays, same shapes and dtypes
    norm : float
        The norm before clipping, summed in float64.

    Raises
    ------
    ValueError, TypeError
        An empty list, an array where a list is expected, or a threshold that is not above 0.

    Notes
    -----
    A gradient that holds NaN or infinity has no direction to keep: NaN comes back, and is not hidden.

    References
    ----------
    Pascanu, Mikolov & Bengio (2013), On the difficulty of training recurrent neural networks, arXiv:1211.5063,
    Algorithm 1.

    Examples
    --------
    >>> clip_by_global_norm([np.array([3.0, 4.0]), np.array([12.0])], c=5)[1]
    13.0
    """
    grads, c = check_grads(grads, c)
    norm = norm_of(grads)
    scale = 1.0 if norm <= c else c / norm
    return [g * scale for g in grads], norm


def angle(a, b):
    """The angle between two gradients, in degrees: how far a clip has turned one.

    Examples
    --------
    >>> round(angle([3.0, 4.0, 12.0], [3.0, 4.0, 5.0]), 1)
    22.4
    """
    a, b = (np.ravel(each) / np.linalg.norm(each) for each in (a, b))
    return float(np.rad2deg(2 * np.arctan2(np.linalg.norm(a - b), np.linalg.norm(a + b))))


def check_grads(grads, c):
    """The gradients as arrays of floats, and the threshold as a number; an error in words where they are not."""
    if not isinstance(grads, (list, tuple)):
        raise TypeError(f"clip_by_global_norm: grads must be a list of arrays, got {type(grads).__name__}; "
                        "for one array write [g]")
    if not grads:
        raise ValueError("clip_by_global_norm: grads is empty; expected the gradient of at least one tensor")
    if type(c) not in (float, int) or not 0 < c < math.inf:  # the full test costs more than a small clip
        c = check_quantity("clip_by_global_norm", "c", c)
    return [as_floats("clip_by_global_norm", f"grads[{i}]", g) for i, g in enumerate(grads)], c


def norm_of(grads):
    """The norm of all arrays together, summed in float64."""
    with np.errstate(over="ignore"):
        norm = math.sqrt(sum(map(_square, grads)))
    if norm == math.inf:  # an exploding gradient, whose squares leave float64 before it does
        largest = max(float(np.max(np.abs(g), initial=0)) for g in grads)
        if largest < math.inf:
            return largest * norm_of([g / largest for g in grads])
    return norm


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
