"""The spaces of the schedules that lesson 08 prints."""

from lessonkit.judging.items.switches import Option, Space, switch


def floor(fallen, top):
    """Whether the rate may fall to 0, or to a tenth of where it began."""
    return switch(
        "rate",
        ("the rate falls to 0", fallen),
        (f"the rate never falls below a tenth of {top}", f"np.maximum({fallen}, {top} / 10)"),
    )


SPACES = {
    "step_decay": Space(
        "def step_decay(step, base, factor, every):\n    return <rate>",
        (
            floor("base * <kept> ** (<cuts>)", "base"),
            switch(
                "kept",
                ("`factor` is the share that is kept", "factor"),
                ("`factor` is the share that is cut off", "(1 - factor)"),
            ),
            switch(
                "cuts",
                ("the cut comes after each period", "step // every"),
                ("the cut comes at the last step of each period", "(step + 1) // every"),
                ("the rate falls at each step", "step / every"),
            ),
        ),
    ),
    "warmup_cosine": Space(
        "def warmup_cosine(step, total, warmup, peak):\n"
        "    if step < warmup:\n"
        "        return peak * <ramp>\n"
        "    progress = (step - warmup) / (<end> - warmup)\n"
        "    return <rate>",
        (
            switch(
                "ramp",
                ("the ramp starts from 0", "step / warmup"),
                ("the ramp reaches the peak one step early", "(step + 1) / warmup"),
                ("the ramp has warmup + 1 stairs", "(step + 1) / (warmup + 1)"),
            ),
            (
                Option("the run ends at step total", {"end": "total"}),
                Option("the run ends at its last step, total − 1", {"end": "(total - 1)"}),
            ),
            floor("peak * (1 + np.cos(np.pi * progress)) / 2", "peak"),
        ),
    ),
}
