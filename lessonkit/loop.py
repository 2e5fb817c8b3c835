"""What both loops, `descend` and `train`, do around a rule's step."""

import inspect

import numpy as np

from lessonkit.clipping import clip_by_value, shrink
from lessonkit.contract import check_quantity


def rates_of(lr, steps, shape=()):
    """The rate at each of `steps`: the same number, an array with one a start, or what a schedule says."""
    if not callable(lr):
        return [check_quantity("descend or train", "lr", lr, shape)] * len(steps)
    try:
        rates = [lr(step) for step in steps]
    except TypeError as error:
        raise TypeError(f"lr: as a schedule it is called with the step alone, lr(0), lr(1), …; "
                        f"fix the other arguments with functools.partial ({error})") from None
    for step, rate in zip(steps, rates):
        check_quantity(f"the schedule at step {step}", "lr", rate, shape)
    return rates


def reads_losses(lr):
    """Whether `lr` is a schedule that watches the validation loss, such as ``partial(plateau, …)``."""
    return callable(lr) and next(iter(inspect.signature(lr).parameters), None) == "losses"


def limited(g, theta, clip_norm, clip_value, l2):
    """The gradient as the kernel gets it, and its norm before: clipped along axis 0, then with the L2 penalty's share."""
    norm = np.sqrt(np.sum(np.square(g, dtype=np.float64), axis=0))
    if clip_norm is not None:
        g = g * np.asarray(shrink(norm, check_quantity("clip_norm", "c", clip_norm)), g.dtype)
    if clip_value is not None:
        g = clip_by_value(g, clip_value)
    if l2:
        g = g + check_quantity("l2", "weight_decay", l2) * theta
    return g, norm


def check_count(where, name, value, low=1):
    """A whole number, `low` or more."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < low:
        raise ValueError(f"{where}: {name} must be a whole number, {low} or more, got {value!r}")
    return int(value)


def progress(steps, label):
    """`steps` with a progress bar that shows itself only where the work takes more than two seconds."""
    try:
        from tqdm import tqdm
    except ImportError:
        return steps
    return tqdm(steps, desc=label, delay=2, leave=False)
