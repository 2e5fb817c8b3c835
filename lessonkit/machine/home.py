"""The home folder, the learner's own files in it, and a temporary folder for programs that cannot write to it."""

import contextlib
import os
import tempfile
from pathlib import Path

from lessonkit.machine.working_folder import variables


def folder():
    """The home folder, or None if the user has none, as in some containers."""
    home = os.path.expanduser("~")
    return Path(home) if os.path.isabs(home) else None


def own_files():
    """The folder of what the course keeps for a learner: LESSONKIT_HOME, or `.lessonkit` in the home folder; OSError if there is none."""
    if chosen := os.environ.get("LESSONKIT_HOME"):
        return Path(chosen)
    if home := folder():
        return home / ".lessonkit"
    raise FileNotFoundError("there is no home folder; set LESSONKIT_HOME to a folder for your own files")


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
