"""Run a rule on a surface, or on given gradients, and record every step."""

from collections.abc import Callable

import numpy as np

from lessonkit.rules.counts import MOST, check_count
from lessonkit.rules.quantities import as_floats, as_parameters
from lessonkit.rules.types import Ground, Numbers, Rate, Rule
from lessonkit.runs.common import Step, asks_to_stop, check_callback, divergence, limits, progress_bar, rates_of
from lessonkit.runs.descent_record import Run, RunRecorder
from lessonkit.runs.stepper import Stepper


def descend(
    surface: Ground,
    kernel: Rule,
    start: Numbers | Run | None = None,
    lr: Rate = 0.1,
    steps: int = 100,
    *,
    clip_norm: float | None = None,
    clip_value: float | None = None,
    l2: Numbers = 0.0,
    weight_decay: Numbers | None = None,
    callback: Callable[[Step], bool | None] | None = None,
    **hyper: Numbers,
) -> Run:
    r"""Minimize `surface` by the rule `kernel`, and record every step.

    Parameters
    ----------
    surface : Surface
        Or any function of theta that also has a method `gradient`.
    kernel : function
        `adam`, `fused(adam)`, or your own of the same form; see `lessonkit.runs.stepper.Stepper`.
    start : array of floats, shape (d,) or (d, K); or a Run, to go on where it stopped
        K starts are K independent runs in one call. By default the surface's own start. From a Run, `steps` more are made;
        the schedule and the kernel go on counting. The dtype of the start, float32 or float64, is that of the whole run.
        Where the loss of a matrix, or of an array of more axes, is one number, theta is that array, and the kernel gets it
        in its shape. Several tensors are one flat theta, and `lessonkit.in_shapes` gives the kernel each in its shape.
    lr : float in [0, inf), array that broadcasts to theta, or function of the step, counted from 0
        An array has a rate for each start, or for each coordinate. A schedule: ``partial(cosine, total=100, peak=0.1)``.
    steps : int, 1 or more
    clip_norm, clip_value : float in (0, inf], or None
        Largest norm, or largest entry, of the gradient that the kernel gets. Each start is clipped by its own norm. If
        both are given, clipping by norm comes first.
    l2 : float in [0, inf), or array of such that broadcasts to theta
        Adds ``l2 * theta`` to the gradient, after clipping: the gradient of the penalty ``l2 / 2 * ‖theta‖²``.
    weight_decay : float in [0, inf), array of such that broadcasts to theta, or None
        Passed to the kernel, if it has that argument; otherwise ``lr * weight_decay * theta`` is subtracted beside its step
        (decoupled).
    callback : function, or None
        Called after each update with a `lessonkit.runs.common.Step`: step, theta, g, state, lr, loss. It ends the run by
        returning True.
    **hyper : the kernel's other hyperparameters, such as ``beta1=0.5``

    Returns
    -------
    Run
        It ends early, with the steps so far and a message, if all starts have diverged, if the callback says so or on a
        keyboard interrupt.

    Raises
    ------
    ValueError, TypeError
        Values out of range, a start that does not fit the surface, a kernel that returns something else.

    Examples
    --------
    >>> from lessonkit import bowl, descend, sgd
    >>> descend(bowl(50), sgd, start=(1.0, 1.0), lr=0.01, steps=1).theta[-1]
    array([0.98, 0.  ])
    """
    if not callable(surface) or not callable(getattr(surface, "gradient", None)):
        raise TypeError(f"descend: expected a surface, such as bowl(50), got {surface!r:.60}")
    if start is None and not hasattr(surface, "start"):
        raise TypeError(f"descend: {surface!r:.60} has no start of its own; pass start=…")
    return walk(
        "descend",
        surface,
        lambda theta, k: surface.gradient(theta),
        Stepper(kernel, hyper, weight_decay),
        surface.start if start is None else start,  # type: ignore[attr-defined]
        lr,
        steps,
        lambda theta, each: limits(clip_norm, clip_value, l2, theta, each),
        callback,
    )


