"""Train a network by a rule, and record what it did."""

import time

import numpy as np

from lessonkit.rules.clipping import norms_of
from lessonkit.rules.numbers import MOST, check_count
from lessonkit.rules.quantities import as_floats, as_parameters
from lessonkit.rules.types import Examples, Numbers, Rate, Rule, Trainable
from lessonkit.runs.common import divergence, limits, progress_bar, rates_of, reads_losses
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
    l2: float = 0.0,
    weight_decay: float | None = None,
    **hyper: Numbers,
) -> Training:
    r"""Train `net` on `data` by the rule `kernel`, minibatch by minibatch.

    Parameters
    ----------
    net : network, such as ``mlp([64, 32, 10])``
    data : Split, such as ``digits()``: has x_train, y_train, x_val, y_val
    kernel : function
        `adam`, `fused(adam)`, or your own of the same form; see `lessonkit.runs.stepper.Stepper`.
    lr : float in [0, inf), or function of the step, counted from 0, or ``partial(plateau, …)``
        A schedule; one whose first argument is called `losses` is given the validation losses so far before each
        epoch, that of the start included, and the last rate it returns holds for the epoch.
    epochs, batch_size : int, 1 or more
        Each epoch sees all the data once, in a new order; the last batch may be smaller. A batch larger than the data
        is all of it. Going on from a Training, `epochs` more are made.
    start : array of floats, shape (net.size,), or a Training to go on from, or None for ``net.init(seed)``
        The dtype of the parameters, float32 or float64, is the dtype of the whole run.
    seed : int, 0 or more; or None for that of the Training to go on from, else 0
        Decides the first parameters, the order of the data and what dropout leaves out: one seed, one result.
    clip_norm, clip_value, l2, weight_decay, **hyper : as in `lessonkit.descend`

    Returns
    -------
    Training
        Ends early, with the record kept and a message, where the loss stops being finite or on a keyboard interrupt;
        an interrupted epoch is left out of the record.

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
    rule, limited = Stepper(kernel, hyper, weight_decay), limits(clip_norm, clip_value, l2)
    if seed is None:
        seed = start.seed if isinstance(start, Training) else 0
    check_count("train", "seed", seed, 0)
    record, theta, state = begin(rule, net, start, seed)
    x, y, x_val, y_val = examples(data, theta.dtype)
    steps_before, epochs_before, batches = record.steps, max(record.evaluations - 1, 0), -(-len(x) // batch_size)
    rates = rates_by_epoch(lr, record, epochs, batches)

    def evaluate():
        losses = net.loss(theta, x, y, seen=x), net.loss(theta, x_val, y_val, seen=x)
        record.add_epoch(state, *losses, net.accuracy(theta, x_val, y_val, seen=x), theta.copy())

    def minibatches():
        for epoch in range(epochs_before, epochs_before + epochs):
            rng = np.random.default_rng([seed, epoch, 1])  # with the 1, no numbers that net.init(seed) has drawn
            order = rng.permutation(len(x))
            for k, rate in zip(range(0, len(x), batch_size), next(rates)):
                picked = order[k : k + batch_size]
                yield x[picked], y[picked], rate, rng
            evaluate()

    message, diverged = "", False
    with np.errstate(all="ignore"):  # what is not finite ends the run, in words
        if not record.evaluations:
            evaluate()
            check_start(record)
        try:
            for batch_x, batch_y, rate, rng in progress_bar(minibatches(), epochs * batches, rule.name):
                began, before = time.perf_counter(), theta.copy()
                loss, g = loss_and_gradient(net, theta, batch_x, batch_y, rng)
                norm = norms_of(g)
                used = limited(g, theta, norm) if limited else g
                theta, state = rule.step(theta, used, state, record.steps + 1, rate)
                duration = time.perf_counter() - began
                record.add_step(loss, rate, norm, norms_of(theta - before), duration)
                if not (np.isfinite(loss) and np.isfinite(theta).all()):
                    message = divergence(record.steps, record.first("loss"), loss)
                    break
            else:
                message = hidden_divergence(record, dict(zip(rule.states, state)))
            diverged = bool(message)
        except KeyboardInterrupt:
            epoch = record.evaluations - 1
            record.keep_only(steps_before + (epoch - epochs_before) * batches, record.evaluations)
            message = f"interrupted after epoch {epoch}; pass this as start to go on"
    return record.as_training(rule.name, seed, diverged, message)


def begin(rule, net, start, seed):
    """A recorder, the parameters and the state: at rest, or where another Training stopped."""
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


def check_start(record):
    """Refuse parameters at which a loss is not finite."""
    for name in ("train_loss", "val_loss"):
        if not np.isfinite(record.first(name)):
            raise ValueError(
                f"train: {name} is {record.first(name)} before the first step; start from smaller parameters"
            )


def hidden_divergence(record, state):
    """Why a run diverged whose last loss and parameters are finite; empty where nothing is wrong.

    The loss over all data may overflow where that of a minibatch did not. After a square has overflowed in the state, the step
    is 0, and theta does not show why.
    """
    for name in ("train_loss", "val_loss"):
        if not np.isfinite(record.last(name)):
            return divergence(record.steps, record.first(name), record.last(name))
    for name, array in state.items():
        if not np.isfinite(array).all():
            return divergence(record.steps, record.first("loss"), record.last("loss"), name)
    return ""


def rates_by_epoch(lr, record, epochs, batches):
    """An iterator over the epochs to come: the rate of each batch. All are checked before the first step where that can be."""
    if reads_losses(lr):
        return (next_rates(lr, record.kept["val_loss"], batches) for _ in range(epochs))
    rates = rates_of("train", lr, range(record.steps, record.steps + epochs * batches))
    return (rates[k : k + batches] for k in range(0, len(rates), batches))


def next_rates(lr, losses, batches):
    """The rate a schedule gives after the losses so far, for each batch of the coming epoch."""
    rate = np.asarray(lr(np.array(losses)))
    if rate.ndim and rate.size:
        rate = rate[-1]
    return rates_of(f"train, schedule after epoch {len(losses) - 1}", rate, range(batches))


def loss_and_gradient(net, theta, x, y, rng):
    """What the network returned, checked: a number, and an array like `theta` that is the kernel's to write to."""
    loss, g = net.loss_and_gradient(theta, x, y, rng=rng)
    loss, g = as_floats("train", "the loss", loss), np.array(as_floats("train", "the gradient", g), theta.dtype)
    if loss.shape != () or g.shape != theta.shape:
        raise ValueError(
            f"train: net.loss_and_gradient must return one number and an array of shape {theta.shape}, "
            f"got shapes {loss.shape} and {g.shape}"
        )
    return float(loss), g


def check_network(net):
    """Whether `net` has all that training asks of it; TypeError in words where not."""
    needed = ("size", "init", "loss_and_gradient", "loss", "accuracy")
    lacking = [name for name in needed if not hasattr(net, name)]
    if lacking:
        raise TypeError(
            f"train: expected a network, such as mlp([64, 32, 10]), with {', '.join(needed)}; "
            f"{type(net).__name__} has no {', '.join(lacking)}"
        )


def examples(data, dtype):
    """Inputs and targets to train and to validate on, as arrays: as many of one as of the other, and at least one."""
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
