"""What is known about the schedules."""

from lessonkit.judging.source import Convention, Exercise, Mistake

DECAY = """def step_decay(step, base, factor, every):
    cuts = step // every
    return base * factor ** cuts
"""
COSINE = """def cosine(step, total, peak):
    progress = step / total
    return peak * (1 + np.cos(np.pi * progress)) / 2
"""
WARMUP = """def warmup_cosine(step, total, warmup, peak):
    if step < warmup:
        return peak * (step / warmup)
    progress = (step - warmup) / (total - warmup)
    return peak * ((1 + np.cos(np.pi * progress)) / 2)
"""
PLATEAU = """def plateau(losses, base, factor, patience):
    rate, best, waited, rates = base, np.inf, 0, []
    for loss in losses:
        if loss < best:
            best, waited = loss, 0
        else:
            waited = waited + 1
        if waited >= patience:
            rate, waited = rate * factor, 0
        rates.append(rate)
    return np.array(rates)
"""
RAMP, FALL = "return peak * (step / warmup)", "((1 + np.cos(np.pi * progress)) / 2)"


def _cosines(fall):
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
PATIENT = Convention(
    "cuts when the count exceeds the patience",
    {"waited >= patience": "waited > patience"},
    "As in PyTorch: your patience is ours minus 1.",
)
RELATIVE = Convention(
    "relative threshold 1e-4",
    {"loss < best": "loss < best * (1 - 1e-4)"},
    "As in PyTorch, gains below a ten-thousandth of the best loss do not count; here every gain counts.",
)
ABSOLUTE = Convention(
    "absolute threshold 1e-4",
    {"loss < best": "loss < best - 1e-4"},
    "As in Keras, gains below 1e-4 do not count; here every gain counts.",
)


def both(first, second):
    """Two conventions at once."""
    return Convention(
        f"{first.name}; {second.name}", first.change | second.change, f"{first.conversion} {second.conversion}"
    )


def _differ(end, floor):
    """False for a floor that matters at the end alone, with a schedule that is back at its peak there."""
    return (end, floor) != (ENDS[0], FLOORS[2])


