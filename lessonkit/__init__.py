"""Optimization for deep networks: every rule a pure function that reads like its equation."""

from lessonkit.clipping import clip_by_global_norm, clip_by_value
from lessonkit.descent import descend, replay
from lessonkit.fusion import fused
from lessonkit.optimizers import adagrad, adam, adamw, momentum, nesterov, rmsprop, sgd
from lessonkit.schedules import constant, cosine, plateau, step_decay, warmup_cosine
from lessonkit.training import train

JUDGES = {
    "by_hand",
    "check",
    "check_tests",
    "experiment",
    "judge",
}  # they know all mistakes, so they load when first used


def __getattr__(name):
    if name in JUDGES:
        from lessonkit import judging

        return getattr(judging, name)
    raise AttributeError(f"module 'lessonkit' has no attribute {name!r}")


def __dir__():
    return sorted(JUDGES | set(globals()))
