"""Puts a name to a number that a rule multiplies by: `1 - beta1`, `2 * lr`, `0.9`."""

import numpy as np

NICE = [1, 2, 0.5, 3, 4, 5, 8, 10, 0.1, 0.25, 100, 0.01, 1000, 0.001, 16, 32, 1e4, 1e-4, 1 / 3]
CLOSE = 1e-7


class Factors:
    """The factors that can be made from hyperparameters, each with its value in every group of steps.

    Parameters
    ----------
    hyper : dict of name → array, one value for each group
    """

    def __init__(self, hyper):
        ones = np.ones_like(next(iter(hyper.values())))
        betas = [name for name in hyper if name.startswith("beta")]
        shares = {"1": (0, ones)}
        for name in betas:
            b = hyper[name]
            shares |= {
                name: (1, b),
                f"(1 - {name})": (1, 1 - b),
                f"(1 + {name})": (2, 1 + b),
                f"{name} ** 2": (2, b**2),
                f"(1 - {name}) ** 2": (2, (1 - b) ** 2),
                f"{name} * (1 - {name})": (2, b * (1 - b)),
                f"{name} / (1 - {name})": (3, b / (1 - b)),
                f"1 / (1 - {name})": (2, 1 / (1 - b)),
                f"1 / {name}": (3, 1 / b),
                f"{name} ** 3": (3, b**3),
                f"{name} ** 2 * (1 - {name})": (3, b**2 * (1 - b)),
                f"(1 + {name} - {name} ** 2)": (3, 1 + b - b**2),
                f"(2 - {name})": (3, 2 - b),
                f"sqrt(1 - {name})": (3, np.sqrt(1 - b)),
                f"sqrt({name})": (3, np.sqrt(b)),
            }
            if "t" in hyper:
                power = b ** hyper["t"]
                shares |= {
                    f"{name} ** t": (2, power),
                    f"(1 - {name} ** t)": (2, 1 - power),
                    f"1 / (1 - {name} ** t)": (2, 1 / (1 - power)),
                    f"{name} / (1 - {name} ** t)": (3, b / (1 - power)),
                    f"(1 - {name}) / (1 - {name} ** t)": (3, (1 - b) / (1 - power)),
                    f"sqrt(1 - {name} ** t)": (2, np.sqrt(1 - power)),
                    f"(1 - {name}) ** t": (3, (1 - b) ** hyper["t"]),
                    f"{name} * t": (3, b * hyper["t"]),
                }
        if len(betas) == 2:
            one, two = (hyper[name] for name in betas)
            shares |= {
                "beta1 * beta2": (2, one * two),
                "(1 - beta1) * (1 - beta2)": (3, (1 - one) * (1 - two)),
                "beta1 * (1 - beta2)": (3, one * (1 - two)),
                "beta2 * (1 - beta1)": (3, two * (1 - one)),
            }
            if "t" in hyper:
                corrected = np.sqrt(1 - two ** hyper["t"]) / (1 - one ** hyper["t"])
                shares["sqrt(1 - beta2 ** t) / (1 - beta1 ** t)"] = (3, corrected)
        sizes = {"": (0, ones)}
        for name in ("lr", "weight_decay", "eps"):
            if name in hyper:
                sizes[name] = 1, hyper[name]
        if "lr" in hyper:
            sizes |= {"lr ** 2": (2, hyper["lr"] ** 2)}
            for name in ("weight_decay", "eps"):
                if name in hyper:
                    sizes |= {
                        f"lr * {name}": (2, hyper["lr"] * hyper[name]),
                        f"lr ** 2 * {name}": (3, hyper["lr"] ** 2 * hyper[name]),
                    }
        if "weight_decay" in hyper and "lr" in hyper:
            sizes |= {"(1 - lr * weight_decay)": (2, 1 - hyper["lr"] * hyper["weight_decay"])}
            sizes |= {"lr * (1 - lr * weight_decay)": (3, hyper["lr"] * (1 - hyper["lr"] * hyper["weight_decay"]))}
        if "eps" in hyper:
            sizes |= {"sqrt(eps)": (2, np.sqrt(hyper["eps"])), "eps ** 2": (2, hyper["eps"] ** 2)}
        if "t" in hyper:
            sizes |= {
                "t": (2, hyper["t"]),
                "1 / t": (3, 1 / hyper["t"]),
                "lr / t": (3, hyper.get("lr", ones) / hyper["t"]),
            }
        found = [
            (cost + more, _product(size, share), value * number)
            for size, (cost, value) in sizes.items()
            for share, (more, number) in shares.items()
        ]
        found.sort(key=lambda each: each[0])
        self.costs = np.array([cost for cost, _, _ in found])
        self.texts = [text for _, text, _ in found]
        with np.errstate(all="ignore"):
            self.values = np.array([value for _, _, value in found])
        self.place = {text: i for i, text in enumerate(self.texts)}

    def name(self, numbers, close=CLOSE):
        """(text, numbers in every group, cost) of the simplest factor with these numbers, where NaN is unknown; None if there is none."""
        known = np.isfinite(numbers)
        if known.sum() < 2:
            return None
        wanted = numbers[known]
        if not np.any(wanted):
            return "0", np.zeros_like(numbers), 0
        with np.errstate(all="ignore"):
            ratios = wanted / self.values[:, known]
            k = ratios[:, 0]
            same = np.all(np.abs(ratios - k[:, None]) <= close * np.abs(k)[:, None], axis=1)
        best = None
        for i in np.flatnonzero(same):
            multiple = _nice(abs(k[i]), close, literal=self.texts[i] == "1")
            if multiple is None:
                continue
            cost = self.costs[i] + (0 if multiple == 1 else 1.5 if multiple in NICE else 2.5)
            if best is None or cost < best[2]:
                text = _multiplied(multiple, self.texts[i], k[i] < 0)
                best = text, np.sign(k[i]) * multiple * self.values[i], cost
        return best


def _nice(number, close, literal):
    """A number that somebody may have typed, if it is one: of few digits."""
    for nice in NICE:
        if abs(number - nice) <= close * nice:
            return nice
    rounded = float(f"{number:.{3 if literal else 2}g}")
    return rounded if abs(number - rounded) <= close * rounded else None


def _product(one, two):
    if not one or one == "1":
        return two
    if two in ("", "1"):
        return one
    return f"{one} / {two[4:]}" if two.startswith("1 / ") else f"{one} * {two}"


def _multiplied(k, text, negative):
    if k != 1:
        text = f"{k:g}" if text == "1" else f"{k:g} * {text}"
    return f"-{text}" if negative else text
