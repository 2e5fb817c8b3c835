"""Mistakes and conventions of rules that divide by the root of squared gradients."""

from lessonkit.judging.catalogue.shared.every_rule import NO_RATE, STILL, UPHILL
from lessonkit.judging.versions import Convention, Mistake

INSIDE = {
    "G": "`optax.adagrad` and `keras.optimizers.Adagrad` write it so. Both also start the sum of squares at 0.1 if nothing else is said.",
    "s": "`optax.rmsprop` writes it so if nothing else is said (`eps_in_sqrt=True`), and so does `keras.optimizers.RMSprop`.",
    "v_hat": "`optax.adam` has both: `eps_root` stands inside the root, `eps` outside; `eps_root` is 0 if nothing else is said.",
}


def eps_conventions(mean):
    """Where ε may stand under the gradient; `mean` is what the root is taken of."""
    return [
        Convention(
            "ε inside the root",
            {f"(np.sqrt({mean}) + eps)": f"np.sqrt({mean} + eps)"},
            "ε is inside the root. Where the gradients are tiny, yours is ours with √ε in place of ε; where they are large, "
            "ε hardly counts in either. Your 1e-8 stops divisions at 1e-4, ours at 1e-8.",
            "eps = np.sqrt(eps)",
            INSIDE[mean],
        ),
        Convention(
            "ε as a floor",
            {f"(np.sqrt({mean}) + eps)": f"np.maximum(np.sqrt({mean}), eps)"},
            "ε is the least divisor instead of a term: the same wherever the root is much larger than ε.",
        ),
        Convention(
            "ε as a floor inside the root",
            {f"(np.sqrt({mean}) + eps)": f"np.sqrt(np.maximum({mean}, eps))"},
            "ε is the least value under the root: the same as ours wherever the mean square is much larger than ε.",
        ),
        Convention(
            "ε² inside the root",
            {f"(np.sqrt({mean}) + eps)": f"np.sqrt({mean} + eps ** 2)"},
            "ε is squared under the root, so it has the unit of ours; the two differ only near ε.",
            written_by={
                "s": "`optax.rmsprop(eps=ε**2)` computes it.",
                "v_hat": "`optax.adam(eps=0, eps_root=ε**2)` computes it.",
            }.get(mean, ""),
        ),
    ]


def common(mean, state):
    """Mistakes that any rule with a root of squares can have."""
    root = f"(np.sqrt({mean}) + eps)"
    over, said = ("m_hat", "m̂") if mean == "v_hat" else ("g", "the gradient")
    return [
        UPHILL,
        STILL,
        NO_RATE,
        Mistake(
            f"forgets {said}",
            {f"lr * {over} /": "lr /"},
            f"{said[0].upper() + said[1:] if over == 'g' else said} is missing over the root, so all coordinates move the same way.",
            "Which way does your θ go when the gradient turns its sign?",
            ("Call it with g = 1 and with g = −1.", "What stands over the root?"),
        ),
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
            "ε is left out of the divisor, so a gradient of zero can give 0 / 0.",
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
            "The old value is not used, so the history is lost.",
            "What does the second call know of the first gradient?",
            ("Call it twice and compare what comes back.", "The accumulator comes in as an argument."),
        ),
        Mistake(
            "does not keep the new accumulator",
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
            "The share of the new square is left out, so the sum settles far above the mean square.",
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
