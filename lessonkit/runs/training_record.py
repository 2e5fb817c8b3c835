"""The record of a training, and the lists that grow while it runs."""

from dataclasses import dataclass

import numpy as np

from lessonkit.machine.terminal import Printed

BY_STEP = ("loss", "lr", "norm", "update", "duration")
BY_EPOCH = ("train_loss", "val_loss", "val_accuracy", "theta")


@dataclass(eq=False, repr=False)
class Training(Printed):
    """The record of a training, by step and by epoch. Index 0 of the values by epoch is the start.

    Attributes
    ----------
    rule : str
        Name of the kernel.
    seed : int
    loss, lr, norm, update, duration : arrays, shape (steps,)
        Loss of the minibatch before the step, learning rate, norm of the gradient before clipping, norm of the step, and the
        seconds that gradient and step took. Where parameters have rates of their own, the largest is recorded.
    train_loss, val_loss, val_accuracy : arrays, shape (epochs + 1,)
        Over all examples in evaluation mode: without dropout, and with batch norm by the statistics of the training set.
        The accuracy of a network for numbers is R², the share of the targets' variance that is explained.
    theta : array, shape (epochs + 1, size)
    state : dict of arrays like `theta`, by the kernel's own names
    diverged : bool
        Whether a loss, a parameter or the last state stopped being finite.
    message : str
        Empty, or why it ended early.
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


class TrainingRecorder:
    """Values by step and by epoch, as lists under the names that `Training` gives them.

    Parameters
    ----------
    state_names : tuple of str
    start : Training, optional
        The training that goes on; its values come first.
    """

    def __init__(self, state_names, start=None):
        self.kept = {name: list(getattr(start, name)) if start else [] for name in (*BY_STEP, *BY_EPOCH)}
        self.states = {name: list(start.state[name]) if start else [] for name in state_names}

    @property
    def steps(self):
        """Number of updates recorded."""
        return len(self.kept["loss"])

    @property
    def evaluations(self):
        """Number of evaluations recorded: one of the start, and one after each epoch."""
        return len(self.kept["theta"])  # the last to be recorded, so all of an evaluation that counts is there

    def first(self, name):
        """The first value of that name."""
        return self.kept[name][0]

    def last(self, name):
        """The latest value of that name."""
        return self.kept[name][-1]

    def add_step(self, *values):
        """Record one update: its values in the order of `BY_STEP`."""
        for name, value in zip(BY_STEP, values, strict=True):
            self.kept[name].append(value)

    def add_epoch(self, state, *values):
        """Record an evaluation: copies of the state, and values in the order of `BY_EPOCH`."""
        for kept, array in zip(self.states.values(), state, strict=True):
            kept.append(array.copy())
        for name, value in zip(BY_EPOCH, values, strict=True):
            self.kept[name].append(value)

    def keep_only(self, steps, evaluations):
        """Forget what was recorded later."""
        for name in BY_STEP:
            del self.kept[name][steps:]
        for kept in (*(self.kept[name] for name in BY_EPOCH), *self.states.values()):
            del kept[evaluations:]

    def as_training(self, rule, seed, diverged, message):
        """The record as arrays."""
        arrays, states = (
            {name: np.array(values) for name, values in lists.items()} for lists in (self.kept, self.states)
        )
        return Training(rule, seed, **arrays, state=states, diverged=diverged, message=message)
