"""Lists the files of a folder or a zip, without judging them. Links are not followed."""

import errno
import os
import stat
import zipfile
from typing import NamedTuple

from lessonkit.classroom.submissions.notebook_file import LARGEST
from lessonkit.classroom.submissions.zips import raw_name, time_of

NOT_FOLDERS = {".ipynb_checkpoints", "__macosx", ".git"}  # programs make these
LINK = "is a symbolic link: it is not followed; put the file itself there"


class Entry(NamedTuple):
    """A file.

    raw : bytes, its path below the folder or in the zip
    read : function () → bytes, or None
    problem : str or None, why it cannot be read
    time : float or None, when it was changed, in seconds since the epoch
    """

    raw: bytes
    read: object = None
    problem: str | None = None
    time: float | None = None


def one_file(path):
    """A single file."""
    yield Entry(os.fsencode(path.name), lambda: _read(path.parent, (path.name,)), None, path.stat().st_mtime)


def in_folder(root):
    """The files below a folder, at any depth. Reading a file fails if it, or a folder above it, was replaced by a link after it was listed."""
    pending = [()]  # folders, each as the parts of its path below `root`
    while pending:
        parts = pending.pop()
        try:
            with os.scandir(os.path.join(root, *parts)) as found:
                entries = list(found)
        except OSError as error:
            if not parts:
                raise
            yield Entry(_raw(parts), problem=f"is a folder that cannot be read ({error.strerror})")
            continue
        for entry in entries:
            here = (*parts, entry.name)
            try:
                about = entry.stat(follow_symlinks=False)
            except OSError as error:  # it was deleted meanwhile, or access is denied
                yield Entry(_raw(here), problem=f"cannot be looked at ({error.strerror})")
                continue
            if not stat.S_ISDIR(about.st_mode):
                yield _entry(root, here, about)
            elif entry.name.lower() not in NOT_FOLDERS:
                pending.append(here)


def _entry(root, parts, about):
    """The Entry of what is not a folder; `about` is its status."""
    if stat.S_ISLNK(about.st_mode):
        return Entry(_raw(parts), problem=LINK)
    if not stat.S_ISREG(about.st_mode):
        return Entry(_raw(parts), problem="is not an ordinary file: put a notebook there")
    return Entry(_raw(parts), lambda: _read(root, parts), None, about.st_mtime)


def _raw(parts):
    return b"/".join(map(os.fsencode, parts))


def _opened(root, parts):
    """A descriptor of a file below a folder; OSError if any part of its path is a link."""
    opened = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    for place, part in enumerate(parts, 1):
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK  # the last one so that a pipe is not waited for
        if place < len(parts):
            flags |= os.O_DIRECTORY
        try:
            below = os.open(part, flags, dir_fd=opened)
        finally:
            os.close(opened)
        opened = below
    return opened


def _read(root, parts):
    """The bytes of a file below a folder, one more than `LARGEST` at most; OSError if it is no longer an ordinary file."""
    try:
        opened = _opened(root, parts)
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.ENOTDIR):
            raise
        raise OSError("was swapped for a link after it was found: it is not followed") from None
    with os.fdopen(opened, "rb") as stream:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise OSError("is not an ordinary file any more: put a notebook there")
        return stream.read(LARGEST + 1)


def in_zip(path):
    """The files in a zip; ValueError if it cannot be read as a zip."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise ValueError(
            f"{path}: not a zip that can be read ({error}); download it again, or unpack it and name the folder"
        ) from None
    for member in archive.infolist():
        if not member.is_dir():
            yield _member_entry(archive, member)


def _member_entry(archive, member):
    if stat.S_ISLNK(member.external_attr >> 16):
        problem = LINK
    elif member.flag_bits & 1:
        problem = "is encrypted: unpack the zip with its password, and name the folder"
    else:
        return Entry(raw_name(member), lambda: _unzip(archive, member), None, time_of(member))
    return Entry(raw_name(member), None, problem, time_of(member))


def _unzip(archive, member):
    try:
        with archive.open(member) as stream:
            return stream.read(LARGEST + 1)  # whatever size the zip claims
    except Exception as error:  # each compression has errors of its own
        raise OSError(f"cannot be unpacked ({type(error).__name__})") from None
