"""The space of a step of power iteration: lesson 11 has the product with the Hessian alone, so there is nothing to copy."""

from lessonkit.judging.items.switches import Space, switch
from lessonkit.judging.versions import Mistake

DISTANCE = (
    Mistake(
        "divides by h, not by 2h",
        {},
        "The two gradients are 2h apart, and their difference is divided by h: Hv comes out twice as long.",
        "How far apart are the points at which the two gradients were taken?",
        ("Try the loss θ²: its gradient is 2θ, its curvature 2.", "From −h to h it is how far?"),
    ),
    Mistake(
        "divides by 2h, not by h",
        {},
        "The two gradients are h apart, and their difference is divided by 2h: Hv comes out half as long.",
        "How far apart are the points at which the two gradients were taken?",
        ("Try the loss θ²: its gradient is 2θ, its curvature 2.", "Which of the three points does your line use?"),
    ),
    Mistake(
        "divides by h squared",
        {},
        "The difference is divided by h², which belongs to second differences of the loss; a gradient is a derivative already.",
        "If h is ten times smaller, how much smaller is the difference of the two gradients?",
        ("Call it with two values of h.", "How often must a gradient be differentiated to give a curvature?"),
    ),
    Mistake(
        "forgets the distance",
        {},
        "The difference of the gradients is not divided by their distance, so Hv is smaller the smaller h is.",
        "If h is ten times smaller, should the sharpness be, too?",
        ("Call it with two values of h.", "A derivative is a change divided by what?"),
    ),
    Mistake(
        "multiplies by the distance",
        {},
        "The difference is multiplied by the distance where it should be divided by it.",
        "If h is ten times smaller, how much smaller is the difference of the two gradients?",
        ("Call it with two values of h.", "A derivative is a change divided by what?"),
    ),
)

PRODUCT = (
    Mistake(
        "subtracts the wrong way round",
        {},
        "The difference of the gradients is taken the wrong way round: this is −Hv.",
        "In a valley, does the slope along v grow or fall as you go ahead?",
        ("Try the loss θ²: its gradient is 2θ, and v = 1.", "Which of the two gradients comes first?"),
    ),
    Mistake(
        "adds the gradients",
        {},
        "The gradients are added, but Hv says how the gradient changes: it needs their difference.",
        "If a loss has the same gradient everywhere, what should Hv be?",
        ("Call it with three equal gradients.", "Which operation says how much something has changed?"),
    ),
    Mistake(
        "takes one gradient for the change",
        {},
        "One gradient alone is divided by the distance; nothing is subtracted from it.",
        "If a loss has the same gradient everywhere, what should Hv be?",
        ("Call it with three equal gradients.", "How many gradients does a difference need?"),
    ),
)

SHARPNESS = (
    Mistake(
        "takes the gradient for the product",
        {},
        "The sharpness is computed from the gradient, not from Hv: this says how steep the loss is, not how curved.",
        "At a minimum the gradient is zero; should the sharpness be, too?",
        ("Call it with `g_here` zero.", "Which of your names holds Hv?"),
    ),
    Mistake(
        "takes v to have length 1",
        {},
        "The length of v is left out, as if it were 1, and so the sharpness depends on it.",
        "If v is twice as long and points the same way, should the sharpness change?",
        ("Call it with v of length 2.", "What stands below the line in the formula?"),
    ),
    Mistake(
        "divides by the length of v once",
        {},
        "v · Hv is divided by the length of v once. v stands twice in it, so its length must be divided out twice.",
        "How often does the length of v enter v · Hv?",
        ("Call it with v of length 2.", "v · v is the length times what?"),
    ),
    Mistake(
        "turns the quotient round",
        {},
        "The quotient is upside down: a sharper place gets a smaller number.",
        "If Hv is twice as long, should the sharpness double or halve?",
        ("Call it with all gradients doubled.", "What stands above the line in the formula?"),
    ),
    Mistake(
        "divides entry by entry",
        {},
        "Hv is divided by v entry by entry, and the mean is taken: the eigenvalue where v is an eigenvector, and only there.",
        "What does your sharpness do where one entry of v is nearly zero?",
        ("Call it with v = [1, 0.001].", "Does the formula divide vectors, or numbers?"),
    ),
)

DIRECTION = (
    Mistake(
        "leaves the new v unscaled",
        {},
        "The new v is Hv as it is, so in each step it grows by the factor of the sharpness.",
        "How long is your v after ten steps with a sharpness of 100?",
        ("Compute the size of what you return.", "What is Hv divided by?"),
    ),
    Mistake(
        "returns the old direction",
        {},
        "The old v comes back, scaled: its direction never changes, however many steps follow.",
        "After which step does your v point along the sharpest direction?",
        ("Compare v before and after.", "Which vector has been multiplied by the Hessian?"),
    ),
    Mistake(
        "divides by the square of the length",
        {},
        "The new v is divided by the square of its length, so a long Hv becomes a short v.",
        "How long is your new v if Hv is [3, 4]?",
        ("Compute it.", "How does a length follow from the sum of squares?"),
    ),
    Mistake(
        "keeps the signs in the size",
        {},
        "The size of the new v is taken with the signs of its entries, so that a negative entry is not counted as large.",
        "What is your size of [3, −4]?",
        ("Call it where Hv has entries of both signs.", "What stands between the bars | | in the formula?"),
    ),
    Mistake(
        "divides by the sharpness",
        {},
        "Hv is divided by the sharpness: an eigenvector keeps the length that it had, whatever it was.",
        "Which length has your new v if the old one was ten times too long?",
        ("Call it with v of length 10.", "What does the formula divide w by?"),
    ),
)

SPACES = {
    "power_step": Space(
        "def power_step(v, g_behind, g_here, g_ahead, h):\n"
        "    w = <product>\n"
        "    sharpness = <sharpness>\n"
        "    return sharpness, w / <size>",
        (
            switch(
                "product",
                ("Hv is the difference from behind to ahead", "(g_ahead - g_behind) / (2 * h)"),
                ("Hv is the difference from here to ahead", "(g_ahead - g_here) / h"),
                ("Hv is the difference from behind to here", "(g_here - g_behind) / h"),
            ),
            switch(
                "size",
                ("the new v has the length 1", "np.linalg.norm(w)"),
                ("the largest entry of the new v has the size 1", "np.max(np.abs(w))"),
                ("the sizes of all entries of the new v add up to 1", "np.sum(np.abs(w))"),
            ),
            switch(
                "sharpness",
                ("the sharpness is v · w over v · v", "(v @ w) / (v @ v)"),
                ("the sharpness is the length of w over that of v", "np.linalg.norm(w) / np.linalg.norm(v)"),
            ),
        ),
        task="one step of power iteration, from the gradients at θ − hv, θ and θ + hv",
        mistakes=DISTANCE + PRODUCT + SHARPNESS + DIRECTION,
        returns=("the sharpness", "the new v"),
    )
}
