"""What is known about warmup_cosine."""

from lessonkit.judging.catalogue.shared.cosines import (
    ENDS,
    FLOORS,
    FROM_ZERO,
    RAMP,
    RAMPS,
    TIMES,
    WARMUP_FROM_ONE,
    both,
    cosine_mistakes,
    differ,
)
from lessonkit.judging.versions import Exercise, Mistake

WARMUP = """def warmup_cosine(step, total, warmup, peak):
    if step < warmup:
        return peak * (step / warmup)
    progress = (step - warmup) / (total - warmup)
    return peak * ((1 + np.cos(np.pi * progress)) / 2)
"""

EXERCISE = Exercise(
    WARMUP,
    [
        *RAMPS,
        WARMUP_FROM_ONE,
        *FLOORS,
        *ENDS,
        FROM_ZERO,
        *TIMES,
        *(both(ramp, other) for ramp in RAMPS for other in [*FLOORS, *ENDS, FROM_ZERO]),
        *(both(end, floor) for end in ENDS for floor in FLOORS if differ(end, floor)),
        *(both(both(ramp, end), floor) for ramp in RAMPS for end in ENDS for floor in FLOORS if differ(end, floor)),
    ],
    [
        Mistake(
            "divides by T instead of T − W",
            {"/ (total - warmup)": "/ total"},
            "The cosine starts where the ramp ends, but is stretched over the whole run: it never reaches zero.",
            "Which rate does your schedule give at its end?",
            ("Print the last rate.", "How many steps are left when the ramp is over?"),
            "progress",
        ),
        Mistake(
            "divides by T − W without the shift",
            {"(step - warmup) /": "step /"},
            "The cosine has already begun when the ramp ends, and turns up again.",
            "Which rate does your schedule give at the end of the ramp?",
            ("Print the rate at step W.", "How far has the cosine come there?"),
            "progress",
        ),
        Mistake(
            "no ramp",
            {RAMP: "return peak"},
            "The rate is at its peak from the start.",
            "Which rate does your schedule give at step 0?",
            ("Print the first rates.", "What is warmup for?"),
            "ramp",
        ),
        Mistake(
            "a ramp over the whole run",
            {RAMP: "return peak * (step / total)"},
            "The ramp is divided by T, so it jumps to the peak at its end.",
            "Which rate does your schedule give just before step W?",
            ("Print it.", "How long is the ramp?"),
            "ramp",
        ),
        Mistake(
            "a ramp that falls",
            {RAMP: "return peak * (1 - step / warmup)"},
            "The ramp runs from the peak to zero.",
            "Which rate does your schedule give at step 0?",
            ("Print it.", "Up or down?"),
            "ramp",
        ),
        Mistake(
            "a ramp without the peak",
            {RAMP: "return step / warmup"},
            "The ramp goes to 1, not to the peak.",
            "Which rate does your schedule give just before step W?",
            ("Print it.", "Where is peak used?"),
            "ramp",
        ),
        Mistake(
            "a ramp of whole numbers",
            {RAMP: "return peak * (step // warmup)"},
            "// rounds down, so the ramp is zero.",
            "What is 3 // 10?",
            ("Print the ramp.", "Which division keeps the fraction?"),
            "ramp",
        ),
        *cosine_mistakes("warmup"),
    ],
)
