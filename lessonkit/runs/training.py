"""Train a network by a rule, and record every step and epoch."""

import math
import time
from collections.abc import Callable

import numpy as np

from lessonkit.rules.clipping import norms_of
from lessonkit.rules.counts import MOST, check_count
from lessonkit.rules.quantities import as_floats, as_parameters
from lessonkit.rules.types import Examples, Numbers, Rate, Rule, Trainable
from lessonkit.runs.common import (
    Step,
    asks_to_stop,
    check_callback,
    divergence,
    limits,
    progress_bar,
    rates_of,
    reads_losses,
)
from lessonkit.runs.stepper import Stepper
from lessonkit.runs.training_record import Training, TrainingRecorder


def train(
    net: Trainable,
    data: Examples,
    kernel: Rule,
    lr: Rate,
    epochs: int = 20,
    batch_size: int = 32,
    *,
    start: Numbers | Training | None = None,
    seed: int | None = None,
    clip_norm: float | None = None,
    clip_value: float | None = None,
    l2: Numbers = 0.0,
    weight_decay: Numbers | None = None,
    callback: Callable[[Step], bool | None] | None = None,
    **hyper: Numbers,
) -> Training:
    r"""Train `net` on `data` by the rule `kernel`, minibatch by minibatch.

    Parameters
    ----------
    net : network, such as ``mlp([64, 32, 10])``
        Its parameters are one flat array. A rule that needs each tensor in its shape is made by
        `lessonkit.in_shapes` (rule, net.shapes).
    data : Split, such as ``digits()``: has x_train, y_train, x_val, y_val
    kernel : function
        `adam`, `fused(adam)`, or your own of the same form; see `lessonkit.runs.stepper.Stepper`.
    lr : float in [0, inf), array of such, shape (net.size,), function of the step, counted from 0, or ``partial(plateau, …)``
        ``net.by_name({"W": 0.1, "b": 0.2})`` makes an array with a rate for each group of parameters. A schedule may return
        one, too. If its first argument is called `losses`, it is called before each epoch with the validation losses so
        far, that of the start included; the last rate that it returns is used for the whole epoch.
    epochs, batch_size : int, 1 or more
        Each epoch uses all examples once, in a new order; the last batch may be smaller. A batch size above the number of
        examples means all of them. From a Training, `epochs` more are made.
    start : array of floats, shape (net.size,), or a Training to go on from, or None for ``net.init(seed)``
        The dtype of the parameters, float32 or float64, is that of the whole run.
    seed : int, 0 or more; or None for that of the Training to go on from, else 0
        Determines the initialization, the order of the examples and the dropout: the same seed gives the same result.
    clip_norm, clip_value, l2, weight_decay, **hyper : as in `lessonkit.descend`
        ``weight_decay=net.by_name({"W": 0.1, "b": 0.0})`` leaves the biases out.
    callback : function, or None
        Called after each update with a `lessonkit.runs.common.Step`: step, theta, g, state, lr, loss, val_loss. It ends the
        training by returning True; an epoch that is not over then is evaluated and counted as one.

    Returns
    -------
    Training
        It ends early, with the record so far and a message, if the loss is no longer finite, if the callback says so or on a
        keyboard interrupt. An interrupted epoch is not recorded.

    Raises
    ------
    ValueError, TypeError
        Values out of range, data of unequal length, parameters of the wrong size, a kernel that returns something else.

    Examples
    --------
    >>> from lessonkit import digits, mlp, momentum, train
    >>> run = train(mlp([64, 32, 10]), digits(), momentum, lr=0.1, epochs=3)
    >>> run
    <Training by momentum: 3 epochs, 135 steps, validation loss ... → ...>
    >>> bool(run.val_accuracy[-1] > 0.9)
    True
    """
    check_count("train", "epochs", epochs, high=MOST)
    check_count("train", "batch_size", batch_size)
    check_network(net)
    check_callback("train", callback)
    rule = Stepper(kernel, hyper, weight_decay)
    if seed is None:
        seed = start.seed if isinstance(start, Training) else 0
    check_count("train", "seed", seed, 0)
    record, theta, state = begin(rule, net, start, seed)
    rule.fit(theta)
    limited = limits(clip_norm, clip_value, l2, theta)
    x, y, x_val, y_val = examples(data, theta.dtype)
    steps_before, epochs_before, batches = record.steps, max(record.evaluations - 1, 0), -(-len(x) // batch_size)
    rates = rates_by_epoch(lr, record, epochs, batches, theta)

    def evaluate():
        losses = net.loss(theta, x, y, seen=x), net.loss(theta, x_val, y_val, seen=x)
        record.add_epoch(state, *losses, net.accuracy(theta, x_val, y_val, seen=x), theta.copy())

    message, diverged, stopped = "", False, ""
    with np.errstate(all="ignore"):  # a value that is not finite ends the run with a message
        if not record.evaluations:
            evaluate()
            check_start(record)
        try:
            steps = minibatches(x, y, batch_size, range(epochs_before, epochs_before + epochs), seed, rates)
            for batch_x, batch_y, rate, rng, ends_epoch in progress_bar(steps, epochs * batches, rule.name):
                began, before = time.perf_counter(), theta.copy()
                loss, g = loss_and_gradient(net, theta, batch_x, batch_y, rng)
                norm = norms_of(g)
                used = limited(g, theta, norm) if limited else g
                theta, state = rule.step(theta, used, state, record.steps + 1, rate)
                duration = time.perf_counter() - began
                largest = rate if type(rate) is float else np.max(rate)
                record.add_step(loss, largest, norm, norms_of(theta - before), duration)
                if not (math.isfinite(loss) and np.isfinite(theta).all()):
                    message = divergence(record.steps, record.first("loss"), loss)
                    break
                if ends_epoch:
                    evaluate()
                if callback and asks_to_stop(
                    callback, step_made(record, theta, g, dict(zip(rule.states, state)), rate)
                ):
                    stopped = f"stopped by the callback after step {record.steps}"
                    if not ends_epoch:
                        evaluate()
                    break
            message = message or hidden_divergence(record, dict(zip(rule.states, state)))
            message, diverged = message or stopped, bool(message)
        except KeyboardInterrupt:
            epoch = record.evaluations - 1
            record.keep_only(steps_before + (epoch - epochs_before) * batches, record.evaluations)
            message = f"interrupted after epoch {epoch}; pass this as start to go on"
    return record.as_training(rule.name, seed, diverged, message)


def begin(rule, net, start, seed):
    """A recorder, the parameters and the state: for a new run, or where another Training stopped."""
    if isinstance(start, Training):
        if start.diverged:
            raise ValueError(
                f"train: the run to go on from {start.message}; start from parameters it had, such as its theta[-1]"
            )
        theta, state = start.theta[-1].copy(), rule.go_on(start.state)
        record = TrainingRecorder(rule.states, start)
    else:
        theta = np.array(as_parameters("train", "start", net.init(seed) if start is None else start))
        record, state = TrainingRecorder(rule.states), rule.rest(theta)
    if theta.shape != (net.size,) or not np.isfinite(theta).all():
        raise ValueError(
            f"train: start must be the network's {net.size} parameters, all finite, "
            f"got shape {theta.shape}: {start!r:.60}"
        )
    return record, theta, state


def minibatches(x, y, batch_size, epochs, seed, rates):
    """Iterate over (x, y, rate, generator, whether it is the last of its epoch), each epoch in an order of its own."""
    for epoch in epochs:
        rng = np.random.default_rng([seed, epoch, 1])  # with the 1, no numbers that net.init(seed) has drawn
        order, starts = rng.permutation(len(x)), range(0, len(x), batch_size)
        for k, rate in zip(starts, next(rates)):
            picked = order[k : k + batch_size]
            yield x[picked], y[picked], rate, rng, k == starts[-1]


def step_made(record, theta, g, state, rate):
    """The latest update, for a callback."""
    return Step(record.steps, theta, g, state, rate, record.last("loss"), tuple(record.kept["val_loss"]))


def check_start(record):
    """Raise ValueError if a loss is not finite at the start."""
    for name in ("train_loss", "val_loss"):
        if not np.isfinite(record.first(name)):
            raise ValueError(
                f"train: {name} is {record.first(name)} before the first step; start from smaller parameters"
            )


def hidden_divergence(record, state):
    """Why a run diverged although its last step looked finite; empty if nothing is wrong.

    The loss over all examples may overflow where that of a minibatch did not. After a square has overflowed in the state, the
    step is 0, so the parameters do not show it.
    """
    for name in ("train_loss", "val_loss"):
        if not np.isfinite(record.last(name)):
            return divergence(record.steps, record.first(name), record.last(name))
    for name, array in state.items():
        if not np.isfinite(array).all():
            return divergence(record.steps, record.first("loss"), record.last("loss"), name)
    return ""


def rates_by_epoch(lr, record, epochs, batches, theta):
    """An iterator over the epochs: the rate of each batch. A schedule that does not need losses is checked before the first step."""
    if reads_losses(lr):
        return (next_rates(lr, record.kept["val_loss"], batches) for _ in range(epochs))
    steps = range(record.steps, record.steps + epochs * batches)
    rates = rates_of("train", lr, steps, theta.shape, theta.dtype)
    return (rates[k : k + batches] for k in range(0, len(rates), batches))


def next_rates(lr, losses, batches):
    """The rate that a schedule returns for the losses so far, for each batch of the next epoch."""
    rate = np.asarray(lr(np.array(losses)))
    if rate.ndim and rate.size:
        rate = rate[-1]
    return rates_of(f"train, schedule after epoch {len(losses) - 1}", rate, range(batches))


def loss_and_gradient(net, theta, x, y, rng):
    """The loss and the gradient, after a check; the gradient is a copy, because the kernel may write to it."""
    loss, g = net.loss_and_gradient(theta, x, y, rng=rng)
    if type(loss) is not float:
        loss = as_floats("train", "the loss", loss)
    g = np.array(as_floats("train", "the gradient", g), theta.dtype)
    if np.shape(loss) != () or g.shape != theta.shape:
        raise ValueError(
            f"train: net.loss_and_gradient must return one number and an array of shape {theta.shape}, "
            f"got shapes {np.shape(loss)} and {g.shape}"
        )
    return float(loss), g


def check_network(net):
    """Raise TypeError if `net` lacks something that training needs."""
    needed = ("size", "init", "loss_and_gradient", "loss", "accuracy")
    lacking = [name for name in needed if not hasattr(net, name)]
    if lacking:
        raise TypeError(
            f"train: expected a network, such as mlp([64, 32, 10]), with {', '.join(needed)}; "
            f"{type(net).__name__} has no {', '.join(lacking)}"
        )


def examples(data, dtype):
    """Inputs and targets for training and for validation as arrays, after a check of their lengths and values."""
    arrays = []
    for part in ("train", "val"):
        try:
            x, y = getattr(data, f"x_{part}"), np.asarray(getattr(data, f"y_{part}"))
        except AttributeError as error:
            raise TypeError(
                f"train: expected data, such as digits(), with x_train, y_train, x_val and y_val ({error})"
            ) from None
        x = as_floats("train", f"x_{part}", x).astype(dtype, copy=False)
        if x.ndim == 0 or y.ndim == 0 or len(x) != len(y) or len(x) == 0:
            raise ValueError(
                f"train: x_{part} and y_{part} must hold equally many examples, at least one, "
                f"got shapes {x.shape} and {y.shape}"
            )
        for name, array in ((f"x_{part}", x), (f"y_{part}", y)):
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                raise ValueError(f"train: {name} holds NaN or infinity; leave out or repair those examples")
        arrays += [x, y]
    return arrays
