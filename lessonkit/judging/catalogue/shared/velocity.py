"""Mistakes and conventions of a velocity."""

from lessonkit.judging.versions import Convention, Mistake

STATE_LOST = Mistake(
    "loses the velocity",
    {"beta * v": "0 * v"},
    "The old velocity is not used, so this is plain descent. Often a local variable, or zeros made inside.",
    "After two steps with the same gradient, how long is your second step compared with the first?",
    ("The velocity of the last step comes in as an argument.", "Does your new velocity use the v that is passed in?"),
)

OLD_VELOCITY = Mistake(
    "steps with the old velocity",
    {"theta - lr * v, v": "theta - lr * memory_v, v", "": "memory_v = v"},
    "θ moves by the velocity of the step before, so the first step goes nowhere.",
    "How far does θ move in the very first step, when the velocity was zero?",
    ("Write down θ after one step with g = 1.", "Which comes first: the new velocity, or the move?"),
)

BARE = Mistake(
    "moves by the gradient alone",
    {"lr * v": "lr * g"},
    "The velocity is computed and returned, but θ moves by the bare gradient.",
    "Set the gradient to zero after three steps. Does your θ still roll?",
    ("Print the velocity beside the step.", "Which of the two does the last line use?"),
)

VELOCITY_RETURNED_OLD = Mistake(
    "does not keep the new velocity",
    {", v": ", memory_v", "": "memory_v = v"},
    "The new velocity is used once and then forgotten, so it never builds up: the old one comes back, or zeros.",
    "What does the next call get as v?",
    ("Print v after three steps with g = 1.", "Is it the new velocity that you return?"),
)

SIGN = Mistake(
    "brakes instead of carrying on",
    {"beta * v": "-beta * v"},
    "The old velocity is subtracted: the steps alternate instead of adding up.",
    "With the same gradient at each step, should the steps grow or shrink?",
    ("Compute v for g = 1, 1, 1 by hand.", "Which sign does the old velocity have in v?"),
)

STARTS_AT_THETA = Mistake(
    "starts the velocity at θ",
    {"": "v = np.where(v == 0, theta, v)"},
    "The first velocity is a copy of the parameters, not zero.",
    "A ball that is let go has which velocity?",
    ("Look at the first step, with g = 0.", "What is v before the first step?"),
)

BETA_WITH_RATE = Mistake(
    "multiplies β by the rate",
    {"beta * v": "lr * beta * v"},
    "With a small rate the past is forgotten almost at once.",
    "How much of the last velocity is left after one step, for lr = 0.01 and β = 0.9?",
    ("With g = 0, v should shrink to β of itself.", "Which factors does the old velocity have?"),
)

SUM = Mistake(
    "never forgets",
    {"beta * v": "v"},
    "β is left out: all past gradients count fully, for ever.",
    "With g = 1 at each step, where does your velocity settle?",
    ("Put g = 0 and watch v.", "What does β do to the old velocity?"),
)

WEIGHTS_EXCHANGED = Mistake(
    "exchanges β and 1 − β",
    {"beta * v + g": "(1 - beta) * v + beta * g"},
    "The new gradient gets the large share and the past the small one.",
    "With β = 0.9, should one new gradient change the velocity much, or little?",
    ("Compare β = 0.9 with β = 0.1: which remembers longer?", "Which share belongs to the past?"),
)

AVERAGED = Convention(
    "averaged velocity",
    {"beta * v + g": "beta * v + (1 - beta) * g"},
    "At the same rate your step is 1 − β times ours, as with an average like Adam's m. Divide your rate by 1 − β, and the path is ours.",
    ours="lr = lr * (1 - beta)",
    written_by="PyTorch's SGD with `dampening` equal to `momentum` writes it so from the second step on; its first velocity is the "
    "whole first gradient.",
)

RATE_INSIDE = Convention(
    "rate inside the velocity",
    {"beta * v + g": "beta * v + lr * g", "theta - lr * v": "theta - v"},
    "The rate is in the velocity, as in the early papers and Keras. At a constant rate the path is ours; "
    "after a cut, the old velocity still carries the old rate.",
    written_by="`keras.optimizers.SGD(momentum=…)` writes it so, with the sign of the velocity turned.",
)

BOTH = Convention(
    "averaged velocity, rate inside",
    {"beta * v + g": "beta * v + lr * (1 - beta) * g", "theta - lr * v": "theta - v"},
    "The velocity holds the rate, and at the same rate your step is 1 − β times ours. Divide a constant rate by 1 − β, and the path is "
    "ours.",
    ours="lr = lr * (1 - beta)",
)
