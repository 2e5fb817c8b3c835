"""Checks and documents the arguments of all rules, clips and schedules from one declaration.

An equation stays an equation: `@checked` and `@of_step` put the checks in front of it and the meaning of each argument
into its docstring. The bare equation remains reachable as ``rule.__wrapped__``; `lessonkit.fused` compiles that.
"""

import functools
import inspect
import itertools
import re

import numpy as np

from lessonkit.rules.quantities import (
    ANY_NUMBER,
    FLOATS,
    QUANTITIES,
    WHOLE,
    as_floats,
    as_gradient,
    as_parameters,
    check_quantity,
    numbers_in,
)

FLOAT32 = np.finfo(np.float32)
GIVEN = {"theta": "parameters", "g": "gradient at theta"}  # the arrays that are no state


def bind(equation, args, kwargs):
    """The arguments by name; TypeError with the whole signature if they do not fit it."""
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
    """Return `result` in the dtype of `given` if that is an array; a 0-d array stays one, which NumPy makes a number."""
    return (
        np.asarray(result, given.dtype if given.dtype.kind == "f" else None)
        if isinstance(given, np.ndarray)
        else result
    )


def form_of(equation):
    """Returns the array names and `in_form(args, kwargs)`, true if no conversion is needed.

    The arrays are the arguments before the first hyperparameter. No conversion is needed for arrays of one shape and
    dtype, given by position, with plain numbers inside their ranges.
    """
    names = list(inspect.signature(equation).parameters)
    arrays = tuple(itertools.takewhile(lambda name: name not in QUANTITIES, names))
    count, limits = len(arrays), {name: _limits(name) for name in names[len(arrays) :]}
    in_order = tuple(limits.values())

    def in_form(args, kwargs):
        return (
            len(args) >= count
            and _alike(args[:count])
            and _inside(args[count:], in_order)
            and (not kwargs or (kwargs.keys() <= limits.keys() and _inside(kwargs.values(), map(limits.get, kwargs))))
        )

    return arrays, in_form


def _limits(name):
    """The types of a hyperparameter that need no conversion, and the open interval that needs no further check."""
    low, high = QUANTITIES.get(name, ANY_NUMBER).open_interval
    if name in WHOLE:
        return (int,), low, high
    # A number that may become infinite in float32, or an eps that may become 0, needs the full check.
    return (float, int), max(low, float(FLOAT32.tiny if name == "eps" else -FLOAT32.max)), min(high, float(FLOAT32.max))


def _alike(arrays):
    """Whether these are NumPy arrays of one shape, not (), and one dtype, float32 or float64."""
    lead = arrays[0]
    if type(lead) is not np.ndarray:
        return False
    shape, dtype = lead.shape, lead.dtype
    if not shape or dtype.char not in FLOATS or not dtype.isnative:
        return False
    for array in arrays[1:]:
        if type(array) is not np.ndarray or array.dtype != dtype or array.shape != shape:
            return False
    return True


def _inside(values, limits):
    """Whether each value is a plain number of its types, between its limits."""
    for value, (types, low, high) in zip(values, limits):
        if type(value) not in types or not low < value < high:
            return False
    return True


def checked(**meanings):
    """Give an equation its checks and the section of its docstring that describes its arguments.

    Arrays of one shape and dtype with plain numbers go straight through; anything else is brought into form
    (lists, integers, NumPy scalars, a rate per entry) or refused with an error that says what to do.
    Every array is brought to the dtype of the first, float32 or float64, so float32 in is float32 out. The bare equation
    takes what NumPy takes: ``adam.__wrapped__`` shows what goes wrong in float16.

    Parameters
    ----------
    **meanings : str
        What each state of the equation is: ``@checked(v="velocity, …")``. May also override a hyperparameter's meaning
        in `QUANTITIES`.

    Raises
    ------
    TypeError
        If `meanings` does not name exactly the arguments between `g` and the first hyperparameter.
    """

    def decorate(equation):
        arrays, in_form = form_of(equation)
        kept = tuple(name for name in arrays if name not in GIVEN)
        told = tuple(name for name in meanings if name not in QUANTITIES)
        if kept != told:
            raise TypeError(
                f"{equation.__name__}: its states are {', '.join(kept) or 'none'}, but the decorator says what "
                f"{', '.join(told) or 'none'} is; a new hyperparameter needs a line in QUANTITIES in rules/quantities.py"
            )

        @functools.wraps(equation)
        def with_checks(*args, **kwargs):
            if in_form(args, kwargs):
                return equation(*args, **kwargs)
            given = bind(equation, args, kwargs)
            result = equation(**_bring_into_form(equation.__name__, arrays, given))
            lead = given[arrays[0]]
            return tuple(like(lead, array) for array in result) if isinstance(result, tuple) else like(lead, result)

        with_checks.__doc__ = _with_parameters(equation, _returns(arrays), meanings)
        return with_checks

    return decorate


def of_step(equation):
    """Give a schedule its checks: plain numbers in range, `step` a number or an array; a number in is a number out."""

    @functools.wraps(equation)
    def with_checks(*args, **kwargs):
        rule, bound = equation.__name__, bind(equation, args, kwargs)
        given = {
            name: check_quantity(rule, name, value, numbers_in(value).shape if name == "step" else ())
            for name, value in bound.items()
        }
        rate = equation(**given)
        return (
            rate if np.ndim(rate) else np.array(rate, float) if isinstance(bound["step"], np.ndarray) else float(rate)
        )

    with_checks.__doc__ = _with_parameters(
        equation, "float, or array of the shape of `step`\n    Learning rate at that step."
    )
    return with_checks


def _sentence(words):
    return words[0].upper() + words[1:] + "."


def _returns(arrays):
    kept = [name for name in arrays if name != "g"] or ["g"]
    return f"{', '.join(kept)} : new array{'s' if len(kept) > 1 else ''}, shape and dtype of `{arrays[0]}`\n    After the step; the inputs are left as they are."


def _with_parameters(equation, returns, meanings=()):
    """The docstring, with Parameters, Returns and Raises written from what is declared, ahead of its References."""
    lines = ["Parameters", "----------"]
    for name, parameter in inspect.signature(equation).parameters.items():
        default = "" if parameter.default is parameter.empty else f", default {parameter.default:g}"
        if name not in QUANTITIES:
            kind = "floats" if name == "g" else "float32 or float64"
            meaning = GIVEN.get(name) or f"{meanings[name]}; from the last step, 0 before the first"
            lines += [f"{name} : array of {kind}, any shape", f"    {_sentence(meaning)}"]
        else:
            quantity = QUANTITIES[name]
            kind = "int" if name in WHOLE else "float"
            lines += [
                f"{name} : {kind} in {quantity.range}{default}",
                f"    {_sentence(meanings[name] if name in meanings else quantity.meaning)}",
            ]
    lines += [
        "",
        "Returns",
        "-------",
        *returns.split("\n"),
        "",
        "Raises",
        "------",
        "ValueError, TypeError",
        "    Shapes that differ, a dtype that is not taken, or a value out of its range; the message says which and what to do.",
        "",
    ]
    before, *after = re.split(
        r"^(?=(?:References|Examples)\n)", inspect.cleandoc(equation.__doc__), maxsplit=1, flags=re.MULTILINE
    )
    return before + "\n".join(lines) + "\n" + "".join(after)
