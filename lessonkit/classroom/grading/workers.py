"""The workers that grade: processes on this machine, or those of a Dask cluster. Each has a sandbox of its own."""

import concurrent.futures
import contextlib
import gc
import multiprocessing
import os
import signal
import socket
import sys
import threading
from importlib.metadata import version

from lessonkit.classroom.marking.marks import mark
from lessonkit.classroom.marking.sandbox import NoSandbox, Sandbox
from lessonkit.classroom.submissions.submission import course_digest

_here = threading.local()  # a Dask worker may have several threads, each with a sandbox of its own


@contextlib.contextmanager
def processes(workers=None):
    """An executor of processes on this machine, and a function that gives their number; by default one for each core."""
    if workers is None:
        workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    context = multiprocessing.get_context("spawn")
    # A new Python would import from the working folder, which may hold submissions.
    os.environ["PYTHONSAFEPATH"] = "1"
    with concurrent.futures.ProcessPoolExecutor(workers, context, initializer=_end_with_the_grader) as executor:
        yield executor, lambda: workers


def _end_with_the_grader():
    """In a worker: stop at once when the grader stops, after an interrupt or because it was killed."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.set_threshold(
        100_000
    )  # the catalogue of mistakes is large and is never freed, so frequent collections are wasted

    def wait():
        multiprocessing.parent_process().join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


@contextlib.contextmanager
def cluster(scheduler):
    """The workers of a Dask scheduler as an executor, and a function that gives their number, which may change."""
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
        for address, found in client.run(described, on_error="return").items():
            if reason := _unfit(found, described()):
                raise NoSandbox(f"the Dask worker at {address} {reason}")
        yield executor, lambda: max(1, sum(client.nthreads().values()))


def described():
    """What marks depend on besides the submissions: the course, NumPy, and whether this process ignores its working folder."""
    return {"course": course_digest(), "numpy": version("numpy"), "safe": bool(sys.flags.safe_path)}


def _unfit(found, expected):
    """Why a worker must not grade, in words; None if it may.

    found, expected : what `described` gives in the worker and here; `found` is an exception if the worker has no such function
    """
    if not isinstance(found, dict):
        reason = f"({type(found).__name__}: {found}); install the same one there"
        return f"has another version of the course, which cannot say what it is {reason}"[:500]
    if not found["safe"]:
        return "imports from its working folder, which a submission could reach; start it with `PYTHONSAFEPATH=1 dask worker …`"
    for key, name in (("course", "the course"), ("numpy", "NumPy")):
        if found[key] != expected[key]:
            versions = f"{found[key][:12]}, here {expected[key][:12]}"
            return f"has another version of {name} ({versions}), and its marks could differ; install the same one there"
    return None


def grade_batch(jobs, seed, unsafe=False, expected=None):
    """In a worker: the marks of several submissions. The sandbox stays warm between batches.

    Parameters
    ----------
    jobs : list of (lesson, learner, answers, claim)
    seed : int
    unsafe : bool
    expected : dict, as `described` gives it in the grader

    Raises
    ------
    NoSandbox
        If this worker differs from the grader. It may have joined late, and would give other marks without notice.
    """
    if expected and (reason := _unfit(described(), expected)):
        raise NoSandbox(f"the worker on {socket.gethostname()} {reason}")
    if getattr(_here, "sandbox", None) is None or _here.sandbox.unsafe != unsafe:
        made = Sandbox(unsafe)
        made.check()
        _here.sandbox = made
    return [mark(lesson, learner, answers, _here.sandbox, seed, claim) for lesson, learner, answers, claim in jobs]
