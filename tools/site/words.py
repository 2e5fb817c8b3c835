"""How people call what the course names in one word, and what they type when they look for it."""

import re

NAMES = {
    "sgd": "SGD",
    "momentum": "Momentum",
    "nesterov": "Nesterov momentum",
    "adagrad": "AdaGrad",
    "rmsprop": "RMSProp",
    "adam": "Adam",
    "adamw": "AdamW",
    "lion": "Lion",
    "clip_by_value": "Clipping by value",
    "clip_by_global_norm": "Clipping by global norm",
    "constant": "Constant rate",
    "step_decay": "Step decay",
    "cosine": "Cosine schedule",
    "warmup_cosine": "Warmup and cosine",
    "warmup_linear": "Warmup and linear decay",
    "inverse_sqrt": "Inverse square root schedule",
    "one_cycle": "One-cycle schedule",
    "warmup_stable_decay": "Warmup-stable-decay",
    "plateau": "Reduce on plateau",
}
LETTERS = {
    "ε̂": "epsilon hat",
    "ε²": "epsilon squared",
    "ε": "epsilon",
    "β₁": "beta1",
    "β₂": "beta2",
    "β": "beta",
    "θ": "theta",
    "λ": "lambda",
    "π": "pi",
    "m̂": "m hat",
}
OF_NAMES = {  # what a rule is called elsewhere
    "sgd": "stochastic gradient descent, torch.optim.SGD, optimizer",
    "momentum": "torch.optim.SGD, heavy ball, optimizer, dampening, velocity",
    "nesterov": "NAG, Nesterov accelerated gradient, torch.optim.SGD nesterov=True, lookahead, optimizer, pytorch, keras, formula",
    "adagrad": "torch.optim.Adagrad, optimizer, adaptive learning rate",
    "rmsprop": "torch.optim.RMSprop, optimizer, adaptive learning rate",
    "adam": "torch.optim.Adam, optimizer, adaptive moment estimation",
    "adamw": "torch.optim.AdamW, Adam, optimizer, decoupled weight decay, regularization",
    "lion": "optimizer, sign momentum, evolved sign momentum",
    "clip_by_value": "gradient clipping, clip_grad_value_, clipvalue, exploding gradients, clamp",
    "clip_by_global_norm": "gradient clipping, clip_grad_norm_, clipnorm, max_norm, exploding gradients",
    "constant": "learning rate schedule, scheduler",
    "step_decay": "learning rate schedule, scheduler, StepLR, gamma",
    "cosine": "learning rate schedule, scheduler, cosine annealing, CosineAnnealingLR",
    "warmup_cosine": "learning rate schedule, scheduler, warm-up, cosine annealing, transformer",
    "warmup_linear": "learning rate schedule, scheduler, warm-up, get_linear_schedule_with_warmup",
    "inverse_sqrt": "learning rate schedule, scheduler, warm-up, noam, transformer, rsqrt",
    "one_cycle": "learning rate schedule, scheduler, OneCycleLR, super-convergence, 1cycle policy",
    "warmup_stable_decay": "learning rate schedule, scheduler, WSD, warm-up, trapezoidal, MiniCPM",
    "plateau": "learning rate schedule, scheduler, ReduceLROnPlateau, patience, threshold",
}
TYPED = {  # part of the name of a mistake or a convention → what people type
    r"ε": "epsilon, eps, denominator, numerical stability, inside or outside the square root, sqrt",
    r"ε.*(root|floor|rate)": "tensorflow, keras, pytorch, optax, difference",
    r"forgets ε": "division by zero, nan",
    r"root": "square root, sqrt",
    r"correct|bias|counts t|times t|power of": "bias correction, debiasing, first steps, beta to the power t",
    r"counts t from 0": "t starts at 0, step count starts at zero, off by one, division by zero, nan",
    r"counts t one": "off by one, t starts at 2",
    r"L2": "L2 regularization, l2 penalty, coupled or decoupled weight decay, adam vs adamw, difference",
    r"decay": "weight decay",
    r"decays without the rate": "weight decay times learning rate, schedule",
    r"moments|m and v|velocity|accumulator|momentum": "optimizer state, buffer",
    r"does not keep|loses|keeps only": "state not saved, local variable, reset",
    r"starts (the|both)": "initial value, initialization, zeros",
    r"velocity": "momentum buffer, dampening",
    r"rate inside": "learning rate inside or outside momentum, keras, pytorch, difference, sutskever",
    r"averaged": "exponential moving average, ema, 1 - beta, dampening, pytorch",
    r"look": "lookahead, look ahead, formula",
    r"heavy ball": "nesterov same as momentum, classical momentum",
    r"uphill": "sign, gradient ascent, plus instead of minus, loss increases",
    r"does not move": "parameters not updated, loss does not change",
    r"forgets the rate": "learning rate has no effect, missing",
    r"halves": "factor one half, mean squared error",
    r"huge": "1e7, 1e8, sign of the exponent, loss does not change",
    r"1 − β": "one minus beta",
    r"exchanges": "swapped, wrong order",
    r"sums instead": "adagrad, sum of squares",
    r"one rate for all": "scalar, layerwise, mean of v",
    r"g − m": "adabelief",
    r"largest gradient": "adamax, infinity norm",
    r"unsquared|size for the square": "gradient squared, abs",
    r"each tensor": "per parameter, per layer, instead of global norm",
    r"entries|by value": "clip by value, changes direction",
    r"clips by the norm|largest entry": "clip by norm, keeps direction",
    r"in the denominator|norm of at least": "1e-6, pytorch, clip_coef, epsilon",
    r"always rescales|clips short": "normalize gradient, short gradients, unit length",
    r"returns the clipped": "total norm, logging, before or after clipping",
    r"ramp|rise": "warmup, warm-up, linear warmup",
    r"ramp \(t|step 0 is|counts steps": "off by one, first step zero, learning rate of the first step",
    r"last executed|turning points|one step|one epoch": "off by one, last step",
    r"^no bias": "without bias correction",
    r"executed": "final learning rate not zero, total steps minus one",
    r"forgets π|half the angle|full turn|degrees": "np.pi, radians, cosine period",
    r"floor of a tenth": "min_lr, eta_min, minimum learning rate, alpha",
    r"starts again": "warm restarts, SGDR, CosineAnnealingWarmRestarts, T_max",
    r"whole numbers": "integer division, floor division, //",
    r"T instead of|shift|step 0": "total steps minus warmup steps, after warmup, jump",
    r"brackets": "parentheses, operator precedence",
    r"patience|one epoch|does not reset|cuts": "patience",
    r"threshold": "min_delta, rel, abs",
    r"final factor": "final_div_factor, div_final, fastai",
    r"rounds": "floor, round, ceil",
    r"compounds": "multiply repeatedly, exponential",
    r"sign": "sign",
    r"turning points": "peak one step early",
}


def spelled(name):
    """The name of a mistake or a convention, each Greek letter followed by its name: people type that."""
    pattern = re.compile("|".join(LETTERS))
    seen = set()

    def with_name(found):
        if found[0] in seen:
            return found[0]
        seen.add(found[0])
        return f"{found[0]} ({LETTERS[found[0]]})"

    return re.sub(r"\bthe root\b", "the square root", pattern.sub(with_name, name))


def title(rule, version):
    """The title of the page of a mistake or a convention."""
    return f"{NAMES[rule]}: {spelled(version)}"


def elsewhere(rule):
    """What a rule is called elsewhere."""
    return f"{rule.replace('_', ' ')}, {NAMES[rule]}, {OF_NAMES[rule]}"


def typed(version):
    """What people type who look for a mistake or a convention of this name."""
    found = [words for pattern, words in TYPED.items() if re.search(pattern, version)]
    return ", ".join(dict.fromkeys(", ".join(found).split(", "))) if found else ""
