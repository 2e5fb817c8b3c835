"""What is known about nesterov."""

from lessonkit.judging.catalogue.shared.every_rule import NO_RATE, STILL, UPHILL
from lessonkit.judging.catalogue.shared.velocity import (
    AVERAGED,
    BARE,
    BETA_WITH_RATE,
    BOTH,
    RATE_INSIDE,
    SIGN,
    STARTS_AT_THETA,
    STATE_LOST,
    SUM,
    VELOCITY_RETURNED_OLD,
    WEIGHTS_EXCHANGED,
)
from lessonkit.judging.versions import Convention, Exercise, Mistake, source_of
from lessonkit.rules.optimizers import nesterov

AHEAD = Mistake(
    "updates v before the look-ahead",
    {"(g + beta * v)": "((1 + beta) * g + beta * beta * v)"},
    "A form with β² and (1 + β) needs the velocity of the step before; here it gets the new one, so a gradient counts twice. "
    "A well-known textbook prints it so.",
    "In the first step the old velocity is zero. How often does g enter your step?",
    ("Count the factors of g in the first step.", "In the line with β², which v is meant: before or after its update?"),
)

AHEAD_INSIDE = AHEAD._replace(
    change={"beta * v + g": "beta * v + lr * g", "lr * (g + beta * v)": "(beta * beta * v + (1 + beta) * lr * g)"}
)

PLAIN = Mistake(
    "is the heavy ball",
    {"(g + beta * v)": "v"},
    "θ moves by the velocity, g + β times the old one: this is momentum, without the look ahead. The look-ahead needs the new "
    "velocity.",
    "How does your first step differ from that of momentum?",
    ("Nesterov's first step is longer than the gradient's.", "The gradient enters the step a second time: where?"),
)

WRONG_WAY = Mistake(
    "looks ahead in the wrong direction",
    {
        "beta * v + g": "beta * v + lr * g",
        "theta - lr * (g + beta * v)": "theta + beta * memory_v - v",
        "": "memory_v = v",
    },
    "θ is first moved against the velocity and left there.",
    "If the ball rolls to the left, on which side lies the point it looks at?",
    ("Draw θ, the velocity and the point ahead.", "Which sign does v have in your code when the ball descends?"),
)

BARE_GRADIENT = BARE._replace(change={"(g + beta * v)": "g"})

HALF_TURNED = Mistake(
    "turns one of two signs",
    {
        "beta * v + g": "beta * v + lr * g",
        "theta - lr * (g + beta * v)": "theta - (beta * memory_v + (1 + beta) * v)",
        "": "memory_v = v",
    },
    "In the form with the old and the new velocity, their terms have opposite signs; yours have the same.",
    "Which signs do the old and the new velocity have in your step?",
    ("Write the step in terms of g alone, for v = 0 before.", "In the second step, which sign has the old velocity?"),
)

NESTEROV_AVERAGED = Convention(
    "averaged velocity",
    {"beta * v + g": "beta * v + (1 - beta) * g", "(g + beta * v)": "((1 - beta) * g + beta * v)"},
    AVERAGED.conversion,
    AVERAGED.ours,
)

NESTEROV_RATE = Convention(
    "rate inside the velocity",
    {"beta * v + g": "beta * v + lr * g", "lr * (g + beta * v)": "(lr * g + beta * v)"},
    RATE_INSIDE.conversion + " The form with the old and the new velocity is the same.",
    written_by="`keras.optimizers.SGD(momentum=…, nesterov=True)` writes it so, with the sign of the velocity turned.",
)

NESTEROV_BOTH = Convention(
    "averaged velocity, rate inside",
    {"beta * v + g": "beta * v + lr * (1 - beta) * g", "lr * (g + beta * v)": "(lr * (1 - beta) * g + beta * v)"},
    BOTH.conversion,
    BOTH.ours,
)

EXERCISE = Exercise(
    source_of(nesterov),
    [NESTEROV_AVERAGED, NESTEROV_RATE, NESTEROV_BOTH],
    [
        UPHILL,
        STILL,
        NO_RATE,
        AHEAD,
        AHEAD_INSIDE,
        PLAIN,
        WRONG_WAY,
        HALF_TURNED,
        BARE_GRADIENT,
        STATE_LOST._replace(change={"beta * v + g": "0 * v + g"}),
        VELOCITY_RETURNED_OLD,
        SIGN,
        STARTS_AT_THETA,
        BETA_WITH_RATE,
        SUM._replace(change={"beta * v + g": "v + g"}),
        WEIGHTS_EXCHANGED,
    ],
)
