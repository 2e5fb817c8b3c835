"""What is known about one_cycle."""

from lessonkit.judging.catalogue.shared.ramps import at_the_last_executed
from lessonkit.judging.versions import Convention, Exercise, Mistake, combined

CYCLE = """def one_cycle(step, total, warmup, peak, div_factor, final_div_factor):
    first = peak / div_factor
    last = first / final_div_factor
    if step < warmup:
        return first + (peak - first) * ((1 - np.cos(np.pi * step / warmup)) / 2)
    progress = (step - warmup) / (total - warmup)
    return last + (peak - last) * ((1 + np.cos(np.pi * progress)) / 2)
"""
RISE, FALL = "((1 - np.cos(np.pi * step / warmup)) / 2)", "((1 + np.cos(np.pi * progress)) / 2)"

FASTAI = Convention(
    "last rate: the peak over the final factor",
    {"first / final_div_factor": "peak / final_div_factor"},
    "As in fastai: your final factor is ours times div_factor.",
    "final_div_factor = final_div_factor / div_factor",
    "fastai's `fit_one_cycle` writes it so: its `div_final` divides the peak.",
)
PYTORCH = Convention(
    "both turning points one step earlier",
    {
        "step < warmup": "step < warmup - 1",
        "step / warmup": "step / (warmup - 1)",
        "(step - warmup)": "(step - warmup + 1)",
    },
    "As in PyTorch, whose peak is at step W − 1 and whose end at T − 1: your W and T are ours plus 1.",
    "warmup, total = warmup - 1, total - 1",
    "PyTorch's `OneCycleLR` writes it so.",
)
EARLY_END = at_the_last_executed({"(total - warmup)": "(total - 1 - warmup)"})

EXERCISE = Exercise(
    CYCLE,
    combined([FASTAI], [PYTORCH, EARLY_END]),
    [
        Mistake(
            "starts at zero",
            {"first + (peak - first) * " + RISE: "peak * " + RISE},
            "The rise starts at zero, not at the peak over div_factor.",
            "Which rate does your schedule give at step 0?",
            ("Print it.", "What is div_factor for?"),
        ),
        Mistake(
            "starts at the peak",
            {RISE: "1.0"},
            "There is no rise.",
            "Which rate does your schedule give at step 0?",
            ("Print it.", "What is div_factor for?"),
        ),
        Mistake(
            "ends at zero",
            {"last + (peak - last) * " + FALL: "peak * " + FALL},
            "The fall ends at zero, not at the last rate.",
            "Which rate does your schedule give at its end?",
            ("Print it.", "What is final_div_factor for?"),
        ),
        Mistake(
            "comes back to the first rate only",
            {"last = first / final_div_factor": "last = first"},
            "The fall ends where the rise began; it should end far below.",
            "Which rate does your schedule give at its end?",
            ("Print it.", "What is final_div_factor for?"),
        ),
        Mistake(
            "never falls",
            {FALL: "1.0"},
            "The rate stays at the peak.",
            "Which rate does your schedule give at its end?",
            ("Print it.", "What follows the peak?"),
        ),
        Mistake(
            "climbs too high",
            {"(peak - first)": "peak"},
            "The whole peak is added to the first rate, so the rise goes above the peak.",
            "Which rate does your schedule give just before step W?",
            ("Print it.", "How far is it from the first rate to the peak?"),
        ),
        Mistake(
            "falls from above the peak",
            {"(peak - last)": "peak"},
            "The whole peak is added to the last rate, so the fall starts above the peak.",
            "Which rate does your schedule give at step W?",
            ("Print it.", "How far is it from the peak to the last rate?"),
        ),
        Mistake(
            "the rise runs backwards",
            {"1 - np.cos": "1 + np.cos"},
            "The rate falls from the peak during the warmup.",
            "Which rate does your schedule give at step 0?",
            ("Print it.", "What is cos 0?"),
        ),
        Mistake(
            "the fall runs backwards",
            {"1 + np.cos": "1 - np.cos"},
            "The rate drops after the warmup and rises to the end.",
            "Which rate does your schedule give at its end?",
            ("Print it.", "What is cos π?"),
        ),
        Mistake(
            "exchanges div_factor and final_div_factor",
            {"peak / div_factor": "peak / final_div_factor", "first / final_div_factor": "first / div_factor"},
            "The rise starts at the peak over final_div_factor, which belongs to the end.",
            "Which rate does your schedule give at step 0?",
            ("Print it, and compare it with the peak.", "Which of the two factors belongs to the start?"),
        ),
        *(
            Mistake(
                f"brackets: the {low} rate alone is multiplied",
                {f"(peak - {low}) * {share}": f"peak - {low} * {share}"},
                f"Multiplication comes before subtraction: the peak minus the {low} rate needs brackets.",
                "In which order does Python compute this line?",
                (f"Print the rate at step {step}.", "What should be multiplied by the half cosine?"),
            )
            for low, share, step in (("first", RISE, "0"), ("last", FALL, "T"))
        ),
        Mistake(
            "straight lines",
            {RISE: "(step / warmup)", FALL: "(1 - progress)"},
            "Straight lines are the paper's form. This exercise asks for that of PyTorch and optax, where rise and fall are halves of a "
            "cosine.",
            "Where does the rate rise fastest?",
            ("Print the differences of neighbours.", "Where is a cosine steepest?"),
        ),
        Mistake(
            "a straight rise",
            {RISE: "(step / warmup)"},
            "The rise is a straight line; here it is half a cosine, like the fall.",
            "Where does the rate rise fastest?",
            ("Print the differences of neighbours.", "Where is a cosine steepest?"),
        ),
        Mistake(
            "a straight fall",
            {FALL: "(1 - progress)"},
            "The fall is a straight line; here it is half a cosine.",
            "Where does the rate fall fastest?",
            ("Print the differences of neighbours.", "Where is a cosine steepest?"),
        ),
        Mistake(
            "divides by T instead of T − W",
            {"/ (total - warmup)": "/ total"},
            "The fall starts where the rise ends, but is stretched over the whole run: it never arrives.",
            "Which rate does your schedule give at its end?",
            ("Print the last rate.", "How many steps are left at the peak?"),
        ),
        Mistake(
            "divides by T − W without the shift",
            {"(step - warmup) /": "step /"},
            "The fall has already begun at the peak, and turns up again.",
            "Which rate does your schedule give at step W?",
            ("Print it.", "How far has the fall come there?"),
        ),
        Mistake(
            "forgets π",
            {"np.pi * ": ""},
            "The angle goes to 1 and not to π.",
            "Which rate does your schedule give just before step W?",
            ("Print it.", "Where is a cosine −1?"),
        ),
        Mistake(
            "forgets the halves",
            {") / 2)": "))"},
            "The rise goes to twice the height.",
            "Which rate does your schedule give just before step W?",
            ("Print it.", "How large is 1 − cos π?"),
        ),
    ],
)
