"""Inside the sandbox: runs the answers of one submission after another, each submission in namespaces of its own, each
answer in a process of its own. It is given answers and questions, and knows neither what is right nor what it is worth.

The processes, from the outside in: this one has imported NumPy and waits; for a submission it forks a *keeper*, the first
process of new namespaces, whose end is the end of all that the submission started; the keeper forks a process for each
answer, passes on what it says, and kills it, and whatever it has left behind, when its time is over.
"""

import contextlib
import ctypes
import functools
import gc
import os
import resource
import signal
import sys
import time

import numpy as np

from lessonkit.grading.wire import BadFrame, pack, receive, send
from lessonkit.judging.probe import probe
from lessonkit.judging.runner import Silence, Trouble, ask

GRADER_IN, GRADER_OUT = 0, 1
NEW_NAMESPACES = 0x10000000 | 0x20000000 | 0x08000000  # CLONE_NEWUSER, NEWPID, NEWIPC; the read-only files are shared
CALLS = 5000  # of the candidate, by one test
libc = ctypes.CDLL(None, use_errno=True)


def main(mode, uid):
    """Serve submissions until the grader hangs up.

    Parameters
    ----------
    mode : str
        ``"nested"``: namespaces for each submission; ``"once"``: one submission, in those of the sandbox;
        ``"unsafe"``: no namespaces at all.
    uid : int
        Whom to become; negative to stay who one is.
    """
    if uid >= 0:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    warm_up()
    gc.collect()
    gc.freeze()  # what is here stays shared with the processes to come
    send(GRADER_OUT, {"ready": True})
    while (request := receive(GRADER_IN, time.monotonic() + 1e6)) is not None:
        for answer in request["answers"]:
            if answer["kind"] == "rule":
                questions(answer["exercise"], answer["seed"])
        if mode == "nested":
            in_new_namespaces(request)
        else:
            keep(request, alone=mode == "once")
        send(GRADER_OUT, {"done": True})
        if mode == "once":
            return


@functools.lru_cache(maxsize=64)
def questions(exercise, seed):
    """The probe of an exercise, made before the fork, once for a class."""
    return probe(exercise, seed)


def warm_up():
    """Run what the first answer would else load."""
    ask(lambda theta, g, lr: theta - lr * g, probe("sgd"))
    ask(lambda g, c: np.clip(g, -c, c), probe("clip_by_value"))


def in_new_namespaces(request):
    """Keep one submission where it sees no process but its own, and its end is the end of them all."""
    pid = os.fork()
    if pid == 0:
        try:
            if libc.unshare(NEW_NAMESPACES) != 0:
                os._exit(3)
            keeper = os.fork()
            if keeper == 0:
                keep(request, alone=True)
                os._exit(0)
            _, status = os.waitpid(keeper, 0)
            os._exit(0 if status == 0 else 4)
        finally:
            os._exit(5)
    os.waitpid(pid, 0)


def keep(request, alone):
    """Run the answers of a submission, one after the other, and tell the grader of each.

    `alone`: this is the first process of its namespace, so that all others in it are the answers'.
    """
    if alone:
        drop_privileges()
    for number, answer in enumerate(request["answers"]):
        send(GRADER_OUT, {"answer": number, **watched(answer, request["limits"], alone)})


def watched(answer, limits, alone):
    """The outcome of one answer, whatever it does; its process is gone afterwards."""
    said, says = os.pipe()
    heard, hears = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            os.close(said), os.close(hears)
            confine(limits)
            outcome = respond(answer, heard, says)
            send(says, outcome)
        finally:
            os._exit(0)
    os.close(says), os.close(heard)
    deadline = time.monotonic() + limits["seconds"]
    try:
        while (message := receive(said, deadline)) is not None:
            if "call" not in message:
                return {"outcome": message}
            send(GRADER_OUT, {"call": message["call"]})
            reply = receive(GRADER_IN, time.monotonic() + 60)
            send(hears, reply)
        return {"ended": "stopped by itself"}
    except BadFrame as error:
        return {"ended": str(error)}
    except OSError:
        return {"ended": "stopped by itself"}
    finally:
        os.close(said), os.close(hears)
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL) if alone else os.killpg(pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1 if alone else pid, 0):
                pass


