"""What is known about clip_by_value."""

from lessonkit.judging.versions import Exercise, Mistake, source_of
from lessonkit.rules.clipping import clip_by_value

EXERCISE = Exercise(
    source_of(clip_by_value),
    [],
    [
        Mistake(
            "lets everything pass",
            {"np.minimum(np.maximum(g, -c), c)": "g * 1.0"},
            "The gradient comes back as it was.",
            "What does your clip do to 100?",
            ("Try a large entry.", "Which value do you return?"),
        ),
        Mistake(
            "cuts only from above",
            {"np.maximum(g, -c)": "g"},
            "Large negative entries pass.",
            "What does your clip do to −100?",
            ("Try a negative entry.", "Two ends need two limits."),
        ),
        Mistake(
            "cuts only from below",
            {"np.minimum(np.maximum(g, -c), c)": "np.maximum(g, -c)"},
            "Large positive entries pass.",
            "What does your clip do to 100?",
            ("Try a large entry.", "Two ends need two limits."),
        ),
        Mistake(
            "cuts to [0, c]",
            {"-c": "0"},
            "Negative entries become zero.",
            "What does your clip do to −0.1?",
            ("Try a small negative entry.", "The lower end is −c."),
        ),
        Mistake(
            "zeroes what is too large",
            {"np.minimum(np.maximum(g, -c), c)": "np.where(np.abs(g) <= c, g, 0 * g)"},
            "Entries beyond c vanish instead of becoming c.",
            "What does your clip do to 100?",
            ("Try a large entry.", "It should come back as c."),
        ),
        Mistake(
            "loses the sign",
            {"np.minimum(np.maximum(g, -c), c)": "np.minimum(np.abs(g), c)"},
            "All entries become positive.",
            "What does your clip do to −0.1?",
            ("Try a negative entry.", "The sign stays."),
        ),
        Mistake(
            "clips by the norm",
            {"np.minimum(np.maximum(g, -c), c)": "g * np.minimum(1, c / np.maximum(np.sqrt(np.sum(g * g)), 1e-300))"},
            "All entries are scaled by one factor: this is clipping by the norm.",
            "Should an entry smaller than c change?",
            ("Try [3, 4, 12] with c = 5.", "Each entry is cut for itself."),
        ),
        Mistake(
            "scales by the largest entry",
            {"np.minimum(np.maximum(g, -c), c)": "g * np.minimum(1, c / np.maximum(np.max(np.abs(g)), 1e-300))"},
            "All entries are scaled so that the largest is c.",
            "Should an entry smaller than c change?",
            ("Try [3, 4, 12] with c = 5.", "Each entry is cut for itself."),
        ),
        Mistake(
            "always ±c",
            {"np.minimum(np.maximum(g, -c), c)": "c * np.sign(g)"},
            "Every entry becomes ±c, even a small one.",
            "What does your clip do to 0.1?",
            ("Try a small entry.", "What is within the limits stays."),
        ),
        Mistake(
            "squashes smoothly",
            {"np.minimum(np.maximum(g, -c), c)": "c * np.tanh(g / c)"},
            "Entries within the limits change too.",
            "What does your clip do to 0.9 c?",
            ("Try an entry just below c.", "What is within the limits stays."),
        ),
    ],
)
