"""The spaces of the rules that the lessons print."""

from lessonkit.judging.items.switches import Option, Space, switch

AVERAGE = switch("share", ("the velocity is a sum", ""), ("the velocity is an average", "<new> * "))
RATE = (
    Option("the rate is outside of the velocity", {"in": "", "out": "lr * "}),
    Option("the rate is inside the velocity", {"in": "lr * ", "out": ""}),
)
DOWNHILL = (
    Option("the velocity points uphill, like the gradient", {"plus": "+", "minus": "-"}),
    Option("the velocity points downhill", {"plus": "-", "minus": "+"}),
)


def shares(name):
    """Whether a β is the share of the past or of the new."""
    return (
        Option(f"{name} is the share that is kept", {"past": name, "new": f"(1 - {name})"}),
        Option(f"{name} is the share of the new gradient", {"past": f"(1 - {name})", "new": name}),
    )


EPS = switch(
    "divisor",
    ("ε is added to the root", "(np.sqrt(<mean>) + eps)"),
    ("ε is added under the root", "np.sqrt(<mean> + eps)"),
    ("ε is the least divisor", "np.maximum(np.sqrt(<mean>), eps)"),
    ("ε² is added under the root", "np.sqrt(<mean> + eps ** 2)"),
)
STARTS = switch(
    "mean",
    ("the sum starts from 0", "<squares>"),
    ("0.1 is added to the sum, as if it had started there", "<squares> + 0.1"),
)
FOLDED = (
    Option(
        "both moments are corrected",
        {
            "corrected": "m_hat = <scale_m>m / (1 - beta1 ** t)\n    v_hat = <scale_v>v / (1 - beta2 ** t)",
            "step": "lr * m_hat / <divisor>",
            "mean": "v_hat",
        },
    ),
    Option(
        "the correction is in the rate",
        {
            "corrected": "rate = lr * np.sqrt(1 - beta2 ** t) / (1 - beta1 ** t)",
            "step": "rate * <scale_m>m / <divisor>",
            "mean": "<scale_v>v",
        },
    ),
)
SUM_M = (
    Option("m is an average", {"add_m": "(1 - beta1) * g", "scale_m": ""}),
    Option("m is a sum, scaled by 1 − β₁ when it is used", {"add_m": "g", "scale_m": "(1 - beta1) * "}),
)
SUM_V = (
    Option("v is an average", {"add_v": "(1 - beta2) * g * g", "scale_v": ""}),
    Option("v is a sum, scaled by 1 − β₂ when it is used", {"add_v": "g * g", "scale_v": "(1 - beta2) * "}),
)
MOMENTS = "    m = beta1 * m + <add_m>\n    v = beta2 * v + <add_v>\n    <corrected>\n"


def decay(step, rate="lr * "):
    """Where the decay acts; `step` is what the rule itself subtracts."""
    return (
        Option("the decay acts on the old θ", {"moved": f"theta - {step} - {rate}weight_decay * theta", "end": ""}),
        Option(
            "the decay is not multiplied by the rate", {"moved": f"theta - {step} - weight_decay * theta", "end": ""}
        ),
        Option(
            "the decay acts on the new θ",
            {"moved": "theta - lr * weight_decay * theta", "end": f"theta = theta - {step}\n    "},
        ),
    )


SPACES = {
    "momentum": Space(
        "def momentum(theta, g, v, lr, beta=0.9):\n"
        "    v = <past> * v <plus> <in><share>g\n"
        "    return theta <minus> <out>v, v",
        (AVERAGE, RATE, shares("beta"), DOWNHILL),
        quiet=1,
        least=2,
    ),
    "nesterov": Space(
        "def nesterov(theta, g, v, lr, beta=0.9):\n"
        "    v = <past> * v <plus> <in><share>g\n"
        "    return theta <minus> <out>(<past> * v <plus> <in><share>g), v",
        (AVERAGE, RATE, shares("beta"), DOWNHILL),
        quiet=1,
    ),
    "adagrad": Space(
        "def adagrad(theta, g, G, lr, eps=1e-8):\n    G = <new>\n    return theta - lr * g / <divisor>, G",
        (
            EPS,
            STARTS,
            (
                Option("G is the sum of squares", {"new": "G + g * g", "squares": "G"}),
                Option("G is the root of the sum", {"new": "np.sqrt(G * G + g * g)", "squares": "G * G"}),
            ),
        ),
        quiet=1,
    ),
    "rmsprop": Space(
        "def rmsprop(theta, g, s, lr, beta=0.9, eps=1e-8):\n    s = <kept>\n    return theta - lr * g / <divisor>, s",
        (
            EPS,
            shares("beta"),
            (
                Option("s is the mean square", {"kept": "<past> * s + <new> * g * g", "mean": "s"}),
                Option(
                    "s is the root of the mean square",
                    {"kept": "np.sqrt(<past> * s * s + <new> * g * g)", "mean": "s * s"},
                ),
            ),
        ),
        quiet=1,
    ),
    "adam": Space(
        "def adam(theta, g, m, v, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):\n"
        f"{MOMENTS}    return theta - <step>, m, v",
        (FOLDED, EPS, SUM_M, SUM_V),
        quiet=2,
        least=2,
    ),
    "adamw": Space(
        "def adamw(theta, g, m, v, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):\n"
        f"{MOMENTS}    <end>return <moved>, m, v",
        (decay("<step>"), FOLDED, EPS, SUM_M, SUM_V),
        quiet=2,
        least=2,
    ),
    "lion": Space(
        "def lion(theta, g, m, lr=1e-4, beta1=0.9, beta2=0.99, weight_decay=0.0):\n"
        "    c = <past> * <scale>m + <new> * g\n"
        "    m = beta2 * m + <add>\n"
        "    <end>return <moved>, m",
        (
            decay("lr * np.sign(c)"),
            shares("beta1"),
            (
                Option("m is an average", {"add": "(1 - beta2) * g", "scale": ""}),
                Option("m is a sum, scaled by 1 − β₂ when it is used", {"add": "g", "scale": "(1 - beta2) * "}),
            ),
        ),
        quiet=1,
    ),
    "clip_by_global_norm": Space(
        "def clip_by_global_norm(grads, c):\n"
        "    norm = <norm>\n"
        "    scale = <scale>\n"
        "    return [g * scale for g in grads], <said>",
        (
            switch(
                "norm",
                ("the norm is the root of the sum of squares", "np.sqrt(sum(np.sum(g * g) for g in grads))"),
                ("the norm is the sum of sizes", "sum(np.sum(np.abs(g)) for g in grads)"),
                ("the norm is the largest size", "max(np.max(np.abs(g)) for g in grads)"),
            ),
            switch(
                "scale",
                ("nothing is added to the norm", "1.0 if norm <= c else c / norm"),
                ("1e-6 is added to the norm above the threshold", "1.0 if norm <= c else c / (norm + 1e-6)"),
            ),
            switch(
                "said",
                ("the norm before clipping is returned", "norm"),
                ("the norm after clipping is returned", "norm * scale"),
            ),
        ),
        quiet=1,
    ),
}
