"""Train a network by a rule, and record what it did."""

import time
from dataclasses import dataclass

import numpy as np

from lessonkit.rules.numbers import MOST, check_count
from lessonkit.rules.quantities import as_floats, as_parameters
from lessonkit.rules.types import Examples, Numbers, Rate, Rule, Trainable
from lessonkit.runs.common import divergence, limits, norms_of, progress_bar, rates_of, reads_losses
from lessonkit.runs.stepper import Stepper

BY_STEP = ("loss", "lr", "norm", "update", "duration")
BY_EPOCH = ("train_loss", "val_loss", "val_accuracy", "theta")


@dataclass(eq=False, repr=False)
class Training:
    """A network's training, step by step and epoch by epoch. Index 0 of what is kept by the epoch is the start.

    Attributes
    ----------
    rule : str
        Name of the kernel.
    seed : int
    loss, lr, norm, update, duration : arrays, shape (steps,)
        Loss of the minibatch before the step, rate, norm of its gradient before clipping, norm of the step made, and
        the seconds that gradient and step took.
    train_loss, val_loss, val_accuracy : arrays, shape (epochs + 1,)
        Over all of the data, as a user of the network would meet it: no dropout, and batch norm by population.
    theta : array, shape (epochs + 1, size)
    state : dict of arrays like `theta`, by the kernel's own names
    diverged : bool
        Whether a loss, a parameter or the last state stopped being finite.
    message : str
        Empty, or why it ended before its time.
    """

    rule: str
    seed: int
    loss: np.ndarray
    lr: np.ndarray
    norm: np.ndarray
    update: np.ndarray
    duration: np.ndarray
    train_loss: np.ndarray
    val_loss: np.ndarray
    val_accuracy: np.ndarray
    theta: np.ndarray
    state: dict
    diverged: bool = False
    message: str = ""

    @property
    def epochs(self):
        """Number of whole epochs in this record."""
        return len(self.train_loss) - 1

    @property
    def seconds(self):
        """Time spent in steps, gradients included, evaluation not."""
        return float(self.duration.sum())

    def __repr__(self):
        end = f"; {self.message}" if self.message else ""
        return (
            f"<Training by {self.rule}: {self.epochs} epochs, {len(self.loss)} steps, "
            f"validation loss {self.val_loss[0]:.3f} → {self.val_loss[-1]:.3f}{end}>"
        )


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
    """
    check_count("train", "epochs", epochs, high=MOST)
    check_count("train", "batch_size", batch_size)
    check_network(net)
    rule, limited = Stepper(kernel, hyper, weight_decay), limits(clip_norm, clip_value, l2)
    if seed is None:
        seed = start.seed if isinstance(start, Training) else 0
    check_count("train", "seed", seed, 0)
    kept, kept_states, theta, state = begin(rule, net, start, seed)
    x, y, x_val, y_val = examples(data, theta.dtype)
    made, first, batches = len(kept["loss"]), max(len(kept["theta"]) - 1, 0), -(-len(x) // batch_size)
    rates = None if reads_losses(lr) else rates_of("train", lr, range(made, made + epochs * batches))

    def evaluate():
        measured = {
            "train_loss": net.loss(theta, x, y, seen=x),
            "val_loss": net.loss(theta, x_val, y_val, seen=x),
            "val_accuracy": net.accuracy(theta, x_val, y_val, seen=x),
            "theta": theta.copy(),
        }
        for values, array in zip(kept_states.values(), state):
            values.append(array.copy())
        for name, value in measured.items():
            kept[name].append(value)

    def minibatches():
        for epoch in range(first, first + epochs):
            rng = np.random.default_rng([seed, epoch, 1])  # with the 1, no numbers that net.init(seed) has drawn
            order = rng.permutation(len(x))
            now = next_rates(lr, kept["val_loss"], batches) if rates is None else rates[(epoch - first) * batches :]
            for k, rate in zip(range(0, len(x), batch_size), now):
                picked = order[k : k + batch_size]
                yield x[picked], y[picked], rate, rng
            evaluate()

    message, finite = "", True
    with np.errstate(all="ignore"):  # what is not finite ends the run, in words
        if not kept["theta"]:
            evaluate()
            for name in ("train_loss", "val_loss"):
                if not np.isfinite(kept[name][0]):
                    raise ValueError(
                        f"train: {name} is {kept[name][0]} before the first step; start from smaller parameters"
                    )
        try:
            for batch_x, batch_y, rate, rng in progress_bar(minibatches(), epochs * batches, rule.name):
                began, before = time.perf_counter(), theta.copy()
                loss, g = loss_and_gradient(net, theta, batch_x, batch_y, rng)
                norm = norms_of(g)
                used = limited(g, theta, norm) if limited else g
                theta, state = rule.step(theta, used, state, len(kept["loss"]) + 1, rate)
                duration = time.perf_counter() - began
                for name, value in zip(BY_STEP, (loss, rate, norm, norms_of(theta - before), duration)):
                    kept[name].append(value)
                finite = np.isfinite(loss) and np.isfinite(theta).all()
                if not finite:
                    message = divergence(len(kept["loss"]), kept["loss"][0], loss)
                    break
            for name in ("train_loss", "val_loss"):
                if finite and not np.isfinite(kept[name][-1]):
                    finite, message = False, divergence(len(kept["loss"]), kept[name][0], kept[name][-1])
            for name, array in zip(
                rule.states, state
            ):  # after a square has overflowed, the step is 0, and theta does not show why
                if finite and not np.isfinite(array).all():
                    finite, message = False, divergence(len(kept["loss"]), kept["loss"][0], loss, name)
        except KeyboardInterrupt:
            epoch = len(kept["theta"]) - 1  # what is recorded last, so that this epoch is whole
            for name in BY_STEP:
                del kept[name][made + (epoch - first) * batches :]
            for values in (*(kept[name] for name in BY_EPOCH), *kept_states.values()):
                del values[epoch + 1 :]
            message = f"interrupted after epoch {epoch}; pass this as start to go on"
    arrays, states = ({name: np.array(values) for name, values in lists.items()} for lists in (kept, kept_states))
    return Training(rule.name, seed, **arrays, state=states, diverged=not finite, message=message)


def begin(rule, net, start, seed):
    """Two sets of lists to record in, the parameters and the state: at rest, or where another Training stopped."""
    names = (*BY_STEP, *BY_EPOCH)
    if isinstance(start, Training):
        if start.diverged:
            raise ValueError(
                f"train: the run to go on from {start.message}; start from parameters it had, such as its theta[-1]"
            )
        theta, state = start.theta[-1].copy(), rule.go_on(start.state)
        kept = {name: list(getattr(start, name)) for name in names}
        kept_states = {name: list(values) for name, values in start.state.items()}
    else:
        theta = np.array(as_parameters("train", "start", net.init(seed) if start is None else start))
        kept, kept_states, state = {name: [] for name in names}, {name: [] for name in rule.states}, rule.rest(theta)
    if theta.shape != (net.size,) or not np.isfinite(theta).all():
        raise ValueError(
            f"train: start must be the network's {net.size} parameters, all finite, "
            f"got shape {theta.shape}: {start!r:.60}"
        )
    return kept, kept_states, theta, state


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
