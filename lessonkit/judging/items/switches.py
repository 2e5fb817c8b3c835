"""Spaces of right versions of a rule: switches that are set independently of each other.

A template holds places in angle brackets. An option of a switch says what stands in some of them, which may hold further
places. So every combination is a version, and none has to be listed.
"""

from typing import NamedTuple


class Option(NamedTuple):
    """One way to set a switch.

    words : str, what it means, in a few words
    places : dict of place → text
    """

    words: str
    places: dict


class Space(NamedTuple):
    """The right versions of a rule.

    template : str, the source of a function with places
    switches : tuple of tuples of Option; the first option of each is the way in which the lesson writes it
    quiet : int, how many of the last switches change the state alone, and never the path of θ
    least : int, in how many of the other switches an asked version differs from the first one, which the lesson or a trace
        shows. Two, if the course has functions that differ in one
    task : str, what the function is for, if the course has no function of this name
    tried : tuple of (hyperparameter, usual value, low, high), if the course has no function of this name
    mistakes : tuple of Mistake, if the course has no function of this name
    returns : tuple of str, what it returns in words, if it is no update rule and the course has no function of this name
    """

    template: str
    switches: tuple
    quiet: int = 0
    least: int = 1
    task: str = ""
    tried: tuple = ()
    mistakes: tuple = ()
    returns: tuple = ()


def switch(place, *options):
    """A switch of a single place: each option is (words, text)."""
    return tuple(Option(words, {place: text}) for words, text in options)
