"""Gives a rule the tensors of a flat theta one by one, each in its own shape, as an optimizer of PyTorch gets them."""

import functools
import math
from collections.abc import Mapping, Sequence

import numpy as np

from lessonkit.rules.counts import check_count
from lessonkit.rules.types import Rule
from lessonkit.runs.stepper import Stepper


def in_shapes(rule: Rule, shapes: Mapping[str, tuple[int, ...]] | Sequence[tuple[int, ...]]) -> Rule:
    """The same rule for a flat theta, called once for each tensor in it, which it gets in its shape.

    A rule that works entry by entry, such as `adam`, needs no shapes. One that multiplies matrices, such as Muon, or that
    needs the norm of each layer, such as LARS, does.

    Parameters
    ----------
    rule : function (theta, g, *state, [t], lr, …) → theta, or (theta, *state)
    shapes : dict of name → shape, such as ``net.shapes``; or list of shapes
        In the order of the tensors in theta, each one flattened row by row.

    Returns
    -------
    function
        With the arguments of `rule`. theta has shape (d,), or (d, K) for K starts, which are kept apart. A hyperparameter
        may be an array that broadcasts to theta.

    Raises
    ------
    ValueError, TypeError
        Shapes that are none; when called: a theta of another size, or a rule that returns arrays of other shapes.

    Examples
    --------
    >>> import numpy as np
    >>> from lessonkit import descend, in_shapes, Surface
    >>> def orthogonal(theta, g, lr):  # the step is the matrix nearest to g that has orthogonal columns
    ...     u, _, v = np.linalg.svd(g, full_matrices=False)
    ...     return theta - lr * u @ v
    >>> def gradient(theta):
    ...     return theta
    >>> ground = Surface("round", lambda theta: (theta**2).sum(axis=0) / 2, gradient, (3.0, 0, 0, 1), None, ((0, 1), (0, 1)))
    >>> descend(ground, in_shapes(orthogonal, [(2, 2)]), lr=0.5, steps=1).theta[-1].round(12)
    array([2.5, 0. , 0. , 0.5])
    """
    stepper = Stepper(rule, {})
    shapes = [_shape(shape) for shape in (shapes.values() if isinstance(shapes, Mapping) else shapes)]
    ends = np.cumsum([math.prod(shape) for shape in shapes])
    places = [slice(end - math.prod(shape), end) for end, shape in zip(ends, shapes)]

    @functools.wraps(rule)
    def of_tensors(*arrays, **hyper):
        theta = arrays[0]
        if not places or len(theta) != ends[-1]:
            raise ValueError(
                f"{stepper.name}: the shapes {', '.join(map(str, shapes))} have "
                f"{ends[-1] if places else 0} entries in all, but theta has {len(theta)}"
            )
        wide = {name: np.broadcast_to(value, theta.shape) for name, value in hyper.items() if np.ndim(value)}
        new = [np.empty_like(theta) for _ in ("theta", *stepper.states)]
        for start in np.ndindex(theta.shape[1:]):
            for place, shape in zip(places, shapes):
                at = (place, *start)
                own = {**hyper, **{name: value[at].reshape(shape) for name, value in wide.items()}}
                returned = rule(*(array[at].reshape(shape) for array in arrays), **own)
                for whole, part in zip(new, stepper.checked(returned, shape, theta.dtype)):
                    whole[at] = part.ravel()
        return tuple(new) if stepper.states else new[0]

    return of_tensors


def _shape(shape):
    """A shape as a tuple of whole numbers."""
    if not isinstance(shape, (tuple, list)):
        raise TypeError(f"in_shapes: each shape must be a tuple such as (3, 4), got {shape!r:.60}")
    return tuple(check_count("in_shapes", "each length in a shape", length) for length in shape)
