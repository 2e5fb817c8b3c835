"""What is known about warmup_stable_decay."""

from lessonkit.judging.catalogue.shared.ramps import at_the_last_executed, ramp_mistakes, with_each_ramp
from lessonkit.judging.versions import Exercise, Mistake

STABLE = """def warmup_stable_decay(step, total, warmup, decay, peak):
    if step < warmup:
        return peak * (step / warmup)
    if step < total - decay:
        return peak
    return peak * ((total - step) / decay)
"""
FALL, BEGINS = "((total - step) / decay)", "step < total - decay"

EXERCISE = Exercise(
    STABLE,
    # Steps that count from 1 are the ramp (t + 1)/W with zero at the last executed step.
    with_each_ramp(at_the_last_executed({BEGINS: "step < total - 1 - decay", FALL: "((total - 1 - step) / decay)"})),
    [
        Mistake(
            "brackets: the step alone is divided",
            {FALL: "(total - step / decay)"},
            "Division comes before subtraction: this is total − step/decay, far above the peak.",
            "In which order does Python compute this line?",
            ("Print the rate where the fall begins.", "What should be divided by the length of the fall?"),
        ),
        Mistake(
            "brackets: none around the fall",
            {"peak * " + FALL: "(peak * total - step / decay)"},
            "Multiplication and division come before subtraction: this is peak · total less step/decay, far above the peak.",
            "In which order does Python compute this line?",
            ("Print the rate where the fall begins.", "What should be divided by the length of the fall?"),
        ),
        Mistake(
            "never falls",
            {FALL: "1.0"},
            "The rate stays at the peak to the end.",
            "Which rate does your schedule give at its end?",
            ("Print it.", "What happens in the last steps?"),
        ),
        Mistake(
            "no stable part",
            {BEGINS: "False", "/ decay)": "/ (total - warmup))"},
            "The fall begins where the ramp ends, as in warmup_linear.",
            "Which rate does your schedule give in the middle of the run?",
            ("Print it.", "How long is the fall?"),
        ),
        Mistake(
            "falls from the step `decay` on",
            {BEGINS: "step < decay", FALL: "((total - step) / (total - decay))"},
            "`decay` is the length of the fall, not the step at which it begins.",
            "At which step does your fall begin?",
            ("Print the rates around it.", "Count back from the end."),
        ),
        Mistake(
            "divides by T",
            {"/ decay)": "/ total)"},
            "The rate jumps down where the fall begins.",
            "Which rate does your schedule give at the first step of the fall?",
            ("Print the rates around it.", "How long is the fall?"),
        ),
        Mistake(
            "divides by what is left after the ramp",
            {"/ decay)": "/ (total - warmup))"},
            "The rate jumps down where the fall begins.",
            "Which rate does your schedule give at the first step of the fall?",
            ("Print the rates around it.", "How long is the fall?"),
        ),
        Mistake(
            "climbs at the end",
            {"(total - step)": "(step - (total - decay))"},
            "This is the share of the fall that is over, so the rate drops to zero and climbs.",
            "Which rate does your schedule give at its end?",
            ("Print it.", "Which share is left, which is over?"),
        ),
        Mistake(
            "divides whole numbers",
            {"(total - step) /": "(total - step) //"},
            "// rounds down, so the rate is zero as soon as the fall has begun.",
            "What is 3 // 10?",
            ("Print the rates of the fall.", "Which division keeps the fraction?"),
        ),
        Mistake(
            "half a cosine at the end",
            {FALL: "((1 + np.cos(np.pi * (1 - (total - step) / decay))) / 2)"},
            "The end falls as half a cosine, which is what the transformers library does if nothing else is said; "
            "here it is a straight line.",
            "By how much does the rate fall at each of the last steps?",
            ("Print the differences of neighbours.", "They should all be equal."),
        ),
        Mistake(
            "one minus the root",
            {FALL: "(1 - np.sqrt(1 - (total - step) / decay))"},
            "The end falls as one minus a root, which Hägele et al. (2024) found better; here it is a straight line.",
            "By how much does the rate fall at each of the last steps?",
            ("Print the differences of neighbours.", "They should all be equal."),
        ),
        Mistake(
            "a stable part without the peak",
            {"< total - decay:\n        return peak": "< total - decay:\n        return 1.0"},
            "The stable part is at 1, not at the peak.",
            "Which rate does your schedule give in the middle of the run?",
            ("Print it.", "Where is peak used?"),
        ),
        Mistake(
            "a fall without the peak",
            {"return peak * " + FALL: "return " + FALL},
            "The fall starts at 1, not at the peak.",
            "Which rate does your schedule give where the fall begins?",
            ("Print it.", "Where is peak used?"),
        ),
        *ramp_mistakes(),
    ],
)
