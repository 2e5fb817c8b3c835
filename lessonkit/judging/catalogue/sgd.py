"""What is known about sgd."""

from lessonkit.judging.catalogue.shared.every_rule import HALF, NO_RATE, STILL, UPHILL
from lessonkit.judging.versions import Exercise, source_of
from lessonkit.rules.optimizers import sgd

EXERCISE = Exercise(source_of(sgd), [], [UPHILL, STILL, NO_RATE, HALF])
