"""What is printed reaches any terminal, file or pipe, whatever its encoding, also where nobody reads it."""

import codecs
import contextlib
import os
import sys
import unicodedata

PLAIN = {"✓": "x", "✗": "-", "·": "-", "–": "-", "…": "...", "×": "x", "█": "#", "→": "->"}
BROKEN_PIPE = 141  # what a shell reports of a program whose reader has gone


def _plain(error):
    """What is shown in place of characters that the terminal's encoding lacks: a like sign, a letter without its accent, or ``?``."""
    text = error.object[error.start:error.end]
    letters = (unicodedata.normalize("NFKD", each).encode("ascii", "ignore").decode() for each in text)
    return "".join(PLAIN.get(each) or letter or "?" for each, letter in zip(text, letters)), error.end


codecs.register_error("lessonkit.plain", _plain)


@contextlib.contextmanager
def printing():
    """Replace what the terminal cannot show, and end as programs do where nothing can be written any more.

    Raises
    ------
    SystemExit
        With 141 where the reader of a pipe has gone, as after ``| head``; with 2 where the output cannot be written.
    """
    _open_closed()
    streams = [(each, each.encoding, each.errors) for each in (sys.stdout, sys.stderr) if hasattr(each, "reconfigure")]
    for each, _, _ in streams:
        each.reconfigure(errors="lessonkit.plain")
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except OSError as error:
        _give_up(sys.stdout)
        _give_up(sys.stderr)
        if isinstance(error, BrokenPipeError):
            sys.exit(BROKEN_PIPE)
        print(f"lessonkit: the output cannot be written: {error.strerror}", file=sys.stderr)
        sys.exit(2)
    finally:
        for each, encoding, errors in streams:
            each.reconfigure(encoding=encoding, errors=errors)


def _open_closed():
    """Open the streams that the shell has closed (`>&-`): otherwise the next file to be opened would take their number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = open(os.devnull, mode, encoding="utf-8")
            os.set_inheritable(stream.fileno(), True)
            setattr(sys, name, stream)


def _give_up(stream):
    """Write what cannot be written to nowhere: otherwise Python tries once more when it ends."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
