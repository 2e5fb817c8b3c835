"""What every rule, clip and schedule promises about its arguments: said once, checked and documented from here.

An equation stays an equation: `@kernel` and `@schedule` put the checks in front of it and the argument's meaning
into its docstring. The bare equation remains reachable as ``rule.__wrapped__``; `lessonkit.fused` compiles that.
"""

import functools
import inspect
import itertools
import math
import re
from typing import NamedTuple

import numpy as np


class Quantity(NamedTuple):
    """A hyperparameter: what it means and which values make sense."""

    meaning: str
    low: float
    high: float
    includes: str = "low"
    advice: str = ""

    def accepts(self, value):
        """True where `value` (number or array) lies in the range; NaN never does."""
        above = value >= self.low if "low" in self.includes else value > self.low
        return above & (value <= self.high if "high" in self.includes else value < self.high)

    @property
    def open_interval(self):
        """The same range with both ends left out, for a quick test of Python numbers."""
        low = math.nextafter(self.low, -math.inf) if "low" in self.includes else self.low
        return low, math.nextafter(self.high, math.inf) if "high" in self.includes else self.high

    @property
    def range(self):
        left, right = "[" if "low" in self.includes else "(", "]" if "high" in self.includes else ")"
        return f"{left}{self.low:g}, {self.high:g}{right}"


QUANTITIES = {
    "t": Quantity("number of this update", 1, math.inf, advice="the first update is t = 1"),
    "lr": Quantity("learning rate", 0, math.inf, advice="a rate below 0 climbs instead of descending"),
    "beta": Quantity("share of the past that is kept at each step", 0, 1, advice="0.9 is usual"),
    "beta1": Quantity("share of the past kept in m", 0, 1, advice="0.9 is usual"),
    "beta2": Quantity("share of the past kept in v", 0, 1, advice="0.999 is usual"),
    "eps": Quantity("added to the root, keeps the division finite", 0, math.inf, advice="1e-8 is usual"),
    "weight_decay": Quantity("share of theta, per unit of rate, taken off at each step", 0, math.inf),
    "c": Quantity("threshold of the clip, in the unit of g", 0, math.inf, "high", advice="1 or 5 is usual"),
    "step": Quantity("number of updates made so far, one or an array", 0, math.inf, advice="the first step is 0"),
    "total": Quantity("number of steps in the run", 0, math.inf, "", advice="count the updates: epochs * batches"),
    "warmup": Quantity("number of steps of the linear ramp", 0, math.inf),
    "peak": Quantity("highest rate", 0, math.inf),
    "base": Quantity("rate to start with", 0, math.inf),
    "factor": Quantity("what the rate is multiplied by at each cut", 0, 1, "high", advice="0.1 is usual"),
    "every": Quantity("steps between two cuts", 0, math.inf, "", advice="count in steps, not in epochs"),
    "patience": Quantity("epochs without a new best loss before a cut", 1, math.inf),
}
WHOLE = {"t", "patience"}
ANY_NUMBER = Quantity("hyperparameter", -math.inf, math.inf, "")

ARRAYS = {
    "theta": "parameters",
    "g": "gradient at theta",
    "v": "velocity (momentum) or second moment (Adam) from the last step, 0 before the first",
    "m": "first moment from the last step, 0 before the first",
    "s": "running mean of squared gradients from the last step, 0 before the first",
    "G": "sum of squared gradients so far, 0 before the first step",
}


def check_quantity(rule, name, value, shape=()):
    """The hyperparameter `value` as a Python number, or as an array that broadcasts to `shape`.

    Raises ValueError or TypeError that names the rule, what was expected and what came.
    """
    quantity = QUANTITIES.get(name, ANY_NUMBER)
    try:
        numbers = np.asarray(value)
        real = numbers.dtype.kind in "iuf"
    except ValueError:
        real = False
    if not real:
        raise TypeError(f"{rule}: {name} ({quantity.meaning}) must be a real number, got {value!r}")
    if np.any(~quantity.accepts(numbers)) or (name in WHOLE and np.any(numbers % 1)):
        kind = "a whole number" if name in WHOLE else "a number"
        hint = f"; {quantity.advice}" if quantity.advice else ""
        raise ValueError(f"{rule}: {name} ({quantity.meaning}) must be {kind} in {quantity.range}, got {value}{hint}")
    if numbers.ndim == 0:
        return numbers.item()
    try:
        fits = np.broadcast_shapes(numbers.shape, shape) == tuple(shape)
    except ValueError:
        fits = False
    if not fits or name in WHOLE:
        or_array = f", or an array that broadcasts to {tuple(shape)}" if shape and name not in WHOLE else ""
        raise ValueError(f"{rule}: {name} ({quantity.meaning}) must be one number{or_array}, got shape {numbers.shape}")
    return numbers


def as_floats(rule, name, value):
    """`value` as an array of floats, float64 where it holds integers; TypeError where it is not real numbers."""
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.asarray(None)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{rule}: {name} must be an array of real numbers, got {type(value).__name__} {value!r:.60}")
    return array if array.dtype.kind == "f" else array.astype(float)


