"""What is known about warmup_cosine."""

from lessonkit.judging.catalogue.shared.cosines import (
    RAISED,
    RAISED_RAMP,
    TENTH,
    cosine_mistakes,
    counted_from_one,
    ends,
    floors,
)
from lessonkit.judging.versions import Chosen, Convention, Exercise, Mistake, combined

WARMUP = """def warmup_cosine(step, total, warmup, peak):
    progress = (step - warmup) / (total - warmup)
    if step < warmup:
        share = step / warmup
    else:
        angle = np.pi * progress
        share = (1 + np.cos(angle)) / 2
    return peak * share
"""

RAMP, PROGRESS = "step / warmup", "(step - warmup) / (total - warmup)"

RAMPS = [
    Convention(
        "ramp (t + 1)/W",
        {RAMP: "(step + 1) / warmup"},
        "Your ramp begins above zero and is at the peak one step earlier than ours: its first step is not wasted.",
        "step = step + 1 if step < warmup else step",
        "PyTorch's `LinearLR(start_factor=1/W, total_iters=W - 1)` writes it so, because its ramp cannot start at zero.",
    ),
    Convention(
        "ramp (t + 1)/(W + 1)",
        {RAMP: "(step + 1) / (warmup + 1)"},
        "Your ramp begins above zero and reaches the peak at the same step as ours.",
        "step = (step + 1) * warmup / (warmup + 1) if step < warmup else step",
        "nanoGPT's `get_lr` writes it so.",
    ),
]

FORMS = [
    *combined(RAMPS, ends("(total - warmup)")),
    *counted_from_one({RAMP: "(step + 1) / warmup", PROGRESS: "(step + 1 - warmup) / (total - warmup)"}),
]

EXERCISE = Exercise(
    WARMUP,
    [*FORMS, TENTH],
    [
        *(
            Mistake(
                "the ramp times a cosine over the whole run",
                {PROGRESS: "step / total", RAMP: f"({ramp}) * (1 + np.cos(np.pi * progress)) / 2"},
                "Your cosine runs over step / total, from step 0 on, and the ramp multiplies it, so the peak is never reached.",
                "Which rate does your schedule give at step W, where the ramp ends?",
                ("Print it, and compare it with the peak.", "From which step on is the progress counted?"),
            )
            for ramp in (RAMP, "(step + 1) / warmup", "(step + 1) / (warmup + 1)")
        ),
        Mistake(
            "the cosine starts at step 0",
            {PROGRESS: "step / total"},
            "The cosine runs over the whole run, from step 0, so the rate drops at once where the ramp ends.",
            "Which rate does your schedule give at step W, the first after the ramp?",
            ("Print the last rate of the ramp and the one after it.", "From which step on is the progress counted?"),
        ),
        Mistake(
            "divides by T instead of T − W",
            {"/ (total - warmup)": "/ total"},
            "The cosine starts where the ramp ends, but is stretched to the length of the whole run: its end comes after the run is over.",
            "Which rate does your schedule give at its end?",
            ("Print the last rate.", "How many steps are left when the ramp is over?"),
        ),
        Mistake(
            "divides by T − W without the shift",
            {"(step - warmup) /": "step /"},
            "The cosine has already begun when the ramp ends, and is over before the run is.",
            "Which rate does your schedule give at the end of the ramp?",
            ("Print the rate at step W.", "How far has the cosine come there?"),
        ),
        Mistake(
            "no ramp",
            {RAMP: "1.0"},
            "The rate is at its peak from the start.",
            "Which rate does your schedule give at step 0?",
            ("Print the first rates.", "What is warmup for?"),
        ),
        Mistake(
            "a ramp over the whole run",
            {RAMP: "step / total"},
            "The ramp is divided by T, so it jumps to the peak at its end.",
            "Which rate does your schedule give just before step W?",
            ("Print it.", "How long is the ramp?"),
        ),
        Mistake(
            "a ramp that falls",
            {RAMP: "1 - step / warmup"},
            "The ramp runs from the peak to zero.",
            "Which rate does your schedule give at step 0?",
            ("Print it.", "Up or down?"),
        ),
        Mistake(
            "a ramp without the peak",
            {RAMP: "step / warmup / peak"},
            "The ramp rises towards 1, not towards the peak.",
            "Which rate does your schedule give just before step W?",
            ("Print it.", "Where is peak used?"),
        ),
        Mistake(
            "a ramp of whole numbers",
            {RAMP: "step // warmup"},
            "// rounds down, so the ramp is zero.",
            "What is 3 // 10?",
            ("Print the ramp.", "Which division keeps the fraction?"),
        ),
        *cosine_mistakes(PROGRESS),
    ],
)

CHOSEN = Chosen(combined([*RAISED, *RAISED_RAMP], FORMS), floors)
