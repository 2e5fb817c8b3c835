"""What to do about an exception that beginners meet: one sentence or two, found by its type and message."""

import re

REMEDIES = [
    (
        "TypeError",
        r"converted to Python scalars|only length-1 arrays",
        "The functions of `math` take one number. Those of NumPy take each entry of an array: np.sqrt, np.cos.",
    ),
    ("TypeError", r"bitwise_xor|for \^", "`^` is no power in Python. Write `g**2`."),
    (
        "TypeError",
        r"'numpy\.\w+' object is not callable|'float' object is not callable|'int' object is not callable",
        "Brackets behind a name call it as a function. For a product write `*`; g is the gradient itself, not a function of θ.",
    ),
    (
        "TypeError",
        r"does not support item assignment",
        "A single number has no entries to assign to. np.where, np.minimum and np.maximum take numbers and arrays.",
    ),
    (
        "TypeError",
        r"NoneType",
        "A value is None: a function without `return`, or one that works in place, such as list.append, gives None.",
    ),
    (
        "ValueError",
        r"truth value of an array",
        "An `if`, `min` or `max` needs one number, and this is an array. np.where, np.minimum and np.maximum work entry by entry.",
    ),
    (
        "ValueError",
        r"inhomogeneous",
        "Arrays of different shapes do not fit into one array. Go through the list with a loop, one array after the other.",
    ),
    (
        "UnboundLocalError",
        r"",
        "A name that a function assigns to is its own, so it has no value before. What is kept from step to step comes in as an "
        "argument and goes out as a result.",
    ),
    (
        "NameError",
        r"",
        "Is it spelled as in the first line of the function? What the function needs comes in as an argument.",
    ),
    ("AttributeError", r"module 'numpy' has no attribute", "NumPy has no function of that name. Is it spelled right?"),
    ("ModuleNotFoundError", r"", "An answer may use NumPy and Python's own modules."),
    ("RecursionError", r"", "The function calls itself without end."),
]


def remedy(failure):
    """The remedy for a Failure; empty if none is known."""
    for kind, message, words in REMEDIES:
        if failure.type == kind and re.search(message, failure.message):
            return words
    return ""
