"""The commands for people who grade: `release`, `exam`, `instructor`, `teach`, `grade`, `preview`, `policy`, `report`, `export`, `feedback`, `anonymous`, `merge`, `forget`."""

import errno
import os
import shutil
import signal
import sys
from contextlib import closing
from pathlib import Path

from lessonkit.commands.printed import SHOWN, counted, print_changes, print_lines
from lessonkit.commands.results_folder import changing, open_book, people


def run(chosen):
    """Run a command, and return its exit status: 0; 130 after an interrupt; 2, with the reason in a line, if it could not be run."""
    import sqlite3

    from lessonkit.classroom.marking.sandbox import NoSandbox

    if (
        signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    ):  # a script's `&` leaves it so; `kill -INT` stops us all the same
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        chosen.run(chosen)
    except KeyboardInterrupt:
        print("\nlessonkit: stopped. What is graded is kept; the same command goes on from here.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `terminal.printing` ends the command
        raise
    except (NoSandbox, ValueError, OSError, RuntimeError) as error:
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        again = ". What was written before is kept; make room, and type the same command again." if full else ""
        words = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) and error.filename else error
        print(f"lessonkit: {words}{again}", file=sys.stderr)
        return 2
    except sqlite3.Error as error:
        print(
            f"lessonkit: the gradebook cannot be used: {error}. What was written before is kept; make room, or the file "
            "readable, and type the same command again.",
            file=sys.stderr,
        )
        return 2
    return 0


def _roster(chosen):
    """The roster that was named, or None. Lines of it that cannot be used are printed."""
    from lessonkit.classroom.submissions.roster import read_roster

    roster = read_roster(chosen.roster) if chosen.roster else None
    for problem in roster.problems if roster else []:
        print(problem, file=sys.stderr)
    return roster


def run_release(chosen):
    """Write the notebooks that learners get."""
    from lessonkit.classroom.grading.release import release

    written = release(chosen.lessons, chosen.out, _roster(chosen))
    print(f"written to {chosen.out}: {counted(len(written), 'notebook')}")


def run_exam(chosen):
    """Write an exam, and say where it is."""
    import secrets

    from lessonkit.classroom.exam.write import write_exam

    seed = secrets.randbits(40) if chosen.seed is None else chosen.seed
    written, problem = write_exam(chosen.lessons, seed, chosen.seats, chosen.out)
    print(f"written to {chosen.out}: {', '.join(path.name for path in written)}")
    print(f"The same exam again: --seed {seed}. Keep the seed and the key to yourself.")
    if problem:
        print(problem)


def run_instructor(chosen):
    """Write what an instructor keeps, and say where it is."""
    import secrets

    from lessonkit.classroom.grading.release import SHEET
    from lessonkit.teaching.instructor import write

    out = Path(chosen.out)
    if (out / SHEET).exists() or any(out.glob(f"*/{SHEET}")):
        raise ValueError(
            f"{out} has notebooks for students, from `lessonkit release`; name another folder for the answers"
        )
    seed = secrets.randbits(40) if chosen.seed is None else chosen.seed
    written = write(chosen.lessons, chosen.learner, seed, chosen.out)
    print(f"written to {chosen.out}: {counted(len(written), 'file')}; begin with index.html")
    print(f"The same exam items again: --seed {seed}. The folder has all answers: keep it and the seed to yourself.")


def run_teach(chosen):
    """Serve a lesson to a class, until Control-C."""
    from lessonkit.commands.teach import teach

    teach(chosen.lesson, chosen.minutes, chosen.port, chosen.out)


def run_grade(chosen):
    """Grade a class, and say what came of it."""
    from lessonkit.classroom.grading.grade import grade

    if chosen.workers is not None and chosen.workers < 1:
        raise ValueError(f"--workers must be 1 or more, got {chosen.workers}")
    record = grade(
        chosen.submissions,
        chosen.out,
        _roster(chosen),
        chosen.workers,
        chosen.scheduler,
        chosen.seed,
        chosen.unsafe,
        chosen.lesson,
    )
    if not record["submissions"]:
        raise ValueError(f"{chosen.submissions}: no file in it")
    _print_outcomes(record)
    print_changes(record)
    if missing := record["missing"]:
        more = " …" if len(missing) > SHOWN else ""
        print_lines([", ".join(missing[:SHOWN]) + more], f"Nothing from {len(missing)} of the roster:")
    print(
        f"See {Path(chosen.out) / 'grades.csv'}, heatmap.html and feedback beside it; `lessonkit report {chosen.out}` says what to say in class."
    )


def _print_outcomes(record):
    """Print how many submissions were graded, and why others were not; and the notes on those that were."""
    print(", ".join(f"{count} {what}" for what, count in record["counts"].items()), f"in {record['seconds']:.1f} s")
    refused, left_out, notes = [], [], []
    for each in record["submissions"]:
        place, (what, _, why) = repr(each["place"]), each["outcome"].partition(": ")
        if what == "not graded":
            refused.append(f"{place}: {why}")
            continue
        if what == "left out":
            left_out.append(f"{place}: {why}")
        if each["notes"]:
            notes.append(f"{place}: {'; '.join(each['notes'])}")
    print_lines(refused, "Not graded:")
    print_lines(left_out, "Left out:")
    print_lines(notes, "Notes on the other files:")


def run_preview(chosen):
    """Write the pages of an invented class."""
    from lessonkit.classroom.reports import preview

    preview.write(chosen.out)
    print(
        f"written to {chosen.out}: feedback/ada/sample.html, heatmap.html, report.html and the other files of a class"
    )


