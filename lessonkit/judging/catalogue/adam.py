"""What is known about adam."""

from lessonkit.judging.catalogue.shared.moments import ADAM_ALL, ADAM_CONVENTIONS
from lessonkit.judging.versions import Exercise, source_of
from lessonkit.rules.optimizers import adam

EXERCISE = Exercise(source_of(adam), ADAM_CONVENTIONS, ADAM_ALL)
