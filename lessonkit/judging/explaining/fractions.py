"""The fractions that theta may move by in a rule that divides by a root of squares."""

import functools
import itertools
import re

import numpy as np

from lessonkit.judging.explaining.quotients import as_quotient
from lessonkit.judging.explaining.sums import Sum, as_sum
from lessonkit.judging.explaining.terms import OVER, largest_is_one, over

TYPED = (0.9, 0.99, 0.999)  # values of beta that people type in


def quotient_of(one, factors, squares, moved):
    (square,) = squares
    linear = [name for name in one.states if name not in squares]
    g = one.given["g"]
    numerators = {name: one.got[name] for name in linear} | {"g": g}
    numerators |= {f"old_{name}": one.given[name] for name in linear}
    numerators |= {f"{kind}({name})": over(one, reduce, one.got[name]) for name in linear for kind, reduce in OVER}
    numerators |= {f"{kind}(g)": over(one, reduce, g) for kind, reduce in OVER}
    numerators |= {"sign(g)": np.sign(g), "g ** 2": g * g, "abs(g)": np.abs(g)}
    numerators |= {"(g - mean(g))": g - over(one, np.mean, g), "(g / max(abs(g)))": largest_is_one(one, g)}
    numerators |= {f"({name} + eps)": numerators[name] + one.hyper["eps"] for name in [*linear, "g"]}
    v = one.got[square]
    numerators[square] = v
    for name in linear:
        numerators |= _looking_ahead(one, name)
    unbracketed = {}
    if "t" in one.hyper:
        powers = {name: one.hyper[name] ** one.hyper["t"] for name in one.hyper if name.startswith("beta")}
        (beta1, power1), (beta2, power2) = powers.items()
        numerators |= {f"({name} / 1 - {beta1} ** t)": one.got[name] - power1 for name in linear}
        unbracketed = {
            f"({square} / 1 - {beta2} ** t)": v - power2,
            f"abs({square} / 1 - {beta2} ** t)": np.abs(v - power2),
        }
    roots = {square: v, f"old_{square}": one.given[square], "g ** 2": g * g}
    roots |= {f"({square} + g ** 2)": v + g * g, f"abs({square})": np.abs(v)}
    roots |= _more_roots(one, square)
    roots |= {f"abs({name})": np.abs(one.got[name]) for name in linear}
    roots |= {f"mean({square})": over(one, np.mean, v), f"sum({square})": over(one, np.sum, v)}
    roots |= {f"{name} ** 2": one.got[name] ** 2 for name in linear} | {f"{square} ** 2": v * v} | unbracketed
    if "weight_decay" in one.hyper:
        m_hat = {name: one.got[name] * one.spread(corrections_of(one, name)["hat"][1]) for name in linear}
        numerators |= {
            f"({name}_hat + weight_decay * theta)": value + one.hyper["weight_decay"] * one.given["theta"]
            for name, value in m_hat.items()
        }
    extras, corrections = _extras(one, factors, moved), functools.partial(corrections_of, one)
    found = as_quotient(one, factors, moved, numerators, roots, extras, corrections)
    if found is None:  # the first step may be an exception
        later = np.vstack([np.full_like(moved[:1], np.nan), moved[1:]])
        usual = dict(list(numerators.items())[:2]), dict(list(roots.items())[:1])
        found = as_quotient(one, factors, later, *usual, extras[:1], corrections)
        found = found and found._replace(parts=found.parts | {"from": "from the second step on"})
    return found


def _more_roots(one, square):
    """Roots that hold ε already, or the old mean alone, faded."""
    v, eps = one.got[square], one.hyper["eps"]
    betas = [each for each in one.hyper if each.startswith("beta")]
    faded = {f"({betas[-1]} * old_{square})": one.hyper[betas[-1]] * one.given[square]} if betas else {}
    with np.errstate(all="ignore"):
        corrected = v / (1 - one.hyper["beta2"] ** one.hyper["t"]) if "t" in one.hyper else v
    return faded | {f"({square}_hat + eps)" if "t" in one.hyper else f"({square} + eps)": corrected + eps}


def _looking_ahead(one, name):
    """Numerators that look one step ahead, as in NAdam."""
    if "t" not in one.hyper:
        return {}
    beta = next(each for each in one.hyper if each.startswith("beta"))
    b, t, g, m = one.hyper[beta], one.hyper["t"], one.given["g"], one.got[name]
    after = f"(1 - {beta} ** (t + 1))"
    with np.errstate(all="ignore"):
        return {
            f"({beta} * {name} + (1 - {beta}) * g)": b * m + (1 - b) * g,
            f"({beta} * {name} + (1 - {beta}) * g) / (1 - {beta} ** t)": (b * m + (1 - b) * g) / (1 - b**t),
            f"({beta} * {name} / {after} + (1 - {beta}) * g / (1 - {beta} ** t))": b * m / (1 - b ** (t + 1))
            + (1 - b) * g / (1 - b**t),
        }


