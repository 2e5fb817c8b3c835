"""The program inside the sandbox, which runs answers. It does not know which answers are right, or what they are worth.

This process imports NumPy and waits. For each order from the grader it forks. The copy gets a socket of its own, over which it
receives answers and sends results. When the grader says so, this process kills the copy and everything that the copy has started.
A copy can read all memory that it was made with. So this process never sees an answer, a result or a clock: otherwise one copy
could find something there that an earlier copy left behind.
"""

import contextlib
import functools
import gc
import inspect
import json
import os
import socket
import struct
import sys

import numpy as np

from lessonkit.sandboxed import cells
from lessonkit.sandboxed.arithmetic import is_arithmetic
from lessonkit.sandboxed.checks import Trouble
from lessonkit.sandboxed.forks import copied, libc
from lessonkit.sandboxed.messages import MOST_FAILURES, pack, receive, send, unpack
from lessonkit.sandboxed.probe import probe
from lessonkit.sandboxed.runner import Silence, ask, no_function, silent, without_input
from lessonkit.sandboxed.system_calls import forbid_system_calls

ORDERS = 0  # the file descriptor of the socket over which the grader orders copies
MOST_CALLS = 5000  # that one test may make to the candidate


def main(mode, uid):
    """Make copies until the grader closes the socket.

    Parameters
    ----------
    mode : str
        ``"nested"``: each copy gets namespaces of its own. ``"once"``: this process serves one submission, and its copies share the
        namespaces of the sandbox. ``"unsafe"``: there are no namespaces.
    uid : int
        The user to become; if negative, the user stays the same.
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
    gc.freeze()  # so that copies share this memory with us
    if mode != "unsafe":
        forbid_system_calls()
    send(ORDERS, {"ready": True})
    while (order := receive(ORDERS)) is not None:
        serve(order, grader, mode)


def serve(order, grader, mode):
    """Make one copy, which gets the socket that follows the order; end it when the grader says so, or says nothing for too long."""
    _, (speaks,), *_ = socket.recv_fds(grader, 1, 1)
    for question in order["questions"]:
        drawn_probe(question)
    with copied(functools.partial(run, speaks), order["limits"], mode):
        os.close(speaks)
        patience(grader, order["patience"])  # the kernel counts the time
        with contextlib.suppress(BlockingIOError):
            grader.recv(1)
            patience(grader, 0)
            return
    patience(grader, 0)
    grader.recv(1)  # the grader still sends its byte that ends a copy


def patience(grader, seconds):
    """Set how long to wait for the grader; 0 means for ever."""
    grader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", seconds, 0))


@functools.lru_cache(maxsize=64)
def drawn_probe(question):
    """The probe of an exercise, from its question and seed as JSON. It is drawn before the fork, so only once for a whole class."""
    return probe(*json.loads(question))


def warm_up():
    """Run something like an answer, so that everything is loaded before the first fork."""
    ask(lambda theta, g, lr: theta - lr * g, probe(("sgd", ["theta", "g", "lr"], [], [], True)))
    ask(lambda g, c: np.clip(g, -c, c), probe(("clip_by_value", ["g", "c"], [], [], True)))
    np.testing.assert_allclose(np.ones(2), 1.0)


def run(speaks):
    """In a copy: run the answers that the grader sends, and send the result of each.

    If several answers share this process, or a test runs several times in it, only plain arithmetic is run. For any other answer
    the result is that it must be alone. If memory runs out in a shared process, this function ends without a result, because an
    earlier answer may have taken the memory; the grader then runs the answer alone. A test calls most versions with the same
    arguments. So before each later version, the grader sends what that version returns for all calls made so far.
    """
    request = receive(speaks)
    for answer in request["answers"]:
        if request["shared"] and not is_arithmetic(answer["source"]):
            send(speaks, {"alone": True})
            continue
        calls = {}
        for turn in range(answer.get("times", 1)):
            foreseen = []
            if turn:
                message = receive(speaks)
                if message is None:  # the grader knows the results on all other versions
                    return
                foreseen = message["foreseen"]
            candidate, namespace = Candidate(speaks, calls, foreseen, *answer.get("candidate", ("", []))), {}
            result = respond(answer, candidate, namespace)
            if "times" in answer:
                result["used"] = candidate.used
            if request["shared"] and "MemoryError" in str(result.get("error")):
                return
            send(speaks, result)
            namespace.clear()  # which frees the memory of the answer, except for cycles


def respond(answer, candidate, namespace):
    """The result of an answer, run in `namespace`: a dict of plain numbers and of words that we chose."""
    namespace |= {"__name__": "__main__", "np": np}
    try:
        with contextlib.redirect_stdout(Silence()), contextlib.redirect_stderr(Silence()):
            failures = cells.run(answer["source"], namespace)
            if answer["name"] not in namespace:
                if failures:
                    raise _decisive(failures)
                return {"trouble": "does not define its name"}
            function = namespace[answer["name"]]
            notes = _notes(failures)
            if answer["kind"] == "number":
                return notes | _number(function)
    except NotImplementedError:
        return {"trouble": "is not written yet"}
    except BaseException as error:  # an answer may raise anything
        return {"trouble": "raises", "error": described(error)}
    if answer["kind"] == "tests":
        if trouble := no_function(function, answer["name"], f"{answer['name']}({candidate.__name__})"):
            return notes | {"trouble": trouble.name}
        try:
            return notes | {"error": rejection(function, candidate)}
        except Trouble as trouble:
            return notes | {"trouble": trouble.name}
    outcome = ask(function, drawn_probe(answer["questions"]))
    if isinstance(outcome, Trouble):
        return notes | {
            "trouble": outcome.name,
            "error": outcome.failure and {"type": outcome.failure.type, "line": outcome.failure.line},
        }
    return notes | {
        "values": pack(outcome.values),
        "states": {name: pack(state) for name, state in outcome.states.items()},
    }


def _decisive(failures):
    """The exception because of which a name is not defined: that of the first cell that stopped, else of the first import."""
    stopped = [error for what, error in failures if what == "stopped"]
    return stopped[0] if stopped else failures[0][1]


def _notes(failures):
    """What is told of failures in an answer that defines its name all the same."""
    if not failures:
        return {}
    return {"notes": [{"what": what, **described(error)} for what, error in failures[:MOST_FAILURES]]}


def _number(value):
    """The result of an answer that is a number."""
    if value is None:
        return {"trouble": "is not written yet"}
    try:
        return {"number": pack(float(value))}
    except (TypeError, ValueError, OverflowError):
        return {"trouble": "is not a number"}


def described(error):
    """The type of an exception and the line of the answer that raised it. Its message is left out, as it could hold an input."""
    line = error.lineno if isinstance(error, SyntaxError) else None
    trace = error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == "<answer>":
            line = trace.tb_lineno
            break  # at the first such line: a text that the answer compiles may have the same file name
        trace = trace.tb_next
    return {"type": type(error).__name__, "line": line}


class Candidate:
    """The version of a rule that a test is tried on. The grader computes it, and only the grader knows which version it is.

    asked : dict of the arguments of each call that was sent to the grader in this process → its number
    foreseen : list of the replies of this version to these calls, as far as the grader has sent them
    used : int, how many of these calls this version has needed
    name : str, that of the rule
    arguments : list of (name, default), or (name,) for one without a default
    """

    def __init__(self, speaks, calls, foreseen, name, arguments):
        self.speaks, self.asked, self.foreseen, self.used, self.calls = speaks, calls, foreseen, 0, 0
        self.__name__ = self.__qualname__ = name
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        given = [
            inspect.Parameter(each, kind, default=default[0] if default else inspect.Parameter.empty)
            for each, *default in arguments
        ]
        self.__signature__ = inspect.Signature(given)

    def __repr__(self):
        return "the candidate"  # without an address, which could tell what was in memory before

    def __call__(self, *arguments, **named):
        bound = self.__signature__.bind(*arguments, **named)
        bound.apply_defaults()
        arguments = bound.args
        self.calls += 1
        if self.calls > MOST_CALLS:
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
        return from_message(reply["result"])


def _key(value):
    """A key that is equal for two calls only if their arguments are the same to the last bit."""
    if isinstance(value, (list, tuple)):
        return tuple(map(_key, value))
    array = np.asarray(value, dtype="<f8")
    return type(value), array.shape, array.tobytes()


def from_message(value):
    """What a version returned: a number, an array, or a tuple, for which a list comes."""
    value = _numbers_of_numpy(unpack(value))
    return tuple(value) if isinstance(value, list) else value


def _numbers_of_numpy(value):
    """The value with NumPy's numbers in place of arrays without an axis, as calculations give them: they can be keys, and are floats."""
    if isinstance(value, list):
        return [_numbers_of_numpy(each) for each in value]
    return value[()] if isinstance(value, np.ndarray) else value


def rejection(test, candidate):
    """None if a test accepts a candidate, else the name of the exception that it raises. Trouble if it calls `input`."""
    with silent(), without_input(), np.errstate(all="ignore"):
        try:
            test(candidate)
        except Trouble:
            raise
        except BaseException as error:  # a test may raise anything
            return type(error).__name__[:40]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
