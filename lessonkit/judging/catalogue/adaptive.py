"""What is known about the rules with a rate for each coordinate: AdaGrad, RMSProp, Adam, AdamW."""

from lessonkit.judging.catalogue.momentum import NO_RATE, STILL, UPHILL
from lessonkit.judging.source import Convention, Exercise, Mistake, source_of
from lessonkit.rules.optimizers import adagrad, adam, adamw, rmsprop


def eps_conventions(mean):
    """Where ε may stand under the gradient; `mean` is what the root is taken of."""
    return [
        Convention(
            "ε inside the root",
            {f"(np.sqrt({mean}) + eps)": f"np.sqrt({mean} + eps)"},
            "ε is inside the root: ours with ε replaced by √ε, as long as the gradients are not tiny. Your 1e-8 stops "
            "divisions at 1e-4, ours at 1e-8.",
        ),
        Convention(
            "ε as a floor",
            {f"(np.sqrt({mean}) + eps)": f"np.maximum(np.sqrt({mean}), eps)"},
            "ε is the least divisor instead of a term: the same wherever the root is much larger than ε.",
        ),
        Convention(
            "ε² inside the root",
            {f"(np.sqrt({mean}) + eps)": f"np.sqrt({mean} + eps ** 2)"},
            "ε is squared under the root, so it has ours unit; the two differ only near ε.",
        ),
    ]


def common(mean, state):
    """Mistakes that any rule with a root of squares can have."""
    root = f"(np.sqrt({mean}) + eps)"
    return [
        UPHILL,
        STILL,
        NO_RATE,
        Mistake(
            "forgets the root",
            {root: f"({mean} + eps)"},
            "The gradient is divided by its square, so small gradients make giant steps.",
            "If all gradients double, what should happen to the step?",
            ("Which unit has your step?", "Look at the divisor: what turns a square back?"),
        ),
        Mistake(
            "forgets ε",
            {root: f"np.sqrt({mean})"},
            "With a gradient of zero this divides 0 by 0.",
            "What does your function return for a parameter whose gradient was always zero?",
            ("Call it with g = 0.", "What keeps the division finite?"),
        ),
        Mistake(
            "ε multiplies instead of adding",
            {root: f"(np.sqrt({mean}) * eps)"},
            "The divisor is scaled by ε, so steps are 1/ε times too long.",
            "How long is your first step, with ε = 1e-8?",
            ("Print the divisor.", "ε is tiny: which operation leaves the root as it is?"),
        ),
        Mistake(
            "ε is huge",
            {root: root.replace("eps", "1e7")},
            "1e7 stands where 1e-7 was meant, and every step is nearly zero.",
            "How far does your first step go?",
            ("Print the divisor.", "Look at the exponent of ε."),
        ),
        Mistake(
            "ε is huge (1e8)",
            {root: root.replace("eps", "1e8")},
            "1e8 stands where 1e-8 was meant, and every step is nearly zero.",
            "How far does your first step go?",
            ("Print the divisor.", "Look at the exponent of ε."),
        ),
        Mistake(
            "multiplies by the root",
            {f" / {root}": f" * {root}"},
            "Coordinates with large gradients get longer steps, not shorter ones.",
            "Which coordinate should have the smaller rate: the steep one or the flat one?",
            ("Compute the step for g = 10 and g = 0.1.", "On which side of the fraction does the root stand?"),
        ),
        Mistake(
            "divides by the gradient's size alone",
            {f"np.sqrt({mean})": "np.abs(g)"},
            "Only the present gradient is in the divisor, so the history is unused.",
            "What does a large gradient, long past, do to your step?",
            ("With g = 1 and then g = 0.1, compare your second step.", "What is the accumulator for?"),
        ),
        Mistake(
            "uses the gradient unsquared",
            {"g * g": "g"},
            "The accumulator sums gradients, which cancel, and can be negative under the root.",
            "What is in your accumulator after g = 1 and g = −1?",
            ("Call it with a negative gradient.", "What should be summed: gradients, or their squares?"),
        ),
        Mistake(
            "takes the size for the square",
            {"g * g": "np.abs(g)"},
            "The accumulator holds |g|, so the root of it has the wrong unit.",
            "If all gradients are ten times as large, how does your step change?",
            ("Try g and 10 g.", "The root turns what back?"),
        ),
        Mistake(
            "steps with the old accumulator",
            {
                "": f"memory_s = {state}",
                f"np.sqrt({mean})": f"np.sqrt({'memory_s' if mean == state else 'memory_s / (1 - beta2 ** t)'})",
            },
            "The divisor does not yet hold the present gradient; the first one is divided by nearly nothing.",
            "What is your divisor in the first step?",
            ("Print the divisor at t = 1.", "Update the accumulator first, then divide."),
        ),
        Mistake(
            "loses the accumulator",
            {"": f"{state} = 0 * {state}"},
            "It starts at zero at every call, so the history is lost.",
            "What does the second call know of the first gradient?",
            ("Call it twice and compare what comes back.", "The accumulator comes in as an argument."),
        ),
        Mistake(
            "returns the old accumulator",
            {f", {state}": ", memory_s", "": f"memory_s = {state}"},
            "The new accumulator is used once and never stored.",
            "What does the next call get?",
            ("Print what you return after two steps.", "Is it the new one that you return?"),
        ),
        Mistake(
            "starts the accumulator at ε",
            {"": f"{state} = np.where({state} == 0, eps, {state})"},
            "It starts at ε instead of zero, which a tiny gradient feels.",
            "What is known before the first gradient?",
            ("Look at the first step for a gradient of 1e-8.", "What is the accumulator before the first step?"),
        ),
        Mistake(
            "one rate for all",
            {f"np.sqrt({mean})": f"np.sqrt(np.mean({mean}))"},
            "The accumulator is averaged over the whole tensor, so all coordinates share one rate.",
            "Should a flat coordinate have the same rate as a steep one?",
            ("Print the shape of your divisor.", "Which operation mixes the coordinates?"),
        ),
    ]


