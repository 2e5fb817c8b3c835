"""Writes a file whole or not at all."""

import contextlib
import os


def write_whole(path, content):
    """Write bytes to a file; a reader, or a program that starts after a crash, finds the old file or the new one, never a part.

    Parameters
    ----------
    path : Path; folders that are missing are made
    content : bytes

    Raises
    ------
    OSError
        If it cannot be written; the old file stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}")  # another process may be writing the same file
    try:
        new.write_bytes(content)
        os.replace(new, path)
    except BaseException:
        with contextlib.suppress(OSError):
            new.unlink()
        raise
