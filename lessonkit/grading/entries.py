"""The files that lie in a folder or a zip, as they lie there: nothing is decided, and nothing followed that leads elsewhere."""

import errno
import os
import stat
import zipfile
from typing import NamedTuple

from lessonkit.grading.notebooks import LARGEST
from lessonkit.grading.zips import raw_name, time_of

NOT_FOLDERS = {".ipynb_checkpoints", "__macosx", ".git"}  # systems make these
OURS = {"gradebook.sqlite", "run.json"}  # in a folder that holds the results of an earlier run
LINK = "is a symbolic link: it is not followed; put the file itself there"


class Entry(NamedTuple):
    """A file as it lies there: the bytes of its path, how to read it or what is wrong with it, and its time, where one is known."""

    raw: bytes
    read: object = None
    problem: str | None = None
    time: float | None = None


def alone(path):
    """The one file at a path."""
    yield Entry(os.fsencode(path.name), lambda: _read(path.parent, (path.name,)), None, path.stat().st_mtime)


def in_folder(root):
    """The files below a folder, each by itself; where a link has taken the place of one, or of a folder on its way, reading it fails."""
    pending = [()]
    while pending:
        parts = pending.pop()
        try:
            with os.scandir(os.path.join(root, *parts)) as found:
                entries = [(entry.name, entry.stat(follow_symlinks=False)) for entry in found]
        except OSError as error:
            if not parts:
                raise
            yield Entry(_raw(parts), problem=f"is a folder that cannot be read ({error.strerror})")
            continue
        if len(parts) == 1 and OURS <= {name for name, _ in entries}:
            continue
        for name, about in entries:
            here = (*parts, name)
            if stat.S_ISLNK(about.st_mode):
                yield Entry(_raw(here), problem=LINK)
            elif stat.S_ISDIR(about.st_mode):
                if name.lower() not in NOT_FOLDERS:
                    pending.append(here)
            elif stat.S_ISREG(about.st_mode):
                yield Entry(_raw(here), lambda here=here: _read(root, here), None, about.st_mtime)
            else:
                yield Entry(_raw(here), problem="is not an ordinary file: put a notebook there")


def _raw(parts):
    return b"/".join(map(os.fsencode, parts))


def _opened(root, parts):
    """A descriptor of a file below a folder, to which no link has led, on no part of the way."""
    opened = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    for k, part in enumerate(parts, 1):
        try:
            below = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | (k < len(parts) and os.O_DIRECTORY), dir_fd=opened)
        finally:
            os.close(opened)
        opened = below
    return opened


def _read(root, parts):
    try:
        opened = _opened(root, parts)
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.ENOTDIR):
            raise
        raise OSError("was swapped for a link while it waited: it is not followed") from None
    with os.fdopen(opened, "rb") as stream:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise OSError("is not an ordinary file any more: put a notebook there")
        return stream.read(LARGEST + 1)


def in_zip(path):
    """The files in a zip; ValueError where it is none."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise ValueError(f"{path}: not a zip that can be read ({error}); download it anew, or unpack it and name the folder") from None
    for member in archive.infolist():
        problem = "is encrypted: unpack the zip with its password, and name the folder" if member.flag_bits & 1 else None
        if stat.S_ISLNK(member.external_attr >> 16):
            problem = LINK
        if member.file_size > LARGEST:
            problem = f"is larger than {LARGEST // 10**6} MB; clear its outputs"
        if not member.is_dir():
            yield Entry(raw_name(member), None if problem else lambda member=member: _unzip(archive, member), problem, time_of(member))


def _unzip(archive, member):
    try:
        with archive.open(member) as stream:
            return stream.read(LARGEST + 1)  # a forged size does not lengthen it
    except Exception as error:  # zlib's own error, and whatever other compressions raise
        raise OSError(f"cannot be unpacked ({type(error).__name__})") from None
