"""For each update rule: how torch and optax make it, and its step in plain floats. A rule without an entry fails a test."""

import math
from functools import partial
from typing import NamedTuple

from hypothesis import reject


class Reference(NamedTuple):
    """What a rule is compared with; nothing here uses lessonkit.

    hyper : dict
        Values for its hyperparameters, none of them a default, no two alike: an ignored or a swapped one shows.
    torch : function (torch) → function (parameters, lr=…) → optimizer
    optax : function (optax, lr) → gradient transformation
    paper : function (gradients so far, theta, hyper) → what lr is multiplied by in the step, for one parameter,
        from the sums that the running averages stand for
    """

    hyper: dict
    torch: object
    optax: object
    paper: object


def faded(gradients, share, power=1):
    """Σ share^(t − i) g_i^power, summed exactly."""
    return math.fsum(share**age * g**power for age, g in enumerate(reversed(gradients)))


def mean(gradients, share, power=1):
    """The average with weights that fall by `share` a step: what the correction of Adam's moments gives."""
    return faded(gradients, share, power) / math.fsum(share**age for age in range(len(gradients)))


def sign(value, size):
    """The sign of a sum whose terms are of this size; an example in which rounding could turn it over is not tried."""
    return reject() if abs(value) < 1e-9 * size else math.copysign(1, value)


def adam_step(past, hyper):
    return mean(past, hyper["beta1"]) / (mean(past, hyper["beta2"], 2) ** 0.5 + hyper["eps"])


def lion_step(past, hyper):
    momentum = (1 - hyper["beta2"]) * faded(past[:-1], hyper["beta2"])
    parts = hyper["beta1"] * momentum, (1 - hyper["beta1"]) * past[-1]
    return sign(sum(parts), sum(map(abs, past)))


def lion_pytorch():
    """PyTorch has no Lion of its own; this package is what people install there."""
    import lion_pytorch

    return lion_pytorch


ADAM = {"beta1": 0.8, "beta2": 0.99, "eps": 1e-8}
RULES = {
    "sgd": Reference(
        {}, lambda torch: torch.optim.SGD, lambda optax, lr: optax.sgd(lr), lambda past, theta, hyper: past[-1]
    ),
    "momentum": Reference(
        {"beta": 0.8},
        lambda torch: partial(torch.optim.SGD, momentum=0.8),
        lambda optax, lr: optax.sgd(lr, momentum=0.8),
        lambda past, theta, hyper: faded(past, hyper["beta"]),
    ),
    "nesterov": Reference(
        {"beta": 0.8},
        lambda torch: partial(torch.optim.SGD, momentum=0.8, nesterov=True),
        lambda optax, lr: optax.sgd(lr, momentum=0.8, nesterov=True),
        lambda past, theta, hyper: past[-1] + hyper["beta"] * faded(past, hyper["beta"]),
    ),
    "adagrad": Reference(
        {"eps": 1e-8},
        lambda torch: partial(torch.optim.Adagrad, eps=1e-8),
        lambda optax, lr: optax.adagrad(lr, initial_accumulator_value=0.1, eps=1e-8),
        lambda past, theta, hyper: past[-1] / (faded(past, 1, 2) ** 0.5 + hyper["eps"]),
    ),
    "rmsprop": Reference(
        {"beta": 0.95, "eps": 1e-8},
        lambda torch: partial(torch.optim.RMSprop, alpha=0.95, eps=1e-8),
        lambda optax, lr: optax.rmsprop(lr, decay=0.95, eps=1e-8, eps_in_sqrt=False),
        lambda past, theta, hyper: (
            past[-1] / (((1 - hyper["beta"]) * faded(past, hyper["beta"], 2)) ** 0.5 + hyper["eps"])
        ),
    ),
    "adam": Reference(
        ADAM,
        lambda torch: partial(torch.optim.Adam, betas=(0.8, 0.99), eps=1e-8),
        lambda optax, lr: optax.adam(lr, b1=0.8, b2=0.99, eps=1e-8),
        lambda past, theta, hyper: adam_step(past, hyper),
    ),
    "adamw": Reference(
        {**ADAM, "weight_decay": 0.3},
        lambda torch: partial(torch.optim.AdamW, betas=(0.8, 0.99), eps=1e-8, weight_decay=0.3),
        lambda optax, lr: optax.adamw(lr, b1=0.8, b2=0.99, eps=1e-8, weight_decay=0.3),
        lambda past, theta, hyper: adam_step(past, hyper) + hyper["weight_decay"] * theta,
    ),
    "lion": Reference(
        {"beta1": 0.8, "beta2": 0.95, "weight_decay": 0.3},
        lambda torch: partial(lion_pytorch().Lion, betas=(0.8, 0.95), weight_decay=0.3),
        lambda optax, lr: optax.lion(lr, b1=0.8, b2=0.95, weight_decay=0.3),
        lambda past, theta, hyper: lion_step(past, hyper) + hyper["weight_decay"] * theta,
    ),
}
HYPERPARAMETERS = {name: reference.hyper for name, reference in RULES.items()}
