"""Reads a number that a learner gives, and compares it with another one, to the digits that it has."""

import numpy as np

# Relative tolerance, for results that were rounded on the way. Half a unit of the third digit is accepted too, because three
# digits are asked for.
ROUNDING = 2e-3
POINT = "Write a decimal point: 0.5, not 0,5."


class NotANumber(Exception):
    """What was given is no number. `name` says what it is, in short; the message says what to do."""

    def __init__(self, name, message):
        super().__init__(message)
        self.name = name


def number(value):
    """A value as a float; NotANumber if it is none, or not finite."""
    if value is None:
        raise NotANumber("is not written yet", "Put a number in place of `None`, run its cell, then this one.")
    if isinstance(value, tuple) and len(value) == 2 and all(isinstance(each, int) for each in value):
        raise NotANumber(
            "has a decimal comma", f"Python reads a comma as two numbers, here {value[0]} and {value[1]}. {POINT}"
        )
    if isinstance(value, str):
        return _from_text(value)
    try:
        given = float(value)
    except (TypeError, ValueError, OverflowError):
        raise NotANumber("not a number", f"Expected a number, got {_described(value)}") from None
    if not np.isfinite(given):
        raise NotANumber("not a number", f"Expected a finite number, got {given}.")
    return given


def _from_text(text):
    try:
        return float(text)
    except ValueError:
        if "%" in text:
            message = f"Expected a number, got {text[:40]!r}. Write it without %: 0.05, not 5 %."
            raise NotANumber("is in percent", message) from None
        if "," in text:
            raise NotANumber("has a decimal comma", f"Got {text[:40]!r}. {POINT}") from None
        message = f"Expected a number, got the text {text[:40]!r}. Write it without quotation marks."
        raise NotANumber("not a number", message) from None


def _described(value):
    name = type(value).__name__
    if callable(value):
        return f"{name}. Give the result, not the function."
    if isinstance(value, (list, tuple, dict, set, np.ndarray)):
        return f"{name}. Give one number, without brackets or commas."
    return f"{name}."


def near(given, value):
    """Whether a number, or each one of an array, equals a value to three digits; False if the value is None."""
    return False if value is None else abs(given - value) <= tolerance(value)


def tolerance(value):
    """By how much a number may differ from a value that it equals to three digits."""
    third_digit = 10.0 ** (np.floor(np.log10(abs(value))) - 2) if value else 0
    return max(ROUNDING * max(abs(value), 1e-12), 0.5000001 * third_digit)


def digits(given):
    """The number of significant digits of a number as it was typed, without zeros at its end."""
    mantissa = f"{abs(given):.15g}".partition("e")[0].replace(".", "")
    return len(mantissa.strip("0"))


def rounded_from(given, value, least=1):
    """Whether a number is a value, rounded or cut off to the digits that the number has, but at least so many. False for None."""
    if value is None or not given:
        return False
    unit = 10.0 ** (np.floor(np.log10(abs(given))) - max(digits(given), least) + 1)
    off = abs(given - value)
    return bool(off <= 0.5000001 * unit or (abs(given) < abs(value) and off < unit))
