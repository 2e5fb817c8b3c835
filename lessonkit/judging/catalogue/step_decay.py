"""What is known about step_decay."""

from lessonkit.judging.versions import Exercise, Mistake

DECAY = """def step_decay(step, base, factor, every):
    cuts = step // every
    return base * factor ** cuts
"""

EXERCISE = Exercise(
    DECAY,
    [],
    [
        Mistake(
            "never falls",
            {"base * factor ** cuts": "base * 1.0"},
            "The rate stays at its base.",
            "Which rate does your schedule give after two cuts?",
            ("Print some rates.", "Where is factor used?"),
        ),
        Mistake(
            "one step early",
            {"step // every": "(step + 1) // every"},
            "The cut comes a step too soon, because 1 is added to a step that counts from 0. Many tutorials do so.",
            "With every = 10, how many steps does your first rate last?",
            ("Print the rates of the first eleven steps.", "Does the first step count as 0 or as 1?"),
        ),
        Mistake(
            "one step late",
            {"step // every": "np.maximum(step - 1, 0) // every"},
            "The cut comes a step too late.",
            "With every = 10, how many steps does your first rate last?",
            ("Print the rates of the first twelve steps.", "Does the first step count as 0 or as 1?"),
        ),
        Mistake(
            "falls at every step",
            {"step // every": "step / every"},
            "Without rounding down this is a smooth exponential decay.",
            "Should the rate of step 1 differ from that of step 0?",
            ("Print the first three rates.", "Which division rounds down?"),
        ),
        Mistake(
            "rounds to the nearest",
            {"step // every": "np.round(step / every)"},
            "The cut comes half a period early.",
            "With every = 10, how many steps does your first rate last?",
            ("Print the rates of the first ten steps.", "Up, down, or to the nearest?"),
        ),
        Mistake(
            "rounds up",
            {"step // every": "np.ceil(step / every)"},
            "The first cut comes at step 1.",
            "With every = 10, how many steps does your first rate last?",
            ("Print the first three rates.", "Up, down, or to the nearest?"),
        ),
        Mistake(
            "takes the remainder",
            {"step // every": "step % every"},
            "% gives the steps since the last cut, not the number of cuts.",
            "What is 12 % 10, and what should it be?",
            ("Print the exponent.", "Which operation counts whole periods?"),
        ),
        Mistake(
            "multiplies by the number of cuts",
            {"factor ** cuts": "factor * cuts"},
            "The factor is multiplied by the number of cuts instead of applied again at each cut.",
            "Which rate does your schedule give at step 0?",
            ("Print it.", "Two cuts by a half make a quarter."),
        ),
        Mistake(
            "divides by the factor",
            {"factor ** cuts": "factor ** -cuts"},
            "The rate grows instead of falling.",
            "Should the rate rise or fall?",
            ("Print some rates.", "Which sign has the exponent?"),
        ),
        Mistake(
            "cuts once only",
            {"factor ** cuts": "factor ** np.minimum(cuts, 1)"},
            "After the first cut nothing follows.",
            "Which rate should stand after two cuts?",
            ("Print the rates at 0, every, 2·every.", "How often is the factor applied?"),
        ),
        Mistake(
            "compounds",
            {"factor ** cuts": "factor ** (every * cuts * (cuts - 1) / 2 + cuts * (step % every + 1))"},
            "The factor is applied to the present rate at each step, so the cuts pile up.",
            "How often should the rate be cut between step every and step 2·every?",
            ("Print the rates after the first cut.", "Start from base each time, not from the last rate."),
        ),
        Mistake(
            "compounds, one step early",
            {
                "step // every": "(step + 1) // every",
                "factor ** cuts": "factor ** (every * cuts * (cuts - 1) / 2 + cuts * ((step + 1) % every + 1))",
            },
            "The factor is applied to the present rate at each step, so the cuts pile up; and the first comes a step early.",
            "How often should the rate be cut between step every and step 2·every?",
            ("Print the rates after the first cut.", "Start from base each time, not from the last rate."),
        ),
        Mistake(
            "forgets the base",
            {"base * ": ""},
            "The rate starts at 1.",
            "Which rate does your schedule give at step 0?",
            ("Print it.", "Where is base used?"),
        ),
    ],
)
