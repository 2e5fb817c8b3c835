"""Reads what `zipfile` does not: the names of a zip's members in the right encoding, and when the members were changed."""

import struct
import time
import unicodedata
import zlib

# Windows and older programs write names in the code page of their country, and do not say which one. The first is that of Western Europe.
CODE_PAGES = (
    "cp850 gb18030 big5 cp932 cp949 cp1252 cp852 "
    "cp1250 cp866 cp1251 cp737 cp1253 cp857 cp1254 cp862 cp1255 cp864 cp1256 cp874 cp1258"
).split()


def raw_name(member):
    """The bytes of a member's name: from Info-ZIP's Unicode Path (APPNOTE 4.6.9) if that belongs to this name, else the plain name.

    Parameters
    ----------
    member : zipfile.ZipInfo

    Returns
    -------
    bytes
    """
    encoding = "utf-8" if member.flag_bits & 0x800 else "cp437"  # in which zipfile has decoded it
    plain = member.orig_filename.encode(encoding)
    extra = _extras(member).get(0x7075, b"")
    if len(extra) > 5 and extra[0] == 1 and struct.unpack_from("<L", extra, 1)[0] == zlib.crc32(plain):
        return extra[5:]
    return plain


def time_of(member):
    """When a member was changed, in seconds since the epoch: from the extended timestamp in UTC, else from the local time; None if unknown."""
    extra = _extras(member).get(0x5455, b"")
    if len(extra) >= 5 and extra[0] & 1:
        return float(struct.unpack_from("<l", extra, 1)[0])
    if member.date_time[:3] <= (1980, 1, 1):  # programs write this if they do not know the time
        return None
    try:
        return time.mktime((*member.date_time, 0, 0, -1))
    except (OverflowError, ValueError):
        return None


def decoded(names, knows, otherwise):
    """Decode names: as UTF-8 if possible, else with the code page that gives the most known names.

    Parameters
    ----------
    names : list of bytes
    knows : function (str) → bool
        Whether a name is known.
    otherwise : str or None
        The code page if none gives a known name; None writes bytes as ``\\xe9``.

    Returns
    -------
    list of str
        In NFC, as names on a roster are.
    """
    others = [name for name in names if _text(name, "utf-8") is None]

    def count(page):
        texts = (_text(name, page) for name in others)
        return sum(text is not None and knows(text) for text in texts)

    best = max(CODE_PAGES, key=count)
    page = best if count(best) else otherwise
    found = (_text(name, "utf-8") or (page and _text(name, page)) or _shown(name) for name in names)
    return [unicodedata.normalize("NFC", name) for name in found]


def _text(name, encoding):
    """A name decoded; None if its bytes are not of this encoding."""
    try:
        return name.decode(encoding)
    except UnicodeDecodeError:
        return None


def _shown(name):
    """A name in which every byte that is not UTF-8 is written as ``\\xe9``."""
    return name.decode("utf-8", "surrogateescape").encode("utf-8", "backslashreplace").decode()


def _extras(member):
    """The extra fields of a member by their number."""
    found, rest = {}, member.extra
    while len(rest) >= 4:
        number, length = struct.unpack_from("<HH", rest)
        found.setdefault(number, rest[4 : 4 + length])
        rest = rest[4 + length :]
    return found
