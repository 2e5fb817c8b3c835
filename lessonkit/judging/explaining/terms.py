"""The quantities that a state, or the step of theta, may be a sum of."""

import ast

import numpy as np


def between(one, source, by_formula=False):
    """The quantities that the rule computes before its states, as Lion's direction: dict of name, or of formula → array."""
    space, found = {"np": np, **one.given}, {}
    for line in ast.parse(source).body[0].body:
        name = ast.unparse(line.targets[0]) if isinstance(line, ast.Assign) else "theta"
        if name in one.given:
            break
        exec(ast.unparse(line), space)  # our own source
        found[f"({ast.unparse(line.value)})" if by_formula else name] = space[name]
    return found


OVER = (("mean", np.mean), ("sum", np.sum))


def over(one, reduce, values):
    out = np.empty_like(values)
    for columns in one.tensors:
        out[:, columns] = reduce(values[:, columns], axis=1, keepdims=True)
    return out


def along_rows(one, reduce, values):
    """What `reduce` gives along axis 0 of each tensor, for each of its entries."""
    out = np.empty_like(values)
    for columns, shape in zip(one.tensors, one.shapes):
        table = values[:, columns].reshape(-1, *shape)
        out[:, columns] = np.broadcast_to(reduce(table, axis=1, keepdims=True), table.shape).reshape(len(values), -1)
    return out


def _running_sum(one, values):
    """The sum of each tensor's entries up to each of them: of a loop that forgets to begin again at 0."""
    out = np.empty_like(values)
    for columns in one.tensors:
        out[:, columns] = np.cumsum(values[:, columns], axis=1)
    return out


def unit(one, values):
    """Each tensor divided by its norm; 0 where that is 0."""
    norm = np.sqrt(over(one, np.sum, values * values))
    return np.where(norm == 0, 0.0, values / norm)


def largest_is_one(one, values):
    """Each tensor divided by its largest entry in size; 0 where that is 0."""
    largest = over(one, np.max, np.abs(values))
    return np.divide(values, largest, out=np.zeros_like(values), where=largest > 0)


def like_g(one):
    """What may stand for the gradient: dict of formula → array."""
    g = one.given["g"]
    return {
        "cumsum(g)": _running_sum(one, g),
        "g ** 2": g * g,
        "abs(g)": np.abs(g),
        "sign(g)": np.sign(g),
        "mean(g)": over(one, np.mean, g),
        "sum(g)": over(one, np.sum, g),
        "(g - mean(g))": g - over(one, np.mean, g),
        "(g / max(abs(g)))": largest_is_one(one, g),
        "mean(g, axis=0)": along_rows(one, np.mean, g),
        "sum(g, axis=0)": along_rows(one, np.sum, g),
        "clip(g, -1, 1)": np.clip(g, -1, 1),
        "max(g, 0)": np.maximum(g, 0),
        "tanh(g)": np.tanh(g),
        "sqrt(abs(g))": np.sqrt(np.abs(g)),
        "g ** 3": g**3,
    }


def state_bases(one, name, square, between):
    old, g, theta = one.given[name], one.given["g"], one.given["theta"]
    others = {f"old_{each}": one.given[each] for each in one.states if each != name}
    news = {each: one.got[each] for each in one.states if each != name}
    ones = np.ones_like(g)
    if square:
        main = {"g ** 2": g * g}
        more = {
            "abs(g)": np.abs(g),
            "g": g,
            **{f"{each} ** 2": value**2 for each, value in (others | news).items()},
            **{f"g * {each}": g * value for each, value in (others | news).items()},
            **others,
            **news,
            "mean(g ** 2)": over(one, np.mean, g * g),
            "sum(g ** 2)": over(one, np.sum, g * g),
            "mean(g) ** 2": over(one, np.mean, g) ** 2,
            f"(g - {name}) ** 2": (g - old) ** 2,
            "mean(g ** 2, axis=0)": along_rows(one, np.mean, g * g),
            "sum(g ** 2, axis=0)": along_rows(one, np.sum, g * g),
            "sqrt(abs(g))": np.sqrt(np.abs(g)),
            "theta ** 2": theta * theta,
            "g ** 3": g**3,
            "g ** 4": g**4,
            "sign(g)": np.sign(g),
            f"{name} ** 2": old * old,
            "1": ones,
        }
    else:
        main = {"g": g}
        more = {
            "theta": theta,
            "new_theta": one.got["theta"],
            **between,
            **{f"sign({each})": np.sign(value) for each, value in between.items()},
            **others,
            **news,
            **like_g(one),
            f"{name} ** 2": old * old,
            "1": ones,
        }
    state = {name: old}
    return [
        state | main,
        main,
        state,
        *(state | {word: value} for word, value in more.items()),
        *({word: value} for word, value in more.items()),
        *(state | main | {word: value} for word, value in more.items()),
        *(main | {word: value} for word, value in more.items()),
    ]


