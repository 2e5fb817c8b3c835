"""What is known about clip_by_global_norm."""

import numpy as np

from lessonkit.judging.versions import Chosen, Convention, Exercise, Mistake

# As a learner writes it; the kernel sums in pieces, and takes squares that leave float64 apart.
BY_NORM = """def clip_by_global_norm(grads, c):
    norm = np.sqrt(sum(np.sum(g * g) for g in grads))
    scale = 1.0 if norm <= c else c / norm
    return [g * scale for g in grads], norm
"""

RETURN = "return [g * scale for g in grads], norm"

EACH = "np.sqrt(np.sum(g * g))"


SHORTER = "the clipped norm is a hair shorter than c."
FORMS = {  # name → form, how it turns into ours, who writes it so
    "{} in the denominator": (
        "min(1.0, c / (norm + {}))",
        "With {} in the denominator, as in PyTorch, " + SHORTER,
        "`torch.nn.utils.clip_grad_norm_` writes it so, with 1e-6.",
    ),
    "{} in the denominator, when clipping": (
        "1.0 if norm <= c else c / (norm + {})",
        "With {} in the denominator, as in PyTorch, " + SHORTER,
        "",
    ),
    "norm of at least {}": (
        "1.0 if norm <= c else c / max(norm, {})",
        "The norm that divides is at least {}: the same as ours wherever the norm is larger.",
        "",
    ),
}


def guarded(constant):
    """Conventions that keep the division finite by a small constant."""
    return [
        Convention(
            name.format(constant),
            {"1.0 if norm <= c else c / norm": form.format(constant)},
            conversion.format(constant),
            written_by=written_by,
        )
        for name, (form, conversion, written_by) in FORMS.items()
    ]


def constants(values, probe):
    """The small constants that may stand in the denominator, from what comes back for the shortest gradient that is clipped."""
    found, place = [], 0
    for grads, c in probe.calls:
        size = sum(map(np.size, grads))
        given, clipped = (np.concatenate([np.ravel(g) for g in grads]), values[0, place : place + size])
        place += size + 1
        length, shortened = np.sqrt(np.sum(given**2)), np.sqrt(np.sum(clipped**2))
        if length > c and shortened > 0:
            found += [(length, c * length / shortened - length), (length, c * length / shortened)]
    return [float(f"{constant:.4g}") for _, constant in sorted(found)[:2] if 0 < constant <= 1e-3]


