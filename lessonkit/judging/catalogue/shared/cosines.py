"""Mistakes and conventions of schedules that fall as half a cosine."""

from lessonkit.judging.versions import Convention, Mistake

RAMP, FALL = "return peak * (step / warmup)", "((1 + np.cos(np.pi * progress)) / 2)"


def cosine_mistakes(fall):
    """Mistakes that half a cosine can have."""
    return [
        Mistake(
            "never falls",
            {"(1 + np.cos(np.pi * progress)) / 2": "1.0"},
            "The rate stays at the peak.",
            "Which rate does your schedule give at its end?",
            ("Print some rates.", "Where is the progress used?"),
            "cosine",
        ),
        Mistake(
            "runs backwards",
            {"1 + np.cos": "1 - np.cos"},
            "The rate rises from zero to the peak.",
            "Which rate does your schedule give at its start?",
            ("Print the first and the last rate.", "What is cos 0?"),
            "cosine",
        ),
        Mistake(
            "forgets the half",
            {" / 2": ""},
            "The rate starts at twice the peak.",
            "Which rate does your schedule give at its start?",
            ("Print it.", "How large is 1 + cos 0?"),
            "cosine",
        ),
        Mistake(
            "forgets the 1",
            {"1 + np.cos": "0 + np.cos"},
            "The rate becomes negative in the second half.",
            "Which rate does your schedule give at its end?",
            ("Print it.", "Which values does a cosine have?"),
            "cosine",
        ),
        Mistake(
            "forgets the 1 and the half",
            {"(1 + np.cos(np.pi * progress)) / 2": "np.cos(np.pi * progress)"},
            "The rate becomes negative in the second half.",
            "Which rate does your schedule give at its end?",
            ("Print it.", "Which values does a cosine have?"),
            "cosine",
        ),
        Mistake(
            "half the angle",
            {"(1 + np.cos(np.pi * progress)) / 2": "np.cos(np.pi * progress / 2)"},
            "A quarter of a cosine: it ends at zero, but steeply.",
            "Which rate does your schedule give in the middle?",
            ("It should be half of the peak.", "Which angle is reached at the end?"),
            "cosine",
        ),
        Mistake(
            "forgets π",
            {"np.pi * progress": "progress"},
            "The angle goes to 1 and not to π, so the rate hardly falls.",
            "Which rate does your schedule give at its end?",
            ("Print it.", "Where is a cosine −1?"),
            "cosine",
        ),
        Mistake(
            "a full turn",
            {"np.pi * progress": "2 * np.pi * progress"},
            "The rate comes back to the peak at the end.",
            "Which rate does your schedule give at its end?",
            ("Print the middle and the end.", "Which angle is reached at the end?"),
            "cosine",
        ),
        Mistake(
            "degrees for radians",
            {"np.pi * progress": "180 * progress"},
            "np.cos takes radians.",
            "What is np.cos(180)?",
            ("Print it.", "Which unit has the angle?"),
            "cosine",
        ),
        Mistake(
            "a straight line",
            {"(1 + np.cos(np.pi * progress)) / 2": "(1 - progress)"},
            "The rate falls linearly.",
            "Where is a cosine steepest?",
            ("Plot it.", "Where is the cosine in your code?"),
            "cosine",
        ),
        Mistake(
            "divides whole numbers",
            {
                "step / total" if fall == "cosine" else "(step - warmup) / (total - warmup)": "step // total"
                if fall == "cosine"
                else "(step - warmup) // (total - warmup)"
            },
            "// rounds down, so the progress stays 0.",
            "What is 3 // 10?",
            ("Print the progress.", "Which division keeps the fraction?"),
            "progress",
        ),
        Mistake(
            "forgets the peak",
            {"peak * ((" if fall != "cosine" else "peak * (": "((" if fall != "cosine" else "("},
            "The rate starts at 1.",
            "Which rate does your schedule give at its start?",
            ("Print it.", "Where is peak used?"),
            "peak",
        ),
    ]