def run_policy(chosen):
    """Change the rules of a class, write the pages anew, and print the rules and whose marks that changed."""
    from lessonkit.classroom.gradebook.policy import read_deadlines, read_partial
    from lessonkit.classroom.lessons import all_lessons

    new = {
        "attempts": chosen.attempts,
        "late": chosen.late,
        "most": chosen.late_at_most,
        "grace": chosen.grace,
        "deadlines": read_deadlines(chosen.deadlines, all_lessons()) if chosen.deadlines else None,
        "partial": read_partial(chosen.partial) if chosen.partial else None,
    }
    if any(value is not None for value in new.values()):
        with changing(chosen.out, "the rules of the class have changed") as (book, record):
            known = people(book, record)
            for of_lesson in (new["deadlines"] or {}).values():
                if unknown := sorted(set(of_lesson) - known - {""}):
                    raise ValueError(
                        f"{chosen.deadlines}: nobody is called {unknown[0]!r}, neither in the gradebook nor on the roster that was graded with"
                    )
            book.policy = book.policy.changed(**new)
    with closing(open_book(chosen.out)) as book:
        print(book.policy)


def run_report(chosen):
    """Print the report, and what a class voted beside its mistakes; `grade` has written the report as a page."""
    from lessonkit.classroom.reports import before_and_after, mistakes_by_week, report, survey

    with closing(open_book(chosen.out)) as book:
        found = survey.survey(book, mistakes_by_week.rows(book))
    texts = [report.as_text(found, sys.stdout.encoding)]
    if chosen.votes:
        joined = before_and_after.before_and_after(chosen.votes, found)
        texts.append(report.in_encoding(before_and_after.as_text(joined), sys.stdout.encoding))
    print("\n\n".join(texts))
    print(f"As a page: {Path(chosen.out) / 'report.html'}")


def run_export(chosen):
    """Print grades for another system."""
    from lessonkit.classroom.reports.export import export

    roster = _roster(chosen)
    column = {"canvas": "canvas", "moodle": "email"}.get(chosen.to)
    if column and not any(row.get(column) for row in (roster.rows.values() if roster else ())):
        print(
            f"no roster with a column `{column}` was given: {chosen.to.capitalize()} has only the identifier to know learners by",
            file=sys.stderr,
        )
    with closing(open_book(chosen.out)) as book:
        text = export(book, chosen.to, roster)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # it is a file, whatever the terminal shows
    print(text, end="")


def run_feedback(chosen):
    """Write the feedback of a lesson for another system."""
    from lessonkit.classroom.lessons import all_lessons, lesson_called
    from lessonkit.classroom.reports.export import write_feedback

    with closing(open_book(chosen.out)) as book:
        count, others = write_feedback(book, chosen.to, lesson_called(chosen.lesson, all_lessons()), chosen.zip)
    print(f"written to {chosen.zip}: {counted(count, 'page')}")
    print_lines(
        others, f"Their file did not come from {chosen.to.capitalize()}; give them their page yourself:", len(others)
    )


def run_anonymous(chosen):
    """Write the answers of a class without names."""
    from lessonkit.classroom.lessons import all_lessons, lesson_called
    from lessonkit.classroom.reports import anonymous

    with closing(open_book(chosen.out)) as book:
        lesson = chosen.lesson and lesson_called(chosen.lesson, all_lessons())
        count = anonymous.write(book, book.setting("seed", ""), chosen.to, lesson)
    print(f"written to {chosen.to}: {counted(count, 'page')}, and points.csv to fill in for `lessonkit merge`")


def run_merge(chosen):
    """Take points and comments of a person into the gradebook, and write the pages anew."""
    from lessonkit.classroom.gradebook.teacher_points import checked, read_points
    from lessonkit.classroom.lessons import all_lessons
    from lessonkit.classroom.reports.anonymous import code

    rows, without = read_points(chosen.points, chosen.everyone)
    with changing(chosen.out, "points by a person") as (book, record):
        seed = book.setting("seed", "")
        known = {}
        for learner in sorted(people(book, record)):
            for name in (learner, code(learner, seed)):
                known.setdefault(name, []).append(learner)
        ready, told = checked(rows, known, all_lessons())
        book.merge(ready)
    print(
        f"merged: {counted(len(rows), 'line')}"
        + (f"; {counted(without, 'line')} without points left out" if without else "")
    )
    print_lines(told, shown=len(told))


def run_forget(chosen):
    """Delete a learner from the gradebook, the pages and the record of the last run."""
    from lessonkit.classroom.files import safe
    from lessonkit.judging.learner_names import canonical

    # Names are in UTF-8, whatever the encoding of the system.
    learner = canonical(os.fsencode(chosen.learner).decode("utf-8", "replace"))
    with changing(chosen.out, "") as (book, record):
        known = {each.learner for each in book.outcomes()} | {
            *record["learners"],
            *(each["learner"] for each in record["submissions"]),
        }
        told = [line for line in record["roster"] if repr(learner) in line]
        if learner not in known and not told:
            raise ValueError(f"nobody is called {learner!r} in {chosen.out}; nothing is deleted")
        count = book.forget(learner)
        feedback = Path(chosen.out) / "feedback" / safe(learner)
        if feedback.exists():
            shutil.rmtree(feedback)
        for names in ("learners", "missing"):
            record[names] = [each for each in record[names] if each != learner]
        record["roster"] = [line for line in record["roster"] if line not in told]
        record["submissions"] = [
            each | {"notes": [note for note in each["notes"] if repr(learner) not in note]}
            for each in record["submissions"]
            if each["learner"] != learner and repr(learner) not in each["outcome"]
        ]
    print(f"deleted from {chosen.out}: {learner}, with {counted(count, 'attempt')}")
