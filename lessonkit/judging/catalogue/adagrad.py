"""What is known about adagrad."""

from lessonkit.judging.catalogue.shared.squares import common, eps_conventions
from lessonkit.judging.versions import Exercise, Mistake, source_of
from lessonkit.rules.optimizers import adagrad

EXERCISE = Exercise(
    source_of(adagrad),
    eps_conventions("G"),
    [
        *common("G", "G"),
        Mistake(
            "averages instead of summing",
            {"G + g * g": "0.9 * G + 0.1 * g * g"},
            "Old squares fade: this is RMSProp.",
            "With g = 1 at each step, does your rate go on falling?",
            ("Run 100 steps with g = 1.", "Does AdaGrad forget anything?"),
        ),
        Mistake(
            "averages with 0.99",
            {"G + g * g": "0.99 * G + 0.01 * g * g"},
            "Old squares fade: this is RMSProp.",
            "With g = 1 at each step, does your rate go on falling?",
            ("Run 100 steps with g = 1.", "Does AdaGrad forget anything?"),
        ),
        Mistake(
            "stores ε in the sum",
            {"G + g * g": "G + g * g + eps"},
            "ε is added at every step and piles up.",
            "With g = 0 for ever, what is in your sum?",
            ("Call it with g = 0 and a large ε.", "ε belongs to the division."),
        ),
    ],
)
