"""Mistakes and conventions of schedules that fall as half a cosine."""

from lessonkit.judging.versions import Convention, Mistake, joined

FALL = "(1 + np.cos(angle)) / 2"


def cosine_mistakes(progress):
    """Mistakes that half a cosine can have; `progress` is its formula in the source."""
    return [
        Mistake(
            "never falls",
            {FALL: "1.0"},
            "The rate stays at the peak.",
            "Which rate does your schedule give at its end?",
            ("Print some rates.", "Where is the progress used?"),
        ),
        Mistake(
            "runs backwards",
            {"1 + np.cos": "1 - np.cos"},
            "The rate rises to the peak instead of falling from it.",
            "Which rate does your schedule give at its start?",
            ("Print the first and the last rate.", "What is cos 0?"),
        ),
        Mistake(
            "starts again at the end",
            {"np.pi * progress": "np.pi * (progress % 1)"},
            "At step `total` the rate is back at the peak, as with warm restarts; it should be zero there.",
            "Which rate does your schedule give at step `total`?",
            ("Print the last two rates.", "What is the remainder of total / total?"),
        ),
        Mistake(
            "forgets the half",
            {" / 2": ""},
            "The fall starts at twice the peak.",
            "Which rate does your schedule give at its start?",
            ("Print it.", "How large is 1 + cos 0?"),
        ),
        Mistake(
            "forgets the 1",
            {"1 + np.cos": "0 + np.cos"},
            "The rate becomes negative in the second half.",
            "Which rate does your schedule give at its end?",
            ("Print it.", "Which values does a cosine have?"),
        ),
        Mistake(
            "forgets the 1 and the half",
            {FALL: "np.cos(np.pi * progress)"},
            "The rate becomes negative in the second half.",
            "Which rate does your schedule give at its end?",
            ("Print it.", "Which values does a cosine have?"),
        ),
        Mistake(
            "half the angle",
            {FALL: "np.cos(np.pi * progress / 2)"},
            "The angle goes to π/2 and not to π: the rate falls along a quarter of a cosine.",
            "Which rate does your schedule give in the middle?",
            ("It should be half of the peak.", "Which angle is reached at the end?"),
        ),
        Mistake(
            "forgets π",
            {"np.pi * progress": "progress"},
            "The angle goes to 1 and not to π, so the rate hardly falls.",
            "Which rate does your schedule give at its end?",
            ("Print it.", "Where is a cosine −1?"),
        ),
        Mistake(
            "a full turn",
            {"np.pi * progress": "2 * np.pi * progress"},
            "The rate comes back to the peak at the end.",
            "Which rate does your schedule give at its end?",
            ("Print the middle and the end.", "Which angle is reached at the end?"),
        ),
        Mistake(
            "degrees for radians",
            {"np.pi * progress": "180 * progress"},
            "np.cos takes radians.",
            "What is np.cos(180)?",
            ("Print it.", "Which unit has the angle?"),
        ),
        Mistake(
            "a straight line",
            {FALL: "(1 - progress)"},
            "The rate falls linearly.",
            "Where is a cosine steepest?",
            ("Plot it.", "Where is the cosine in your code?"),
        ),
        Mistake(
            "divides whole numbers",
            {progress: progress.replace("/", "//")},
            "// rounds down, so the progress stays 0.",
            "What is 3 // 10?",
            ("Print the progress.", "Which division keeps the fraction?"),
        ),
        Mistake(
            "forgets the peak",
            {"peak * share": "share"},
            "The rate starts at 1.",
            "Which rate does your schedule give at its start?",
            ("Print it.", "Where is peak used?"),
        ),
    ]


TENTH = Convention(
    "a floor of a tenth",
    {FALL: f"0.1 + 0.9 * ({FALL})"},
    "Your schedule ends at a tenth of the peak, as some training scripts do; ours ends at zero.",
    written_by="nanoGPT's `get_lr` does so, with `min_lr` at a tenth of the peak.",
)

# Any floor is allowed: the number is found from what the learner's schedule returns.
OF_PEAK, ABSOLUTE = "Your schedule ends at FREE of the peak", "Your schedule ends at a rate of FREE, whatever the peak"
RAISED = [
    Convention(
        "ends at a floor of FREE of the peak", {FALL: f"FREE + (1 - FREE) * ({FALL})"}, f"{OF_PEAK}; ours ends at zero."
    ),
    Convention(
        "never falls below FREE of the peak", {FALL: f"np.maximum(FREE, {FALL})"}, f"{OF_PEAK}; ours ends at zero."
    ),
    Convention(
        "ends at a floor of FREE",
        {FALL: f"FREE / peak + (1 - FREE / peak) * ({FALL})"},
        f"{ABSOLUTE}; ours ends at zero.",
    ),
    Convention("never falls below FREE", {FALL: f"np.maximum(FREE / peak, {FALL})"}, f"{ABSOLUTE}; ours ends at zero."),
]
RAISED_RAMP = [
    Convention(
        "is never below FREE of the peak",
        {"peak * share": "peak * np.maximum(FREE, share)"},
        f"{OF_PEAK} and starts there; ours starts and ends at zero.",
    ),
    Convention(
        "is never below FREE",
        {"peak * share": "np.maximum(FREE, peak * share)"},
        f"{ABSOLUTE}, and starts there; ours starts and ends at zero.",
    ),
]
MOST = 0.5  # of the peak: a higher floor is a schedule that does not fall


def floors(values, probe):
    """The floors that a schedule may have: its least share of the peak, or its least rate, after the warmup."""
    place = {name: probe.arguments.index(name) for name in probe.arguments}
    fallen = [
        (rate, call[place["peak"]])
        for rate, call in zip(values[0], probe.calls, strict=True)
        if call[0] >= (call[place["warmup"]] if "warmup" in place else 0)
    ]
    least = {min(rate for rate, _ in fallen), min(rate / peak for rate, peak in fallen)}
    return [float(f"{floor:.12g}") for floor in least if 0 < floor <= MOST]


def ends(divisor):
    """Conventions about the last steps; `divisor` is what the progress is divided by."""
    restart = Convention(
        "starts again after it", AGAIN, "After its last step your rate starts again, as with warm restarts."
    )
    last = Convention(
        "zero at the last executed step",
        {f"/ {divisor}": f"/ ({divisor} - 1)"},
        "Your rate reaches zero at step total − 1, the last that is executed; ours one step later.",
        "total = total - 1",
    )
    return [last, joined(last, STAYS), joined(last, restart)]


AGAIN = {"np.pi * progress": "np.pi * (progress % 1)"}


STAYS = Convention(
    "stays at zero",
    {"np.pi * progress": "np.pi * np.minimum(progress, 1)"},
    "Once it has reached zero, your rate stays there.",
)


def counted_from_one(change):
    """Conventions that count steps from 1; `change` makes the source do so."""
    from_one = Convention(
        "counts steps from 1", change, "Your step counts from 1: ours at step + 1.", "step = step + 1"
    )
    return [from_one, joined(from_one, STAYS)]
