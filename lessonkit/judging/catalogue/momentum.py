"""What is known about plain descent and the two momenta."""

from lessonkit.judging.source import Convention, Exercise, Mistake, source_of
from lessonkit.rules.optimizers import momentum, nesterov, sgd

UPHILL = Mistake(
    "goes uphill",
    {"theta - lr": "theta + lr"},
    "The step is added, so the loss grows. The gradient points to where the loss rises.",
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
    "The step is as long as the gradient, whatever the rate.",
    "What happens to your step when lr is divided by ten?",
    ("Call it twice, with lr = 0.1 and lr = 0.01, and compare.", "Is lr used in the line that moves θ?"),
)
HALF = Mistake(
    "halves the step",
    {"theta - lr": "theta - 0.5 * lr"},
    "A factor ½ from another loss (½ of the mean square) has come along.",
    "Where does your factor ½ come from: the rule, or a loss?",
    ("The gradient that comes in has its factors already.", "Compare your step for g = 1, lr = 1."),
)

STATE_LOST = Mistake(
    "loses the velocity",
    {"beta * v": "0 * v"},
    "The velocity starts from zero at each call, so this is plain descent. Often a local variable, or zeros made inside.",
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
    "returns the old velocity",
    {", v": ", memory_v", "": "memory_v = v"},
    "The new velocity is used once and then forgotten, so it never builds up.",
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
    "Your velocity is an average, as in Adam's m: the same path as ours has the rate divided by (1 − β).",
)
RATE_INSIDE = Convention(
    "rate inside the velocity",
    {"beta * v + g": "beta * v + lr * g", "theta - lr * v": "theta - v"},
    "The rate is in the velocity, as in the early papers and Keras. At a constant rate the path is ours; "
    "after a cut, the old velocity still carries the old rate.",
)
BOTH = Convention(
    "averaged velocity, rate inside",
    {"beta * v + g": "beta * v + lr * (1 - beta) * g", "theta - lr * v": "theta - v"},
    "The velocity is an average and holds the rate: our path at a constant rate divided by (1 − β).",
)

MOMENTUM_MISTAKES = [
    UPHILL,
    STILL,
    NO_RATE,
    STATE_LOST,
    OLD_VELOCITY,
    BARE,
    VELOCITY_RETURNED_OLD,
    SIGN,
    STARTS_AT_THETA,
    BETA_WITH_RATE,
    SUM,
    WEIGHTS_EXCHANGED,
]

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
    "θ moves by the velocity: this is momentum, without the look ahead.",
    "How does your first step differ from that of momentum?",
    ("Nesterov's first step is longer than the gradient's.", "The gradient enters the step a second time: where?"),
)
OLD_AHEAD = Mistake(
    "looks ahead with the old velocity",
    {"(g + beta * v)": "(g + beta * memory_v)", "": "memory_v = v"},
    "The look-ahead uses the velocity from before the update, which gives the heavy ball's path.",
    "Which velocity carries the ball from here on: the one before or the one after this gradient?",
    ("Write down the first step with v = 0.", "Update v, then look ahead with it."),
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
    "In the form with the old and the new velocity, v was turned positive in one term only.",
    "If v counts downhill as positive, which signs do all its terms have?",
    ("Write the step in terms of g alone, for v = 0 before.", "In the second step, which sign has the old velocity?"),
)
NESTEROV_AVERAGED = Convention(
    "averaged velocity",
    {"beta * v + g": "beta * v + (1 - beta) * g", "(g + beta * v)": "((1 - beta) * g + beta * v)"},
    AVERAGED.conversion,
)
NESTEROV_RATE = Convention(
    "rate inside the velocity",
    {"beta * v + g": "beta * v + lr * g", "lr * (g + beta * v)": "(lr * g + beta * v)"},
    RATE_INSIDE.conversion + " The form with the old and the new velocity is the same.",
)
NESTEROV_BOTH = Convention(
    "averaged velocity, rate inside",
    {"beta * v + g": "beta * v + lr * (1 - beta) * g", "lr * (g + beta * v)": "(lr * (1 - beta) * g + beta * v)"},
    BOTH.conversion,
)

EXERCISES = {
    "sgd": Exercise(source_of(sgd), [], [UPHILL, STILL, NO_RATE, HALF]),
    "momentum": Exercise(source_of(momentum), [AVERAGED, RATE_INSIDE, BOTH], MOMENTUM_MISTAKES),
    "nesterov": Exercise(
        source_of(nesterov),
        [NESTEROV_AVERAGED, NESTEROV_RATE, NESTEROV_BOTH],
        [
            UPHILL,
            STILL,
            NO_RATE,
            AHEAD,
            AHEAD_INSIDE,
            PLAIN,
            OLD_AHEAD,
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
    ),
}
