"""Brings the name of a learner to one form, however it was typed."""

import unicodedata

JOINERS = "\u200c\u200d"  # part of the spelling in Persian, Hindi and other languages
DROPPED = dict.fromkeys(map(ord, "\ufeff\u200b\u2060\u00ad\u180e"))  # invisible, and without meaning in any script
BREAKS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
UNFIT = {"Cc": "a control character", "Cf": "a hidden mark", "Cs": "half of a character"}


def canonical(name):
    """The form of a name in which it is compared, stored, and used to seed numbers.

    Composed (NFC), with single plain spaces, and none at the ends.

    Parameters
    ----------
    name : str

    Returns
    -------
    str
        Empty where nothing is left.

    Raises
    ------
    ValueError
        A line break, a control character, half of a surrogate pair, or an invisible mark, such as one of the writing
        direction: two names that differ only by such a mark look the same.
    """
    for character in name:
        if character in JOINERS or ord(character) in DROPPED or character == "\t":
            continue
        if what := "a line break" if character in BREAKS else UNFIT.get(unicodedata.category(character)):
            raise ValueError(
                f"expected a name in one line of visible characters, got {name[:80]!r}, which is no name: it has {what} (U+{ord(character):04X})"
            )
    return " ".join(unicodedata.normalize("NFC", name.translate(DROPPED)).split())
