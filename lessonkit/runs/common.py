"""What the loops `descend` and `train` have in common."""

import contextlib
import inspect
import time
from typing import Any, NamedTuple

import numpy as np

from lessonkit.rules.clipping import clip_by_value, norms_of, shrink
from lessonkit.rules.quantities import check_quantity

PATIENCE = 1.0  # seconds before a progress bar appears


def rates_of(where, lr, steps, shape=(), dtype=float):
    """The rate at each of `steps`, from a number, an array that broadcasts to `shape`, or a schedule."""

    def checked(where, rate):
        rate = check_quantity(where, "lr", rate, shape, np.dtype(dtype))
        return float(rate) if isinstance(rate, (int, float)) else rate

    if not callable(lr):
        return [checked(where, lr)] * len(steps)
    if reads_losses(lr):
        raise TypeError(
            f"{where}: this schedule watches the validation loss, which only `train` has; give one of the step"
        )
    try:
        inspect.signature(lr).bind(0)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"{where}: a schedule is called with the step alone, lr(0), lr(1), …; "
            f"fix its other arguments with functools.partial ({error})"
        ) from None
    rates = [lr(step) for step in steps]
    if all(isinstance(rate, float) for rate in rates):
        with contextlib.suppress(
            ValueError
        ):  # all together, which is quicker; one by one, the message can name the step
            check_quantity(where, "lr", rates, (len(rates),), np.dtype(dtype))
            return list(map(float, rates))
    return [checked(f"{where}, schedule at step {step}", rate) for step, rate in zip(steps, rates)]


def reads_losses(lr):
    """Whether `lr` is a schedule that watches the validation loss, such as ``partial(plateau, …)``."""
    try:
        return next(iter(inspect.signature(lr).parameters), None) == "losses"
    except (TypeError, ValueError):  # no function, or one without a signature
        return False


def limits(clip_norm, clip_value, l2, theta, each=None):
    """A function that turns the gradient at `theta` into what the kernel gets; None where that is the gradient itself.

    It clips by the norm of each run, then by value; then it adds the gradient of the L2 penalty. Its arguments are the
    gradient, theta, and the norms of the gradient if they are known. `each` is the shape of a loss: (K,) for K starts, as by
    default for a theta of shape (d, K), and () for one run of a matrix.
    """
    if clip_norm is not None:
        clip_norm = check_quantity("clip_norm", "c", clip_norm)
    if clip_value is not None:
        clip_value = check_quantity("clip_value", "c", clip_value)
    l2 = check_quantity("l2", "weight_decay", l2, theta.shape, theta.dtype)
    penalized = bool(np.any(l2))

    def limited(g, theta, norms=None):
        if clip_norm is not None:
            norms = norms_of(g.reshape(-1, *(theta.shape[1:] if each is None else each))) if norms is None else norms
            g = g * shrink(norms, clip_norm).astype(g.dtype)
        if clip_value is not None:
            g = clip_by_value(g, clip_value)
        return g + l2 * theta if penalized else g

    return None if clip_norm is None and clip_value is None and not penalized else limited


class Step(NamedTuple):
    """What a callback is told after each update; its arrays are for reading.

    Attributes
    ----------
    step : int
        Number of updates made, this one included.
    theta : array
        After the update.
    g : array
        The gradient that led to it, before clipping.
    state : dict of arrays, by the kernel's own names
    lr : float or array
    loss : float or array
        In `descend` that at the new theta; in `train` that of the minibatch, before the update.
    val_loss : tuple of floats
        In `train` the validation losses so far, that of the start first; in `descend` empty.
    """

    step: int
    theta: np.ndarray
    g: np.ndarray
    state: dict
    lr: Any
    loss: Any
    val_loss: tuple = ()


def asks_to_stop(callback, step):
    """Call a callback with a `Step` whose arrays cannot be written to; whether it returned True."""
    arrays = {name: _read_only(array) for name, array in step.state.items()}
    answer = callback(step._replace(theta=_read_only(step.theta), g=_read_only(step.g), state=arrays))
    if answer is not None and not isinstance(answer, (bool, np.bool_)):
        raise TypeError(f"callback: expected True, to stop, or False or nothing, to go on; got {answer!r:.60}")
    return bool(answer)


def check_callback(where, callback):
    """Raise TypeError where `callback` can be no callback."""
    if callback is not None and not callable(callback):
        raise TypeError(
            f"{where}: callback must be a function of one argument, the step just made, got {callback!r:.60}"
        )


def _read_only(array):
    array = array.view()
    array.flags.writeable = False
    return array


def divergence(step, first, last, name="theta"):
    """The message of a run that diverged at `step`: its loss went from `first` to `last`, or the array `name` is not finite."""
    what = f"the loss went from {np.max(first):.3g} to {np.max(last):.3g}"
    if np.isfinite(last).all():
        what = f"{name} is no longer finite"
    return f"diverged at step {step}: {what}; try a smaller lr, or clip the gradient"


def progress_bar(steps, total, label):
    """Iterate over `steps`, with a progress bar after a second; without tqdm, no bar."""
    began, steps = time.perf_counter(), iter(steps)
    for done, step in enumerate(steps, start=1):  # noqa: B007, `done` is used after the loop
        yield step
        if time.perf_counter() - began > PATIENCE:
            break
    else:
        return
    try:
        from lessonkit.machine.progress import tqdm
    except ImportError:
        yield from steps
    else:
        yield from tqdm(steps, desc=label, initial=done, total=total)
