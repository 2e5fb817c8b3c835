"""Hyperparameters and arrays: which values they may have, and the checks that bring them into form or say what is wrong."""

import math
import sys
from typing import NamedTuple

import numpy as np

from lessonkit.rules.types import Array


class Quantity(NamedTuple):
    """A hyperparameter: what it means and which values make sense."""

    meaning: str
    low: float
    high: float
    includes: str = "low"
    advice: str = ""
    tried: tuple = ()  # a usual value, and the ends of another range: what the judge asks an update rule with

    def accepts(self, value):
        """True where `value` (number or array) lies in the range; NaN never does."""
        above = value >= self.low if "low" in self.includes else value > self.low
        return above & (value <= self.high if "high" in self.includes else value < self.high)

    @property
    def open_interval(self):
        """The same range with both ends left out, and no integer larger than a float, for a quick test of Python numbers."""
        low = math.nextafter(self.low, -math.inf) if "low" in self.includes else self.low
        high = math.nextafter(self.high, math.inf) if "high" in self.includes else self.high
        return max(low, -sys.float_info.max), min(high, sys.float_info.max)

    @property
    def range(self):
        left, right = "[" if "low" in self.includes else "(", "]" if "high" in self.includes else ")"
        return f"{left}{self.low:g}, {self.high:g}{right}"


QUANTITIES = {
    "t": Quantity("number of this update", 1, math.inf, advice="the first update is t = 1"),
    "lr": Quantity("learning rate", 0, math.inf, advice="a rate below 0 climbs instead of descending"),
    "beta": Quantity("share of the past that is kept at each step", 0, 1, advice="0.9 is usual", tried=(0.9, 0.5, 0.8)),
    "beta1": Quantity("share of the past kept in m", 0, 1, advice="0.9 is usual", tried=(0.9, 0.5, 0.8)),
    "beta2": Quantity("share of the past kept in v", 0, 1, advice="0.999 is usual", tried=(0.999, 0.85, 0.95)),
    "eps": Quantity(
        "added to the root, keeps the division finite", 0, math.inf, advice="1e-8 is usual", tried=(1e-8, 1e-3, 1e-2)
    ),
    "weight_decay": Quantity(
        "share of theta, per unit of rate, taken off at each step", 0, math.inf, tried=(0.1, 0.3, 0.6)
    ),
    "c": Quantity("threshold of the clip, in the unit of g", 0, math.inf, "high", advice="1 or 5 is usual"),
    "step": Quantity("number of updates made so far, one or an array", 0, math.inf, advice="the first step is 0"),
    "total": Quantity("number of steps in the run", 0, math.inf, "", advice="count the updates: epochs * batches"),
    "warmup": Quantity("number of steps of the linear ramp", 0, math.inf),
    "decay": Quantity(
        "number of steps of the fall at the end", 0, math.inf, "", advice="count in steps, not in epochs"
    ),
    "peak": Quantity("highest rate", 0, math.inf),
    "base": Quantity("rate to start with", 0, math.inf),
    "factor": Quantity("what the rate is multiplied by at each cut", 0, 1, "high", advice="0.1 is usual"),
    "div_factor": Quantity("the peak over the first rate", 1, math.inf, advice="25 is usual"),
    "final_div_factor": Quantity("the first rate over the last", 1, math.inf, advice="1e4 is usual"),
    "every": Quantity("steps between two cuts", 0, math.inf, "", advice="count in steps, not in epochs"),
    "patience": Quantity("epochs without a new best loss before a cut", 1, math.inf),
}
WHOLE = {"t", "patience"}
ANY_NUMBER = Quantity("hyperparameter", -math.inf, math.inf, "")
FLOAT64 = np.dtype(float)
FLOATS = "fd"  # NumPy's letters for float32 and float64


