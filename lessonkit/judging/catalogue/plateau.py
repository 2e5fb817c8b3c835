"""What is known about plateau."""

from lessonkit.judging.versions import Convention, Exercise, Mistake, combined

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

PATIENT = Convention(
    "cuts when the count exceeds the patience",
    {"waited >= patience": "waited > patience"},
    "As in PyTorch: your patience is ours minus 1.",
    "patience = patience + 1",
    "PyTorch's `ReduceLROnPlateau` writes it so.",
)

RELATIVE = Convention(
    "relative threshold 1e-4",
    {"loss < best": "loss < best * (1 - 1e-4)"},
    "As in PyTorch, gains below a ten-thousandth of the best loss do not count; here every gain counts.",
    written_by="PyTorch's `ReduceLROnPlateau` has it if nothing else is said: `threshold=1e-4`, `threshold_mode='rel'`.",
)

ABSOLUTE = Convention(
    "absolute threshold 1e-4",
    {"loss < best": "loss < best - 1e-4"},
    "As in Keras, gains below 1e-4 do not count; here every gain counts.",
    written_by="`keras.callbacks.ReduceLROnPlateau` has it if nothing else is said: `min_delta=1e-4`.",
)

EXERCISE = Exercise(
    PLATEAU,
    combined([PATIENT], [RELATIVE, ABSOLUTE]),
    [
        Mistake(
            "never cuts",
            {"rate * factor": "rate"},
            "The rate stays as it was.",
            "Which rate stands after the patience is over?",
            ("Print the rates.", "What is multiplied at a cut?"),
        ),
        Mistake(
            "compares with the last loss",
            {"best, waited = loss, 0": "waited = 0", "rates.append(rate)": "best = loss; rates.append(rate)"},
            "A loss that is better than the last one, but worse than the best, counts as progress.",
            "The losses are 1, 3, 2.9, 2.8: is this progress?",
            ("Write down what you compare with, epoch by epoch.", "Which loss must be beaten?"),
        ),
        Mistake(
            "a tie counts as improvement",
            {"loss < best": "loss <= best"},
            "A loss that stands still resets the count for ever.",
            "The losses are 1, 1, 1, 1: when is the rate cut?",
            ("Try it.", "Better, or as good?"),
        ),
        Mistake(
            "forgets the best at each cut",
            {"rate, waited = rate * factor, 0": "rate, waited, best = rate * factor, 0, loss"},
            "After a cut the present loss becomes the one to beat, though it is worse.",
            "After a cut, which loss must be beaten?",
            ("Follow the best through a cut.", "What does a cut change?"),
        ),
        Mistake(
            "forgets the best entirely at each cut",
            {"rate, waited = rate * factor, 0": "rate, waited, best = rate * factor, 0, np.inf"},
            "After a cut any loss counts as an improvement.",
            "After a cut, which loss must be beaten?",
            ("Follow the best through a cut.", "What does a cut change?"),
        ),
        Mistake(
            "does not reset the count after a cut",
            {"rate, waited = rate * factor, 0": "rate = rate * factor"},
            "Once the patience is over, every epoch cuts again.",
            "How many epochs lie between two cuts?",
            ("Follow the count through a cut.", "What should it be after a cut?"),
        ),
        Mistake(
            "cuts once only",
            {"waited >= patience": "waited == patience", "rate, waited = rate * factor, 0": "rate = rate * factor"},
            "The count runs on past the patience, so no second cut comes without a new best.",
            "How many epochs lie between two cuts?",
            ("Follow the count through a cut.", "What should it be after a cut?"),
        ),
        Mistake(
            "does not reset the count at a new best",
            {"best, waited = loss, 0": "best = loss"},
            "Bad epochs are added up over the whole run.",
            "Two bad epochs, a new best, one bad epoch: how long has it waited?",
            ("Follow the count.", "What does a new best change?"),
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
        ),
        Mistake(
            "no loss is ever better than the best",
            {"np.inf": "0.0"},
            "The count is never set back, so the rate is cut every `patience` epochs: the best starts at 0, or the losses are "
            "not looked at.",
            "Can a positive loss beat your first best?",
            ("Print the best.", "What must any first loss beat?"),
        ),
        Mistake(
            "raises the rate at a new best",
            {"best, waited = loss, 0": "best, waited, rate = loss, 0, rate * 1.1"},
            "Each improvement raises the rate by a tenth.",
            "What should the rate do while all goes well?",
            ("Print the rates.", "Only a cut changes the rate."),
        ),
        Mistake(
            "rewards rising losses",
            {"loss < best": "loss > best", "np.inf": "-np.inf"},
            "The comparison is turned round, as for an accuracy.",
            "Is a smaller loss better or worse?",
            ("Try falling losses.", "Look at your comparison."),
        ),
        Mistake(
            "one epoch early",
            {"waited >= patience": "waited >= patience - 1"},
            "The patience is one epoch shorter than asked.",
            "With patience 2, how many bad epochs are let through?",
            ("Count them.", "Compare the count with the patience."),
        ),
        Mistake(
            "cuts one epoch late",
            {"rates.append(rate)": "", "for loss in losses:": "for loss in losses:\n        rates.append(rate)"},
            "The rate is noted before the decision, so every cut shows an epoch late.",
            "Which rate should stand beside the epoch that used up the patience?",
            ("Compare the place of the cut.", "Decide first, then note the rate."),
        ),
        Mistake(
            "divides by the factor",
            {"rate * factor": "rate / factor"},
            "The rate grows at each cut.",
            "Should the rate rise or fall?",
            ("Print the rates.", "factor is below 1."),
        ),
        Mistake(
            "subtracts the factor",
            {"rate * factor": "rate - factor"},
            "The rate may become negative.",
            "What is left of a rate of 0.1 after a cut by the factor 0.5?",
            ("Print the rates.", "A factor multiplies."),
        ),
        Mistake(
            "starts from the base at each cut",
            {"rate * factor": "base * factor"},
            "The second cut changes nothing.",
            "Which rate should stand after two cuts?",
            ("Print the rates.", "What is multiplied at a cut?"),
        ),
    ],
)
