"""What torch and optax compute where lessonkit must agree: optimizers' paths, clipped gradients, schedules.

`make references` writes torch.json and optax.json beside this file; the tests compare lessonkit with
them, and with `RESULTS[library]()` where the library is installed. Everything is float64. A path is 100 steps, and
each file keeps a few of them: a step depends on all before it.
"""

import json
import math
import random
import sys
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
from references.rules import RULES

STEPS = 100
KEPT = (1, 2, 3, 10, 50, 51, 75, 100)
KEPT_RATES = (0, 1, 6, 7, 13, 14, 29, 30, 31, 50, 99, 100)  # both sides of every kink
RATES = [0.012] * 50 + [0.003] * 50  # cut midway: a rate stored inside the velocity shows

rng = random.Random(1847)
# Per entry: ordinary; as small as eps; always 0; far above 1; rare; nearly constant.
GRADIENTS = np.array(
    [
        [
            rng.uniform(-1, 1),
            rng.uniform(-2e-8, 2e-8),
            0.0,
            rng.uniform(-60, 60),
            (t % 7 == 0) * rng.uniform(-1, 1),
            0.5 + 0.01 * rng.uniform(-1, 1),
        ]
        for t in range(1, STEPS + 1)
    ]
)
TRACKS = {  # start, and the gradient at step t: given in advance, or that of the bowl x² + 50 y²
    "sequence": (np.array([1.0, 0.0, 3.0, -2.0, 0.5, 0.0]), lambda t, theta: GRADIENTS[t - 1]),
    "bowl": (np.array([4.0, -2.0]), lambda t, theta: np.array([2.0, 100.0]) * theta),
}

CLIPS = (0.5, 20.0, 1000.0)
SCHEDULES = {
    "constant": {"peak": 0.3},
    "step_decay": {"base": 0.3, "factor": 0.5, "every": 7},
    "cosine": {"total": STEPS, "peak": 0.3},
    "warmup_cosine": {"total": STEPS, "warmup": 30, "peak": 0.3},
    "warmup_linear": {"total": STEPS, "warmup": 30, "peak": 0.3},
    "inverse_sqrt": {"warmup": 30, "peak": 0.3},
    "one_cycle": {"total": STEPS, "warmup": 30, "peak": 0.3, "div_factor": 20, "final_div_factor": 500},
    "warmup_stable_decay": {"total": STEPS, "warmup": 30, "decay": 50, "peak": 0.3},
}
# Factors as in transformers 5.24, src/transformers/optimization.py: get_linear_schedule_with_warmup, get_inverse_sqrt_schedule,
# and get_wsd_schedule with decay_type="linear"; PyTorch's LambdaLR executes them.
TRANSFORMERS = {
    "warmup_linear": lambda step: step / 30 if step < 30 else max(0.0, (STEPS - step) / (STEPS - 30)),
    "inverse_sqrt": lambda step: step / 30 if step < 30 else 1.0 / math.sqrt(step / 30),
    "warmup_stable_decay": lambda step: step / 30 if step < 30 else 1.0 if step < 50 else 1.0 - (step - 50) / 50,
}
PLATEAU = {"base": 0.3, "factor": 0.5, "patience": 3}
LOSSES = [1.0, 0.9, 0.95, 0.93, 0.89, 0.9, 0.9, 0.9, 0.9, 0.88, 0.91, 0.9, 0.89, 0.885, 0.882, 0.88, 0.88, 0.7, 0.6]


def torch_results():
    """By name, rows of numbers: step, then what the library gives at that step."""
    import torch
    from torch.optim import lr_scheduler

    def path(track, make):
        start, gradient = TRACKS[track]
        theta = torch.tensor(start, requires_grad=True)
        optimizer = make([theta], lr=RATES[0])
        for t, lr in enumerate(RATES, 1):
            optimizer.param_groups[0]["lr"] = lr
            theta.grad = torch.tensor(gradient(t, theta.detach().numpy()))
            optimizer.step()
            yield [t, *theta.tolist()]

    def clip(t, clip, c):
        tensors = [torch.zeros(4, dtype=torch.float64), torch.zeros(2, dtype=torch.float64)]
        tensors[0].grad, tensors[1].grad = torch.tensor(GRADIENTS[t - 1]).split([4, 2])
        norm = clip(tensors, c)
        return ([] if norm is None else [norm.item()]) + tensors[0].grad.tolist() + tensors[1].grad.tolist()

    def rates(make, base, losses=None):
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=base)
        scheduler = make(optimizer)
        for step in range(STEPS + 1 if losses is None else len(losses)):
            if losses is not None:
                scheduler.step(losses[step])
            yield [step, optimizer.param_groups[0]["lr"]]
            if losses is None:
                optimizer.step()
                scheduler.step()

    def with_(optimizer, **options):
        return lambda parameters, lr: optimizer(parameters, lr=lr, **options)

    optim = torch.optim
    optimizers = {name: reference.torch(torch) for name, reference in RULES.items()} | {
        "averaged velocity": with_(optim.SGD, momentum=0.8, dampening=0.8),
        "adam with L2": with_(optim.Adam, betas=(0.8, 0.99), eps=1e-8, weight_decay=0.3),
    }
    schedulers = {
        "constant": lambda o: lr_scheduler.ConstantLR(o, factor=1.0),
        "step_decay": lambda o: lr_scheduler.StepLR(o, step_size=7, gamma=0.5),
        "cosine": lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=STEPS),
        # Its end is the step total_steps - 1, its peak the step pct_start * total_steps - 1.
        "one_cycle": partial(
            lr_scheduler.OneCycleLR,
            max_lr=0.3,
            total_steps=STEPS + 1,
            pct_start=31 / (STEPS + 1),
            div_factor=20,
            final_div_factor=500,
            cycle_momentum=False,
        ),
        "ramp from 1/30": lambda o: lr_scheduler.LinearLR(o, start_factor=1 / 30, total_iters=29),
    } | {name: partial(lr_scheduler.LambdaLR, lr_lambda=factor) for name, factor in TRANSFORMERS.items()}

    def plateau(**options):
        make = lambda o: lr_scheduler.ReduceLROnPlateau(o, factor=0.5, **options)
        return list(rates(make, 0.3, LOSSES))

    return (
        {f"{name}, {track}": list(path(track, make)) for name, make in optimizers.items() for track in TRACKS}
        | {f"clip_by_value, {c}": [[t, *clip(t, torch.nn.utils.clip_grad_value_, c)] for t in KEPT] for c in CLIPS}
        | {f"clip_by_global_norm, {c}": [[t, *clip(t, torch.nn.utils.clip_grad_norm_, c)] for t in KEPT] for c in CLIPS}
        | {name: list(rates(make, 0.3)) for name, make in schedulers.items()}
        | {"plateau": plateau(patience=2, threshold=0), "plateau, threshold 0.02": plateau(patience=2, threshold=0.02)}
    )