def step_bases(one, between, squares):
    g, theta = one.given["g"], one.given["theta"]
    news = {name: one.got[name] for name in one.states}
    olds = {f"old_{name}": one.given[name] for name in one.states}
    bases = [{word: value} for word, value in {**news, "g": g, **olds}.items()]
    bases += [{"g": g, word: value} for word, value in news.items()]
    bases += [{"g": g, word: value} for word, value in olds.items()]
    bases += [{word: value, old: olds[old]} for word, value in news.items() for old in olds]
    bases += [{word: value} for name, each in between.items() for word, value in _with_sign(one, name, each)]
    if between:
        bases += _directions(one)
    bases += [
        {f"(1 / sqrt({square}))": 1 / np.sqrt(news[square]), word: value}
        for square in squares
        for word, value in {"g": g, **news}.items()
    ]
    bases += [{"g / norm(g)": g / np.sqrt(over(one, np.sum, g * g))}, {"g / norm(g)": unit(one, g)}]
    simple = list(bases)
    for word, value in {
        "theta": theta,
        "1": np.ones_like(g),
        **like_g(one),
        "g / g.size": g / over(one, np.sum, np.ones_like(g)),
        "g / len(g)": g / one.lengths,
        "(1 / g)": 1 / g,
        "theta * g": theta * g,
        "theta ** 2": theta * theta,
        "sum(theta)": over(one, np.sum, theta),
        **{f"sign({name})": np.sign(value) for name, value in news.items()},
    }.items():
        bases += [{word: value}, *({**basis, word: value} for basis in simple)]
    return [*bases, {"g": g, "theta": theta, "theta * g": theta * g}]


DIRECTIONS = [  # of a step that is the sign of a mean, beside the right one
    "old_m",
    "g",
    "m",
    "(1 - beta1) * old_m + beta1 * g",
    "beta2 * old_m + (1 - beta1) * g",
    "beta1 * old_m + (1 - beta2) * g",
    "(1 - beta2) * old_m + beta2 * g",
    "beta1 * m + (1 - beta1) * g",
    "beta2 * m + (1 - beta2) * g",
    "old_m + g",
    "beta1 * old_m + g",
    "old_m + (1 - beta1) * g",
    "beta1 * (old_m + g)",
    "beta1 * old_m - (1 - beta1) * g",
    "(1 + beta1) * g + beta1 * old_m",
    "m + g",
    "g - old_m",
]


def _directions(one):
    """Steps by the sign of something else than the rule's mean, or by a sum of which a part has a sign."""
    (name,) = one.states
    space = one.hyper | {"old_m": one.given[name], "m": one.got[name], "g": one.given["g"]}
    signs = {f"sign({text})": np.sign(eval(text, {}, space)) for text in DIRECTIONS}  # our own formulas
    parts = [("sign(old_m)", "g"), ("sign(g)", "old_m"), ("sign(old_m)", "sign(g)")]
    both = signs | {"g": one.given["g"], "old_m": one.given[name]}
    return [{word: value} for word, value in signs.items()] + [{each: both[each] for each in pair} for pair in parts]


def _with_sign(one, name, value):
    up = np.where(value > 0, 1.0, -1.0)
    return (
        (name, value),
        (f"sign({name})", np.sign(value)),
        (f"abs({name})", np.abs(value)),
        (f"where({name} > 0, 1, -1)", up),
        (f"{name} ** 2", value**2),
        (f"tanh({name})", np.tanh(value)),
        (f"clip({name}, -1, 1)", np.clip(value, -1, 1)),
        (f"{name} / norm({name})", value / np.sqrt(over(one, np.sum, value**2))),
    )
