"""What is known about warmup_linear."""

from lessonkit.judging.catalogue.shared.ramps import at_the_last_executed, from_one, ramp_mistakes, with_each_ramp
from lessonkit.judging.versions import Exercise, Mistake

LINEAR = """def warmup_linear(step, total, warmup, peak):
    if step < warmup:
        return peak * (step / warmup)
    return peak * ((total - step) / (total - warmup))
"""
RAMP, FALL = "(step / warmup)", "((total - step) / (total - warmup))"

EXERCISE = Exercise(
    LINEAR,
    [
        *with_each_ramp(at_the_last_executed({FALL: "((total - 1 - step) / (total - 1 - warmup))"})),
        from_one({"total - step": "total - (step + 1)"}),
    ],
    [
        Mistake(
            "brackets: the step alone is divided",
            {FALL: "(total - step / (total - warmup))"},
            "Division comes before subtraction: this is total − step/(total − warmup), far above the peak.",
            "In which order does Python compute this line?",
            ("Print the rate at step W.", "What should be divided by T − W?"),
        ),
        Mistake(
            "takes the larger of the two",
            {RAMP: FALL, FALL: RAMP},
            "Of the ramp and the fall, the smaller one is the rate.",
            "Which rate does your schedule give at step 0?",
            ("Print the first rates.", "Maximum or minimum?"),
        ),
        Mistake(
            "divides by T instead of T − W",
            {"/ (total - warmup)": "/ total"},
            "The fall is that of a run without a ramp: at the end of the ramp the rate jumps down.",
            "Which rate does your schedule give at step W?",
            ("Print it.", "How many steps are left when the ramp is over?"),
        ),
        Mistake(
            "counts the fall without the shift",
            {FALL: "(1 - step / (total - warmup))"},
            "The fall has already begun when the ramp ends, so it goes below zero before the run is over.",
            "Which rate does your schedule give at its end?",
            ("Print the last rate.", "How many steps has it been falling by then?"),
        ),
        Mistake(
            "never falls",
            {FALL: "1.0"},
            "The rate stays at the peak.",
            "Which rate does your schedule give at its end?",
            ("Print it.", "How many steps are left at step total?"),
        ),
        Mistake(
            "goes on rising",
            {"(total - step)": "(step - warmup)"},
            "This is the share of the fall that is over, so the rate drops to zero and climbs.",
            "Which rate does your schedule give just after the ramp?",
            ("Print the rate at steps W and T.", "Which share is left, which is over?"),
        ),
        Mistake(
            "divides whole numbers",
            {"(total - step) /": "(total - step) //"},
            "// rounds down, so the rate is zero after the peak.",
            "What is 3 // 10?",
            ("Print the rate in the middle of the fall.", "Which division keeps the fraction?"),
        ),
        Mistake(
            "a fall without the peak",
            {"return peak * " + FALL: "return " + FALL},
            "The fall starts at 1, not at the peak.",
            "Which rate does your schedule give at step W?",
            ("Print it.", "Where is peak used?"),
        ),
        Mistake(
            "half a cosine",
            {FALL: "((1 + np.cos(np.pi * (step - warmup) / (total - warmup))) / 2)"},
            "This is warmup_cosine: here the fall is a straight line.",
            "By how much does the rate fall at each step?",
            ("Print the differences of neighbours.", "They should all be equal."),
        ),
        *ramp_mistakes(),
    ],
)
