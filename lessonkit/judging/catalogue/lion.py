"""What is known about lion."""

from lessonkit.judging.catalogue.shared.every_rule import NO_RATE, UPHILL
from lessonkit.judging.versions import Exercise, Mistake, source_of
from lessonkit.rules.optimizers import lion

MEAN, MEMORY = "beta1 * m + (1 - beta1) * g", "beta2 * m + (1 - beta2) * g"
STEP = "lr * (np.sign(c) + weight_decay * theta)"
EXERCISE = Exercise(
    source_of(lion),
    [],
    [
        UPHILL._replace(change={"theta - lr": "theta + lr"}),
        NO_RATE._replace(change={"lr * (np.sign": "1.0 * (np.sign"}),
        Mistake(
            "decays without the rate",
            {STEP: "lr * np.sign(c) - weight_decay * theta"},
            "The decay is not multiplied by the learning rate, so it stays when the rate is cut.",
            "When the rate goes to zero, should the weights still shrink?",
            ("Call it with g = 0 and lr = 0.", "Which factor does the decay share with the step?"),
        ),
        Mistake(
            "forgets the sign",
            {"np.sign(c)": "c"},
            "θ moves by the mean itself. This is momentum: large gradients make long steps.",
            "If all gradients become ten times as large, does your step change?",
            ("Compare the steps for g = 1 and g = 10.", "Which function leaves only the direction of each entry?"),
        ),
        Mistake(
            "takes the sign of the gradient alone",
            {"np.sign(c)": "np.sign(g)"},
            "The step ignores the momentum: this is sign descent.",
            "A large gradient is followed by a tiny one of the other sign. Which way should the next step go?",
            ("Call it with m = 1 and g = −0.01.", "What is the mean of m and g for?"),
        ),
        Mistake(
            "steps by the new momentum",
            {"np.sign(c)": "np.sign(m)"},
            "The sign is taken of the momentum after its update, so β₁ is not used. With β₂ = 0.99 the present gradient has a "
            "share of only 0.01 in the direction of the step.",
            "Which share does the present gradient have in the direction of your step?",
            ("Change β₁ and compare two steps.", "Two means are computed: which one is for the step?"),
        ),
        Mistake(
            "exchanges β₁ and β₂",
            {MEAN: "beta2 * m + (1 - beta2) * g ", f"m = {MEMORY}\n": "m = beta1 * m + (1 - beta1) * g\n"},
            "β₁ belongs to the direction of the step, β₂ to the memory. Here it is the other way round: the memory is short, and "
            "the present gradient hardly counts in the direction.",
            "Which share should be larger: that of the past in the direction, or that of the past in the memory?",
            ("Compare both lines with the formula, letter by letter.", "Which β stands in the line of the direction?"),
        ),
        Mistake(
            "stores the direction",
            {f"m = {MEMORY}": "m = c"},
            "The mean that gives the direction is kept as the momentum, so the memory is short.",
            "What should m be after one step from zero, with g = 1 and β₂ = 0.99?",
            ("Print m after the first step.", "The momentum has a line and a share of its own."),
        ),
        Mistake(
            "loses the momentum",
            {f"m = {MEMORY}": "m = (1 - beta2) * g"},
            "The new momentum keeps nothing of the old one.",
            "What is in m after ten gradients of 1?",
            ("Print m for some steps.", "Which term carries the past?"),
        ),
        Mistake(
            "updates the momentum first",
            {f"c = {MEAN}": f"c = beta1 * ({MEMORY}) + (1 - beta1) * g "},
            "The momentum is updated before the direction is computed, so this gradient counts twice in the direction.",
            "Does the direction use the momentum from before or from after this gradient?",
            ("Follow the two lines in the order of the formula.", "In which line is m changed?"),
        ),
        Mistake(
            "decays inside the sign",
            {"np.sign(c) + weight_decay * theta": "np.sign(c + weight_decay * theta)"},
            "The weight decay is added to the mean before its sign is taken, so the decay has no size of its own.",
            "With g = 0 and m = 0, by how much should θ shrink in one step?",
            ("Call it with g = 0.", "Which of the two terms does the sign belong to?"),
        ),
        Mistake(
            "forgets the weight decay",
            {" + weight_decay * theta": ""},
            "The argument weight_decay changes nothing.",
            "With g = 0 and m = 0, by how much should θ shrink in one step?",
            ("Call it with g = 0 and weight_decay = 0.1.", "Which term of the formula has a λ?"),
        ),
    ],
)