def drop_privileges():
    """Give up the capabilities that new namespaces came with, and all ways to get new ones; be traced by no answer."""
    libc.prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE
    libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # version 3, this process
    libc.capset(header, (ctypes.c_uint32 * 6)())


def confine(limits):
    """Bound what this process may use, and close all but the two pipes it speaks through."""
    gc.disable()  # an answer is short
    for name, amount in (("CPU", limits["seconds"] + 1), ("AS", limits["memory"]), ("NPROC", limits["processes"]),
                         ("FSIZE", 0), ("CORE", 0), ("NOFILE", 32)):
        amount = int(amount)
        hard = resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))[1]
        amount = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (amount, amount))
    nothing = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nothing, fd)
    os.close(nothing)


def respond(answer, heard, says):
    """What an answer gives, in plain numbers and words of ours."""
    namespace = {"__name__": "__answer__", "np": np}
    try:
        with contextlib.redirect_stdout(Silence()), contextlib.redirect_stderr(Silence()):
            exec(compile(answer["source"], "<answer>", "exec", dont_inherit=True), namespace)
            if answer["kind"] == "number":
                value = namespace[answer["name"]]
                return {"trouble": "is not written yet"} if value is None else {"number": pack(float(value))}
            function = namespace[answer["name"]]
    except KeyError:
        return {"trouble": "does not define its name"}
    except NotImplementedError:
        return {"trouble": "is not written yet"}
    except BaseException as error:  # an answer may raise anything
        return {"trouble": "raises", "error": described(error)}
    if answer["kind"] == "tests":
        return {"rejections": [rejection(function, Candidate(number, heard, says))
                               for number in range(answer["versions"])]}
    outcome = ask(function, questions(answer["exercise"], answer["seed"]))
    if isinstance(outcome, Trouble):
        return {"trouble": outcome.name, "error": outcome.failure and {"type": outcome.failure.type, "line": outcome.failure.line}}
    return {"values": pack(outcome.values), "states": {name: pack(state) for name, state in outcome.states.items()}}


def described(error):
    """The type of an exception, and the line of the answer that raised it; not what it says, which could hold an input."""
    line = error.lineno if isinstance(error, SyntaxError) else None
    trace = error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == "<answer>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return {"type": type(error).__name__, "line": line}


class Candidate:
    """A version of a rule that a test is tried on. It is computed by the grader: nothing of it is here."""

    def __init__(self, number, heard, says):
        self.number, self.heard, self.says, self.calls = number, heard, says, 0

    def __call__(self, *arguments):
        self.calls += 1
        if self.calls > CALLS:
            raise RuntimeError("too many calls of the candidate")
        send(self.says, {"call": {"version": self.number, "arguments": pack(arguments)}})
        reply = receive(self.heard, time.monotonic() + 60)
        if "raised" in reply:
            raise TypeError("the candidate cannot take these arguments")
        return plain(reply["result"])


def plain(value):
    """What the grader sent: numbers, arrays, lists; a pair of list and number for a clip of several gradients."""
    if isinstance(value, list):
        return tuple(plain(each) if not isinstance(each, list) else [plain(entry) for entry in each] for each in value)
    if isinstance(value, dict):
        return np.array(value["numbers"]).reshape(value["shape"])
    return value


def rejection(test, candidate):
    """None where a test accepts a candidate, else the exception's type."""
    with contextlib.redirect_stdout(Silence()), contextlib.redirect_stderr(Silence()), np.errstate(all="ignore"):
        try:
            test(candidate)
        except BaseException as error:  # a test may raise anything
            return type(error).__name__[:40]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