def _extras(one, factors, moved):
    """What may be added to theta beside the fraction: read off where nothing else moves theta, then the usual slips."""
    found = [Sum()]
    still = (one.given["g"] == 0) & np.all([one.got[name] == 0 for name in one.states], axis=0)
    if np.any(still & np.isfinite(moved)):
        basis = [{"theta": one.given["theta"]}, {"1": np.ones_like(moved)}]
        read = as_sum(one, factors, moved, [*basis, basis[0] | basis[1]], where=still & np.isfinite(moved))
        if read:
            found.insert(0, read)
    place = factors.place
    for text in ("eps", "lr * eps"):
        if text in place:
            values = factors.values[place[text]]
            for (sign, word), beside in itertools.product(((1, ""), (-1, "-")), ("1", "g")):
                each = Sum({beside: (f"{word}{text}", sign * values)})
                each.cost = 1.0
                found.append(each)
    if "weight_decay" in one.hyper:
        decay = Sum({"theta": ("-lr * weight_decay", -factors.values[place["lr * weight_decay"]])})
        found += [decay, *(_together(decay, each) for each in found if list(each) == ["1"])]
    return found


def _together(one, two):
    found = Sum(one | two)
    found.cost = one.cost + two.cost
    return found


def corrections_of(one, name):
    """The corrections that a numerator or a mean may have: words → (cost, values in every group)."""
    betas = [each for each in one.hyper if each.startswith("beta")]
    ones = np.ones(len(one.groups))
    name = re.sub(r"^(?:abs|sum|mean)\((\w+)\)$|^old_(\w+)$", r"\1\2", name)
    if name not in one.states or not betas:
        return {"": (0.0, ones)}
    if "t" not in one.hyper:
        b = one.per_group(one.hyper[betas[0]])
        return {
            "": (0.0, ones),
            f" / (1 - {betas[0]})": (1.0, 1 / (1 - b)),
            f" * (1 - {betas[0]})": (1.0, 1 - b),
            f" / (1 - {betas[0]} ** 2)": (1.0, 1 / (1 - b**2)),
        }
    own = betas[one.states.index(name)] if len(betas) > 1 else betas[0]
    t = one.per_group(one.hyper["t"])
    found = {}
    with np.errstate(all="ignore"):
        for beta in [own, *(each for each in betas if each != own)]:
            b = one.per_group(one.hyper[beta])
            extra = 0.0 if beta == own else 2.0
            for word, cost, value in [
                (f" / (1 - {beta} ** t)", 0, 1 / (1 - b**t)),
                ("", 1, ones),
                (f" * (1 - {beta} ** t)", 1, 1 - b**t),
                (f" / (1 - {beta})", 1, 1 / (1 - b)),
                (f" / (1 - {beta} * t)", 1, 1 / (1 - b * t)),
                (f" / abs(1 - {beta} * t)", 1, 1 / np.abs(1 - b * t)),
                (f" / (1 - {beta} ** (t + 1))", 1, 1 / (1 - b ** (t + 1))),
                (f" / (1 - {beta} ** (t - 1))", 1, 1 / (1 - b ** (t - 1))),
                (f" / (1 - {beta} ** 2)", 1, 1 / (1 - b**2)),
                (f" / (1 - {beta}) ** t", 1, 1 / (1 - b) ** t),
                (f" / (1 - (1 - {beta}) ** t)", 1, 1 / (1 - (1 - b) ** t)),
                (f" / (1 - {beta} ** t) ** 2", 1, 1 / (1 - b**t) ** 2),
                (f" / (1 + {beta} ** t)", 1, 1 / (1 + b**t)),
                (f" / {beta} ** t", 1, 1 / b**t),
                (f" / (1 - t ** {beta})", 1, 1 / (1 - t**b)),
                (f" / (1 - {beta}) * t", 1.5, t / (1 - b)),
                *(
                    (f" / (1 - {beta} ** ((t - 1) // {k} + 1))", 1, 1 / (1 - b ** ((t - 1) // k + 1)))
                    for k in (2, 3, 4, 5, 10)
                ),
                (f" / sqrt(1 - {beta} ** t)", 1.5, 1 / np.sqrt(1 - b**t)),
            ]:
                if beta == own and cost == 0:
                    word = "hat"
                found.setdefault(word, (cost + extra, value))
        for typed in TYPED:
            found[f" / (1 - {typed} ** t)"] = 2.0, 1 / (1 - typed**t)
    return found
