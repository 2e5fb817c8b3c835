"""The arguments of the commands of those who teach and grade: what can be typed after `lessonkit slides`, `grade` and the others."""

import argparse
import os
from pathlib import Path

from lessonkit.commands import classroom as do
from lessonkit.commands.slides import run_slides


def absolute(path):
    """The type of every argument that is a path: the commands run in another folder than the one that it is named from."""
    try:
        named, tidy = Path(path).absolute(), Path(os.path.abspath(path))
        return (
            tidy if os.path.realpath(named) == os.path.realpath(tidy) else named
        )  # they differ where `..` follows a symbolic link
    except FileNotFoundError:
        raise argparse.ArgumentTypeError(f"{path}: the folder that you are in has been deleted") from None


def add_to(commands):
    """Add the commands to a parser's."""

    def command(name, run, help, graded=True):
        new = commands.add_parser(name, help=help)
        new.set_defaults(run=run)
        if graded:
            new.add_argument("out", type=absolute, metavar="DIR", help="the folder that was graded into")
        return new

    new = command(
        "slides", run_slides, "write a lesson's slides for a class, with speaker view, plan and handout", graded=False
    )
    new.add_argument("lesson", metavar="LESSON", help="such as 05-adam, or 05")
    new.add_argument(
        "--minutes", type=int, choices=(50, 75, 90), default=50, help="how long the class is (default: 50)"
    )
    new.add_argument("--out", required=True, type=absolute, metavar="DIR", help="folder to write to")

    new = command("release", do.run_release, "write the exercise notebooks that learners get", graded=False)
    new.add_argument("lessons", nargs="*", metavar="LESSON", help="such as 05-adam, or 05; none for all")
    new.add_argument("--out", required=True, type=absolute, metavar="DIR", help="folder to write to")
    new.add_argument(
        "--roster", type=absolute, metavar="CSV", help="a notebook for each learner, which knows who they are"
    )

    new = command(
        "exam", do.run_exam, "write an exam on paper, with a variant for each seat, key and rubric", graded=False
    )
    new.add_argument("--lessons", nargs="+", required=True, metavar="LESSON", help="such as 05-adam, or 05")
    new.add_argument("--out", required=True, type=absolute, metavar="DIR", help="folder to write to")
    new.add_argument("--seats", type=int, default=1, metavar="N", help="how many variants (default: 1)")
    new.add_argument(
        "--seed", type=int, help="draws the questions (default: drawn at random, and printed); keep it to yourself"
    )

    new = command(
        "instructor",
        do.run_instructor,
        "answers to all tasks, a syllabus, packages for Canvas and Moodle",
        graded=False,
    )
    new.add_argument("lessons", nargs="*", metavar="LESSON", help="such as 05-adam, or 05; none for all")
    new.add_argument(
        "--out", required=True, type=absolute, metavar="DIR", help="folder to write to; keep it to yourself"
    )
    new.add_argument(
        "--learner", default="ada", metavar="NAME", help="for whom the exercises are solved (default: ada, an example)"
    )
    new.add_argument(
        "--seed",
        type=int,
        help="draws the exam items for Canvas and Moodle (default: drawn at random, and printed); keep it to yourself",
    )

    new = command(
        "teach", do.run_teach, "a lesson's slides for the projector, and votes on the phones of a class", graded=False
    )
    new.add_argument("lesson", metavar="LESSON", help="such as 05-adam, or 05")
    new.add_argument("--minutes", type=int, choices=(50, 75, 90), default=50, help="length of the class (default: 50)")
    new.add_argument("--port", type=port, help="0 for any that is free (default: 8765)")
    new.add_argument(
        "--out",
        type=absolute,
        default=".",
        metavar="FOLDER",
        help="folder for the votes, or a file that ends in .sqlite (default: here)",
    )

    new = command("grade", do.run_grade, "grade a folder or a zip of submitted notebooks", graded=False)
    new.add_argument(
        "submissions",
        type=absolute,
        help="a folder for each learner, nbgrader's submitted/, a zip from Canvas or Moodle, loose notebooks",
    )
    new.add_argument(
        "--out",
        required=True,
        type=absolute,
        metavar="DIR",
        help="folder for gradebook, grades, feedback and the map of mistakes",
    )
    new.add_argument(
        "--lesson", metavar="LESSON", help="what is handed in here, such as 05; by default as folders or notebooks say"
    )
    new.add_argument(
        "--roster",
        type=absolute,
        metavar="CSV",
        help="who is in the class: columns learner and, where there are, name, email, login, canvas, moodle",
    )
    where = new.add_mutually_exclusive_group()
    where.add_argument("--workers", type=int, metavar="N", help="processes (default: one for each core)")
    where.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="a Dask scheduler, such as tcp://10.0.0.1:8786, whose workers do the work",
    )
    new.add_argument(
        "--seed", type=int, help="draws what functions are asked (default: drawn once for DIR, and kept there)"
    )
    new.add_argument(
        "--unsafe", action="store_true", help="run without a sandbox: only for files that you wrote yourself"
    )

    new = command("preview", do.run_preview, "sample pages of an invented class, to see how they look", graded=False)
    new.add_argument("--out", required=True, type=absolute, metavar="DIR", help="folder to write to")

    new = command(
        "policy",
        do.run_policy,
        "deadlines, what lateness costs, which attempt counts, credit for named mistakes; without options, what holds now",
    )
    new.add_argument(
        "--deadlines",
        type=absolute,
        metavar="CSV",
        help="columns lesson, deadline and, for an extension, learner; takes the place of all earlier ones",
    )
    new.add_argument(
        "--late",
        type=_percent,
        metavar="PERCENT",
        help="of a lesson's points, for each day that has begun after the deadline; 0 for none",
    )
    new.add_argument("--late-at-most", type=_percent, metavar="PERCENT", help="the most that lateness can cost")
    new.add_argument("--grace", type=_minutes, metavar="MINUTES", help="after the deadline that do not count as late")
    new.add_argument("--attempts", choices=["last", "best"], help="which attempt counts")
    new.add_argument(
        "--partial",
        type=absolute,
        metavar="CSV",
        help="columns mistake and share: of a part's points that a named mistake leaves",
    )

    new = command("report", do.run_report, "how the class did, and what to say about it")
    new.add_argument(
        "--votes",
        nargs="+",
        type=absolute,
        metavar="FILE",
        help="files of `lessonkit teach`: what the class believed, what it believes now, and what to do in the next hour",
    )

    new = command(
        "export", do.run_export, "grades for Canvas or Moodle, or tables of parts, attempts and items, as CSV"
    )
    new.add_argument("--to", required=True, choices=["canvas", "moodle", "csv", "attempts", "items"])
    new.add_argument("--roster", type=absolute, metavar="CSV")

    new = command("feedback", do.run_feedback, "the feedback of a lesson as a zip that Canvas or Moodle takes back")
    new.add_argument("--to", required=True, choices=["canvas", "moodle"])
    new.add_argument("--lesson", required=True, metavar="LESSON", help="such as 05-adam, or 05")
    new.add_argument("--zip", required=True, type=absolute, metavar="FILE", help="the zip to write")

    new = command(
        "anonymous", do.run_anonymous, "answers without names, for people who grade; `merge` takes their points back"
    )
    new.add_argument("--out", required=True, type=absolute, metavar="FOLDER", dest="to", help="folder to write to")
    new.add_argument("--lesson", metavar="LESSON", help="such as 05-adam, or 05; all by default")

    new = commands.add_parser("merge", help="points and comments that a person gave, into the gradebook")
    new.add_argument(
        "points",
        type=absolute,
        metavar="CSV",
        help="columns learner, lesson, part, points and, where you like, out_of and comment",
    )
    new.add_argument("out", type=absolute, metavar="DIR", help="the folder that was graded into")
    new.add_argument(
        "--everyone",
        action="store_true",
        help="a new part is worth its out_of for all learners, also for those who have no line",
    )
    new.set_defaults(run=do.run_merge)

    new = commands.add_parser("forget", help="delete all that is kept about a learner")
    new.add_argument("learner")
    new.add_argument("out", type=absolute, metavar="DIR", help="the folder that was graded into")
    new.set_defaults(run=do.run_forget)


def port(text):
    """The type of an argument that is a port."""
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 65535, got {text!r}")
    return int(text)


def _percent(text):
    """A share from a percentage, with or without its sign."""
    value = _float(text.rstrip("% "))
    if value is None or not 0 <= value <= 100:
        raise argparse.ArgumentTypeError(f"expected a percentage from 0 to 100, got {text!r}")
    return value / 100


def _minutes(text):
    """A number of minutes."""
    value = _float(text)
    if value is None or not 0 <= value < 1e9:
        raise argparse.ArgumentTypeError(f"expected minutes, 0 or more, got {text!r}")
    return value


def _float(text):
    try:
        return float(text)
    except ValueError:
        return None
