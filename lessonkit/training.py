"""Train a network by a rule, and record what it did."""

import time
from dataclasses import dataclass, field

import numpy as np

from lessonkit.loop import check_count, limited, progress, rates_of, reads_losses
from lessonkit.rule import Rule

RECORDED = ("loss", "lr", "norm", "update", "train_loss", "val_loss", "val_accuracy", "theta")


@dataclass
class Training:
    """A network's training, step by step and epoch by epoch. Index 0 of what is kept by the epoch is the start.

    Attributes
    ----------
    rule : str
        Name of the kernel.
    loss, lr, norm, update : arrays, shape (steps,)
        Loss of the minibatch before the step, rate, norm of its gradient before clipping, norm of the step made.
    train_loss, val_loss, val_accuracy : arrays, shape (epochs + 1,)
        Over all of the data, as a user of the network would meet it: no dropout, and batch norm by population.
    theta : array, shape (epochs + 1, size)
    state : dict of arrays like `theta`, by the kernel's own names
    seconds : float
        Time spent in steps, gradients included, evaluation not.
    message : str
        Empty, or why it ended before its time.
    """

    rule: str
    seed: int
    loss: list = field(default_factory=list)
    lr: list = field(default_factory=list)
    norm: list = field(default_factory=list)
    update: list = field(default_factory=list)
    train_loss: list = field(default_factory=list)
    val_loss: list = field(default_factory=list)
    val_accuracy: list = field(default_factory=list)
    theta: list = field(default_factory=list)
    state: dict = field(default_factory=dict)
    seconds: float = 0.0
    message: str = ""

    def as_arrays(self):
        """The record with its lists turned into arrays."""
        for name in RECORDED:
            setattr(self, name, np.array(getattr(self, name)))
        self.state = {name: np.array(kept) for name, kept in self.state.items()}
        return self

    @property
    def epochs(self):
        """Number of whole epochs in this record."""
        return len(self.train_loss) - 1

    def __repr__(self):
        end = f"; {self.message}" if self.message else ""
        return (f"<Training by {self.rule}: {self.epochs} epochs, {len(self.loss)} steps, "
                f"validation loss {self.val_loss[0]:.3f} → {self.val_loss[-1]:.3f}{end}>")


def train(net, data, kernel, lr, epochs=20, batch_size=32, *, start=None, seed=0, clip_norm=None, clip_value=None,
          l2=0.0, weight_decay=None, **hyper):
    r"""Train `net` on `data` by the rule `kernel`, minibatch by minibatch.

    Parameters
    ----------
    net : network, such as ``mlp([64, 32, 10])``
    data : Split, such as ``digits()``: has x_train, y_train, x_val, y_val
    kernel : function
        `adam`, `fused(adam)`, or your own of the same form; see `lessonkit.rule.Rule`.
    lr : float in [0, inf), or function of the step, counted from 0, or ``partial(plateau, …)``
        A schedule; one whose first argument is called `losses` is given the validation losses after each epoch.
    epochs, batch_size : int, 1 or more
        Each epoch sees all the data once, in a new order; the last batch may be smaller.
    start : array of floats, shape (net.size,), or a Training to go on from, or None for ``net.init(seed)``
        The dtype of the parameters is the dtype of the whole run.
    seed : int, 0 or more
        Decides the first parameters, the order of the data and what dropout leaves out: one seed, one result.
    clip_norm, clip_value, l2, weight_decay, **hyper : as in `lessonkit.descend`

    Returns
    -------
    Training
        Ends early, with the record kept and a message, where the loss stops being finite or on a keyboard interrupt.

    Raises
    ------
    ValueError, TypeError
        Values out of range, parameters of the wrong size, a kernel that returns something else.
    """
    for name, value, low in (("epochs", epochs, 1), ("batch_size", batch_size, 1), ("seed", seed, 0)):
        check_count("train", name, value, low)
    rule = Rule(kernel, hyper, weight_decay)
    run, theta, state = begin(rule, net, start, seed)
    x, y = np.asarray(data.x_train, theta.dtype), np.asarray(data.y_train)
    x_val = np.asarray(data.x_val, theta.dtype)
    batches = -(-len(x) // batch_size)
    watching, made = reads_losses(lr), len(run.loss)
    rates = None if watching else rates_of(lr, range(made, made + epochs * batches))

    def step(picked, rate, noise):
        nonlocal theta, state
        began = time.perf_counter()
        loss, g = net.loss_and_gradient(theta, x[picked], y[picked], rng=noise)
        used, norm = limited(g, theta, clip_norm, clip_value, l2)
        before = theta.copy()
        theta, state = rule.step(theta, used, state, len(run.loss) + 1, rate)
        run.seconds += time.perf_counter() - began
        run.loss.append(loss)
        run.lr.append(rate)
        run.norm.append(norm)
        run.update.append(np.linalg.norm(theta - before))
        return np.isfinite(loss) and np.isfinite(theta).all()

    def close_epoch():
        run.theta.append(theta.copy())
        for name, value in zip(rule.states, state):
            run.state.setdefault(name, []).append(value.copy())
        run.train_loss.append(net.loss(theta, x, y, seen=x))
        run.val_loss.append(net.loss(theta, x_val, data.y_val, seen=x))
        run.val_accuracy.append(net.accuracy(theta, x_val, data.y_val, seen=x))

    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        if not run.theta:
            close_epoch()
        try:
            for k in progress(range(epochs), rule.name):
                order = np.random.default_rng([seed, run.epochs]).permutation(len(x))
                noise = np.random.default_rng([seed, run.epochs, 1])
                now = rates_of(lr(run.val_loss)[-1], range(batches)) if watching else rates[k * batches : (k + 1) * batches]
                for picked, rate in zip(np.split(order, range(batch_size, len(x), batch_size)), now):
                    if not step(picked, rate, noise):
                        run.message = (f"diverged at step {len(run.loss)}: the loss went from {run.loss[0]:.3g} to "
                                       f"{run.loss[-1]:.3g}; try a smaller lr, or clip the gradient")
                        return run.as_arrays()
                close_epoch()
        except KeyboardInterrupt:
            whole = run.epochs * batches
            run.loss, run.lr, run.norm, run.update = (kept[:whole] for kept in (run.loss, run.lr, run.norm, run.update))
            run.message = f"interrupted after epoch {run.epochs}; pass this as start to go on"
    return run.as_arrays()


def begin(rule, net, start, seed):
    """A record to write to, the parameters and the state: fresh, from given parameters, or from where another run stopped."""
    if isinstance(start, Training):
        if tuple(start.state) != rule.states:
            raise ValueError(f"train: the run to go on from keeps {tuple(start.state)}, but {rule.name} needs {rule.states}")
        run = Training(rule.name, seed, seconds=start.seconds)
        for name in RECORDED:
            setattr(run, name, list(getattr(start, name)))
        run.state = {name: list(kept) for name, kept in start.state.items()}
        return run, run.theta[-1].copy(), [kept[-1].copy() for kept in run.state.values()]
    theta = net.init(seed) if start is None else np.array(start)
    if theta.dtype.kind != "f" or theta.shape != (net.size,):
        raise ValueError(f"train: start must be the network's {net.size} parameters as floats, got shape {theta.shape} of {theta.dtype}")
    return Training(rule.name, seed), theta, rule.rest(theta)
