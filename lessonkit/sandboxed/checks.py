"""Checks what a function returns, and that it changes no array that it was given. What it returns may be anything."""

import inspect

import numpy as np

CHANGES_ITS_INPUT = (
    "changes its input",
    "An array that was passed in has other numbers after the call. Work on a copy: `x = x - …` "
    "makes a new array, `x -= …` writes into the caller's.",
)
RETURNS_NOTHING = ("returns nothing", "The function returned None. Is a `return` missing?")
REMEMBERS = (
    "remembers between calls",
    "Something is kept between calls, outside of the arguments: in a global name, in a default that is changed, in an attribute. "
    "What is kept from step to step comes in as an argument and goes out as a result.",
)
USES_A_BUFFER_AGAIN = ("returns a buffer that it uses again", "An array that was returned changed during a later call.")


class Trouble(Exception):
    """The function cannot be judged by its numbers.

    name : str, why, in short, such as ``"raises"``; the message says it in a sentence
    failure : Failure or None, the exception in the function
    """

    def __init__(self, name, message, failure=None):
        super().__init__(message)
        self.name, self.failure = name, failure


class Watch:
    """Finds out whether arrays that a function was given, or returned, have other numbers later.

    given, returned : lists of (array, its shape then, its bytes then)
    """

    def __init__(self):
        self.given, self.returned = [], []

    def note_given(self, values):
        """Note what a function is about to be given."""
        self.given += _as_it_is(values)

    def note_returned(self, values):
        """Note what it has returned."""
        self.returned += _as_it_is(values)

    def copied(self, values, shape):
        """Note values that a function has returned, and copies of them that it will be given next.

        Returns
        -------
        list of array of floats of this shape, or None for a value that cannot be one
        list, the copies
        """
        kept, copies = [], []
        for each in values:
            if type(each) is np.ndarray and each.dtype == float and each.shape == shape:  # the usual case, made fast
                copy = each.copy()
                held = copy.tobytes()
                self.returned.append((each, shape, held))
                self.given.append((copy, shape, held))
                kept.append(copy)
            else:
                copy = np.array(each) if isinstance(each, np.ndarray) else each
                self.note_returned([each])
                self.note_given([copy])
                kept.append(numbers(each, shape))
            copies.append(copy)
        return kept, copies

    def check(self):
        """Trouble if an array has other numbers now."""
        for noted, trouble in ((self.given, CHANGES_ITS_INPUT), (self.returned, USES_A_BUFFER_AGAIN)):
            if any(each.shape != shape or each.tobytes() != held for each, shape, held in noted):
                raise Trouble(*trouble)


def _as_it_is(values):
    return [(each, each.shape, each.tobytes()) for each in values if isinstance(each, np.ndarray)]


def updated(result, shape, names):
    """What a rule returned, as a list: parameters, which are checked, and states, which may be anything. Trouble if there are not as many."""
    if result is None:
        raise Trouble(
            "returns nothing", f"The function returned None; expected {', '.join(names)}. Is a `return` missing?"
        )
    new = list(result) if len(names) > 1 and isinstance(result, (tuple, list)) else [result]
    if len(new) != len(names):
        raise Trouble(
            "returns something else",
            f"Expected {len(names)} value{'s' * (len(names) > 1)} back ({', '.join(names)}), got {len(new)}.",
        )
    if type(new[0]) is not np.ndarray or new[0].dtype != float or new[0].shape != shape:
        checked(new[0], shape, "theta")
    return new


def checked(value, shape, name):
    """`value` as an array of floats of this shape; Trouble if it is not."""
    if isinstance(value, tuple) and any(_of_shape(each, tuple(shape)) for each in value):
        how = "Is there a comma at the end of the line?" if len(value) == 1 else f"Return {name} only."
        raise Trouble(
            "returns something else",
            f"Expected {name} alone back, got {len(value)} value{'s' * (len(value) > 1)} in a tuple. {how}",
        )
    try:
        array = np.asarray(value)
    except Exception:
        array = np.asarray(None)
    if array.dtype.kind not in "iuf":
        raise Trouble(
            "returns something else",
            f"Expected {name} as an array of real numbers, got {type(value).__name__} {_short(value)}.{_made(value)}",
        )
    if array.shape != tuple(shape):
        raise Trouble("changes the shape", f"Expected {name} of shape {tuple(shape)}, got shape {array.shape}.")
    if array.dtype in (np.float16, np.float32):
        raise Trouble(
            "loses precision",
            f"The inputs are float64, but {name} came back as {array.dtype}: half of the "
            "digits are lost. Keep the type of what you are given.",
        )
    return array.astype(float)


def _of_shape(value, shape):
    return isinstance(value, (np.ndarray, float, int)) and np.shape(value) == shape


def _made(value):
    """What to do about a value that only could be made into numbers; empty for others."""
    if isinstance(value, (map, zip, filter)) or inspect.isgenerator(value):
        return " It is a promise of numbers: write [...] in place of (...), or list(...) around it."
    return ""


def numbers(value, shape):
    """A copy of a value as an array of floats of this shape; None if it cannot be one."""
    try:
        array = np.array(value, dtype=float)
        return array if array.shape == shape else np.broadcast_to(array, shape).copy()
    except Exception:
        return None


def _short(value):
    """The start of a value's text."""
    try:
        return repr(value)[:60]
    except Exception:
        return "(that cannot be shown)"


def sharpness_and_vector(result, v):
    """What a step of power iteration returned, as a list of (value, the same as floats): the sharpness, then the new v."""
    several = isinstance(result, (tuple, list)) and len(result) == 2
    if several and _of_shape(result[0], v.shape) and _of_shape(result[1], ()):
        raise Trouble(
            "the results are returned in the wrong order",
            "The new v comes first. Expected the sharpness, then the new v.",
        )
    if not several:
        raise Trouble(
            "returns something else",
            f"Expected two values back: the sharpness and the new v; got {type(result).__name__} {_short(result)}.",
        )
    return [
        (each, checked(each, shape, name))
        for each, shape, name in zip(result, ((), v.shape), ("the sharpness", "the new v"), strict=True)
    ]


def grads_and_norm(result, grads):
    """What a clip by the global norm returned, as a list of (value, the same as floats): the gradients, then the norm."""
    if isinstance(result, (tuple, list)) and [isinstance(each, (tuple, list)) for each in result] == [False, True]:
        raise Trouble(
            "the results are returned in the wrong order",
            "The norm comes first. Expected the list of clipped gradients, then the norm before clipping.",
        )
    if not isinstance(result, (tuple, list)) or len(result) != 2 or not isinstance(result[0], (tuple, list)):
        raise Trouble(
            "returns something else",
            "Expected two values back: the list of clipped gradients, and the norm "
            f"before clipping; got {type(result).__name__} {_short(result)}.",
        )
    clipped, norm = result
    if len(clipped) != len(grads):
        raise Trouble(
            "returns something else", f"Expected {len(grads)} gradients back, one a tensor, got {len(clipped)}."
        )
    return [
        *(
            (new, checked(new, old.shape, f"gradient {number}"))
            for number, (new, old) in enumerate(zip(clipped, grads, strict=False))
        ),
        (norm, checked(norm, (), "the norm")),
    ]