def replay(
    gradients: Numbers,
    kernel: Rule,
    start: Numbers | Run = 0.0,
    lr: Rate = 0.1,
    *,
    l2: Numbers = 0.0,
    weight_decay: Numbers | None = None,
    **hyper: Numbers,
) -> Run:
    """Run a kernel on given gradients: there is no surface and no loss.

    Parameters
    ----------
    gradients : array of floats, shape (steps,) or (steps, d) or (steps, d, K)
        Their dtype, float32 or float64, is that of the run. Shape (steps,) is read as (steps, 1).
    kernel, lr, l2, weight_decay, hyper : as in `descend`
    start : float, or array of the shape of one gradient; or a Run, to go on where it stopped

    Returns
    -------
    Run
        With a loss of 0 throughout.

    Raises
    ------
    ValueError, TypeError
        Gradients that are no such array, a start that does not fit them, values out of range.

    Examples
    --------
    >>> from lessonkit import momentum, replay
    >>> replay([2.0, 1.8, 1.5, -0.5], momentum).state["v"][1:, 0].round(3).tolist()
    [2.0, 3.6, 4.74, 3.766]
    """
    gradients = as_parameters("replay", "gradients", gradients)
    if gradients.ndim not in (1, 2, 3) or gradients.size == 0:
        raise ValueError(
            "replay: gradients must have shape (steps,), (steps, d) or (steps, d, K), none of them 0, "
            f"got {gradients.shape}"
        )
    gradients = gradients.reshape(len(gradients), -1) if gradients.ndim == 1 else gradients
    if not isinstance(start, Run):
        start = as_floats("replay", "start", start).astype(gradients.dtype)
        start = np.full(gradients.shape[1:], start) if start.ndim == 0 else start
    return walk(
        "replay",
        lambda theta: np.zeros(theta.shape[1:]),
        lambda theta, k: gradients[k],
        Stepper(kernel, hyper, weight_decay),
        start,
        lr,
        len(gradients),
        lambda theta, each: limits(None, None, l2, theta, each),
    )


def walk(where, value, gradient, rule, start, lr, steps, limits_at, callback=None):
    """The loop of `descend` and `replay`, which give it ``value(theta)`` and ``gradient(theta, k)`` of step k."""
    check_count(where, "steps", steps, high=MOST)
    check_callback(where, callback)
    theta, state, first = begin(where, rule, start)
    rule.fit(theta)
    rates = rates_of(where, lr, range(first, first + steps), theta.shape, theta.dtype)

    message = ""
    with np.errstate(all="ignore"):  # a value that is not finite ends the run with a message
        loss = as_floats(where, "the loss", value(theta))
        each = runs_in(where, theta, loss)
        limited = limits_at(theta, each)
        record = RunRecorder(rule.states, theta, steps, each, clipped=limited is not None)
        if isinstance(start, Run):
            record.alive = ~start.diverged
        record.add(0, theta, state, checked(where, "the loss", loss, each, theta))
        if not record.alive.any():
            raise ValueError(f"{where}: the loss is {record.loss[0]} at the start; start where it is finite")
        try:
            for k, rate in enumerate(progress_bar(rates, steps, rule.name)):
                record.g[k] = checked(where, "the gradient", gradient(theta, k), theta.shape, theta)
                if limited:
                    record.used[k] = limited(record.g[k], theta)
                own = record.used[k].copy()  # a kernel may write to what it gets
                theta, state = rule.step(theta, own, state, first + k + 1, rate)
                record.add(k + 1, theta, state, checked(where, "the loss", value(theta), each, theta))
                if not np.count_nonzero(record.alive):  # quicker than any()
                    break
                if callback and asks_to_stop(callback, record.step(first, rate)):
                    message = f"stopped by the callback after step {first + record.done}"
                    break
        except KeyboardInterrupt:
            message = f"interrupted after step {first + record.done}; pass this run as start to go on"
    lost = record.check_last_state()
    if not record.alive.any():
        message = divergence(first + record.done, record.loss[0], record.loss[record.done], lost)
    return record.as_run(rule.name, rates, message, first)


def runs_in(where, theta, loss):
    """The shape of a loss: () for one run, (K,) for K starts. One loss for a matrix means that theta is that matrix."""
    if loss.ndim and theta.ndim > 2:
        raise ValueError(f"{where}: start must have shape (d,), or (d, K) for K starts, got shape {theta.shape}")
    return theta.shape[1:] if loss.ndim else ()


def checked(where, name, values, shape, theta):
    """What a surface returned, as floats; ValueError where it has another shape than is needed for `theta`."""
    values = as_floats(where, name, values)
    if values.shape != shape:
        raise ValueError(
            f"{where}: {name} has shape {values.shape}, expected {shape} for a theta of shape {theta.shape}"
        )
    return values


def begin(where, rule, start):
    """Parameters, state and number of steps made: at a new start, or where a Run stopped."""
    if isinstance(start, Run):
        if start.diverged.all():
            raise ValueError(
                f"{where}: the run to go on from {start.message}; start from an earlier point, such as its theta[0]"
            )
        return start.theta[-1].copy(), rule.go_on(start.state), start.first + start.steps
    theta = np.array(as_parameters(where, "start", start), order="C")
    if theta.ndim == 0 or theta.size == 0 or not np.isfinite(theta).all():
        raise ValueError(
            f"{where}: start must be finite numbers of shape (d,), or (d, K) for K starts, "
            f"got shape {theta.shape}: {start!r:.60}"
        )
    return theta, rule.rest(theta), 0