EXERCISES = {
    "step_decay": Exercise(
        DECAY,
        [],
        [
            Mistake(
                "never falls",
                {"base * factor ** cuts": "base * 1.0"},
                "The rate stays at its base.",
                "Which rate does your schedule give after two cuts?",
                ("Print some rates.", "Where is factor used?"),
                "power",
            ),
            Mistake(
                "one step early",
                {"step // every": "(step + 1) // every"},
                "The cut comes a step too soon, because 1 is added to a step that counts from 0. Many tutorials do so.",
                "With every = 10, how many steps does your first rate last?",
                ("Print the rates of the first eleven steps.", "Does the first step count as 0 or as 1?"),
                "count",
            ),
            Mistake(
                "one step late",
                {"step // every": "np.maximum(step - 1, 0) // every"},
                "The cut comes a step too late.",
                "With every = 10, how many steps does your first rate last?",
                ("Print the rates of the first twelve steps.", "Does the first step count as 0 or as 1?"),
                "count",
            ),
            Mistake(
                "falls at every step",
                {"step // every": "step / every"},
                "Without rounding down this is a smooth exponential decay.",
                "Should the rate of step 1 differ from that of step 0?",
                ("Print the first three rates.", "Which division rounds down?"),
                "count",
            ),
            Mistake(
                "rounds to the nearest",
                {"step // every": "np.round(step / every)"},
                "The cut comes half a period early.",
                "With every = 10, how many steps does your first rate last?",
                ("Print the rates of the first ten steps.", "Up, down, or to the nearest?"),
                "count",
            ),
            Mistake(
                "rounds up",
                {"step // every": "np.ceil(step / every)"},
                "The first cut comes at step 1.",
                "With every = 10, how many steps does your first rate last?",
                ("Print the first three rates.", "Up, down, or to the nearest?"),
                "count",
            ),
            Mistake(
                "takes the remainder",
                {"step // every": "step % every"},
                "% gives the steps since the last cut, not the number of cuts.",
                "What is 12 % 10, and what should it be?",
                ("Print the exponent.", "Which operation counts whole periods?"),
                "count",
            ),
            Mistake(
                "multiplies by the number of cuts",
                {"factor ** cuts": "factor * cuts"},
                "The factor is multiplied instead of applied again and again; the first rate is zero.",
                "Which rate does your schedule give at step 0?",
                ("Print it.", "Two cuts by a half make a quarter."),
                "power",
            ),
            Mistake(
                "divides by the factor",
                {"factor ** cuts": "factor ** -cuts"},
                "The rate grows at each cut.",
                "Should the rate rise or fall?",
                ("Print some rates.", "Which sign has the exponent?"),
                "power",
            ),
            Mistake(
                "cuts once only",
                {"factor ** cuts": "factor ** np.minimum(cuts, 1)"},
                "After the first cut nothing follows.",
                "Which rate should stand after two cuts?",
                ("Print the rates at 0, every, 2·every.", "How often is the factor applied?"),
                "power",
            ),
            Mistake(
                "compounds",
                {"factor ** cuts": "factor ** (every * cuts * (cuts - 1) / 2 + cuts * (step % every + 1))"},
                "The factor is applied to the present rate at each step, so the cuts pile up.",
                "How often should the rate be cut between step every and step 2·every?",
                ("Print the rates after the first cut.", "Start from base each time, not from the last rate."),
                "power",
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
                "power",
            ),
            Mistake(
                "forgets the base",
                {"base * ": ""},
                "The rate starts at 1.",
                "Which rate does your schedule give at step 0?",
                ("Print it.", "Where is base used?"),
                "base",
            ),
        ],
    ),
    "cosine": Exercise(COSINE, [*COSINE_FLOORS, RESTART, LAST, FROM_ONE], _cosines("cosine")),
    "warmup_cosine": Exercise(
        WARMUP,
        [
            *RAMPS,
            WARMUP_FROM_ONE,
            *FLOORS,
            *ENDS,
            FROM_ZERO,
            *TIMES,
            *(both(ramp, other) for ramp in RAMPS for other in [*FLOORS, *ENDS, FROM_ZERO]),
            *(both(end, floor) for end in ENDS for floor in FLOORS if _differ(end, floor)),
            *(
                both(both(ramp, end), floor)
                for ramp in RAMPS
                for end in ENDS
                for floor in FLOORS
                if _differ(end, floor)
            ),
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
            *_cosines("warmup"),
        ],
    ),
    "plateau": Exercise(
        PLATEAU,
        [PATIENT, RELATIVE, ABSOLUTE, both(PATIENT, RELATIVE), both(PATIENT, ABSOLUTE)],
        [
            Mistake(
                "never cuts",
                {"rate * factor": "rate"},
                "The rate stays as it was.",
                "Which rate stands after the patience is over?",
                ("Print the rates.", "What is multiplied at a cut?"),
                "rate",
            ),
            Mistake(
                "compares with the last loss",
                {"best, waited = loss, 0": "waited = 0", "rates.append(rate)": "best = loss; rates.append(rate)"},
                "A loss that is better than the last one, but worse than the best, counts as progress.",
                "The losses are 1, 3, 2.9, 2.8: is this progress?",
                ("Write down what you compare with, epoch by epoch.", "Which loss must be beaten?"),
                "best",
            ),
            Mistake(
                "a tie counts as improvement",
                {"loss < best": "loss <= best"},
                "A loss that stands still resets the count for ever.",
                "The losses are 1, 1, 1, 1: when is the rate cut?",
                ("Try it.", "Better, or as good?"),
                "tie",
            ),
            Mistake(
                "forgets the best at each cut",
                {"rate, waited = rate * factor, 0": "rate, waited, best = rate * factor, 0, loss"},
                "After a cut the present loss becomes the one to beat, though it is worse.",
                "After a cut, which loss must be beaten?",
                ("Follow the best through a cut.", "What does a cut change?"),
                "best",
            ),
            Mistake(
                "forgets the best entirely at each cut",
                {"rate, waited = rate * factor, 0": "rate, waited, best = rate * factor, 0, np.inf"},
                "After a cut any loss counts as an improvement.",
                "After a cut, which loss must be beaten?",
                ("Follow the best through a cut.", "What does a cut change?"),
                "best",
            ),
            Mistake(
                "does not reset the count after a cut",
                {"rate, waited = rate * factor, 0": "rate = rate * factor"},
                "Once the patience is over, every epoch cuts again.",
                "How many epochs lie between two cuts?",
                ("Follow the count through a cut.", "What should it be after a cut?"),
                "count",
            ),
            Mistake(
                "cuts once only",
                {"waited >= patience": "waited == patience", "rate, waited = rate * factor, 0": "rate = rate * factor"},
                "The count runs on past the patience, so no second cut comes without a new best.",
                "How many epochs lie between two cuts?",
                ("Follow the count through a cut.", "What should it be after a cut?"),
                "count",
            ),
            Mistake(
                "does not reset the count at a new best",
                {"best, waited = loss, 0": "best = loss"},
                "Bad epochs are added up over the whole run.",
                "Two bad epochs, a new best, one bad epoch: how long has it waited?",
                ("Follow the count.", "What does a new best change?"),
                "count",
            ),
            Mistake(
                "never takes the first loss",
                {
                    "np.inf, 0, []": "np.inf, 0, []\n    first = losses[0]",
                    "if loss < best:": "if not rates:\n            pass\n        elif loss < best:",
                },
                "The first epoch is skipped, so the second loss is the first one to beat.",
                "The losses are 1, 3: what is the best?",
                ("Follow the best.", "What is the best after the first epoch?"),
                "best",
            ),
            Mistake(
                "starts the best at 0",
                {"np.inf": "0.0"},
                "No positive loss ever beats zero, so the rate is cut again and again.",
                "Can a positive loss beat your first best?",
                ("Print the best.", "What must any first loss beat?"),
                "best",
            ),
            Mistake(
                "raises the rate at a new best",
                {"best, waited = loss, 0": "best, waited, rate = loss, 0, rate * 1.1"},
                "Each improvement raises the rate by a tenth.",
                "What should the rate do while all goes well?",
                ("Print the rates.", "Only a cut changes the rate."),
                "rate",
            ),
            Mistake(
                "rewards rising losses",
                {"loss < best": "loss > best", "np.inf": "-np.inf"},
                "The comparison is turned round, as for an accuracy.",
                "Is a smaller loss better or worse?",
                ("Try falling losses.", "Look at your comparison."),
                "best",
            ),
            Mistake(
                "one epoch early",
                {"waited >= patience": "waited >= patience - 1"},
                "The patience is one epoch shorter than asked.",
                "With patience 2, how many bad epochs are let through?",
                ("Count them.", "Compare the count with the patience."),
                "patience",
            ),
            Mistake(
                "cuts one epoch late",
                {"rates.append(rate)": "", "for loss in losses:": "for loss in losses:\n        rates.append(rate)"},
                "The rate is noted before the decision, so every cut shows an epoch late.",
                "Which rate should stand beside the epoch that used up the patience?",
                ("Compare the place of the cut.", "Decide first, then note the rate."),
                "order",
            ),
            Mistake(
                "divides by the factor",
                {"rate * factor": "rate / factor"},
                "The rate grows at each cut.",
                "Should the rate rise or fall?",
                ("Print the rates.", "factor is below 1."),
                "rate",
            ),
            Mistake(
                "subtracts the factor",
                {"rate * factor": "rate - factor"},
                "The rate may become negative.",
                "What is left of a rate of 0.1 after a cut by the factor 0.5?",
                ("Print the rates.", "A factor multiplies."),
                "rate",
            ),
            Mistake(
                "starts from the base at each cut",
                {"rate * factor": "base * factor"},
                "The second cut changes nothing.",
                "Which rate should stand after two cuts?",
                ("Print the rates.", "What is multiplied at a cut?"),
                "rate",
            ),
        ],
    ),
}
