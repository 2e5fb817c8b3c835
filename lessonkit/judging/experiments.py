"""Experiments for learners to run: each gets settings of their own, and the result is judged with a tolerance."""

import functools
from dataclasses import dataclass, field
from importlib.resources import files

import numpy as np

from lessonkit.judging.by_hand import draw_for
from lessonkit.judging.given_numbers import NotANumber, number
from lessonkit.judging.verdict import Verdict
from lessonkit.machine.terminal import Printed
from lessonkit.problems.data import sunspots
from lessonkit.problems.networks import rnn
from lessonkit.rules.optimizers import sgd
from lessonkit.runs.training import train

TABLE = files("lessonkit.problems.data") / "experiments.npz"
SETTINGS = {  # for each experiment, the values of each argument, of which a learner is given one
    "noise_floor": ([0.5, 0.8, 1.2], [0.02, 0.03, 0.05]),  # spread, lr
    "largest_rate": ([20.0, 30.0, 50.0], [0.5, 0.6, 0.8]),  # kappa, beta
    "steps_to_goal": ([0.05, 0.06, 0.08, 0.1], [0.02, 0.01, 0.005]),  # lr, goal
    "exploding_run": ([0.4, 0.5, 0.6], [0, 1, 2, 3]),  # lr, seed
}
# The thresholds of two digits from 0.010 to 9.9: the result of a run clipped at one of these is stored.
THRESHOLDS = [float(f"{digits}e{exponent}") for exponent in (-3, -2, -1) for digits in range(10, 100)]


MOST = 0.9  # share of the steps of an exploding run that may be clipped
CALM = "How long are the gradients while all goes well? The record of a calm run has them, in `norm`."


@dataclass(frozen=True)
class Experiment(Printed):
    """An experiment that has one number as its result; `check(value)` judges it.

    Attributes
    ----------
    tolerance : float
        Largest relative error of a result that is accepted: as much as chance, or reading a value off a picture, can cause.
    readings : dict
        The mistakes that give another result: mistake in words → that result.
    """

    name: str
    text: str
    value: float = field(repr=False)
    tolerance: float
    readings: dict = field(repr=False)

    def __repr__(self):
        return self.text

    def _repr_markdown_(self):
        return self.text

    def check(self, value):
        """Judge a result: right within the tolerance, or else the mistake that gives it."""
        try:
            given = number(value)
        except NotANumber as trouble:
            return Verdict(self.name, False, str(trouble), mistake=trouble.name)
        if abs(given - self.value) <= self.tolerance * abs(self.value):
            return Verdict(self.name, True, "")
        for mistake, wrong in self.readings.items():
            if abs(given - wrong) <= self.tolerance * abs(wrong):
                return Verdict(
                    self.name,
                    False,
                    "That number answers another question.",
                    mistake=mistake,
                    question="Read once more what is asked: which part of the record is it?",
                )
        return Verdict(
            self.name,
            False,
            f"The result should be right to {self.tolerance:.0%}.",
            question="Does your run have exactly the setting that is given: surface, rule, rate, steps, seed?",
        )

    judge = check  # nothing is noted


@dataclass(frozen=True)
class ExplodingRun(Printed):
    """A training that diverges at its learning rate; `check(threshold)` trains again with the gradient clipped."""

    name: str
    text: str
    lr: float
    seed: int
    goal: float = 0.08

    __repr__, _repr_markdown_ = Experiment.__repr__, Experiment._repr_markdown_

    def check(self, value):
        """Judge a threshold by the training that it gives."""
        try:
            threshold = np.inf if isinstance(value, float) and value == np.inf else number(value)
        except NotANumber as trouble:
            return Verdict(self.name, False, str(trouble), mistake=trouble.name)
        if not threshold > 0:
            return Verdict(self.name, False, "A threshold is a length above 0.", mistake="not a length")
        end, bitten = _how_it_ends(self.lr, self.seed, threshold)
        message = f"Clipped at {threshold:g}, the run ends at a validation loss of {end:.3g}; {bitten:.0%} of its steps were clipped."
        if end < self.goal and bitten <= MOST:
            return Verdict(self.name, True, message)
        if bitten > MOST and threshold < 1:
            return Verdict(
                self.name,
                False,
                f"{message} A clip that acts at nearly every step makes another algorithm, whose steps all have the same length. "
                f"At most {MOST:.0%} of the steps may be clipped.",
                mistake="clips too hard",
                question=CALM,
            )
        if not end <= 0.5 and threshold > 0.5:
            return Verdict(
                self.name,
                False,
                "An infinite threshold clips nothing. " * (threshold == np.inf) + message,
                mistake="clips too late",
                question="How far can one step of the length that you let through carry the parameters, at this rate?",
            )
        return Verdict(self.name, False, message, question=CALM)

    judge = check  # nothing is noted


