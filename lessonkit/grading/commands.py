"""The commands of those who grade: `lessonkit release`, `grade`, `report`, `export`, `merge`, `forget`."""

import argparse
import errno
import os
import shutil
import sys
import unicodedata
from contextlib import closing
from pathlib import Path

SHOWN = 20  # lines of a kind in the closing summary; run.json has all


def absolute(path):
    """The type of every argument that is a path: the commands run in another folder than the one that it is named from."""
    try:
        named, tidy = Path(path).absolute(), Path(os.path.abspath(path))
        return tidy if os.path.realpath(named) == os.path.realpath(tidy) else named  # they differ where `..` follows a symbolic link
    except FileNotFoundError:
        raise argparse.ArgumentTypeError(f"{path}: the folder that you are in has been deleted") from None


def add_to(commands):
    """Add the commands to a parser's."""
    new = commands.add_parser("release", help="write the exercise notebooks that students get")
    new.add_argument("lessons", nargs="*", metavar="LESSON", help="such as 05-adam, or 05; none for all")
    new.add_argument("--out", required=True, type=absolute, metavar="DIR", help="folder to write to")
    new.add_argument("--roster", type=absolute, metavar="CSV", help="a notebook for each learner, which knows who they are")
    new.set_defaults(run=run_release)

    new = commands.add_parser("grade", help="grade a folder or a zip of submitted notebooks")
    new.add_argument("submissions", type=absolute, help="a folder for each learner, nbgrader's submitted/, a zip from Canvas or Moodle, loose notebooks")
    new.add_argument("--out", required=True, type=absolute, metavar="DIR", help="folder for gradebook, grades, feedback and the map of mistakes")
    new.add_argument("--roster", type=absolute, metavar="CSV", help="who is in the class: columns learner and, where there are, name, email, login, canvas, moodle")
    where = new.add_mutually_exclusive_group()
    where.add_argument("--workers", type=int, metavar="N", help="processes (default: one for each core)")
    where.add_argument("--scheduler", metavar="ADDRESS", help="a Dask scheduler, such as tcp://10.0.0.1:8786, whose workers do the work")
    new.add_argument("--seed", type=int, help="draws what functions are asked (default: drawn once for DIR, and kept there)")
    new.add_argument("--unsafe", action="store_true", help="run without a sandbox: only for files that you wrote yourself")
    new.set_defaults(run=run_grade)

    new = commands.add_parser("report", help="how the class did, and what to say about it")
    new.add_argument("out", type=absolute, metavar="DIR", help="the folder that was graded into")
    new.set_defaults(run=run_report)

    new = commands.add_parser("export", help="grades for Canvas, for Moodle, or part by part as CSV")
    new.add_argument("out", type=absolute, metavar="DIR", help="the folder that was graded into")
    new.add_argument("--to", required=True, choices=["canvas", "moodle", "csv"])
    new.add_argument("--roster", type=absolute, metavar="CSV")
    new.set_defaults(run=run_export)

    new = commands.add_parser("merge", help="points and comments that a person gave, into the gradebook")
    new.add_argument("points", type=absolute, metavar="CSV", help="columns learner, lesson, part, points and, where you like, out_of and comment")
    new.add_argument("out", type=absolute, metavar="DIR", help="the folder that was graded into")
    new.set_defaults(run=run_merge)

    new = commands.add_parser("forget", help="delete all that is kept about a learner")
    new.add_argument("learner")
    new.add_argument("out", type=absolute, metavar="DIR", help="the folder that was graded into")
    new.set_defaults(run=run_forget)


def run(chosen):
    """Run a command; its exit status: 0, 130 where it was interrupted, or 2 where it could not be run, with the reason in a line."""
    import sqlite3

    from lessonkit.grading.sandbox import NoSandbox

    try:
        chosen.run(chosen)
    except KeyboardInterrupt:
        print("\nlessonkit: stopped. What is graded is kept; the same command goes on from here.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # nobody reads what is printed any more, see `terminal.printing`
        raise
    except (NoSandbox, ValueError, OSError, RuntimeError) as error:
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        again = ". What was written before is kept; make room, and type the same command again." if full else ""
        words = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) and error.filename else error
        print(f"lessonkit: {words}{again}", file=sys.stderr)
        return 2
    except sqlite3.Error as error:
        print(f"lessonkit: the gradebook cannot be used: {error}. What was written before is kept; make room, or the file "
              "readable, and type the same command again.", file=sys.stderr)
        return 2
    return 0


def _roster(chosen):
    """The roster that was named, or None; lines of it that cannot be used are told."""
    from lessonkit.grading.submissions import read_roster

    roster = read_roster(chosen.roster) if chosen.roster else None
    for problem in roster.problems if roster else []:
        print(problem, file=sys.stderr)
    return roster


def _book(out):
    from lessonkit.grading.book import Book

    path = Path(out) / "gradebook.sqlite"
    if not path.exists():
        raise FileNotFoundError(f"{out}: no gradebook here; expected the folder that `lessonkit grade` wrote to")
    return Book(path)


