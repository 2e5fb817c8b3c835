"""Mistakes that any update rule can have."""

from lessonkit.judging.versions import Mistake

UPHILL = Mistake(
    "goes uphill",
    {"theta - lr": "theta + lr"},
    "The step goes where the gradient points, so the loss grows: the gradient points to where the loss rises.",
    "At θ = 1 on the loss θ², the gradient is 2. On which side of 1 should the next θ lie?",
    ("Compute one step by hand with a positive gradient.", "Which sign stands between θ and the rate?"),
)

STILL = Mistake(
    "does not move",
    {"theta - lr": "theta - 0 * lr"},
    "θ comes back as it was: the step is computed and not used, or not computed.",
    "After a step with g = 1, has your θ changed?",
    ("Compare θ before and after.", "Which value do you return?"),
)

NO_RATE = Mistake(
    "forgets the rate",
    {"lr * ": ""},
    "The learning rate has no effect: the step is the same at every rate.",
    "What happens to your step when lr is divided by ten?",
    ("Call it twice, with lr = 0.1 and lr = 0.01, and compare.", "Is lr used in the line that moves θ?"),
)

HALF = Mistake(
    "halves the step",
    {"theta - lr": "theta - 0.5 * lr"},
    "The step has a factor ½. It belongs to a loss that is half of a mean square, not to the rule.",
    "Where does your factor ½ come from: the rule, or a loss?",
    ("The gradient that comes in has its factors already.", "Compare your step for g = 1, lr = 1."),
)
