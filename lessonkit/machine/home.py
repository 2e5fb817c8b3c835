"""Gives programs a temporary folder for their own files where the home folder cannot be written to."""

import contextlib
import os
import tempfile
from pathlib import Path

from lessonkit.machine.working_folder import variables


def folder():
    """The home folder, or None if the user has none, as in some containers."""
    home = os.path.expanduser("~")
    return Path(home) if os.path.isabs(home) else None


def can_write(path):
    """Whether files can be made in a folder; if it does not exist yet, in the nearest folder above it that exists."""
    path = os.path.abspath(path)
    while not os.path.exists(path):
        path = os.path.dirname(path)
    try:
        with tempfile.TemporaryFile(dir=path):
            return True
    except OSError:
        return False


@contextlib.contextmanager
def replaced(places):
    """Give programs a temporary folder for their files if they cannot write to the usual one.

    Parameters
    ----------
    places : dict
        Name of a variable, such as ``MPLCONFIGDIR`` → the folder if it is not set, absolute or relative to the home folder.

    Yields
    ------
    str or None
        The temporary folder, if one is needed. It is deleted at the end.
    """
    home = folder()
    refused = [
        name for name, usual in places.items() if not home or not can_write(os.environ.get(name) or home / usual)
    ]
    if not refused:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="lessonkit-", ignore_cleanup_errors=True) as made:
        chosen = {name: os.path.join(made, name.lower()) for name in refused}
        for place in chosen.values():
            os.mkdir(place)
        with variables(chosen if home else chosen | {"HOME": made}):
            yield made
