"""Optimization for deep networks: every rule a pure function that reads like its equation."""

from lessonkit.clipping import clip_by_global_norm, clip_by_value
from lessonkit.descent import descend, replay
from lessonkit.fusion import fused
from lessonkit.judging import by_hand, check, check_tests, experiment, judge
from lessonkit.optimizers import adagrad, adam, adamw, momentum, nesterov, rmsprop, sgd
from lessonkit.schedules import constant, cosine, plateau, step_decay, warmup_cosine
from lessonkit.training import train
