"""What every rule, clip and schedule promises about its arguments: said once, checked and documented from here.

An equation stays an equation: `@kernel` and `@schedule` put the checks in front of it and the argument's meaning
into its docstring. The bare equation remains reachable as ``rule.__wrapped__``; `lessonkit.fused` compiles that.
"""

import functools
import inspect
import itertools
import math
import re
import sys
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
FLOATS = "fd"  # NumPy's letters for float32 and float64
FLOAT32 = np.finfo(np.float32)

ARRAYS = {
    "theta": "parameters",
    "g": "gradient at theta",
    "v": "velocity (momentum) or second moment (Adam) from the last step, 0 before the first",
    "m": "first moment from the last step, 0 before the first",
    "s": "running mean of squared gradients from the last step, 0 before the first",
    "G": "sum of squared gradients so far, 0 before the first step",
}


def shown(value):
    """`value` as an error shows it: its first 60 characters, but only the size of an integer that Python may refuse to print."""
    if isinstance(value, int) and abs(value) > sys.float_info.max:
        return f"<integer of {value.bit_length()} bits, more than a float can hold>"
    try:
        return f"{value!r:.60}"
    except ValueError:
        return f"a {type(value).__name__} of numbers too long to print"


def _numbers_in(value):
    """`value` as an array; its dtype is object where it holds anything but numbers that fit into a float."""
    try:
        array = np.asarray(value)
        if array.dtype.kind == "O" and all(type(each) in (int, float) for each in array.flat):
            array = array.astype(float)  # integers beyond 64 bits
    except (ValueError, OverflowError):
        return np.asarray(None)
    return array


def check_quantity(rule, name, value, shape=(), dtype=np.dtype(float)):
    """The hyperparameter `value` as a Python number, or as an array of `dtype` that broadcasts to `shape`.

    Raises ValueError or TypeError that names the rule, what was expected and what came.
    """
    quantity, numbers = QUANTITIES.get(name, ANY_NUMBER), _numbers_in(value)
    if numbers.dtype.kind not in "iuf":
        raise TypeError(f"{rule}: {name} ({quantity.meaning}) must be a real number, got {shown(value)}")
    if numbers.dtype.kind == "f":
        numbers = numbers.astype(float, copy=False)
    if np.any(~quantity.accepts(numbers)) or (name in WHOLE and np.any(numbers % 1)):
        kind = "a whole number" if name in WHOLE else "a number"
        hint = f"; {quantity.advice}" if quantity.advice else ""
        raise ValueError(f"{rule}: {name} ({quantity.meaning}) must be {kind} in {quantity.range}, got {value}{hint}")
    if numbers.ndim or name == "eps":
        with np.errstate(over="ignore"):
            rounded = numbers.astype(dtype)
        if not quantity.accepts(rounded).all() or (name == "eps" and np.any((rounded == 0) & (numbers > 0))):
            raise ValueError(f"{rule}: {name} ({quantity.meaning}) must keep its value in {quantity.range} when it is rounded to "
                             f"{dtype}, the dtype of the parameters, but {value} becomes {rounded}; use float64 or another {name}")
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


def as_floats(rule, name, value):
    """`value` as an array of floats, float64 where it holds integers; TypeError where it is not real numbers."""
    array = _numbers_in(value)
    if array.dtype.kind not in "iuf":
        advice = {"b": f"; np.asarray({name}, float) turns True and False into 1 and 0",
                  "c": f"; np.real({name}) is its real part"}.get(array.dtype.kind, "")
        raise TypeError(f"{rule}: {name} must be an array of real numbers, got {type(value).__name__} {shown(value)}{advice}")
    return array if array.dtype.kind == "f" else array.astype(float)


def as_parameters(rule, name, value):
    """As `as_floats`, for parameters, whose dtype the whole step takes; TypeError where it is not float32 or float64."""
    array = as_floats(rule, name, value)
    if array.dtype == np.float16:
        raise TypeError(f"{rule}: {name} must be float32 or float64, got float16, in which eps = 1e-8 and the squares of "
                        f"small gradients are 0; pass {name}.astype(np.float32)")
    return as_gradient(rule, name, array)


def as_gradient(rule, name, value):
    """As `as_floats`, for a gradient by itself, which may be float16 too; TypeError where it is a longdouble."""
    array = as_floats(rule, name, value)
    if array.dtype.char not in "e" + FLOATS:
        raise TypeError(f"{rule}: {name} must be float32 or float64, got {array.dtype}; pass {name}.astype(np.float64)")
    return array


