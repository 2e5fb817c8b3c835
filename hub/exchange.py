"""Moves notebooks and feedback between the class's folder and the learners' own ones. Run by root; see docs/hub.md.

    exchange.py give FOLDER       FOLDER/release/LEARNER/* → ~LEARNER/lessonkit/hand-in
    exchange.py collect FOLDER    ~LEARNER/lessonkit/hand-in → FOLDER/submitted/LEARNER/LESSON
    exchange.py return FOLDER     FOLDER/graded/feedback/LEARNER → ~LEARNER/lessonkit/feedback

FOLDER belongs to the account that grades. Root itself opens no file of anybody: each is read with the rights of the one account, and
written with those of the other.
"""

import base64
import datetime
import pwd
import sys
from pathlib import Path

from accounts import learners, run_as

from lessonkit.classroom.files import safe
from lessonkit.classroom.lessons import exercises_folder
from lessonkit.commands.printed import counted

LESSONS = sorted(path.stem for path in exercises_folder().glob("*.ipynb"))
SHOWN = 3  # files of a learner that were left out, in the terminal; the learner is told all
NOTEBOOKS = [f"{lesson}.ipynb" for lesson in LESSONS]


def own(account, name):
    """A folder in a learner's workspace."""
    return Path(account.pw_dir) / "lessonkit" / name


def read(account, folder, wanted):
    """Name → content of the wanted files of an account's folder, and name → why it was left out of the others. Nothing in it is trusted."""
    told = run_as(account, "files", str(folder), *wanted)
    found, left = told.get("files"), told.get("left out")
    if not isinstance(found, dict) or not isinstance(left, dict):
        raise OSError("gave no answer that can be read")
    found = {name: base64.b64decode(content) for name, content in found.items() if name in wanted}
    return found, {str(name)[:200]: str(why)[:200] for name, why in left.items()}


def put(account, path, content, way="over"):
    """Write a file with the rights of an account → whether it was written."""
    return run_as(account, "put", str(path), way, given=content)["written"]


def give(learner, account, grader, folder):
    """Give a learner the notebooks that `lessonkit release` made for them. What is there already stays."""
    found, _ = read(grader, folder / "release" / safe(learner), [*NOTEBOOKS, "how-to.html"])
    if found:
        run_as(account, "bring", str(own(account, "")))
    new = [name for name, content in found.items() if put(account, own(account, "hand-in") / name, content, "new")]
    return f"{counted(len(new), 'file')} given, {len(found) - len(new)} there already"


def collect(learner, account, grader, folder):
    """Take what a learner has handed in, and tell them so in `feedback/received.txt`.

    The time of a notebook is that of the collection that first found it so: nobody can set it.
    """
    found, left = read(account, own(account, "hand-in"), NOTEBOOKS)
    left.pop("how-to.html", None)
    now = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M:%S} UTC"
    lines, new = [], 0
    for name, content in found.items():
        place = folder / "submitted" / learner / Path(name).stem
        before, _ = read(grader, place, [name, "timestamp.txt"])
        when = before.get("timestamp.txt", b"").decode() if before.get(name) == content else ""
        if not when:
            put(grader, place / "timestamp.txt", (when := now).encode())
            put(grader, place / name, content)
            new += 1
        lines.append(f"{name}: handed in, as it was at {when}")
    lines += [f"{name}: not handed in: it {why}" for name, why in sorted(left.items())]
    receipt = "\n".join([f"Looked at {now}.", *(lines or ["Nothing is in the folder hand-in."]), ""])
    put(account, own(account, "feedback") / "received.txt", receipt.encode("utf-8", "replace"))
    told = [repr(line) for line in lines[len(found) :]]
    more = [f"and {len(told) - SHOWN} more"] if len(told) > SHOWN else []
    return "; ".join([f"{counted(new, 'notebook')} new, {len(found) - new} as before", *told[:SHOWN], *more])


def give_back(learner, account, grader, folder):
    """Give a learner the pages of their feedback."""
    found, _ = read(grader, folder / "graded" / "feedback" / safe(learner), [f"{lesson}.html" for lesson in LESSONS])
    for name, content in found.items():
        put(account, own(account, "feedback") / name, content)
    return counted(len(found), "page")


def main(task, folder):
    """Do a task for each learner; one who stands in its way costs only themselves."""
    folder = Path(folder).resolve()
    grader = pwd.getpwuid(folder.stat().st_uid)
    if grader.pw_uid == 0 or grader.pw_name in learners():
        raise SystemExit(
            f"{folder} belongs to {grader.pw_name}: it should belong to an account that grades, and is neither root nor a learner"
        )
    failed = 0
    for learner, account in learners().items():
        try:
            print(f"{learner}: {TASKS[task](learner, account, grader, folder)}")
        except (OSError, ValueError, TypeError, KeyError) as error:
            failed += 1
            print(f"{learner}: not done: {error}", file=sys.stderr)
    raise SystemExit(1 if failed else 0)


TASKS = {"give": give, "collect": collect, "return": give_back}

if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in TASKS:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
