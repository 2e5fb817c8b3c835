"""One form for the name of a learner, however it was typed."""

import unicodedata

DROPPED = dict.fromkeys(map(ord, "\ufeff\u200b\u2060\u00ad\u180e"))  # not to be seen, and without meaning in any script
DIRECTIONS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # they make a name look like another
BREAKS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")


def canonical(name):
    """A name in the one form in which names are compared, stored and drawn from.

    Composed (NFC), with single plain spaces and none around it. Joiners (U+200C, U+200D) stay: they are part of Persian or Hindi words.

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
        For a line break, a control character, a mark of the writing direction, or half of a surrogate pair.
    """
    for character in name:
        kind = unicodedata.category(character)
        if character in BREAKS:
            what = "a line break"
        elif character in DIRECTIONS:
            what = "a hidden mark of the writing direction"
        elif kind == "Cs" or kind == "Cc" and character != "\t":
            what = "a control character" if kind == "Cc" else "half of a character"
        else:
            continue
        raise ValueError(f"expected a name in one line of visible characters, got {name[:80]!r}, which is no name: it has {what} (U+{ord(character):04X})")
    return " ".join(unicodedata.normalize("NFC", name.translate(DROPPED)).split())
