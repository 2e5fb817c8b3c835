"""Inside the sandbox: runs answers in namespaces of their own. It is given answers and questions, and knows neither what is
right nor what it is worth.

This process has imported NumPy and waits. It makes copies of itself to run answers in: one for those of a submission that are
plain arithmetic, one for each other. It hands on what a copy says to the grader, and ends the copy, and with it whatever that
has started. As a copy can read all memory that it came with, this process looks at no answer, and forgets what passes through.
"""

import contextlib
import functools
import gc
import os
import sys
import time

import numpy as np

from lessonkit.grading.cells import run
from lessonkit.grading.copies import copied, libc
from lessonkit.grading.forbidden import forbid_system_calls
from lessonkit.grading.plain import is_plain
from lessonkit.grading.wire import BadFrame, Buffer, pack, receive, send, send_frame, unpack
from lessonkit.judging.probe import probe
from lessonkit.judging.runner import Silence, Trouble, ask

GRADER_IN, GRADER_OUT = 0, 1
CALLS = 5000  # of the candidate, by one test
NOTES = 3  # on what failed in a cell
passing = Buffer()


def main(mode, uid):
    """Serve submissions until the grader hangs up.

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
    gc.collect()
    gc.freeze()  # what is here stays shared with the processes to come
    if mode != "unsafe":
        forbid_system_calls()
    send(GRADER_OUT, {"ready": True})
    sources = Buffer()
    while (request := receive(GRADER_IN, time.monotonic() + 1e6)) is not None:
        sources.fill(GRADER_IN, time.monotonic() + 60)
        serve(request["answers"], sources, request["limits"], mode)
        sources.empty()
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


def serve(answers, sources, limits, mode):
    """Run the answers of a submission, whatever they do, and tell the grader of each what it says, or why it has ended."""
    left, used = dict(enumerate(answers)), {}
    for answer in answers:
        if answer["kind"] == "rule":
            questions(answer["exercise"], answer["seed"])
    if len(left) > 1:
        with copied(functools.partial(run_plain, answers, sources), limits, mode) as copy:
            for number in plain_ones(copy, limits):
                start = time.monotonic()
                ended = hand_on(number, left[number], copy, limits["seconds"])
                if ended == "stopped by itself":
                    used[number] = time.monotonic() - start
                    break  # whose doing it was shows when they are alone
                del left[number]
                if ended:
                    send(GRADER_OUT, {"number": number, "ended": ended})
                    break
    for number, answer in left.items():
        with copied(functools.partial(run_alone, number, answer, sources), limits, mode) as copy:
            if ended := hand_on(number, answer, copy, max(1, limits["seconds"] - used.get(number, 0))):
                send(GRADER_OUT, {"number": number, "ended": ended})


def run_plain(answers, sources, heard, says):
    """In a copy: say which answers are plain arithmetic, and then what each of them gives."""
    texts = sources.message()
    plain = [number for number, answer in enumerate(answers) if answer["kind"] != "tests" and is_plain(texts[number])]
    send(says, {"plain": plain})
    for number in plain:
        namespace = {}
        send(says, respond(answers[number], texts[number], heard, says, namespace))
        namespace.clear()
        gc.collect()  # and with it all memory that the answer has taken


def run_alone(number, answer, sources, heard, says):
    """In a copy: say what an answer gives."""
    send(says, respond(answer, sources.message()[number], heard, says, {}))


def plain_ones(copy, limits):
    """The numbers of the answers that a copy will run, which it says before it runs the first."""
    try:
        return (receive(copy.said, time.monotonic() + limits["seconds"]) or {"plain": []})["plain"]
    except BadFrame:
        return []


def hand_on(number, answer, copy, seconds):
    """Pass what a copy says of an answer to the grader, and what the grader replies to a test; why it ended, if it said nothing."""
    deadline = time.monotonic() + seconds
    try:
        while passing.fill(copy.said, deadline):
            send(GRADER_OUT, {"number": number})
            send_frame(GRADER_OUT, passing.held[:passing.size])
            passing.empty()
            if answer["kind"] != "tests":
                return None
            passing.fill(GRADER_IN, time.monotonic() + 60)
            if passing.size == 0:  # the grader has heard enough
                return None
            with contextlib.suppress(BrokenPipeError):
                send_frame(copy.hears, passing.held[:passing.size], deadline)
            passing.empty()
    except BadFrame as error:
        return str(error)
    finally:
        passing.empty()
    return "stopped by itself"


def respond(answer, source, heard, says, namespace):
    """What an answer gives, in plain numbers and words of ours; `namespace` is where it is run."""
    namespace |= {"__name__": "__main__", "np": np}
    try:
        with contextlib.redirect_stdout(Silence()), contextlib.redirect_stderr(Silence()):
            failures = run(source, namespace)
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
        return notes | {"rejections": [rejection(function, Candidate(number, heard, says))
                                       for number in range(answer["versions"])]}
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
