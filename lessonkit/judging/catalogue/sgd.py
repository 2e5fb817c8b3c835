"""What is known about sgd."""

from lessonkit.judging.catalogue.shared.every_rule import HALF, NO_RATE, STILL, UPHILL
from lessonkit.judging.versions import Exercise, Mistake, source_of
from lessonkit.rules.optimizers import sgd

EXCHANGED = Mistake(
    "exchanges θ and g",
    {"theta - lr * g": "g - lr * theta"},
    "The rate times θ is taken from the gradient.",
    "With g = 0, where should the next θ lie?",
    ("Call it with g = 0.", "Which of the two is moved?"),
)

EXERCISE = Exercise(source_of(sgd), [], [UPHILL, STILL, NO_RATE, HALF, EXCHANGED])
