"""One form for the name of a learner, however it was typed."""

import unicodedata

JOINERS = "\u200c\u200d"  # they belong to words in Persian, Hindi and others
DROPPED = dict.fromkeys(map(ord, "\ufeff\u200b\u2060\u00ad\u180e"))  # not to be seen, and without meaning in any script
BREAKS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
UNFIT = {"Cc": "a control character", "Cf": "a hidden mark", "Cs": "half of a character"}


def canonical(name):
    """A name in the one form in which names are compared, stored and drawn from.

    Composed (NFC), with single plain spaces and none around it.

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
        For a line break, a control character, half of a surrogate pair, or a mark that is not seen, such as one of the writing
        direction: with it a name looks like another.
    """
    for character in name:
        if character in JOINERS or ord(character) in DROPPED or character == "\t":
            continue
        if what := "a line break" if character in BREAKS else UNFIT.get(unicodedata.category(character)):
            raise ValueError(
                f"expected a name in one line of visible characters, got {name[:80]!r}, which is no name: it has {what} (U+{ord(character):04X})"
            )
    return " ".join(unicodedata.normalize("NFC", name.translate(DROPPED)).split())