def average(state, beta, other):
    """Mistakes of a running average of squares."""
    line = f"{beta} * {state} + (1 - {beta}) * g * g"
    return [
        Mistake(
            "sums instead of averaging",
            {line: f"{state} + g * g"},
            "All squares count fully for ever, which is AdaGrad.",
            "With g = 1 at each step, where does your average settle?",
            ("Run 100 steps with g = 1.", "Which factor lets the past fade?"),
        ),
        Mistake(
            "forgets the factor 1 − β",
            {line: f"{beta} * {state} + g * g"},
            "The sum settles at 1/(1 − β) times the mean square.",
            "With g = 1 at each step, where should an average settle?",
            ("Add the weights that all past squares get.", "They should add up to 1."),
        ),
        Mistake(
            "exchanges the shares",
            {line: f"(1 - {beta}) * {state} + {beta} * g * g"},
            "The past gets the small share, the present the large one.",
            "With β = 0.9, how much should one gradient change the average?",
            ("Compare β = 0.9 with β = 0.1.", "Which share belongs to the past?"),
        ),
        Mistake(
            "stores ε in the average",
            {line: f"{line} + eps"},
            "ε is added at every step and piles up in the average.",
            "With g = 0 for ever, where does your average settle?",
            ("Call it with g = 0 and a large ε.", "ε belongs to the division, not to the average."),
        ),
        Mistake(
            "squares the share",
            {line: f"{beta} * {state} + ((1 - {beta}) * g) ** 2"},
            "The share (1 − β) was squared together with the gradient.",
            "Which factor does g² have in your line?",
            ("Put brackets around what is squared.", "Only the gradient is squared."),
        ),
    ]


