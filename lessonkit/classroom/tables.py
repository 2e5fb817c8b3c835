"""Reads CSV tables that people wrote; an error names the line."""

import csv
import io
import math
import re
import unicodedata
from pathlib import Path


class BadTable(ValueError):
    """A CSV cannot be used; the message says which line, and why."""


def read_table(path, needed):
    """The lines of a CSV as (number, dict of texts without spaces around them); BadTable if a column of `needed` is missing.

    Columns are separated by commas, semicolons or tabs, whichever the first line has most of. Capitals in the names of columns do not
    matter. The file may be in UTF-8, or in UTF-16 as Excel saves "Unicode Text".
    """
    data = Path(path).read_bytes()
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
        first = text.partition("\n")[0]
        reader = csv.DictReader(io.StringIO(text, newline=""), restval="", delimiter=max(",;\t", key=first.count))
        table = [
            (reader.line_num, {key.strip().lower(): _cell(value) for key, value in row.items() if isinstance(key, str)})
            for row in reader
        ]
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadTable(
            f"{path}: cannot be read as CSV in UTF-8 ({error}); in Excel or LibreOffice, save it as CSV UTF-8"
        ) from None
    if not table:
        raise BadTable(
            f"{path}: expected a first line with the names of columns, {', '.join(needed) or 'learner'}, and a line below; got {first.strip()[:80]!r}"
        )
    if not set(needed) <= set(table[0][1]):
        raise BadTable(f"{path}: expected columns called {', '.join(needed)}; the first line is {first.strip()[:80]!r}")
    return table


def number(text):
    """The finite number in a text, or None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _cell(value):
    value = unicodedata.normalize("NFC", value.strip())
    found = re.fullmatch(r'="(.*)"', value, re.DOTALL)  # this form keeps Excel from reading 007 as a number
    return found[1].replace('""', '"') if found else value
