"""The spaces of rules that the lessons speak of and the course does not have: there is nothing to copy."""

from lessonkit.judging.catalogue.shared.every_rule import NO_RATE, UPHILL
from lessonkit.judging.catalogue.shared.velocity import BARE, SIGN, STATE_LOST, SUM
from lessonkit.judging.items.printed_rules import AVERAGE, RATE, shares
from lessonkit.judging.items.switches import Option, Space, switch
from lessonkit.judging.versions import Mistake

COUNT = switch("count", ("the first step has the full rate", "(t - 1)"), ("the first step counts as step 1", "t"))

TWO_RATES = (
    UPHILL,
    NO_RATE,
    Mistake(
        "counts in threes",
        {},
        "The rates take turns in a pattern of three steps, not of two.",
        "Which rate has step 3, which one step 4?",
        ("Write down the rates of six steps.", "What does `%` give at t = 1, 2, 3?"),
    ),
    Mistake(
        "adds the factor",
        {},
        "ρ is added to the rate or taken from it, but it is a factor.",
        "With ρ = 1, should the two rates differ?",
        ("Call it with ρ = 1.", "Which operation leaves the rate as it is at ρ = 1?"),
    ),
    Mistake(
        "squares the factor",
        {},
        "The second rate is wrong by another factor ρ.",
        "How often does ρ enter the second rate?",
        ("Divide one of your rates by the other.", "Look at the power of ρ."),
    ),
    Mistake(
        "has the same rate at each step",
        {},
        "Every step has the same rate: the turns never come.",
        "Which rate has step 1, which one step 2?",
        ("Call it at t = 1 and at t = 2.", "When is your condition false?"),
    ),
)

FALLING = (
    UPHILL,
    NO_RATE,
    Mistake(
        "falls with the whole count",
        {},
        "The root is missing: the rate falls with the number of steps, not with its root.",
        "After four times as many steps, how much smaller should the rate be?",
        ("Compute your rate at two steps.", "What stands around the count in the formula?"),
    ),
    Mistake(
        "grows instead of falling",
        {},
        "The rate grows with the steps.",
        "Should a later step be longer or shorter?",
        ("Compute your rate at two steps.", "Look at what the count does to the rate."),
    ),
    Mistake(
        "multiplies by τ",
        {},
        "The count is multiplied by τ instead of divided, so the rate falls far too fast.",
        "After how many steps should the rate have halved, or nearly so?",
        ("Compute your rate at t = τ.", "τ is a number of steps: which operation makes a count free of its unit?"),
    ),
    Mistake(
        "forgets τ",
        {},
        "The time scale τ is never used.",
        "What changes in your rates if τ doubles?",
        ("Call it with two values of τ.", "Which argument does your formula not have?"),
    ),
    Mistake(
        "never falls",
        {},
        "The count is not used, so the rate stays as it was at the start.",
        "What is the rate after a thousand steps?",
        ("Compute your rate at two steps.", "Where does `t` enter?"),
    ),
)

RANGE_STEP = (
    UPHILL,
    SUM,
    SIGN,
    BARE,
    STATE_LOST,
    Mistake(
        "has the first rate at each step",
        {},
        "Every step has the same rate, so nothing is tested.",
        "What is the rate at step 10?",
        ("Compute your rate at two steps.", "What does q do?"),
    ),
    Mistake(
        "multiplies where it should take a power",
        {},
        "The rate grows by the same amount at each step, not by the same factor.",
        "By which factor is the third rate larger than the second?",
        ("Compute three rates and divide.", "Which operation repeats a factor?"),
    ),
    Mistake(
        "takes a power where it should multiply",
        {},
        "The growth enters as a power, so from some step on the rate runs away.",
        "By how much is the third rate larger than the second?",
        ("Compute three rates and subtract.", "Which operation adds the same amount again and again?"),
    ),
    Mistake(
        "falls instead of growing",
        {},
        "The rate falls from step to step.",
        "In which direction does a range test go?",
        ("Compute your rate at two steps.", "Look at what q does to the rate."),
    ),
)

SPACES = {
    "two_rates": Space(
        "def two_rates(theta, g, t, lr, ratio):\n    rate = <rate>\n    return theta - rate * g",
        (
            switch(
                "rate",
                ("the rate `lr` comes first", "np.where(t % 2 == 1, lr, <other>)"),
                ("the rate `lr` comes second", "np.where(t % 2 == 0, lr, <other>)"),
            ),
            switch(
                "other",
                ("the other rate is `lr` times ρ", "lr * ratio"),
                ("the other rate is `lr` divided by ρ", "lr / ratio"),
                ("the other rate is `lr` times √ρ", "lr * np.sqrt(ratio)"),
                ("the other rate is `lr` divided by √ρ", "lr / np.sqrt(ratio)"),
            ),
        ),
        task="plain descent with two learning rates in turn",
        tried=(("ratio", 0.5, 0.2, 0.8),),
        mistakes=TWO_RATES,
    ),
    "falling_rate": Space(
        "def falling_rate(theta, g, t, lr, tau):\n    rate = <rate>\n    return theta - rate * g",
        (
            switch(
                "rate",
                ("the rate falls like 1/t", "lr / (1 + <count> / tau)"),
                ("the rate falls like 1/√t", "lr / np.sqrt(1 + <count> / tau)"),
                ("the rate falls like 1/t²", "lr / (1 + <count> / tau) ** 2"),
                ("the rate falls exponentially", "lr * np.exp(-<count> / tau)"),
            ),
            COUNT,
        ),
        task="plain descent with a learning rate that falls at each step",
        tried=(("tau", 10.0, 3.0, 30.0),),
        mistakes=FALLING,
    ),
    "range_step": Space(
        "def range_step(theta, g, v, t, lr, beta, growth):\n"
        "    rate = <rate>\n"
        "    v = <past> * v + <in><share>g\n"
        "    return theta - <out>v, v",
        (
            switch(
                "rate",
                ("the rate grows by a factor", "lr * growth ** <count>"),
                ("the rate grows by an amount", "lr * (1 + growth * <count>)"),
            ),
            COUNT,
            AVERAGE,
            tuple(
                Option(each.words, {place: text.replace("lr", "rate") for place, text in each.places.items()})
                for each in RATE
            ),
            shares("beta"),
        ),
        task="a range test with the heavy ball: at each step the learning rate grows",
        tried=(("beta", 0.9, 0.5, 0.8), ("growth", 1.2, 1.05, 1.4)),
        mistakes=RANGE_STEP,
    ),
}
