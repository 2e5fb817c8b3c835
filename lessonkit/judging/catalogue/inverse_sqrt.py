"""What is known about inverse_sqrt."""

from lessonkit.judging.catalogue.shared.ramps import from_one, ramp_mistakes
from lessonkit.judging.catalogue.warmup_cosine import RAMPS
from lessonkit.judging.versions import Convention, Exercise, Mistake, combined

ROOT = """def inverse_sqrt(step, warmup, peak):
    if step < warmup:
        return peak * (step / warmup)
    return peak * np.sqrt(warmup / step)
"""
RAMP, FALL = "return peak * (step / warmup)", "np.sqrt(warmup / step)"

STARTS_AT_ONE = Convention(
    "step 0 is step 1",
    {"": "step = np.maximum(step, 1)"},
    "Your step 0 has the rate of step 1, as in many codes that count from 1: ours is zero there.",
    "step = max(step, 1)",
    "“The Annotated Transformer” writes it so: `if step == 0: step = 1`.",
)

EXERCISE = Exercise(
    ROOT,
    [*combined(RAMPS, [STARTS_AT_ONE]), from_one({FALL: "np.sqrt(warmup / (step + 1))"})],
    [
        Mistake(
            "forgets the root of the warmup",
            {RAMP: RAMP + " / np.sqrt(warmup)", FALL: "np.sqrt(1 / step)"},
            "The rate at step W is the peak over √W: the paper's formula has another constant in front of it, not the peak.",
            "Which rate does your schedule give at step W?",
            ("Print it, and compare it with the peak.", "Which factor makes W ** -0.5 a one?"),
        ),
        Mistake(
            "brackets: the root of warmup alone",
            {FALL: "(np.sqrt(warmup) / step)"},
            "The root ends before the division: it is taken of warmup and not of step.",
            "Of what is the root taken in your line?",
            ("Print the rate at step W.", "It should be the peak there: is it?"),
        ),
        Mistake(
            "forgets the root",
            {FALL: "(warmup / step)"},
            "The rate falls like one over the step, which is far too fast.",
            "Which rate should stand at step 4 W?",
            ("Print it.", "Half of the peak, or a quarter?"),
        ),
        Mistake(
            "a square for the root",
            {FALL: "(warmup / step) ** 2"},
            "The rate falls like one over the square of the step.",
            "Which rate should stand at step 4 W?",
            ("Print it.", "Which power is a root?"),
        ),
        Mistake(
            "forgets the warmup in the fall",
            {FALL: "np.sqrt(1 / step)"},
            "The rate drops at the end of the ramp from the peak to the peak over √W.",
            "Which rate does your schedule give at step W?",
            ("Print the rates at W − 1 and W.", "What must the fall be at step W?"),
        ),
        Mistake(
            "counts the fall from the end of the ramp",
            {FALL: "np.sqrt(warmup / np.maximum(step - warmup, 1))"},
            "The root is taken of the steps since the ramp, so the rate is far above the peak at first.",
            "Which rate does your schedule give one step after the ramp?",
            ("Print it.", "Count from the start of the run."),
        ),
        Mistake(
            "starts the fall again at one",
            {FALL: "np.sqrt(1 / (step - warmup + 1))"},
            "The root is taken of the steps since the ramp, so the rate falls too fast after it.",
            "Which rate should stand at step 4 W?",
            ("Print it.", "Count from the start of the run."),
        ),
        Mistake(
            "turned over",
            {"warmup / step": "step / warmup"},
            "The rate goes on rising after the ramp.",
            "Which rate does your schedule give at step 4 W?",
            ("Print it.", "Which of the two numbers is larger there?"),
        ),
        Mistake(
            "takes the larger of the two",
            {RAMP: "return peak * np.sqrt(warmup / np.maximum(step, 1))", FALL: "(step / warmup)"},
            "Of the ramp and the fall, the smaller one is the rate.",
            "Which rate does your schedule give at step 1?",
            ("Print the first rates.", "Maximum or minimum?"),
        ),
        Mistake(
            "never falls",
            {FALL: "1.0"},
            "The rate stays at the peak.",
            "Which rate should stand at step 4 W?",
            ("Print it.", "What follows the ramp?"),
        ),
        Mistake(
            "a fall without the peak",
            {"return peak * " + FALL: "return " + FALL},
            "The fall starts at 1, not at the peak.",
            "Which rate does your schedule give at step W?",
            ("Print it.", "Where is peak used?"),
        ),
        Mistake(
            "no ramp",
            {RAMP: "return peak"},
            "The rate is at its peak for all of the warmup, as in T5. This exercise asks for a ramp that climbs to it.",
            "Which rate does your schedule give at step 0?",
            ("Print the first rates.", "What should they be, if a line climbs from zero to the peak?"),
        ),
        *ramp_mistakes("no ramp", "a ramp over the whole run"),
    ],
)
