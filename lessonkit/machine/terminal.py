"""Makes printing safe: characters that the terminal lacks are replaced, and a closed pipe ends the command quietly."""

import codecs
import contextlib
import functools
import os
import sys
import unicodedata

PLAIN = {
    "✓": "x",
    "✗": "-",
    "·": "-",
    "–": "-",
    "…": "...",
    "×": "x",
    "█": "#",
    "→": "->",
    "−": "-",
    "“": '"',
    "”": '"',
}
PLAIN |= {"θ": "theta", "β": "beta", "ε": "epsilon", "λ": "lambda", "²": "^2", "½": "1/2"}
BROKEN_PIPE = 141  # a shell's status for a program that wrote to a closed pipe


def _plain(error):
    """What replaces characters that the terminal's encoding lacks: a similar sign, the letter without its accent, or ``?``."""
    text = error.object[error.start : error.end]
    return "".join(PLAIN.get(each) or _without_accent(each) or "?" for each in text), error.end


def _without_accent(character):
    """The ASCII letters in a character; empty if there are none."""
    return unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()


codecs.register_error("lessonkit.plain", _plain)


class Printed:
    """Can be printed on every terminal: what the terminal lacks is replaced in its `str`, as the command does it.

    Its `repr` keeps every character. Python shows that by itself, in a notebook or after ``>>>``, and escapes what is missing.
    """

    def __str__(self):
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        return repr(self).encode(encoding, "lessonkit.plain").decode(encoding)


@contextlib.contextmanager
def printing():
    """Replace characters that the terminal lacks, and end the command if its output can no longer be written.

    Raises
    ------
    SystemExit
        With 141 if a pipe is closed, as after ``| head``; with 2 if the output cannot be written, or for any other OSError, which
        is printed.
    """
    _open_closed()
    streams = [(each, each.encoding, each.errors) for each in (sys.stdout, sys.stderr) if hasattr(each, "reconfigure")]
    failed = []  # errors of these streams, which are to be told from errors of other files
    for each, _, _ in streams:
        each.reconfigure(errors="lessonkit.plain")
        each.write, each.flush = _noting(each.write, failed), _noting(each.flush, failed)
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except OSError as error:
        if not any(error is each for each in failed):  # it is not about the output
            print(f"lessonkit: {error}", file=sys.stderr)
            sys.exit(2)
        _give_up(sys.stdout)
        _give_up(sys.stderr)
        if isinstance(error, BrokenPipeError):
            sys.exit(BROKEN_PIPE)
        print(f"lessonkit: the output cannot be written: {error.strerror}", file=sys.stderr)
        sys.exit(2)
    finally:
        for each, encoding, errors in streams:
            del each.write, each.flush  # then the methods of the class are used again
            each.reconfigure(encoding=encoding, errors=errors)


def _noting(method, failed):
    """A method of a stream that adds its errors to a list, which tells them from errors of other files."""

    @functools.wraps(method)
    def noting(*arguments):
        try:
            return method(*arguments)
        except OSError as error:
            failed.append(error)
            raise

    return noting


def _open_closed():
    """Open the streams that the shell has closed (`>&-`); otherwise the next file that is opened would get their number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = open(os.devnull, mode, encoding="utf-8")
            os.set_inheritable(stream.fileno(), True)
            setattr(sys, name, stream)


def _give_up(stream):
    """Send what a stream still holds to nowhere if it cannot be written; otherwise Python tries again when it ends."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
