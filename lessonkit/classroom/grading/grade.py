"""Grades a class: finds the submissions, gives them to workers, and writes the pages."""

import collections
import contextlib
import datetime
import functools
import importlib
import secrets
import threading
import time
from importlib.metadata import version
from pathlib import Path

from lessonkit.classroom.gradebook.book import Book, locked
from lessonkit.classroom.gradebook.changes import changes, summaries
from lessonkit.classroom.grading.batches import ATTEMPTS, FAILED, grade_in_batches
from lessonkit.classroom.grading.plan import plan
from lessonkit.classroom.grading.workers import cluster, processes
from lessonkit.classroom.lessons import all_lessons, lesson_called
from lessonkit.classroom.marking.sandbox import Sandbox
from lessonkit.classroom.reports.results import write_all
from lessonkit.classroom.submissions.find import find


def grade(path, out, roster=None, workers=None, scheduler=None, seed=None, unsafe=False, lesson=None):
    """Grade all submissions below `path` that are new or have changed.

    Parameters
    ----------
    path : path of a folder or a zip; see `submissions.find`
    out : path of the folder for gradebook, grades, feedback and the map of mistakes
    roster : Roster or None
    workers : int or None
        Number of processes; by default one for each core.
    scheduler : str or None
        Address of a Dask scheduler, whose workers then grade.
    seed : int or None
        Seed of the inputs that functions are tried on; by default drawn once for `out`, and kept in its gradebook.
    unsafe : bool
        Run without a sandbox: only for files that one wrote oneself.
    lesson : str or None
        The lesson that everything below `path` answers, such as ``"05-adam"``. None: as folders say, else as each notebook says.

    Returns
    -------
    dict
        What `run.json` holds: counts, what became of each submission, whose marks changed and why, versions, seconds.

    Raises
    ------
    ValueError
        If `out` is below `path`, or was begun with another seed.
    RuntimeError
        If some submissions could not be graded; all others are.
    """
    start, started = time.perf_counter(), datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    out = Path(out)
    if out.resolve().is_relative_to(Path(path).resolve()):  # learners could put a gradebook of their own there
        raise ValueError(f"{out} is among the submissions; name a folder outside of {path} for what comes of them")
    if not scheduler:
        with contextlib.closing(Sandbox(unsafe)) as sandbox:
            sandbox.check()
    lessons = all_lessons()
    lesson = lesson and lesson_called(lesson, lessons)
    files = find(path, lessons, roster)
    out.mkdir(parents=True, exist_ok=True)
    with locked(out), contextlib.closing(Book(out / "gradebook.sqlite")) as book:
        seed = _seed(book, seed, out)
        before = summaries(book)
        submissions = plan(files, lessons, roster, seed, book.known(), lesson)
        known = [each.attempt() for each in submissions if each.outcome == "as before"]
        book.write(known)  # the same answers may have been handed in again, at another time or place
        # The map of mistakes needs Matplotlib, which takes long to import: do it while the workers grade.
        threading.Thread(target=importlib.import_module, args=("lessonkit.display.figures",)).start()
        make_executor = functools.partial(cluster, scheduler) if scheduler else functools.partial(processes, workers)
        grade_in_batches([each for each in submissions if not each.outcome], book, make_executor, seed, unsafe)
        record = {
            "versions": {name: version(name) for name in ("lessonkit", "numpy")},
            "seed": seed,
            "started": started,
            "seconds": round(time.perf_counter() - start, 3),
            **_told(submissions, roster),
            **changes(before, summaries(book)),
        }
        write_all(book, out, record)
    _raise_if_failed(submissions)
    return record


def _seed(book, seed, out):
    """The seed that the gradebook keeps; ValueError if `seed` is another one."""
    kept = int(book.setting("seed", secrets.randbits(62) if seed is None else seed))
    if seed not in (None, kept):
        raise ValueError(f"{out} was begun with the seed {kept}, not {seed}; leave --seed away, or take another folder")
    return kept


def _told(submissions, roster):
    """What the record says of the submissions and the roster."""
    counts = collections.Counter(each.outcome.split(":")[0] for each in submissions)
    return {
        "counts": dict(sorted(counts.items())),
        "learners": sorted(roster.rows) if roster else [],
        "roster": roster.problems if roster else [],
        "missing": sorted(set(roster.rows) - {each.learner for each in submissions}) if roster else [],
        "submissions": [each.told() for each in submissions],
    }


def _raise_if_failed(submissions):
    failed = [each for each in submissions if FAILED in each.outcome]
    if failed:
        reason = failed[0].outcome.partition(FAILED)[2].lstrip(": ")
        raise RuntimeError(
            f"{len(failed)} submissions could not be graded in {ATTEMPTS} attempts, {failed[0].file.place!r} first "
            f"({reason}); all others are. Run the same command again, or see run.json"
        )
