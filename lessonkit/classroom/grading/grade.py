"""Grades a class: finds the submissions, gives them to workers, writes down what comes back, and then the pages."""

import collections
import concurrent.futures
import contextlib
import datetime
import gc
import importlib
import multiprocessing
import os
import secrets
import signal
import socket
import sys
import threading
import time
from importlib.metadata import version
from pathlib import Path

from tqdm import tqdm

from lessonkit.classroom.gradebook.book import Book, locked
from lessonkit.classroom.gradebook.changes import changes, summaries
from lessonkit.classroom.grading.plan import plan
from lessonkit.classroom.lessons import all_lessons, lesson_called
from lessonkit.classroom.marking.marks import mark
from lessonkit.classroom.marking.sandbox import NoSandbox, Sandbox
from lessonkit.classroom.reports.results import write_all
from lessonkit.classroom.submissions.find import find
from lessonkit.classroom.submissions.notebook_file import Unreadable
from lessonkit.classroom.submissions.submission import course, digest

BATCH = 10  # submissions a task at most: few enough that a lost worker or a killed run costs little, enough that sending costs less
ATTEMPTS = 3
FAILED = "could not be graded"
_here = threading.local()  # a Dask worker may have several threads, each with a sandbox of its own


def grade(path, out, roster=None, workers=None, scheduler=None, seed=None, unsafe=False, lesson=None):
    """Grade all submissions below `path`, those that are new or have changed.

    Parameters
    ----------
    path : path of a folder or a zip; see `submissions.find`
    out : path of the folder for gradebook, grades, feedback and the map of mistakes
    roster : Roster or None
    workers : int or None
        Processes; by default one for each core.
    scheduler : str or None
        Address of a Dask scheduler, whose workers then do the work.
    seed : int or None
        Draws what functions are asked; by default drawn once for `out`, and kept in its gradebook.
    unsafe : bool
        Run without a sandbox: for files of one's own.
    lesson : str or None
        What everything below `path` answers, such as ``"05-adam"``. None: what its folder says, else what it says itself.

    Returns
    -------
    dict
        What `run.json` holds: counts, what became of each submission, whose marks changed and why, versions, seconds.
    """
    start, began, out = (
        time.perf_counter(),
        datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        Path(out),
    )
    if out.resolve().is_relative_to(Path(path).resolve()):  # where learners can put a gradebook of their own
        raise ValueError(f"{out} is among the submissions; name a folder outside of {path} for what comes of them")
    if not scheduler:
        with contextlib.closing(Sandbox(unsafe)) as sandbox:
            sandbox.check()
    lessons = all_lessons()
    lesson = lesson and lesson_called(lesson, lessons)
    files = find(path, lessons, roster)
    out.mkdir(parents=True, exist_ok=True)
    with locked(out), contextlib.closing(Book(out / "gradebook.sqlite")) as book:
        kept = int(book.setting("seed", secrets.randbits(62) if seed is None else seed))
        if seed not in (None, kept):
            raise ValueError(
                f"{out} was begun with the seed {kept}, not {seed}; leave --seed away, or take another folder"
            )
        before = summaries(book)
        submissions = plan(files, lessons, roster, kept, book.known(), lesson)
        book.write(
            [each.attempt() for each in submissions if each.outcome == "as before"]
        )  # when and where it was handed in
        threading.Thread(
            target=importlib.import_module, args=("lessonkit.display.figures",)
        ).start()  # for the map; meanwhile workers work
        _work([each for each in submissions if not each.outcome], book, _executor(workers, scheduler), kept, unsafe)
        counts = collections.Counter(each.outcome.split(":")[0] for each in submissions)
        record = {
            "versions": {name: version(name) for name in ("lessonkit", "numpy")},
            "seed": kept,
            "started": began,
            "seconds": round(time.perf_counter() - start, 3),
            "counts": dict(sorted(counts.items())),
            "learners": sorted(roster.rows) if roster else [],
            "roster": roster.problems if roster else [],
            "missing": sorted(set(roster.rows) - {each.learner for each in submissions}) if roster else [],
            "submissions": [each.told() for each in submissions],
            **changes(before, summaries(book)),
        }
        write_all(book, out, record)
    if failed := [each for each in submissions if FAILED in each.outcome]:
        raise RuntimeError(
            f"{len(failed)} submissions could not be graded in {ATTEMPTS} attempts, {failed[0].file.place!r} first "
            f"({failed[0].outcome.partition(FAILED)[2].lstrip(': ')}); all others are. Run the same command again, or see run.json"
        )
    return record


def _executor(workers, scheduler):
    """What gives work to processes, here or on a cluster: a function that makes it, as it may break and be made again."""
    if scheduler:
        return lambda: _cluster(scheduler)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return lambda: _pool(workers or cores)


@contextlib.contextmanager
def _pool(workers):
    """Processes on this machine as an executor, and a function that says how many there are."""
    context = multiprocessing.get_context("spawn")
    os.environ["PYTHONSAFEPATH"] = (
        "1"  # a new Python would else import from the working folder, which may hold submissions
    )
    with concurrent.futures.ProcessPoolExecutor(workers, context, initializer=_end_with_the_grader) as executor:
        yield executor, lambda: workers


