"""What is known about rmsprop."""

from lessonkit.judging.catalogue.shared.squares import average, common, eps_conventions
from lessonkit.judging.versions import Convention, Exercise, combined, source_of
from lessonkit.rules.optimizers import rmsprop

FIRST_SQUARE = Convention(
    "the average starts at the first square",
    {"beta * s + (1 - beta) * g * g": "np.where(s == 0, g * g, beta * s + (1 - beta) * g * g)"},
    "Your average starts at the first g² instead of 0, which corrects it for its start: ours is too small in the first steps.",
    "s = np.where(s == 0, g * g, s)",
)

EXERCISE = Exercise(
    source_of(rmsprop), combined(eps_conventions("s"), [FIRST_SQUARE]), [*common("s", "s"), *average("s", "beta", "")]
)
