"""Experiments to run and read: a learner's own setting, and a number within a tolerance."""

import functools
from dataclasses import dataclass, field

import numpy as np

from lessonkit import surfaces
from lessonkit.data import sunspots
from lessonkit.descent import descend
from lessonkit.judging.by_hand import draw_for
from lessonkit.judging.verdict import Verdict
from lessonkit.networks import rnn
from lessonkit.noise import noisy
from lessonkit.optimizers import adam, momentum, sgd
from lessonkit.training import train


@dataclass(frozen=True)
class Experiment:
    """What to run and which number to bring back; `check(value)` judges it.

    Attributes
    ----------
    tolerance : float
        Share of the right value by which a result may differ: what chance or reading off a picture changes.
    readings : dict
        Results that come from a misreading: in words → its value.
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
        """Judge a result: within the tolerance, or the misreading that gives it."""
        try:
            given = float(value)
        except (TypeError, ValueError, OverflowError):
            return Verdict(self.name, False, f"Expected a number, got {type(value).__name__}.", mistake="not a number")
        if abs(given - self.value) <= self.tolerance * abs(self.value):
            return Verdict(self.name, True, "")
        for mistake, wrong in self.readings.items():
            if abs(given - wrong) <= self.tolerance * abs(wrong):
                return Verdict(self.name, False, "That number answers another question.", mistake=mistake,
                               question="Read once more what is asked: which part of the record is it?")
        return Verdict(self.name, False, f"The result should be right to {self.tolerance:.0%}.",
                       question="Does your run have exactly the setting that is given: surface, rule, rate, steps, seed?")


@dataclass(frozen=True)
class ExplodingRun:
    """A training that explodes at its rate; `check(threshold)` trains it once more, clipped there."""

    name: str
    text: str
    lr: float
    seed: int
    goal: float = 0.08

    __repr__, _repr_markdown_ = Experiment.__repr__, Experiment._repr_markdown_

    def check(self, value):
        """Judge a threshold by the training that it gives."""
        try:
            threshold = float(value)
        except (TypeError, ValueError, OverflowError):
            return Verdict(self.name, False, f"Expected a number, got {type(value).__name__}.", mistake="not a number")
        if not 0 < threshold < np.inf:
            return Verdict(self.name, False, "A threshold is a length above 0.", mistake="not a length")
        end, bitten = _clipped_run(self.lr, self.seed, threshold)
        message = f"Clipped at {threshold:g}, the run ends at a validation loss of {end:.3g}; {bitten:.0%} of its steps were clipped."
        if end < self.goal:
            return Verdict(self.name, True, message)
        if end > 0.5 and threshold > 0.5:
            return Verdict(self.name, False, message, mistake="clips too late",
                           question="How far can one step of the length that you let through carry the parameters, at this rate?")
        return Verdict(self.name, False, message, mistake="clips too hard" if bitten > 0.9 else None,
                       question="How long are the gradients while all goes well? The record of a calm run has them, in `norm`.")


@functools.lru_cache(maxsize=4096)
def _clipped_run(lr, seed, threshold):
    """How the run ends that is clipped at a threshold, and in which share of its steps it was."""
    with np.errstate(all="ignore"):
        run = train(rnn(16, 1.5, "tanh"), sunspots(20), sgd, lr=lr, epochs=20, seed=seed, clip_norm=threshold)
    return run.val_loss[-1], float(np.mean(run.norm > threshold))


def exploding_run(draw):
    """A recurrent network at a rate at which it explodes, to be saved by a clip."""
    lr, seed = draw.choice([0.4, 0.5, 0.6]).item(), draw.integers(0, 4).item()
    return ExplodingRun("exploding_run", f'This training explodes: `train(rnn(16, 1.5, "tanh"), sunspots(20), sgd, lr={lr:g}, epochs=20, '
                        f"seed={seed})`. Keep the rate. With which `clip_norm` does it end at a validation loss below "
                        f"{ExplodingRun.goal:g}?", lr, seed)


def noise_floor(draw):
    """The mean loss at which plain descent hovers when its gradients are noisy."""
    spread, lr = draw.choice([0.5, 0.8, 1.2]).item(), draw.choice([0.02, 0.03, 0.05]).item()
    loss = _noisy_walk(spread, lr)
    floor = float(loss[3001:].mean())
    return Experiment("noise_floor", f"Walk down `noisy(bowl(10), {spread:g}, seed=1)` by `sgd` with lr = {lr:g} for 6000 steps. "
                      "What is the mean loss over the second half of the run, where the path hovers?", floor, 0.15,
                      {"takes the whole run": loss.mean(), "reads the lowest loss": loss.min(), "reads the last loss": loss[-1]})


@functools.cache  # a class has many learners and few settings
def _noisy_walk(spread, lr):
    return descend(noisy(surfaces.bowl(10), spread, seed=1), sgd, lr=lr, steps=6000).loss


@functools.cache
def _edge(kappa, beta):
    """The largest rate with which the heavy ball stays in the valley."""

    def stays(lr):
        loss = descend(surfaces.bowl(kappa), momentum, lr=lr, beta=beta, steps=3000).loss
        return bool(loss[-1] < loss[0])

    low, high = 0.0, 8 / kappa
    for _ in range(20):  # halves the interval until six digits are sure
        middle = (low + high) / 2
        low, high = (middle, high) if stays(middle) else (low, middle)
    return low


def largest_rate(draw):
    """The rate at which the heavy ball leaves the valley."""
    kappa, beta = draw.choice([20.0, 30.0, 50.0]).item(), draw.choice([0.5, 0.6, 0.8]).item()
    low = _edge(kappa, beta)
    return Experiment("largest_rate", f"Let the heavy ball (`momentum`, beta = {beta:g}) run down `bowl({kappa:g})` for 3000 steps, "
                      "with one rate after the other. What is the largest rate with which it still ends below its start?",
                      low, 0.03, {"is the largest rate of plain descent": 1 / kappa,
                                  "is the rate of an averaged velocity": low / (1 - beta), "takes κ for the curvature 2κ": 2 * low})


@functools.cache
def _rosenbrock_walk(lr):
    return descend(surfaces.rosenbrock(), adam, lr=lr, steps=2000)


def steps_to_goal(draw):
    """How long Adam takes down a curved valley."""
    lr = draw.choice([0.05, 0.06, 0.08, 0.1]).item()
    goal = draw.choice([0.02, 0.01, 0.005]).item()
    run = _rosenbrock_walk(lr)
    steps = float(run.steps_to(goal))
    return Experiment("steps_to_goal", f"Walk down `rosenbrock()` by `adam` with lr = {lr:g}. After how many steps is the loss first "
                      f"below {goal:g}?", steps, 0.01,
                      {"is the step of a tenth of the loss": float(run.steps_to(goal / 10)),
                       "reads the loss instead of counting steps": float(run.loss[int(steps)]),
                       "is the step of ten times the loss": float(run.steps_to(goal * 10))})


EXPERIMENTS = {each.__name__: each for each in (noise_floor, largest_rate, exploding_run, steps_to_goal)}


@functools.lru_cache(maxsize=256)
def _experiment(name, learner):
    return EXPERIMENTS[name](draw_for(name, learner))


def experiment(name, learner):
    """An experiment with the setting of one learner.

    Parameters
    ----------
    name : str
        ``"noise_floor"``, ``"largest_rate"``, ``"exploding_run"`` or ``"steps_to_goal"``.
    learner : str
        Name or number of the learner; the same one gets the same setting.
    """
    if name not in EXPERIMENTS:
        raise ValueError(f"no experiment is called {name!r}; expected one of {', '.join(EXPERIMENTS)}")
    draw_for(name, learner)
    return _experiment(name, learner)
