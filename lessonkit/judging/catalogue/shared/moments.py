"""Mistakes and conventions of Adam, which AdamW shares."""

from lessonkit.judging.catalogue.shared.squares import average, common, eps_conventions
from lessonkit.judging.versions import Convention, Mistake, combined

CORRECTED = {"m / (1 - beta1 ** t)": "m", "v / (1 - beta2 ** t)": "v"}

ADAM = [
    Mistake(
        "no bias correction",
        CORRECTED,
        "m and v start at zero and are used as they are; the first steps have the wrong length.",
        "After one step with g = 2, how large is your m, and how large was the gradient?",
        ("Compute m and v after the first step by hand.", "What share of g has arrived in m after one step?"),
    ),
    Mistake(
        "corrects m only",
        {"v / (1 - beta2 ** t)": "v"},
        "v is used without its correction: it is too small in the first steps, which are then far too long.",
        "How long is your first step, in rates?",
        ("The first step of Adam has about the length of the rate.", "Both averages start at zero."),
    ),
    Mistake(
        "corrects v only",
        {"m / (1 - beta1 ** t)": "m"},
        "m stays too small in the first steps, which are a tenth as long as they should be.",
        "How long is your first step, in rates?",
        ("The first step of Adam has about the length of the rate.", "Both averages start at zero."),
    ),
    Mistake(
        "constant bias correction",
        {"1 - beta1 ** t": "1 - beta1", "1 - beta2 ** t": "1 - beta2"},
        "The correction is that of the first step for ever: later m̂ and v̂ are too large, by 1/(1 − β₁) and 1/(1 − β₂).",
        "What should your correction be after a thousand steps, when the averages have settled?",
        ("Print the divisors at t = 1 and t = 1000.", "What depends on t in the formula?"),
    ),
    Mistake(
        "β times t for β to the power t",
        {"beta1 ** t": "beta1 * t", "beta2 ** t": "beta2 * t"},
        "A product stands where a power is meant.",
        "What is your divisor at t = 2?",
        ("Print 1 − β₁ᵗ for t = 1, 2, 3.", "How does what is left of the start shrink: by steps or by factors?"),
    ),
    Mistake(
        "counts t from 0",
        {"beta1 ** t": "beta1 ** (t - 1)", "beta2 ** t": "beta2 ** (t - 1)"},
        "The first correction divides by zero, later ones are one step behind.",
        "What is 1 − β⁰?",
        ("t of the first update is 1.", "Print t and the divisors in the first step."),
    ),
    Mistake(
        "counts t one too far",
        {"beta1 ** t": "beta1 ** (t + 1)", "beta2 ** t": "beta2 ** (t + 1)"},
        "t was raised although it already counts this update.",
        "Which t belongs to the first update?",
        ("Print the divisor in the first step.", "t comes in as an argument, ready to use."),
    ),
    Mistake(
        "multiplies by the correction",
        {"m / (1": "m * (1", "v / (1": "v * (1"},
        "Averages that are too small are made smaller.",
        "Is m after the first step too small or too large?",
        ("Compute m after one step.", "Which operation makes it larger?"),
    ),
    Mistake(
        "keeps the corrected moments",
        {", m, v": ", m_hat, v_hat"},
        "The corrected averages are stored, and corrected again in the next step.",
        "Which m does the next step average into: the raw one or the corrected one?",
        ("Print what you return after two steps.", "m̂ and v̂ live for one step only."),
    ),
    Mistake(
        "power of the length, not of t",
        {"beta1 ** t": "beta1 ** np.shape(m)[0]", "beta2 ** t": "beta2 ** np.shape(v)[0]"},
        "The power is the number of entries.",
        "What does the number of parameters have to do with the number of steps?",
        ("Try another number of parameters.", "What is t?"),
    ),
    Mistake(
        "steps with the old moments",
        {"": "m_old, v_old = m, v", "m_hat = m": "m_hat = m_old", "v_hat = v": "v_hat = v_old"},
        "The step is computed from the old m and v, so it does not know the present gradient.",
        "How far does your first step go?",
        ("m and v are zero before the first step.", "In which order do the lines of the formula stand?"),
    ),
    Mistake(
        "loses both moments",
        {"": "m, v = 0 * m, 0 * v"},
        "The old m and v are not used, so the history is lost.",
        "What does the second call know of the first gradient?",
        ("Call it twice.", "m and v come in as arguments."),
    ),
    Mistake(
        "does not keep the new moments",
        {"": "m_old, v_old = m, v", ", m, v": ", m_old, v_old"},
        "The new m and v are used once and not stored.",
        "What does the next call get?",
        ("Print what you return.", "Are the returned m and v the new ones?"),
    ),
    Mistake(
        "keeps only the old share of the moments",
        {"": "m_old, v_old = beta1 * m, beta2 * v", ", m, v": ", m_old, v_old"},
        "The present gradient is added to a local copy, so the stored moments stay at zero.",
        "What does the next call get?",
        ("Print what you return after one step.", "Are the returned m and v those with the gradient in them?"),
    ),
    Mistake(
        "starts both moments at ε",
        {"": "m, v = np.where(t == 1, eps, m), np.where(t == 1, eps, v)"},
        "m and v start at ε instead of zero, which a tiny gradient feels.",
        "What is known before the first gradient?",
        ("Look at the first step for a gradient of zero.", "What are m and v before the first step?"),
    ),
    Mistake(
        "returns m and v exchanged",
        {", m, v": ", v, m"},
        "The next call takes one for the other.",
        "In which order does the function take its states?",
        ("Print both after two steps.", "Compare the order of arguments with the order of results."),
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
        "v is used without its correction: it is too small in the first steps, which are then far too long.",
        "Where is your v̂ used?",
        ("Look for a name that is computed and never used.", "Which one belongs under the root?"),
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
    ),
    Mistake(
        "forgets m̂",
        {"m_hat = m": "m_hat = 1"},
        "m is missing over the root, so all coordinates move the same way.",
        "Which way does your θ go when the gradient turns its sign?",
        ("Call it with g = 1 and with g = −1.", "What stands over the root?"),
    ),
    Mistake(
        "corrects twice",
        {"lr * m_hat": "lr * np.sqrt(1 - beta2 ** t) / (1 - beta1 ** t) * m_hat"},
        "The rate carries the correction of m and v, and m̂ and v̂ carry it again.",
        "In how many places does your code correct m and v?",
        ("Count the factors 1 − βᵗ.", "Correct the moments or the rate, not both."),
    ),
    Mistake(
        "corrects in the first step only",
        {"beta1 ** t": "np.where(t == 1, beta1, 0)", "beta2 ** t": "np.where(t == 1, beta2, 0)"},
        "From the second step on, m and v are used as they are, though they are still too small.",
        "After two steps with g = 2, how large is your m?",
        ("Compute m by hand for t = 1, 2, 3.", "What depends on t in the formula?"),
    ),
    *(
        Mistake(
            "v averages the square of g − m",
            {"(1 - beta2) * g * g": f"(1 - beta2) * (g - m) ** 2{and_eps}"},
            "v holds the squares of g − m: this is AdaBelief. Adam averages the squares of g.",
            "With g = 1 at each step, where does your v settle?",
            ("Run 100 steps with g = 1 and print v.", "Whose squares are averaged?"),
        )
        for and_eps in ("", " + eps")
    ),
    Mistake(
        "v is the largest gradient",
        {
            "beta2 * v + (1 - beta2) * g * g": "np.maximum(beta2 * v, np.abs(g))",
            "v / (1 - beta2 ** t)": "v",
            "np.sqrt(v_hat)": "v_hat",
        },
        "v is a fading maximum of |g|: this is AdaMax. Adam averages the squares, and takes the root of the average.",
        "After g = 1 and then many gradients of 0.1, what is in your v?",
        ("Print v for a few gradients.", "Is v a maximum in the formula, or an average?"),
    ),
    Mistake(
        "exchanges β₁ and β₂ in the correction of the rate",
        {"m / (1 - beta1 ** t)": "m * np.sqrt(1 - beta1 ** t) / (1 - beta2 ** t)", "v / (1 - beta2 ** t)": "v"},
        "In the form where the rate carries the correction, the root belongs to 1 − β₂ᵗ, because v stands under a root.",
        "With which β was v averaged, and with which m?",
        ("Take both corrections out of the fraction by hand.", "√(v / c) = √v / √c."),
    ),
    Mistake(
        "the rate is corrected without a root",
        {"m / (1 - beta1 ** t)": "m / (1 - beta1 ** t) / (1 - beta2 ** t)", "v / (1 - beta2 ** t)": "v"},
        "In the form where the rate carries the correction, 1 − β₂ᵗ has lost its root, or stands on the wrong side.",
        "v̂ stands under a root: what becomes of its correction outside?",
        ("Take the correction out of the root by hand.", "√(v / c) = √v / √c."),
    ),
]

RATE_CORRECTED = Convention(
    "ε̂, the correction in the rate",
    {"m / (1 - beta1 ** t)": "m * np.sqrt(1 - beta2 ** t) / (1 - beta1 ** t)", "v / (1 - beta2 ** t)": "v"},
    "As in TensorFlow 1, Keras and the end of section 2 of the paper: your ε is our ε times √(1 − β₂ᵗ).",
    "eps = eps / np.sqrt(1 - beta2 ** t)",
    "Kingma & Ba (2014), arXiv:1412.6980, end of section 2; TensorFlow 1; `keras.optimizers.Adam`.",
)

EPS_PLACES = eps_conventions("v_hat")
ADAM_CONVENTIONS = combined(EPS_PLACES, [RATE_CORRECTED])

ADAM_ALL = [*ADAM, *common("v_hat", "v"), *average("v", "beta2", "beta1")]