CORRECTED = {"m / (1 - beta1 ** t)": "m", "v / (1 - beta2 ** t)": "v"}
ADAM = [
    Mistake(
        "no bias correction",
        CORRECTED,
        "m and v start at zero and are used as they are; the first steps have the wrong length.",
        "After one step with g = 2, how large is your m, and how large was the gradient?",
        ("Compute m and v after the first step by hand.", "What share of g has arrived in m after one step?"),
        "correction",
    ),
    Mistake(
        "corrects m only",
        {"v / (1 - beta2 ** t)": "v"},
        "v stays too small in the first steps, which are then far too long.",
        "How long is your first step, in rates?",
        ("The first step of Adam has about the length of the rate.", "Both averages start at zero."),
        "correction",
    ),
    Mistake(
        "corrects v only",
        {"m / (1 - beta1 ** t)": "m"},
        "m stays too small in the first steps, which are a tenth as long as they should be.",
        "How long is your first step, in rates?",
        ("The first step of Adam has about the length of the rate.", "Both averages start at zero."),
        "correction",
    ),
    Mistake(
        "constant bias correction",
        {"1 - beta1 ** t": "1 - beta1", "1 - beta2 ** t": "1 - beta2"},
        "The correction is that of the first step for ever: later m̂ and v̂ are ten and a thousand times too large.",
        "What should your correction be after a thousand steps, when the averages have settled?",
        ("Print the divisors at t = 1 and t = 1000.", "What depends on t in the formula?"),
        "correction",
    ),
    Mistake(
        "β times t for β to the power t",
        {"beta1 ** t": "beta1 * t", "beta2 ** t": "beta2 * t"},
        "A product stands where a power is meant.",
        "What is your divisor at t = 2?",
        ("Print 1 − β₁ᵗ for t = 1, 2, 3.", "How does what is left of the start shrink: by steps or by factors?"),
        "correction",
    ),
    Mistake(
        "counts t from 0",
        {"beta1 ** t": "beta1 ** (t - 1)", "beta2 ** t": "beta2 ** (t - 1)"},
        "The first correction divides by zero, later ones are one step behind.",
        "What is 1 − β⁰?",
        ("t of the first update is 1.", "Print t and the divisors in the first step."),
        "correction",
    ),
    Mistake(
        "counts t one too far",
        {"beta1 ** t": "beta1 ** (t + 1)", "beta2 ** t": "beta2 ** (t + 1)"},
        "t was raised although it already counts this update.",
        "Which t belongs to the first update?",
        ("Print the divisor in the first step.", "t comes in as an argument, ready to use."),
        "correction",
    ),
    Mistake(
        "multiplies by the correction",
        {"m / (1": "m * (1", "v / (1": "v * (1"},
        "Averages that are too small are made smaller.",
        "Is m after the first step too small or too large?",
        ("Compute m after one step.", "Which operation makes it larger?"),
        "correction",
    ),
    Mistake(
        "keeps the corrected moments",
        {", m, v": ", m_hat, v_hat"},
        "The corrected averages are stored, and corrected again in the next step.",
        "Which m does the next step average into: the raw one or the corrected one?",
        ("Print what you return after two steps.", "m̂ and v̂ live for one step only."),
        "keeping",
    ),
    Mistake(
        "power of the length, not of t",
        {"beta1 ** t": "beta1 ** np.shape(m)[0]", "beta2 ** t": "beta2 ** np.shape(v)[0]"},
        "The power is the number of entries.",
        "What does the number of parameters have to do with the number of steps?",
        ("Try another number of parameters.", "What is t?"),
        "correction",
    ),
    Mistake(
        "steps with the old moments",
        {"": "m_old, v_old = m, v", "m_hat = m": "m_hat = m_old", "v_hat = v": "v_hat = v_old"},
        "m and v are updated after the step, which therefore does not know the present gradient.",
        "How far does your first step go?",
        ("m and v are zero before the first step.", "In which order do the lines of the formula stand?"),
        "keeping",
    ),
    Mistake(
        "loses both moments",
        {"": "m, v = 0 * m, 0 * v"},
        "m and v start from zero at each call.",
        "What does the second call know of the first gradient?",
        ("Call it twice.", "m and v come in as arguments."),
        "keeping",
    ),
    Mistake(
        "returns the old moments",
        {"": "m_old, v_old = m, v", ", m, v": ", m_old, v_old"},
        "The new m and v are used once and not stored.",
        "What does the next call get?",
        ("Print what you return.", "Are the returned m and v the new ones?"),
        "keeping",
    ),
    Mistake(
        "keeps only the old share of the moments",
        {"": "m_old, v_old = beta1 * m, beta2 * v", ", m, v": ", m_old, v_old"},
        "The present gradient is added to a local copy, so the stored moments stay at zero.",
        "What does the next call get?",
        ("Print what you return after one step.", "Are the returned m and v those with the gradient in them?"),
        "keeping",
    ),
    Mistake(
        "starts both moments at ε",
        {"": "m, v = np.where(t == 1, eps, m), np.where(t == 1, eps, v)"},
        "m and v start at ε instead of zero, which a tiny gradient feels.",
        "What is known before the first gradient?",
        ("Look at the first step for a gradient of zero.", "What are m and v before the first step?"),
        "keeping",
    ),
    Mistake(
        "returns m and v exchanged",
        {", m, v": ", v, m"},
        "The next call takes one for the other.",
        "In which order does the function take its states?",
        ("Print both after two steps.", "Compare the order of arguments with the order of results."),
        "keeping",
    ),
    Mistake(
        "exchanges β₁ and β₂",
        {
            "beta1 * m + (1 - beta1)": "beta2 * m + (1 - beta2)",
            "beta2 * v + (1 - beta2)": "beta1 * v + (1 - beta1)",
            "1 - beta1 ** t": "1 - beta2 ** t",
            "1 - beta2 ** t": "1 - beta1 ** t",
        },
        "m gets the long memory and v the short one.",
        "Which of the two should forget faster?",
        ("β₁ = 0.9 remembers ten steps, β₂ = 0.999 a thousand.", "Which belongs to m?"),
    ),
    Mistake(
        "one β for both averages",
        {"beta2": "beta1"},
        "β₁ stands in both lines, so v forgets as fast as m.",
        "How many steps does your v remember?",
        ("Change β₂ and see what changes.", "Where is β₂ used?"),
    ),
    Mistake(
        "no first moment",
        {"m_hat / (": "g / ("},
        "The bare gradient is in the numerator: this is RMSProp with a correction.",
        "What is m for in your last line?",
        ("Put g = 0 after some steps: θ should roll on.", "What stands over the root?"),
    ),
    Mistake(
        "v averages m",
        {"(1 - beta2) * g * g": "(1 - beta2) * m * m"},
        "v holds the squares of the average instead of those of the gradient.",
        "With gradients +1 and −1 in turn, what should v be?",
        ("Compute v for g = 1, −1.", "Whose squares are averaged?"),
    ),
    Mistake(
        "only m̂ and an uncorrected root",
        {"np.sqrt(v_hat)": "np.sqrt(v)"},
        "v̂ is computed, but v is used.",
        "Where is your v̂ used?",
        ("Look for a name that is computed and never used.", "Which one belongs under the root?"),
        "correction",
    ),
    Mistake(
        "sums the gradients in m and v",
        {"(1 - beta1) * g": "g", "(1 - beta2) * g * g": "g * g"},
        "The factors 1 − β are missing, so m and v are sums and the correction no longer fits.",
        "With g = 1 at each step, where does m settle?",
        ("Add the weights of all past gradients.", "They should add up to 1."),
    ),
    Mistake(
        "corrects by 1 − β₁ᵗ in both",
        {"beta2 ** t": "beta1 ** t"},
        "v is corrected with β₁.",
        "With which β was v averaged?",
        ("Print both divisors.", "Each average has its own."),
        "correction",
    ),
    Mistake(
        "the rate is corrected without a root",
        {"m / (1 - beta1 ** t)": "m / (1 - beta1 ** t) / (1 - beta2 ** t)", "v / (1 - beta2 ** t)": "v"},
        "In the form where the rate carries the correction, 1 − β₂ᵗ has lost its root, or stands on the wrong side.",
        "v̂ stands under a root: what becomes of its correction outside?",
        ("Take the correction out of the root by hand.", "√(v / c) = √v / √c."),
        "correction",
    ),
]