def _how_it_ends(lr, seed, threshold):
    """The result of `clipped_run`: stored for thresholds of two digits, computed for others."""
    place = int(np.searchsorted(THRESHOLDS, threshold))
    if place < len(THRESHOLDS) and THRESHOLDS[place] == threshold:
        return _stored("exploding_run", lr, seed)[place].tolist()
    return clipped_run(lr, seed, threshold)


@functools.lru_cache(maxsize=4096)
def clipped_run(lr, seed, threshold):
    """The last validation loss of a clipped run, and the share of its steps that were clipped. Takes 0.1 s."""
    with np.errstate(all="ignore"):
        run = train(rnn(16, 1.5, "tanh"), sunspots(20), sgd, lr=lr, epochs=20, seed=seed, clip_norm=threshold)
    return float(run.val_loss[-1]), float(np.mean(run.norm > threshold))


@functools.cache
def _table():
    with TABLE.open("rb") as file, np.load(file) as table:
        return dict(table)


def _stored(name, *setting):
    """The results of an experiment in a setting, as stored by `tools/experiments.py`."""
    return _table()[name][tuple(values.index(value) for values, value in zip(SETTINGS[name], setting))]


def _drawn(name, draw):
    return tuple(draw.choice(values).item() for values in SETTINGS[name])


def exploding_run(draw):
    """A recurrent network whose training diverges, until its gradient is clipped."""
    lr, seed = _drawn("exploding_run", draw)
    return ExplodingRun(
        "exploding_run",
        f'This training explodes: `train(rnn(16, 1.5, "tanh"), sunspots(20), sgd, lr={lr:g}, epochs=20, '
        f"seed={seed})`. Keep the rate. With which `clip_norm` does it end at a validation loss below "
        f"{ExplodingRun.goal:g}, and clips at most {MOST:.0%} of its steps?",
        lr,
        seed,
    )


def noise_floor(draw):
    """The mean loss at which gradient descent with noisy gradients stops falling."""
    spread, lr = _drawn("noise_floor", draw)
    floor, whole, lowest, last = _stored("noise_floor", spread, lr).tolist()
    return Experiment(
        "noise_floor",
        f"Walk down `noisy(bowl(10), {spread:g}, seed=1)` by `sgd` with lr = {lr:g} for 6000 steps. "
        "What is the mean loss over the second half of the run, where the path hovers?",
        floor,
        0.15,
        {"takes the whole run": whole, "reads the lowest loss": lowest, "reads the last loss": last},
    )


def largest_rate(draw):
    """The largest learning rate at which momentum does not diverge."""
    kappa, beta = _drawn("largest_rate", draw)
    (low,) = _stored("largest_rate", kappa, beta).tolist()
    return Experiment(
        "largest_rate",
        f"Let the heavy ball (`momentum`, beta = {beta:g}) run down `bowl({kappa:g})` for 3000 steps, "
        "with one rate after the other. What is the largest rate with which it still ends below its start?",
        low,
        0.03,
        {
            "is the largest rate of plain descent": 1 / kappa,
            "is the rate of an averaged velocity": low / (1 - beta),
            "takes κ for the curvature 2κ": 2 * low,
        },
    )


def steps_to_goal(draw):
    """The number of steps that Adam takes down a curved valley."""
    lr, goal = _drawn("steps_to_goal", draw)
    steps, tenth, tenfold, loss = _stored("steps_to_goal", lr, goal).tolist()
    return Experiment(
        "steps_to_goal",
        f"Walk down `rosenbrock()` by `adam` with lr = {lr:g}. After how many steps is the loss first below {goal:g}?",
        steps,
        0.01,
        {
            "is the step of a tenth of the loss": tenth,
            "reads the loss instead of counting steps": loss,
            "is the step of ten times the loss": tenfold,
        },
    )


EXPERIMENTS = {each.__name__: each for each in (noise_floor, largest_rate, exploding_run, steps_to_goal)}


@functools.lru_cache(maxsize=256)
def _experiment(name, learner):
    return EXPERIMENTS[name](draw_for(name, learner))


def experiment(name: str, learner: str) -> Experiment | ExplodingRun:
    """An experiment with the setting of one learner.

    Parameters
    ----------
    name : str
        ``"noise_floor"``, ``"largest_rate"``, ``"exploding_run"`` or ``"steps_to_goal"``.
    learner : str
        Name or number of the learner. The same learner gets the same setting.

    Returns
    -------
    Experiment or ExplodingRun
        Shows as the task; its `check(value)` judges a result.

    Raises
    ------
    ValueError
        No experiment of that name, or a learner that is no text.

    Examples
    --------
    >>> from lessonkit import experiment
    >>> task = experiment("steps_to_goal", "Ada")
    >>> task.check(task.value).passed
    True
    """
    if name not in EXPERIMENTS:
        raise ValueError(f"no experiment is called {name!r}; expected one of {', '.join(EXPERIMENTS)}")
    draw_for(name, learner)
    return _experiment(name, learner)
