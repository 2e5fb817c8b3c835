"""Reads and writes files for `exchange.py`, with the rights of the one account that started it. The answer is JSON on the standard output."""

import base64
import json
import os
import sys
from pathlib import Path

from lessonkit.classroom import workspace
from lessonkit.classroom.submissions.entries import in_folder
from lessonkit.machine.write_whole import write_whole

MOST_FILES = 1000
LARGEST_SUM = 60_000_000  # bytes, as `lessonkit grade` reads of one learner


def files(folder, *wanted):
    """The files of a folder: those that are wanted in base64, and why each of the others, or one that cannot be read, was left out.

    A link is not followed, and a file of another owner, to which a hard link may lead, is not read.
    """
    read, left, room = {}, {}, LARGEST_SUM
    try:
        os.lstat(folder)
    except FileNotFoundError:
        return {"files": read, "left out": left}
    if os.path.realpath(folder) != folder:
        raise OSError(f"{folder} is, or is behind, a symbolic link: it is not followed")
    for count, entry in enumerate(in_folder(folder)):
        name = os.fsdecode(entry.raw)
        if count == MOST_FILES:
            left["…"] = f"is one of more than {MOST_FILES} files, of which no more were looked at: remove some"
            break
        if entry.problem:
            left[name] = entry.problem
        elif name not in wanted:
            left[name] = "is not a file that was given out: keep its name, and keep it in the folder itself"
        else:
            try:
                content = _own(folder, name, entry, room)
            except OSError as error:
                left[name] = str(error)
            else:
                room -= len(content)
                read[name] = base64.b64encode(content).decode()
    return {"files": read, "left out": left}


def _own(folder, name, entry, room):
    about = os.lstat(os.path.join(folder, name))
    if about.st_uid != os.geteuid():
        raise PermissionError("belongs to somebody else: copy it, so that it is your own")
    if about.st_size > room:
        raise OSError(f"is too large: all files together may have {LARGEST_SUM // 10**6} MB")
    return entry.read()


def put(path, way):
    """Write what comes from the standard input; `way` is "new", then a file that is there stays, or "over"."""
    path = Path(path)
    if way == "new" and os.path.lexists(path):
        return {"written": False}
    write_whole(path, sys.stdin.buffer.read())
    return {"written": True}


def bring(folder):
    """Make the workspace, if it is not there yet, so that the course does not take what is given out for other work."""
    return {"lines": workspace.lessons(Path(folder))[1]}


def main(task, *arguments):
    try:
        return {"files": files, "put": put, "bring": bring}[task](*arguments)
    except OSError as error:
        return {"problem": error.strerror or str(error)}


if __name__ == "__main__":
    json.dump(main(*sys.argv[1:]), sys.stdout)
