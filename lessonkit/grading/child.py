"""Inside the sandbox: runs answers in namespaces of their own. It is given answers and questions, and knows neither what is
right nor what it is worth.

This process has imported NumPy and waits. For each order it makes a copy of itself, which speaks with the grader over a socket
of its own, and ends it when the grader says so, with whatever it has started. A copy can read all memory that it came with. So
this process sees no answer, no result and no clock: there is nothing in it by which one copy could tell another anything.
"""

import contextlib
import functools
import gc
import json
import os
import socket
import struct
import sys

import numpy as np

from lessonkit.grading import cells
from lessonkit.grading.copies import copied, libc
from lessonkit.grading.forbidden import forbid_system_calls
from lessonkit.grading.plain import is_plain
from lessonkit.grading.wire import pack, receive, send, send_frame, unpack
from lessonkit.judging.probe import probe
from lessonkit.judging.runner import Silence, Trouble, ask

ORDERS = 0  # the file descriptor of the socket on which the grader orders copies
CALLS = 5000  # of the candidate, by one test
NOTES = 3  # on what failed in a cell


def main(mode, uid):
    """Make copies until the grader hangs up.

    Parameters
    ----------
    mode : str
        ``"nested"``: namespaces for each copy; ``"once"``: one submission, in those of the sandbox;
        ``"unsafe"``: no namespaces at all.
    uid : int
        Whom to become; negative to stay who one is.
    """
    if uid >= 0:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    if mode != "unsafe":
        libc.prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE: no answer may trace this process
        libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
    warm_up()
    grader = socket.socket(fileno=ORDERS)
    gc.collect()
    gc.freeze()  # what is here stays shared with the processes to come
    if mode != "unsafe":
        forbid_system_calls()
    send(ORDERS, {"ready": True})
    while (order := receive(ORDERS)) is not None:
        serve(order, grader, mode)


def serve(order, grader, mode):
    """Make one copy, with the socket that comes after the order, and end it when the grader says so, or has not for too long."""
    _, (speaks,), *_ = socket.recv_fds(grader, 1, 1)
    for exercise, seed in order["questions"]:
        questions(exercise, seed)
    with copied(functools.partial(run, speaks), order["limits"], mode):
        os.close(speaks)
        patience(grader, order["patience"])  # counted by the kernel
        with contextlib.suppress(BlockingIOError):
            grader.recv(1)
            patience(grader, 0)
            return
    patience(grader, 0)
    grader.recv(1)  # which the grader still owes


def patience(grader, seconds):
    """Wait no longer than this for the grader; 0: for ever."""
    grader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", seconds, 0))


@functools.lru_cache(maxsize=64)
def questions(exercise, seed):
    """The probe of an exercise, made before the fork, once for a class."""
    return probe(exercise, seed)


def warm_up():
    """Run what the first answer would else load."""
    ask(lambda theta, g, lr: theta - lr * g, probe("sgd"))
    ask(lambda g, c: np.clip(g, -c, c), probe("clip_by_value"))
    np.testing.assert_allclose(np.ones(2), 1.0)


def run(speaks):
    """In a copy: run the answers that the grader sends, and say what each gives.

    Where several share this process, or one runs several times, only plain arithmetic is run; of all else it is said that it must
    be alone. Nothing is said where memory ran out, as what ran before may have taken it: then it is run alone too. A test asks most
    versions the same: what it has asked, the grader answers for each later version before that runs.
    """
    request = receive(speaks)
    for answer in request["answers"]:
        plain, calls = not request["shared"] or is_plain(answer["source"]), {}
        for time in range(answer.get("times", 1) if plain else 1):
            if time and (foreseen := receive(speaks)) is None:  # no other version has to be tried
                return
            candidate = Candidate(speaks, calls, foreseen["foreseen"] if time else [])
            namespace = {}
            said = respond(answer, answer["source"], candidate, namespace) if plain else {"alone": True}
            if "times" in answer and plain:
                said["used"] = candidate.used
            if request["shared"] and "MemoryError" in str(said.get("error")):
                return
            send(speaks, said)
            namespace.clear()  # and with it all memory that the answer has taken, but for cycles


