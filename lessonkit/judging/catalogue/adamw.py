"""What is known about adamw."""

from lessonkit.judging.catalogue.shared.every_rule import STILL
from lessonkit.judging.catalogue.shared.moments import ADAM_ALL, EPS_PLACES, RATE_CORRECTED
from lessonkit.judging.versions import Convention, Exercise, Mistake, combined, source_of
from lessonkit.rules.optimizers import adamw

DECAY = [
    Mistake(
        "L2 in the gradient, not decoupled",
        {"": "g = g + weight_decay * theta", " - lr * weight_decay * theta": ""},
        "The decay goes through m and v and is divided by the root: Adam with a penalty, which is what AdamW was made to avoid.",
        "For a weight with large gradients, how strong is your decay compared with that of a weight with small ones?",
        ("Put g = 0: the weight should shrink by the factor 1 − lr·λ.", "Does the decay pass through the division?"),
    ),
    Mistake(
        "decays without the rate",
        {" - lr * weight_decay * theta": " - weight_decay * theta"},
        "The decay is not multiplied by the rate. So the paper writes it, with a schedule that multiplies step and decay. Here, as "
        "in PyTorch, lr is the whole rate and multiplies the decay too: else the decay stays when the rate is cut.",
        "When the rate goes to zero, should the weights still shrink?",
        ("Call it with g = 0 and lr = 0.", "Which factor does the decay share with the step?"),
    ),
    Mistake(
        "no decay",
        {" - lr * weight_decay * theta": ""},
        "λ is not used: this is Adam.",
        "What does your function do with g = 0?",
        ("Change λ and compare.", "Where is weight_decay used?"),
    ),
    Mistake(
        "only decays",
        {"theta - lr": "theta - 0 * lr"},
        "The weights shrink, but Adam's step is missing.",
        "After a step with g = 1 and λ = 0, has your θ changed?",
        ("Compare θ before and after, with λ = 0.", "Two things are taken from θ."),
    ),
    Mistake(
        "grows instead of decaying",
        {" - lr * weight_decay * theta": " + lr * weight_decay * theta"},
        "The decay has the wrong sign.",
        "With g = 0, should the weights shrink or grow?",
        ("Call it with g = 0.", "Which sign has the last term?"),
    ),
    Mistake(
        "decays towards ±1",
        {"lr * weight_decay * theta": "lr * weight_decay * np.sign(theta)"},
        "The sign of θ stands for θ: this is an L1 decay.",
        "How does the decay of a large weight compare with that of a small one?",
        ("Try θ = 10 and θ = 0.1 with g = 0.", "The decay is in proportion to what?"),
    ),
    Mistake(
        "doubles the decay",
        {"lr * weight_decay * theta": "2 * lr * weight_decay * theta"},
        "The weights shrink by the factor 1 − 2·lr·λ: the decay is taken twice, or a 2 from the derivative of λθ² has come along.",
        "With g = 0, lr = 0.1, λ = 0.5, by how much should θ shrink?",
        ("Call it so.", "The factor is 1 − lr·λ."),
    ),
    Mistake(
        "L2 in the gradient and decay",
        {"": "g = g + weight_decay * theta"},
        "The decay is applied twice: through the gradient, and beside it.",
        "In how many places does λ stand in your code?",
        ("Count them.", "Only the last line needs it."),
    ),
]

DECAY_AFTER = Convention(
    "decay after the step",
    {
        "return (theta": "theta = (theta",
        " - lr * weight_decay * theta, m, v)": ")\n    return (theta - lr * weight_decay * theta, m, v)",
    },
    "The decay takes its share of the weights after the step instead of before; the difference is lr·λ times the step.",
    "lr, weight_decay = lr * (1 - lr * weight_decay), weight_decay / (1 - lr * weight_decay)",
    "The former `AdamW` of the transformers library writes it so: “add weight decay at the end”.",
)

EXERCISE = Exercise(
    source_of(adamw),
    combined(EPS_PLACES, [RATE_CORRECTED], [DECAY_AFTER]),
    [*DECAY, *(each for each in ADAM_ALL if each is not STILL)],
)