def _end_with_the_grader():
    """In a worker: stop at once when the grader does, by an interrupt, or because it was killed."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.set_threshold(100_000)  # what is known about the rules is large, and stays

    def wait():
        multiprocessing.parent_process().join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


@contextlib.contextmanager
def _cluster(scheduler):
    """The workers of a Dask scheduler as an executor, and how many there are."""
    try:
        from distributed import Client
    except ImportError:
        raise RuntimeError(
            "--scheduler needs Dask: pip install 'lessonkit[cluster]', here and where the workers run"
        ) from None
    try:
        client = Client(scheduler, timeout=20, set_as_default=False)
    except (OSError, ValueError) as error:
        raise RuntimeError(f"no Dask scheduler answers at {scheduler}: {error}") from None
    with client, client.get_executor() as executor:
        for address, told in client.run(described, on_error="return").items():
            if unfit := _unfit(told, described()):
                raise NoSandbox(f"the Dask worker at {address} {unfit}")
        yield executor, lambda: max(1, sum(client.nthreads().values()))


def described():
    """What the marks of this process depend on beside the submissions: the course and NumPy, and whether it trusts its working folder."""
    return {"course": course(), "numpy": version("numpy"), "safe": bool(sys.flags.safe_path)}


def _unfit(told, expected):
    """In words, why a worker that describes itself so must not grade; None where it may."""
    if not isinstance(told, dict):
        return f"has another version of the course, which cannot say what it is ({type(told).__name__}: {told}); install the same one there"[
            :500
        ]
    if not told["safe"]:
        return "imports from its working folder, which a submission could reach; start it with `PYTHONSAFEPATH=1 dask worker …`"
    for what, name in (("course", "the course"), ("numpy", "NumPy")):
        if told[what] != expected[what]:
            return f"has another version of {name} ({told[what][:12]}, here {expected[what][:12]}), and its marks could differ; install the same one there"
    return None


def _work(todo, book, make_executor, seed, unsafe):
    """Grade submissions in batches, and write each batch down when it is done.

    Where a batch comes to nothing, as its worker is lost, which may be the doing of any that was being graded then, its
    submissions are graded once more, one by one.
    """
    size = min(BATCH, 1 + len(todo) // 20)  # of a small class smaller ones, so that every worker has some
    batches = collections.deque((todo[i : i + size], 1) for i in range(0, len(todo), size))
    with tqdm(total=len(todo), desc="grading", unit="submission", disable=None if todo else True) as progress:

        def harvest(future, batch, attempt):
            if (error := _failure(future)) is None:
                _write_down(batch, future.result(), book)
                progress.update(len(batch))
            elif attempt < ATTEMPTS:
                batches.extend(([each], attempt + 1) for each in batch)
            else:
                for each in batch:
                    each.refuse(f"{FAILED}: {error}")

        while batches:
            with make_executor() as (executor, workers):
                waiting = {}
                try:
                    while waiting or batches:
                        while batches and len(waiting) < (2 * workers() if batches[0][1] == 1 else 1):
                            waiting[_given(executor, batches[0][0], seed, unsafe)] = batches[0]
                            batches.popleft()
                        for future in concurrent.futures.wait(
                            waiting, return_when=concurrent.futures.FIRST_COMPLETED
                        ).done:
                            harvest(future, *waiting.pop(future))
                except concurrent.futures.BrokenExecutor:  # no more can be given to these workers
                    for future in concurrent.futures.wait(waiting).done:
                        harvest(future, *waiting[future])
                except BaseException:
                    for future in waiting:
                        future.cancel()
                    raise


def _given(executor, batch, seed, unsafe):
    """The future of a batch, whose answers are read now."""
    jobs = []
    for each in batch:
        if each.outcome:  # refused when it was given before
            continue
        try:
            answers = each.answers()
        except (Unreadable, OSError) as error:
            each.refuse(f"cannot be read any more: {error}")
            continue
        if digest(each, answers, seed) != each.digest:
            each.refuse("changed while it was waiting; run the same command again")
            continue
        jobs.append((each.lesson, each.numbers_of, answers, each.claim))
    return executor.submit(grade_batch, jobs, seed, unsafe, described())


def _failure(future):
    """In words, why a batch came to nothing; None where it did not. NoSandbox where a worker has none, as no other try helps."""
    try:
        future.result()
    except NoSandbox:
        raise
    except Exception as error:  # its worker was lost, here or elsewhere, or there is a fault in the course
        return f"{type(error).__name__}: {error}"[:300]


def _write_down(batch, marks, book):
    graded = [each for each in batch if not each.outcome]
    book.write([each.attempt(parts) for each, parts in zip(graded, marks, strict=True)])
    for each in graded:
        each.outcome = "graded"


def grade_batch(jobs, seed, unsafe=False, expected=None):
    """The marks of several submissions (lesson, learner, answers, claim), in a worker; its sandbox stays warm between batches.

    NoSandbox where the worker is not as the grader is, `expected`: it may have joined late, and given other marks without a word.
    """
    if expected and (unfit := _unfit(described(), expected)):
        raise NoSandbox(f"the worker on {socket.gethostname()} {unfit}")
    if getattr(_here, "sandbox", None) is None or _here.sandbox.unsafe != unsafe:
        made = Sandbox(unsafe)
        made.check()
        _here.sandbox = made
    return [mark(lesson, learner, answers, _here.sandbox, seed, claim) for lesson, learner, answers, claim in jobs]