def optax_results():
    """By name, rows of numbers: step, then what the library gives at that step."""
    import jax
    import jax.numpy as jnp
    import optax

    def path(track, optimizer):
        start, gradient = TRACKS[track]
        theta, update = jnp.array(start), jax.jit(optimizer.update)
        state = optimizer.init(theta)
        for t in range(1, STEPS + 1):
            change, state = update(jnp.array(gradient(t, np.asarray(theta))), state, theta)
            theta = optax.apply_updates(theta, change)
            yield [t, *theta.tolist()]

    def clip(t, clip):
        grads = list(jnp.split(jnp.array(GRADIENTS[t - 1]), [4]))
        return np.concatenate(clip.update(grads, clip.init(grads))[0]).tolist()

    def plateau(rtol):
        reduce = optax.contrib.reduce_on_plateau(factor=0.5, patience=3, rtol=rtol)
        rate, update = jnp.array(0.3), jax.jit(reduce.update)
        state = reduce.init(rate)
        for step, loss in enumerate(LOSSES):
            now, state = update(rate, state, value=loss)
            yield [step, now.item()]

    with jax.enable_x64(True):
        lr = lambda count: jnp.where(count < 50, RATES[0], RATES[-1])
        optimizers = {name: reference.optax(optax, lr) for name, reference in RULES.items()} | {
            "rmsprop, eps inside, s from 1": optax.rmsprop(lr, decay=0.95, eps=1e-16, initial_scale=1.0),
            "rmsprop, eps inside": optax.rmsprop(lr, decay=0.95, eps=1e-16),
            "adam, eps inside": optax.adam(lr, b1=0.8, b2=0.99, eps=0.0, eps_root=1e-16),
        }
        ramp = optax.linear_schedule(0.0, 0.3, 30)
        schedules = {
            "constant": optax.constant_schedule(0.3),
            "step_decay": optax.exponential_decay(0.3, transition_steps=7, decay_rate=0.5, staircase=True),
            "cosine": optax.cosine_decay_schedule(0.3, decay_steps=STEPS),
            "warmup_cosine": optax.warmup_cosine_decay_schedule(0.0, 0.3, warmup_steps=30, decay_steps=STEPS),
            "warmup_linear": optax.join_schedules([ramp, optax.linear_schedule(0.3, 0.0, STEPS - 30)], [30]),
            "inverse_sqrt": optax.join_schedules(
                [ramp, lambda after: 0.3 * jnp.sqrt(30 / (30 + jnp.maximum(after, 0)))], [30]
            ),
            "one_cycle": optax.cosine_onecycle_schedule(STEPS, 0.3, pct_start=0.3, div_factor=20, final_div_factor=500),
            "warmup_stable_decay": optax.join_schedules(
                [ramp, optax.constant_schedule(0.3), optax.linear_schedule(0.3, 0.0, 50)], [30, 50]
            ),
        }
        return (
            {f"{name}, {track}": list(path(track, make)) for name, make in optimizers.items() for track in TRACKS}
            | {f"clip_by_value, {c}": [[t, *clip(t, optax.clip(c))] for t in KEPT] for c in CLIPS}
            | {f"clip_by_global_norm, {c}": [[t, *clip(t, optax.clip_by_global_norm(c))] for t in KEPT] for c in CLIPS}
            | {name: [[step, float(f(step))] for step in range(STEPS + 1)] for name, f in schedules.items()}
            | {"plateau": list(plateau(1e-12)), "plateau, threshold 0.02": list(plateau(0.02))}
        )


RESULTS = {"torch": torch_results, "optax": optax_results}


def main():
    made_by = {name: version(name) for name in ("torch", "optax", "jax", "numpy")} | {"python": sys.version.split()[0]}
    for library, results in RESULTS.items():
        tables = [f'"made by": {json.dumps(made_by)}']
        for name, table in results().items():
            kept = {STEPS: KEPT, STEPS + 1: KEPT_RATES}.get(len(table), range(STEPS))
            rows = ",\n".join(json.dumps(row) for row in table if row[0] in kept)
            tables.append(f"{json.dumps(name)}: [\n{rows}\n]")
        Path(__file__).with_name(f"{library}.json").write_text("{\n" + ",\n".join(tables) + "\n}\n")


if __name__ == "__main__":
    main()