TF1 = {"m / (1 - beta1 ** t)": "m * np.sqrt(1 - beta2 ** t) / (1 - beta1 ** t)", "v / (1 - beta2 ** t)": "v"}
ADAM_CONVENTIONS = [
    *eps_conventions("v_hat"),
    Convention(
        "ε̂, the correction in the rate",
        TF1,
        "As in TensorFlow 1, Keras and the end of section 2 of the paper: your ε is our ε times √(1 − β₂ᵗ).",
    ),
    Convention(
        "ε̂ inside the root",
        {**TF1, "(np.sqrt(v_hat) + eps)": "np.sqrt(v_hat + eps)"},
        "The correction is in the rate and ε under the root: ours with √(ε / (1 − β₂ᵗ)) for ε.",
    ),
]
DECAY = [
    Mistake(
        "L2 in the gradient, not decoupled",
        {"": "g = g + weight_decay * theta", " - lr * weight_decay * theta": ""},
        "The decay goes through m and v and is divided by the root: Adam with a penalty, which is what AdamW was made to avoid.",
        "For a weight with large gradients, how strong is your decay compared with that of a weight with small ones?",
        ("Put g = 0: the weight should shrink by the factor 1 − lr·λ.", "Does the decay pass through the division?"),
        "decay",
    ),
    Mistake(
        "decays without the rate",
        {" - lr * weight_decay * theta": " - weight_decay * theta"},
        "The decay is not multiplied by the rate, so it stays when the rate is cut. The paper's λ is written so, beside a "
        "schedule that multiplies both; here lr is the whole rate.",
        "When the rate goes to zero, should the weights still shrink?",
        ("Call it with g = 0 and lr = 0.", "Which factor does the decay share with the step?"),
        "decay",
    ),
    Mistake(
        "no decay",
        {" - lr * weight_decay * theta": ""},
        "λ is not used: this is Adam.",
        "What does your function do with g = 0?",
        ("Change λ and compare.", "Where is weight_decay used?"),
        "decay",
    ),
    Mistake(
        "only decays",
        {"theta - lr": "theta - 0 * lr"},
        "The weights shrink, but Adam's step is missing.",
        "After a step with g = 1 and λ = 0, has your θ changed?",
        ("Compare θ before and after, with λ = 0.", "Two things are taken from θ."),
        "decay",
    ),
    Mistake(
        "grows instead of decaying",
        {" - lr * weight_decay * theta": " + lr * weight_decay * theta"},
        "The decay has the wrong sign.",
        "With g = 0, should the weights shrink or grow?",
        ("Call it with g = 0.", "Which sign has the last term?"),
        "decay",
    ),
    Mistake(
        "decays towards ±1",
        {"lr * weight_decay * theta": "lr * weight_decay * np.sign(theta)"},
        "The sign of θ stands for θ: this is an L1 decay.",
        "How does the decay of a large weight compare with that of a small one?",
        ("Try θ = 10 and θ = 0.1 with g = 0.", "The decay is in proportion to what?"),
        "decay",
    ),
    Mistake(
        "halves or doubles the decay",
        {"lr * weight_decay * theta": "2 * lr * weight_decay * theta"},
        "A factor 2 from the derivative of λθ² has come along.",
        "With g = 0, lr = 0.1, λ = 0.5, by how much should θ shrink?",
        ("Call it so.", "The factor is 1 − lr·λ."),
        "decay",
    ),
    Mistake(
        "L2 in the gradient and decay",
        {"": "g = g + weight_decay * theta"},
        "The decay is applied twice: through the gradient, and beside it.",
        "In how many places does λ stand in your code?",
        ("Count them.", "Only the last line needs it."),
        "decay",
    ),
]
DECAY_AFTER = Convention(
    "decay after the step",
    {
        "return (theta": "theta = (theta",
        " - lr * weight_decay * theta, m, v)": ")\n    return (theta - lr * weight_decay * theta, m, v)",
    },
    "The decay takes its share of the weights after the step instead of before; the difference is lr·λ times the step.",
)
AFTER_TF1 = Convention(
    "decay after the step, ε̂ in the rate",
    {**TF1, **DECAY_AFTER.change},
    f"{DECAY_AFTER.conversion} The correction is in the rate, so your ε is our ε times √(1 − β₂ᵗ).",
)
AFTER_INSIDE = Convention(
    "decay after the step, ε inside the root",
    {"(np.sqrt(v_hat) + eps)": "np.sqrt(v_hat + eps)", **DECAY_AFTER.change},
    f"{DECAY_AFTER.conversion} ε is inside the root: ours with √ε.",
)

ADAM_ALL = [*ADAM, *common("v_hat", "v"), *average("v", "beta2", "beta1")]
EXERCISES = {
    "adagrad": Exercise(
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
    ),
    "rmsprop": Exercise(source_of(rmsprop), eps_conventions("s"), [*common("s", "s"), *average("s", "beta", "")]),
    "adam": Exercise(source_of(adam), ADAM_CONVENTIONS, ADAM_ALL),
    "adamw": Exercise(
        source_of(adamw),
        [*ADAM_CONVENTIONS, DECAY_AFTER, AFTER_TF1, AFTER_INSIDE],
        [*DECAY, *(each for each in ADAM_ALL if each is not STILL)],
    ),
}
