"""Reads what a socket sends: strict JSON, of one form, and nothing else."""

import json

LONGEST = 1024  # bytes of a message


class Refused(ValueError):
    """A message or a command that is not accepted. Its text is for the person who sent it."""


def fields(text, **types):
    """The values of a message, in the order of `types`.

    Parameters
    ----------
    text : str
        A JSON object with exactly these keys; bytes are refused.
    **types : type, such as ``str``

    Raises
    ------
    Refused
    """
    if not isinstance(text, str):
        raise Refused("expected text, got bytes")
    try:
        message = json.loads(text, object_pairs_hook=_each_once, parse_constant=_no_number)
        json.dumps(message, ensure_ascii=False).encode()  # half a character cannot be written anywhere
    except (ValueError, RecursionError):
        raise Refused("expected a JSON object") from None
    if not isinstance(message, dict) or {key: type(value) for key, value in message.items()} != types:
        raise Refused(
            "expected a JSON object with " + ", ".join(f"{key}: {kind.__name__}" for key, kind in types.items())
        )
    return [message[key] for key in types]


def _each_once(pairs):
    if len(made := dict(pairs)) < len(pairs):
        raise Refused("a key twice")
    return made


def _no_number(name):
    raise Refused(f"{name} is no number of JSON")
