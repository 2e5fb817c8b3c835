"""What is known about rmsprop."""

from lessonkit.judging.catalogue.shared.squares import average, common, eps_conventions
from lessonkit.judging.versions import Exercise, source_of
from lessonkit.rules.optimizers import rmsprop

EXERCISE = Exercise(source_of(rmsprop), eps_conventions("s"), [*common("s", "s"), *average("s", "beta", "")])
