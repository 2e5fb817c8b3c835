"""How known mistakes look in any version of a rule: patterns in its source, where the catalogue knows them in the lesson's alone."""

import re

VALUE = r"((?:[^()]|\([^()]*\))*)"  # what stands in a call, with brackets in it
DIVISOR = r"(/ \(?(?:np\.maximum\()?)"  # the start of a divisor, up to its root
SHARE = r"(beta2?|\(1 - beta\))"
KEPT = rf"{SHARE} \* ([sv](?: \* s)?)"  # the past in a mean of squares

# Name of a mistake → (pattern, what takes its place), of which the first that is found counts.
SLIPS = {
    # every rule
    "goes uphill": [(r"theta - ", "theta + "), (r"theta \+ ", "theta - ")],
    "forgets the rate": [(r"\blr \* ", ""), (r"= lr / ", "= 1 / ")],
    # velocities
    "loses the velocity": [(r"v = (beta|\(1 - beta\)) \* v", "v = 0 * v")],
    "never forgets": [(r"v = (beta|\(1 - beta\)) \* v", "v = v")],
    "brakes instead of carrying on": [(r"v = (beta|\(1 - beta\)) \* v", r"v = -\1 * v")],
    "multiplies β by the rate": [(r"v = (beta|\(1 - beta\)) \* v", r"v = lr * \1 * v")],
    "moves by the gradient alone": [
        (r"(lr|rate) \* v, v", r"\1 * g, v"),
        (r"(rate)((?:.|\n)*)theta [-+] v, v", r"\1\2theta - rate * g, v"),
        (r"theta [-+] v, v", "theta - lr * g, v"),
        (rf"theta - lr \* \({VALUE}\), v", "theta - lr * g, v"),
        (rf"theta ([-+]) \({VALUE}\), v", "theta - lr * g, v"),
    ],
    "is the heavy ball": [
        (rf"theta - lr \* \({VALUE}\), v", "theta - lr * v, v"),
        (rf"theta ([-+]) \({VALUE}\), v", r"theta \1 v, v"),
    ],
    # roots of squares
    "forgets the root": [(rf"{DIVISOR}np\.sqrt\({VALUE}\)", r"\1(\2)"), (r"norm = np\.sqrt\((.*)\)", r"norm = \1")],
    "forgets ε": [(r" \+ eps(?: \*\* 2)?", "")],
    "multiplies by the root": [(r" / (\(np|np\.sqrt\([^1]|np\.maximum)", r" * \1")],
    "divides by the gradient's size alone": [(rf"{DIVISOR}np\.sqrt\({VALUE}\)", r"\1np.abs(g)")],
    "uses the gradient unsquared": [(r"g \* g", "g")],
    "takes the size for the square": [(r"g \* g", "np.abs(g)")],
    "averages instead of summing": [(r"(G|G \* G) \+ g \* g", r"0.9 * \1 + 0.1 * g * g")],
    "stores ε in the sum": [(r"\+ g \* g", "+ g * g + eps")],
    "sums instead of averaging": [(rf"{KEPT} \+ (beta|\(1 - beta2?\)) \* g \* g", r"\2 + g * g")],
    "forgets the factor 1 − β": [(r"\+ \(1 - beta2?\) \* g \* g", "+ g * g")],
    "stores ε in the average": [(r"\* g \* g(?=\)?\n)", "* g * g + eps"), (r"(v = beta2 \* v \+ g \* g)", r"\1 + eps")],
    "squares the share": [(r"\((1 - beta2?)\) \* g \* g", r"((\1) * g) ** 2")],
    # both moments
    "corrects m only": [(r"np\.sqrt\(1 - beta2 \*\* t\)", "1"), (r"(v_hat = .*) / \(1 - beta2 \*\* t\)", r"\1")],
    "corrects v only": [(r" / \(1 - beta1 \*\* t\)", "")],
    "corrects by 1 − β₁ᵗ in both": [(r"beta2 \*\* t", "beta1 ** t")],
    "the rate is corrected without a root": [(r"np\.sqrt\((1 - beta2 \*\* t)\)", r"(\1)")],
    "no first moment": [(r"lr \* m_hat /", "lr * g /"), (r"rate \* (\(1 - beta1\) \* )?m /", "rate * g /")],
    "v averages m": [(r"g \* g", "m * m")],
    "only m̂ and an uncorrected root": [
        (r"np\.sqrt\(v_hat", "np.sqrt(v"),
        (r"np\.maximum\(np\.sqrt\(v_hat", "np.maximum(np.sqrt(v"),
    ],
    "one β for both averages": [(r"v = beta2 \* v", "v = beta1 * v")],
    "returns m and v exchanged": [(r", m, v\)", ", v, m)")],
    # decay
    "no decay": [(r" - (lr \* )?weight_decay \* theta", "")],
    "forgets the weight decay": [(r" - (lr \* )?weight_decay \* theta", "")],
    "grows instead of decaying": [(r" - ((lr \* )?weight_decay \* theta)", r" + \1")],
    "decays towards ±1": [(r"weight_decay \* theta", "weight_decay * np.sign(theta)")],
    "doubles the decay": [(r"weight_decay \* theta", "2 * weight_decay * theta")],
    # signs
    "forgets the sign": [(r"np\.sign\(c\)", "c")],
    "takes the sign of the gradient alone": [(r"np\.sign\(c\)", "np.sign(g)")],
    "steps by the new momentum": [(r"np\.sign\(c\)", "np.sign(m)")],
    "stores the direction": [(r"m = beta2 \* m .*", "m = c")],
    "loses the momentum": [(r"m = beta2 \* m \+ ", "m = ")],
    # clips
    "lets everything pass": [(r"g \* scale for", "g * 1.0 for")],
    "always rescales, dividing zero by zero": [(r"1\.0 if norm <= c else ", "")],
    "clips short gradients": [(r"norm <= c", "norm >= c")],
    "forgets to divide by the norm": [(r"else c / .*", "else c")],
    "turns the fraction round": [(r"else c / (.*)", r"else \1 / c")],
    "divides by the norm only": [(r"else c / ", "else 1 / ")],
    "clips the entries": [(r"g \* scale for", "np.clip(g, -c, c) for")],
    # schedules
    "never falls": [
        (rf"base \* (?:factor|\(1 - factor\)) \*\* \({VALUE}\)", "base * 1.0"),
        (r"peak \* \(1 \+ np\.cos\(np\.pi \* progress\)\) / 2", "peak * 1.0"),
        (r"\(t - 1\) / tau", "0 / tau"),
        (r"t / tau", "0 / tau"),
    ],
    "rounds to the nearest": [(r"\(?(step|\(step \+ 1\)) // every\)?", r"np.round(\1 / every)")],
    "takes the remainder": [(r" // every", " % every")],
    "forgets the base": [(r"base \* ", "")],
    "multiplies by the number of cuts": [(r"factor(\)?) \*\* ", r"factor\1 * ")],
    "divides by the factor": [(r"base \* (factor|\(1 - factor\)) \*\*", r"base / \1 **")],
    "divides by T instead of T − W": [(r"\(total( - 1)? - warmup\)", r"(total\1)")],
    "divides by T − W without the shift": [(r"\(step - warmup\)", "step")],
    "no ramp": [(r"return peak \* (step|\(step).*", "return peak")],
    "a ramp over the whole run": [(r"(return peak \* (?:step|\(step \+ 1\)) / ).*", r"\1total")],
    "a ramp without the peak": [(r"return peak \* (step|\(step)", r"return 1 * \1")],
    "runs backwards": [(r"1 \+ np\.cos", "1 - np.cos")],
    "forgets the half": [(r"(progress\)\)) / 2", r"\1")],
    "half the angle": [(r"np\.pi \* progress", "np.pi / 2 * progress")],
    "forgets π": [(r"np\.pi \* progress", "progress")],
    "a full turn": [(r"np\.pi \* progress", "2 * np.pi * progress")],
    # rules of `own_rules`
    "counts in threes": [(r"t % 2", "t % 3")],
    "adds the factor": [(r"lr \* ratio", "lr + ratio"), (r"lr / ratio", "lr - ratio")],
    "squares the factor": [(r"(lr [*/] ratio)", r"\1 ** 2")],
    "has the same rate at each step": [(r"t % 2 == 1", "t > 0"), (r"t % 2 == 0", "t < 0")],
    "falls with the whole count": [(r"np\.sqrt\(", "(")],
    "grows instead of falling": [(r"rate = lr / ", "rate = lr * "), (r"np\.exp\(-", "np.exp(")],
    "multiplies by τ": [(r" / tau", " * tau")],
    "forgets τ": [(r" / tau", " / 1")],
    "multiplies where it should take a power": [(r"growth \*\* ", "growth * ")],
    "takes a power where it should multiply": [(r"growth \* ", "growth ** ")],
    "falls instead of growing": [(r"lr \* growth", "lr / growth"), (r"\(1 \+ growth", "(1 - growth")],
    "has the first rate at each step": [(r"rate = lr \* .*", "rate = lr")],
    # power iteration
    "divides by h, not by 2h": [(r"/ \(2 \* h\)", "/ h")],
    "divides by 2h, not by h": [(r"/ h\n", "/ (2 * h)\n")],
    "divides by h squared": [(r"/ (?:\(2 \* h\)|h)\n", "/ h ** 2\n")],
    "forgets the distance": [(r" / (?:\(2 \* h\)|h)\n", "\n")],
    "multiplies by the distance": [(r"/ (\(2 \* h\)|h)\n", r"* \1\n")],
    "subtracts the wrong way round": [(r"(g_\w+) - (g_\w+)", r"\2 - \1")],
    "adds the gradients": [(r"(g_\w+) - (g_\w+)", r"\1 + \2")],
    "takes one gradient for the change": [(r"(g_\w+) - g_\w+", r"\1")],
    "takes the gradient for the product": [
        (r"v @ w / \(v @ v\)", "v @ g_here / (v @ v)"),
        (r"= np\.linalg\.norm\(w\)", "= np.linalg.norm(g_here)"),
    ],
    "takes v to have length 1": [(r" / (?:\(v @ v\)|np\.linalg\.norm\(v\))", "")],
    "divides by the length of v once": [(r"\(v @ v\)", "np.linalg.norm(v)")],
    "turns the quotient round": [
        (r"(v @ w) / \((v @ v)\)", r"\2 / (\1)"),
        (r"(np\.linalg\.norm\(w\)) / (np\.linalg\.norm\(v\))", r"\2 / \1"),
    ],
    "divides entry by entry": [(r"sharpness = .*", "sharpness = np.mean(w / v)")],
    "leaves the new v unscaled": [(r", w / .*\)", ", w)")],
    "returns the old direction": [
        (r", w / (np\.linalg\.norm)\(w\)", r", v / \1(v)"),
        (r", w / (np\.\w+\(np\.abs)\(w\)", r", v / \1(v)"),
    ],
    "divides by the square of the length": [(r", w / np\.linalg\.norm\(w\)", ", w / (w @ w)")],
    "keeps the signs in the size": [(r"np\.abs\(w\)", "w")],
    "divides by the sharpness": [(r", w / .*\)", ", w / sharpness)")],
}


def slipped(source, name):
    """A version with a mistake, called by its name, in it; None if the mistake has no place in this version."""
    for pattern, instead in SLIPS.get(name, ()):
        text, found = re.subn(pattern, instead, source, count=1)
        if found and text != source:
            return text
    return None