EXERCISE = Exercise(
    BY_NORM,
    guarded("1e-06"),
    [
        Mistake(
            "lets everything pass",
            {RETURN: "return [g * 1.0 for g in grads], norm"},
            "The gradients come back as they were.",
            "How long is your clipped gradient?",
            ("Compute its norm.", "Which gradients do you return?"),
        ),
        Mistake(
            "clips each tensor by itself",
            {RETURN: f"return [g * (1.0 if {EACH} <= c else c / {EACH}) for g in grads], norm"},
            "Each tensor gets a factor of its own, so the direction of the whole gradient changes.",
            "Two tensors of norms 3 and 4, c = 4.5: does your clip change anything?",
            ("Global means: one norm for all tensors.", "How many factors does your code compute?"),
        ),
        Mistake(
            "clips each tensor by itself, 1e-6 in the denominator",
            {RETURN: f"return [g * min(1.0, c / ({EACH} + 1e-6)) for g in grads], norm"},
            "Each tensor gets a factor of its own, so the direction of the whole gradient changes.",
            "Two tensors of norms 3 and 4, c = 4.5: does your clip change anything?",
            ("Global means: one norm for all tensors.", "How many factors does your code compute?"),
        ),
        Mistake(
            "clips each tensor by itself, 1e-6 in the denominator when clipping",
            {RETURN: f"return [g * (1.0 if {EACH} < c else c / ({EACH} + 1e-6)) for g in grads], norm"},
            "Each tensor gets a factor of its own, so the direction of the whole gradient changes.",
            "Two tensors of norms 3 and 4, c = 4.5: does your clip change anything?",
            ("Global means: one norm for all tensors.", "How many factors does your code compute?"),
        ),
        Mistake(
            "adds the norms",
            {"np.sqrt(sum(np.sum(g * g) for g in grads))": f"sum({EACH} for g in grads)"},
            "The norms of the tensors are added, which overestimates the norm of all.",
            "Two tensors of norms 3 and 4: how long is both together?",
            ("Think of a right angle.", "What is added under the root?"),
        ),
        Mistake(
            "forgets the root",
            {"np.sqrt(sum(np.sum(g * g) for g in grads))": "sum(np.sum(g * g) for g in grads)"},
            "The sum of squares is compared with c.",
            "What is your norm of [3, 4]?",
            ("Compute it.", "What turns squares back into a length?"),
        ),
        Mistake(
            "takes the largest norm",
            {"np.sqrt(sum(np.sum(g * g) for g in grads))": f"max({EACH} for g in grads)"},
            "The largest tensor decides alone.",
            "Two tensors of norms 3 and 4: how long is both together?",
            ("Think of a right angle.", "All entries of all tensors count."),
        ),
        Mistake(
            "takes the largest entry",
            {"np.sqrt(sum(np.sum(g * g) for g in grads))": "max(np.max(np.abs(g)) for g in grads)"},
            "The norm is the largest entry, not the length.",
            "What is your norm of [3, 4]?",
            ("Compute it.", "Squares are added, then the root is taken."),
        ),
        Mistake(
            "adds absolute values",
            {"np.sqrt(sum(np.sum(g * g) for g in grads))": "sum(np.sum(np.abs(g)) for g in grads)"},
            "This is the sum of sizes (L1), not the length.",
            "What is your norm of [3, 4]?",
            ("Compute it.", "Squares are added, then the root is taken."),
        ),
        Mistake(
            "averages the squares",
            {"np.sqrt(sum(np.sum(g * g) for g in grads))": "np.sqrt(sum(np.mean(g * g) for g in grads))"},
            "Means stand for sums, so large tensors count too little.",
            "What is your norm of [3, 4]?",
            ("Compute it.", "Sum or mean?"),
        ),
        Mistake(
            "always rescales",
            {"1.0 if norm <= c else c / norm": "c / norm if norm > 0 else 1.0"},
            "Short gradients are stretched to length c.",
            "What does your clip do to a gradient that is short already?",
            ("Try a gradient of norm 0.1 with c = 1.", "When should nothing happen?"),
        ),
        Mistake(
            "always rescales, dividing zero by zero",
            {"1.0 if norm <= c else c / norm": "c / norm"},
            "The gradients are rescaled whatever their norm is, so short ones are stretched to norm c.",
            "What does your clip do to a gradient that is short already?",
            ("Try a gradient of zeros.", "When should nothing happen?"),
        ),
        Mistake(
            "always rescales, 1e-6 in the denominator",
            {"1.0 if norm <= c else c / norm": "c / (norm + 1e-6)"},
            "Short gradients are stretched to length c.",
            "What does your clip do to a gradient that is short already?",
            ("Try a gradient of norm 0.1 with c = 1.", "When should nothing happen?"),
        ),
        Mistake(
            "clips short gradients",
            {"norm <= c": "norm >= c"},
            "The test is turned round: long gradients pass, short ones are stretched.",
            "Which gradients should stay as they are?",
            ("Try one long and one short gradient.", "Look at your comparison."),
        ),
        Mistake(
            "forgets to divide by the norm",
            {"c / norm": "c"},
            "The gradient is multiplied by c.",
            "How long is your clipped gradient?",
            ("Compute the norm of what you return.", "Which factor makes a length ‖g‖ into c?"),
        ),
        Mistake(
            "turns the fraction round",
            {"c / norm": "norm / c"},
            "Long gradients become longer.",
            "Is your factor above or below 1 for a long gradient?",
            ("Print it.", "Which stands above: the length you want or the one you have?"),
        ),
        Mistake(
            "divides by the norm only",
            {"c / norm": "1 / norm"},
            "The clipped gradient has norm 1, not c.",
            "How long is your clipped gradient, for c = 5?",
            ("Compute its norm.", "Where does c stand?"),
        ),
        Mistake(
            "returns the clipped norm",
            {"in grads], norm": "in grads], norm * scale"},
            "The norm after clipping is returned, which hides how long the gradient was.",
            "Which norm would you want to see in a record of a training?",
            ("Compare what you return with c.", "Compute the norm before you clip, and keep it."),
        ),
        Mistake(
            "clips the entries",
            {RETURN: "return [np.minimum(np.maximum(g, -c), c) for g in grads], norm"},
            "Each entry is cut for itself: this is clipping by value, and turns the gradient.",
            "Does your clipped gradient still point in the same direction?",
            ("Try [3, 4] with c = 1.", "One factor for all entries keeps the direction."),
        ),
    ],
)
CHOSEN = Chosen(guarded("FREE"), constants)