def respond(answer, source, candidate, namespace):
    """What an answer gives, in plain numbers and words of ours; `namespace` is where it is run."""
    namespace |= {"__name__": "__main__", "np": np}
    try:
        with contextlib.redirect_stdout(Silence()), contextlib.redirect_stderr(Silence()):
            failures = cells.run(source, namespace)
            if answer["name"] not in namespace:
                if failures:
                    raise max(failures, key=lambda failure: failure[0] == "stopped")[1]  # the first of these, else of the imports
                return {"trouble": "does not define its name"}
            function = namespace[answer["name"]]
            notes = {"notes": [{"what": what, **described(error)} for what, error in failures[:NOTES]]} if failures else {}
            if answer["kind"] == "number":
                return notes | ({"trouble": "is not written yet"} if function is None else _number(function))
    except NotImplementedError:
        return {"trouble": "is not written yet"}
    except BaseException as error:  # an answer may raise anything
        return {"trouble": "raises", "error": described(error)}
    if answer["kind"] == "tests":
        return notes | {"error": rejection(function, candidate)}
    outcome = ask(function, questions(answer["exercise"], answer["seed"]))
    if isinstance(outcome, Trouble):
        return notes | {"trouble": outcome.name, "error": outcome.failure and {"type": outcome.failure.type, "line": outcome.failure.line}}
    return notes | {"values": pack(outcome.values), "states": {name: pack(state) for name, state in outcome.states.items()}}


def _number(value):
    try:
        return {"number": pack(float(value))}
    except (TypeError, ValueError, OverflowError):
        return {"trouble": "is not a number"}


def described(error):
    """The type of an exception, and the line of the answer that raised it; not what it says, which could hold an input."""
    line = error.lineno if isinstance(error, SyntaxError) else None
    trace = error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == "<answer>":
            line = trace.tb_lineno
            break  # the answer's own line, and not that of a text which it compiles
        trace = trace.tb_next
    return {"type": type(error).__name__, "line": line}


class Candidate:
    """The version of a rule that a test is tried on. It is computed by the grader, which alone knows which version it is.

    asked : dict of what was asked of any version in this process, and in which place
    foreseen : list of the replies of this version to it
    """

    def __init__(self, speaks, calls, foreseen):
        self.speaks, self.asked, self.foreseen, self.used, self.calls = speaks, calls, foreseen, 0, 0

    def __repr__(self):
        return "the candidate"  # and no address, which could tell of what was in memory before

    def __call__(self, *arguments):
        self.calls += 1
        if self.calls > CALLS:
            raise RuntimeError("too many calls of the candidate")
        call = _key(arguments)
        place = self.asked.get(call, len(self.asked))
        if place < len(self.foreseen):
            reply = self.foreseen[place]
        else:
            send(self.speaks, {"call": pack(arguments)})
            reply = receive(self.speaks)
            self.asked[call] = place
            if place == len(self.foreseen):
                self.foreseen.append(reply)
        self.used = max(self.used, place + 1)
        if "raised" in reply:
            raise TypeError("the candidate cannot take these arguments")
        return plain(reply["result"])


def _key(value):
    """What tells one call's arguments from another's, to the last bit."""
    if isinstance(value, (list, tuple)):
        return tuple(map(_key, value))
    array = np.asarray(value, dtype="<f8")
    return type(value), array.shape, array.tobytes()


def plain(value):
    """What the grader sent: numbers, arrays, lists; a pair of list and number for a clip of several gradients."""
    value = unpack(value)
    return tuple(value) if isinstance(value, list) else value


def rejection(test, candidate):
    """None where a test accepts a candidate, else the exception's type."""
    with contextlib.redirect_stdout(Silence()), contextlib.redirect_stderr(Silence()), np.errstate(all="ignore"):
        try:
            test(candidate)
        except BaseException as error:  # a test may raise anything
            return type(error).__name__[:40]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
