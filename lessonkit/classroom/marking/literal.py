"""Reads the number in an answer that is just a number, so that nothing has to be run."""

import re

# Python's own form, but shorter: no zero in front, as in 007. Each sign can be read in one way only, so long texts take no longer.
NUMBER = re.compile(r"(\w+) *= *([-+]?(?:0|[1-9][0-9]{0,30})(?:\.[0-9]{0,30})?(?:[eE][-+]?[0-9]{1,3})?) *(?:#[^\n]*)?")


def literal(source):
    """The name and the number in an answer that sets one to the other, such as ``answer_adam = -0.12``.

    Parameters
    ----------
    source : str

    Returns
    -------
    (str, float)
        (None, None) for all other answers.
    """
    found = NUMBER.fullmatch(source.strip())
    return (found[1], float(found[2])) if found else (None, None)