FLOORS = [
    Convention(
        "a floor of a tenth",
        {FALL: "(0.1 + 0.9 * (1 + np.cos(np.pi * progress)) / 2)"},
        "Your schedule ends at a tenth of the peak, as some training scripts do; ours ends at zero.",
    ),
    Convention(
        "a floor of a hundredth",
        {FALL: "(0.01 + 0.99 * (1 + np.cos(np.pi * progress)) / 2)"},
        "Your schedule ends at a hundredth of the peak; ours ends at zero.",
    ),
    Convention(
        "a tiny floor",
        {FALL: "np.maximum(1e-7, (1 + np.cos(np.pi * progress)) / 2)"},
        "Your rate never falls below 1e-7 of the peak; ours ends at zero.",
    ),
]

COSINE_FLOORS = [
    Convention(each.name, {"(1 + np.cos(np.pi * progress)) / 2": each.change[FALL]}, each.conversion) for each in FLOORS
]

RESTART = Convention(
    "starts again at the end",
    {"step / total": "step % total / total"},
    "At the step `total` your rate is back at the peak, as with warm restarts; ours is zero there.",
)

LAST = Convention(
    "zero at the last executed step",
    {"step / total": "step / (total - 1)"},
    "Your rate reaches zero at step total − 1, the last that is executed; ours one step later.",
)

FROM_ONE = Convention(
    "counts steps from 1", {"step / total": "(step + 1) / total"}, "Your step counts from 1: ours at step + 1."
)

RAMPS = [
    Convention(
        "ramp (t + 1)/W",
        {RAMP: "return peak * ((step + 1) / warmup)"},
        "Your ramp begins above zero and is at the peak one step earlier than ours: its first step is not wasted.",
    ),
    Convention(
        "ramp (t + 1)/(W + 1)",
        {RAMP: "return peak * ((step + 1) / (warmup + 1))"},
        "Your ramp begins above zero and reaches the peak at the same step as ours.",
    ),
]

ENDS = [
    Convention("starts again at the end", {"/ (total - warmup)": "/ (total - warmup) % 1"}, RESTART.conversion),
    Convention("zero at the last executed step", {"/ (total - warmup)": "/ (total - 1 - warmup)"}, LAST.conversion),
]

WHOLE_COSINE = {"(step - warmup) / (total - warmup)": "step / total"}

FROM_ZERO = Convention(
    "cosine from step 0",
    WHOLE_COSINE,
    "Your cosine starts at step 0, so it jumps at the end of the ramp; ours starts where the ramp ends.",
)

TIMES = [
    Convention(
        "cosine times the ramp",
        {**WHOLE_COSINE, RAMP: "return peak * (step / warmup) * (1 + np.cos(np.pi * step / total)) / 2"},
        "Your cosine starts at step 0 and the ramp multiplies it; ours starts where the ramp ends.",
    ),
    Convention(
        "cosine times the ramp (t + 1)/W",
        {**WHOLE_COSINE, RAMP: "return peak * ((step + 1) / warmup) * (1 + np.cos(np.pi * step / total)) / 2"},
        "Your cosine starts at step 0 and the ramp, counted from 1, multiplies it; ours starts where the ramp ends.",
    ),
]

WARMUP_FROM_ONE = Convention(
    "counts steps from 1",
    {
        "step < warmup": "step + 1 <= warmup",
        RAMP: "return peak * ((step + 1) / warmup)",
        "(step - warmup)": "(step + 1 - warmup)",
    },
    FROM_ONE.conversion,
)


def both(first, second):
    """Two conventions at once."""
    return Convention(
        f"{first.name}; {second.name}", first.change | second.change, f"{first.conversion} {second.conversion}"
    )


def differ(end, floor):
    """False for a floor that matters at the end alone, with a schedule that is back at its peak there."""
    return (end, floor) != (ENDS[0], FLOORS[2])