def run_release(chosen):
    """Write student notebooks."""
    from lessonkit.grading.release import release

    written = release(chosen.lessons, chosen.out, _roster(chosen))
    print(f"written to {chosen.out}: {_count(written, 'notebook')}")


def run_grade(chosen):
    """Grade a class, and say what came of it."""
    from lessonkit.grading.grade import grade

    if chosen.workers is not None and chosen.workers < 1:
        raise ValueError(f"--workers must be 1 or more, got {chosen.workers}")
    record = grade(chosen.submissions, chosen.out, _roster(chosen), chosen.workers, chosen.scheduler, chosen.seed, chosen.unsafe)
    if not record["submissions"]:
        raise ValueError(f"{chosen.submissions}: no notebook (.ipynb) in it")
    print(", ".join(f"{count} {what}" for what, count in record["counts"].items()), f"in {record['seconds']:.1f} s")
    refused = [each for each in record["submissions"] if each["outcome"].startswith("not graded")]
    _tell([f"{each['place']!r}: {each['outcome'].removeprefix('not graded: ')}" for each in refused], "Not graded:")
    _tell([f"{each['place']!r}: {'; '.join(each['notes'])}" for each in record["submissions"] if each["notes"] and each not in refused],
          "To know of the others:")
    if record["missing"]:
        _tell([f"{', '.join(record['missing'][:SHOWN])}{' …' * (len(record['missing']) > SHOWN)}"], f"Nothing from {len(record['missing'])} of the roster:")
    print(f"See {Path(chosen.out) / 'grades.csv'}, heatmap.html and feedback beside it; `lessonkit report {chosen.out}` says what to say in class.")


def _count(things, name):
    return f"{len(things)} {name}{'s' * (len(things) != 1)}"


def _tell(lines, title=None):
    if lines and title:
        print(title)
    for line in lines[:SHOWN]:
        print(f"  {line}")
    if len(lines) > SHOWN:
        print(f"  … and {len(lines) - SHOWN} more like these: see run.json")


def run_report(chosen):
    """Print the report; its page is there since the class was graded."""
    from lessonkit.grading import report

    with closing(_book(chosen.out)) as book:
        print(report.as_text(report.survey(book)))
    print(f"As a page: {Path(chosen.out) / 'report.html'}")


def run_export(chosen):
    """Print grades for another system."""
    from lessonkit.grading.export import export

    roster = _roster(chosen)
    column = {"canvas": "canvas", "moodle": "email"}.get(chosen.to)
    if column and not any(row.get(column) for row in (roster.rows.values() if roster else ())):
        print(f"no roster with a column `{column}` was given: {chosen.to.capitalize()} has only the identifier to know learners by", file=sys.stderr)
    with closing(_book(chosen.out)) as book:
        text = export(book, chosen.to, roster)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # it is a file, whatever the terminal shows
    print(text, end="")


def run_merge(chosen):
    """Take over what a person gave, and write the pages anew."""
    from lessonkit.grading.book import alone
    from lessonkit.grading.by_person import checked, read_points
    from lessonkit.grading.lessons import all_lessons
    from lessonkit.grading.results import write_all

    rows = read_points(chosen.points)
    with closing(_book(chosen.out)) as book, alone(chosen.out):
        record = _record(chosen.out)
        told = checked(rows, book, record["learners"], all_lessons())
        book.merge(rows)
        write_all(book, chosen.out, record)
    print(f"merged: {_count(rows, 'line')}")
    _tell(told)


def run_forget(chosen):
    """Delete a learner from the gradebook, the pages and the record of the last run."""
    from lessonkit.grading.book import alone
    from lessonkit.grading.pages import safe
    from lessonkit.grading.results import write_all
    from lessonkit.grading.submissions import as_utf8

    learner = unicodedata.normalize("NFC", as_utf8(chosen.learner))
    with closing(_book(chosen.out)) as book, alone(chosen.out):
        record, feedback = _record(chosen.out), Path(chosen.out) / "feedback" / safe(learner)
        known = {each for each, _ in book.points()[0]} | {*record["learners"], *(each["learner"] for each in record["submissions"])}
        if learner not in known:
            raise ValueError(f"nobody is called {learner!r} in {chosen.out}; nothing is deleted")
        count = book.forget(learner)
        if feedback.exists():
            shutil.rmtree(feedback)
        for names in ("learners", "missing"):
            record[names] = [each for each in record[names] if each != learner]
        record["submissions"] = [each for each in record["submissions"] if each["learner"] != learner]
        write_all(book, chosen.out, record)
    print(f"deleted from {chosen.out}: {learner}, with {_count(range(count), 'submission')}")


def _record(out):
    """The record of the last run; an empty one where that was stopped before it wrote one."""
    import json

    path = Path(out) / "run.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"learners": [], "missing": [], "submissions": []}