def bind(equation, args, kwargs):
    """The arguments by name; TypeError with the whole signature where they do not fit it."""
    try:
        return inspect.signature(equation).bind(*args, **kwargs).arguments
    except TypeError as error:
        raise TypeError(f"{equation.__name__}{inspect.signature(equation)}: {error}") from None


def _bring_into_form(equation, arrays, args, kwargs):
    """Arguments as the equation wants them: arrays of one shape and dtype, hyperparameters as plain numbers."""
    rule, given = equation.__name__, bind(equation, args, kwargs)
    lead = as_floats(rule, arrays[0], given[arrays[0]])
    for name, value in given.items():
        if name in arrays:
            array = as_floats(rule, name, value).astype(lead.dtype, copy=False)
            at_rest = array.ndim == 0 and name not in ("theta", "g")  # a state may start as the number 0
            if array.shape != lead.shape and not at_rest:
                raise ValueError(
                    f"{rule}: {name} has shape {array.shape}, but {arrays[0]} has {lead.shape}; "
                    f"they must be equal: one {name} for each {arrays[0]}"
                )
            given[name] = array
        else:
            number = check_quantity(rule, name, value, lead.shape)
            given[name] = number if isinstance(number, (int, float)) else number.astype(lead.dtype)
    return given


def form_of(equation):
    """The names of an equation's arrays, those ahead of its first hyperparameter, and a quick test of its arguments.

    The test is true for arrays of one shape and dtype, given by position, with plain numbers in their ranges.
    """
    names = list(inspect.signature(equation).parameters)
    arrays = tuple(itertools.takewhile(lambda name: name not in QUANTITIES, names))
    count = len(arrays)
    limits = {name: ((int,) if name in WHOLE else (float, int), *QUANTITIES.get(name, ANY_NUMBER).open_interval)
              for name in names[count:]}
    in_order = tuple(limits.values())

    def in_form(args, kwargs):
        if len(args) < count:
            return False
        lead = args[0]
        if type(lead) is not np.ndarray or lead.dtype.kind != "f":
            return False
        shape, dtype = lead.shape, lead.dtype
        for array in args[1:count]:
            if type(array) is not np.ndarray or array.dtype != dtype or array.shape != shape:
                return False
        for (types, low, high), value in zip(in_order, args[count:]):
            if type(value) not in types or not low < value < high:
                return False
        for name, value in kwargs.items():
            if name not in limits:
                return False
            types, low, high = limits[name]
            if type(value) not in types or not low < value < high:
                return False
        return True

    return arrays, in_form


def kernel(equation):
    """Give an update rule its checks and the section of its docstring that describes its arguments.

    Arrays of one shape and dtype with plain numbers go straight through; anything else is brought into form
    (lists, integers, NumPy scalars, a rate per entry) or refused with an error that says what to do.
    Every array is brought to the dtype of the first, so float32 in is float32 out.
    """
    arrays, in_form = form_of(equation)

    @functools.wraps(equation)
    def checked(*args, **kwargs):
        if in_form(args, kwargs):
            return equation(*args, **kwargs)
        return equation(**_bring_into_form(equation, arrays, args, kwargs))

    checked.__doc__ = _with_parameters(equation, _returns(arrays))
    return checked


def schedule(equation):
    """Give a schedule its checks: plain numbers in range, `step` a number or an array; a number in is a number out."""

    @functools.wraps(equation)
    def checked(*args, **kwargs):
        rule, given = equation.__name__, bind(equation, args, kwargs)
        given = {name: check_quantity(rule, name, value, np.shape(value) if name == "step" else ())
                 for name, value in given.items()}
        if np.ndim(given["step"]):
            return equation(**given | {"step": given["step"].astype(float)})  # in float32 or int8 the rate would round
        return float(equation(**given))

    checked.__doc__ = _with_parameters(equation, "float, or array of the shape of `step`\n    Learning rate at that step.")
    return checked


def _sentence(words):
    return words[0].upper() + words[1:] + "."


def _returns(arrays):
    kept = [name for name in arrays if name != "g"] or ["g"]
    return f"{', '.join(kept)} : new array{'s' if len(kept) > 1 else ''}, shape and dtype of `{arrays[0]}`\n    After the step; the inputs are left as they are."


def _with_parameters(equation, returns):
    """The docstring, with Parameters, Returns and Raises written from the tables above, ahead of its References."""
    lines = ["Parameters", "----------"]
    for name, parameter in inspect.signature(equation).parameters.items():
        default = "" if parameter.default is parameter.empty else f", default {parameter.default:g}"
        if name in ARRAYS:
            lines += [f"{name} : array of floats, any shape", f"    {_sentence(ARRAYS[name])}"]
        else:
            quantity = QUANTITIES[name]
            kind = "int" if name in WHOLE else "float"
            lines += [f"{name} : {kind} in {quantity.range}{default}", f"    {_sentence(quantity.meaning)}"]
    lines += ["", "Returns", "-------", *returns.split("\n"), "",
              "Raises", "------", "ValueError, TypeError", "    Shapes that differ, or a value out of its range; the message says which and what to do.", ""]
    before, *after = re.split(r"^(?=(?:References|Examples)\n)", inspect.cleandoc(equation.__doc__), maxsplit=1, flags=re.MULTILINE)
    return before + "\n".join(lines) + "\n" + "".join(after)