def shown(value):
    """`value` for a message: its first 60 characters; for an integer that Python may refuse to print, only its size."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if isinstance(value, int) and abs(value) > sys.float_info.max:
        return f"<integer of {value.bit_length()} bits, more than a float can hold>"
    try:
        return f"{value!r:.60}"
    except ValueError:
        return f"a {type(value).__name__} of numbers too long to print"


def numbers_in(value):
    """`value` as an array; its dtype is object if it holds anything but numbers that fit into a float."""
    try:
        array = np.asarray(value)
        if array.dtype.kind == "O" and all(type(each) in (int, float) for each in array.flat):
            array = array.astype(float)  # integers beyond 64 bits
    except (ValueError, OverflowError):
        return np.asarray(None)
    return array


def check_quantity(rule, name, value, shape=(), dtype=FLOAT64):
    """The hyperparameter `value` as a Python number, or as an array of `dtype` that broadcasts to `shape`.

    Raises ValueError or TypeError that names the rule, what was expected and what came.
    """
    quantity, numbers = QUANTITIES.get(name, ANY_NUMBER), numbers_in(value)
    if numbers.dtype.kind not in "iuf":
        raise TypeError(f"{rule}: {name} ({quantity.meaning}) must be a real number, got {shown(value)}")
    if numbers.dtype.kind == "f":
        numbers = numbers.astype(float, copy=False)
    if np.any(~quantity.accepts(numbers)) or (name in WHOLE and np.any(numbers % 1)):
        kind = "a whole number" if name in WHOLE else "a number"
        hint = f"; {quantity.advice}" if quantity.advice else ""
        raise ValueError(
            f"{rule}: {name} ({quantity.meaning}) must be {kind} in {quantity.range}, got {shown(value)}{hint}"
        )
    with np.errstate(over="ignore"):
        rounded = numbers.astype(dtype)
    lost = ~quantity.accepts(rounded)
    if not numbers.ndim:  # what has numbers alone, such as 1 - beta or beta**t, is computed in float64
        lost = lost and np.isinf(rounded) and name not in WHOLE
    if np.any(lost) or (name == "eps" and np.any((rounded == 0) & (numbers > 0))):
        raise ValueError(
            f"{rule}: {name} ({quantity.meaning}) must keep its value in {quantity.range} when it is rounded to "
            f"{dtype}, the dtype of the parameters, but {shown(value)} becomes {shown(rounded.tolist())}; use float64 or another {name}"
        )
    if numbers.ndim == 0:
        return int(numbers) if numbers.dtype.kind in "iu" else float(numbers)
    try:
        fits = np.broadcast_shapes(numbers.shape, shape) == tuple(shape)
    except ValueError:
        fits = False
    if not fits or name in WHOLE:
        or_array = f", or an array that broadcasts to {tuple(shape)}" if shape and name not in WHOLE else ""
        raise ValueError(f"{rule}: {name} ({quantity.meaning}) must be one number{or_array}, got shape {numbers.shape}")
    return rounded


def as_floats(rule, name, value) -> Array:
    """`value` as an array of floats, float64 if it holds integers; TypeError if it is not real numbers."""
    if type(value) is np.ndarray and value.dtype.kind == "f":  # in the loops it always is, several times a step
        return value
    array = numbers_in(value)
    if array.dtype.kind not in "iuf":
        advice = {
            "b": f"; np.asarray({name}, float) turns True and False into 1 and 0",
            "c": f"; np.real({name}) is its real part",
        }.get(array.dtype.kind, "")
        raise TypeError(
            f"{rule}: {name} must be an array of real numbers, got {type(value).__name__} {shown(value)}{advice}"
        )
    return array if array.dtype.kind == "f" else array.astype(float)


def as_parameters(rule, name, value) -> Array:
    """As `as_floats`, for parameters, whose dtype the whole step takes; TypeError if that is not float32 or float64."""
    array = as_floats(rule, name, value)
    if array.dtype == np.float16:
        raise TypeError(
            f"{rule}: {name} must be float32 or float64, got float16, in which eps = 1e-8 and the squares of "
            f"small gradients are 0; pass {name}.astype(np.float32)"
        )
    return _no_longdouble(rule, name, array, "float32 or float64")


def as_gradient(rule, name, value):
    """As `as_floats`, for a gradient by itself, which may be float16 too; TypeError if it is a longdouble."""
    return _no_longdouble(rule, name, as_floats(rule, name, value), "float16, float32 or float64")


def _no_longdouble(rule, name, array, expected):
    if array.dtype.char not in "e" + FLOATS:
        raise TypeError(f"{rule}: {name} must be {expected}, got {array.dtype}; pass {name}.astype(np.float64)")
    return array