def bind(equation, args, kwargs):
    """The arguments by name; TypeError with the whole signature where they do not fit it."""
    try:
        return inspect.signature(equation).bind(*args, **kwargs).arguments
    except TypeError as error:
        raise TypeError(f"{equation.__name__}{inspect.signature(equation)}: {error}") from None


def _bring_into_form(rule, arrays, given):
    """Arguments as the equation wants them: arrays of one shape and dtype, hyperparameters as plain numbers."""
    as_lead = as_gradient if arrays[0] == "g" else as_parameters
    given, lead = dict(given), as_lead(rule, arrays[0], given[arrays[0]])
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
            given[name] = check_quantity(rule, name, value, lead.shape, lead.dtype)
    return given


def like(given, result):
    """`result` as an array of the dtype of `given`, where that is an array. NumPy's arithmetic turns 0-d arrays into numbers."""
    return np.asarray(result, given.dtype if given.dtype.kind == "f" else None) if isinstance(given, np.ndarray) else result


def form_of(equation):
    """The names of an equation's arrays, those ahead of its first hyperparameter, and a quick test of its arguments.

    The test is true for arrays of one shape and dtype, given by position, with plain numbers inside their ranges.
    """
    names = list(inspect.signature(equation).parameters)
    arrays = tuple(itertools.takewhile(lambda name: name not in QUANTITIES, names))
    count = len(arrays)
    limits = {name: ((int,) if name in WHOLE else (float, int), *QUANTITIES.get(name, ANY_NUMBER).open_interval)
              for name in names[count:]}
    if "eps" in limits:
        limits["eps"] = (float, int), float(FLOAT32.tiny), float(FLOAT32.max)  # neither 0 nor infinite in float32
    in_order = tuple(limits.values())

    def in_form(args, kwargs):
        if len(args) < count:
            return False
        lead = args[0]
        if type(lead) is not np.ndarray:
            return False
        shape, dtype = lead.shape, lead.dtype
        if not shape or dtype.char not in FLOATS or not dtype.isnative:
            return False
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
    Every array is brought to the dtype of the first, float32 or float64, so float32 in is float32 out. The bare equation
    takes what NumPy takes: ``adam.__wrapped__`` shows what goes wrong in float16.
    """
    arrays, in_form = form_of(equation)

    @functools.wraps(equation)
    def checked(*args, **kwargs):
        if in_form(args, kwargs):
            return equation(*args, **kwargs)
        given = bind(equation, args, kwargs)
        result = equation(**_bring_into_form(equation.__name__, arrays, given))
        lead = given[arrays[0]]
        return tuple(like(lead, array) for array in result) if isinstance(result, tuple) else like(lead, result)

    checked.__doc__ = _with_parameters(equation, _returns(arrays))
    return checked


def schedule(equation):
    """Give a schedule its checks: plain numbers in range, `step` a number or an array; a number in is a number out."""

    @functools.wraps(equation)
    def checked(*args, **kwargs):
        rule, bound = equation.__name__, bind(equation, args, kwargs)
        given = {name: check_quantity(rule, name, value, _numbers_in(value).shape if name == "step" else ())
                 for name, value in bound.items()}
        rate = equation(**given)
        return rate if np.ndim(rate) else np.array(rate, float) if isinstance(bound["step"], np.ndarray) else float(rate)

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
            kind = "floats" if name == "g" else "float32 or float64"
            lines += [f"{name} : array of {kind}, any shape", f"    {_sentence(ARRAYS[name])}"]
        else:
            quantity = QUANTITIES[name]
            kind = "int" if name in WHOLE else "float"
            lines += [f"{name} : {kind} in {quantity.range}{default}", f"    {_sentence(quantity.meaning)}"]
    lines += ["", "Returns", "-------", *returns.split("\n"), "",
              "Raises", "------", "ValueError, TypeError", "    Shapes that differ, a dtype that is not taken, or a value out of its range; the message says which and what to do.", ""]
    before, *after = re.split(r"^(?=(?:References|Examples)\n)", inspect.cleandoc(equation.__doc__), maxsplit=1, flags=re.MULTILINE)
    return before + "\n".join(lines) + "\n" + "".join(after)
