"""Talks with a copy of the warm process: reads what it sends, which may be hostile, and computes the version that a test calls."""

import json
import math

import numpy as np

from lessonkit.sandboxed.messages import BadFrame, pack, parse, receive_frame, send_frame, unpack

FORESEEN = 30  # calls at most whose results are sent together: with 10,000 numbers each, they still fit into one frame
ALONE, STOPPED = {"outcome": {"alone": True}}, {"ended": "stopped by itself"}


def heard(copy, until, evaluate=None, asked=None):
    """The result of an answer as a copy sends it, ``{"outcome": …}``, which may be hostile. ``{"ended": reason}`` if none comes.

    Parameters
    ----------
    copy : int, the file descriptor of its socket
    until : float, a time of `time.monotonic()`
    evaluate : function (arguments) → result, or None
        Computes the version that a test calls before it has a result.
    asked : list or None
        Gets (arguments, reply) of each call, `FORESEEN` at most.
    """
    try:
        while (frame := receive_frame(copy, until)) is not None:
            try:
                said = parse(frame)
            except BadFrame:
                said = {}  # it counts as no answer
            if evaluate is None or "call" not in said:
                return {"outcome": said}
            arguments = opened(said["call"])
            reply = evaluated(arguments, evaluate)
            if asked is not None and len(asked) < FORESEEN:
                asked.append((arguments, reply))
            send_frame(copy, reply.encode(), until)
    except BadFrame as error:
        return {"ended": str(error)}
    except OSError:
        pass
    return STOPPED


def together(copy, versions, until):
    """Try a test on one version after the other in one copy: the errors that it raises, and its trouble, if it has one.

    A test calls most versions with the same arguments. So before a version is tried, its results for all calls made so far are
    sent. If all results that an earlier version gave to the test are the same here, to the last bit, the test would do the same
    again, because it is plain arithmetic: then it is not run, and has the same error.

    Parameters
    ----------
    versions : list of function (arguments) → result
    until : float, a time of `time.monotonic()`

    Returns
    -------
    list of str or None
        The error on each version, None for none. It is shorter than `versions` if the copy has ended or the test is not plain.
    dict or None
        The outcome that shows the trouble.
    """
    errors, seen, ahead = [], Seen(), []
    for number, version in enumerate(versions):
        replies = seen.replies(version, ahead)
        ahead = []
        if same := seen.errors(replies):
            errors.append(same[0])
            continue
        if number and not told(copy, f'{{"foreseen": [{", ".join(replies)}]}}', until):
            break
        if number + 1 < len(versions):
            ahead = seen.replies(versions[number + 1])  # computed while the copy runs the test
        asked = []
        outcome = heard(copy, until, version, asked)
        if outcome in (ALONE, STOPPED):
            break
        error = error_in(outcome)
        if error is ...:
            return errors, outcome
        errors.append(error)
        seen.add(replies, asked, outcome["outcome"].get("used"), error)
    return errors, None


class Seen:
    """The calls that a test has made to any version, and what it did with the results of each version.

    calls : list of the arguments of each call, in the order of the calls
    tried : list of (replies that the test has used, the error that it raised then)
    """

    def __init__(self):
        self.calls, self.tried = [], []

    def replies(self, version, known=()):
        """The replies of a version to all calls; `known` are the first of them."""
        return [*known, *(evaluated(arguments, version) for arguments in self.calls[len(known) :])]

    def errors(self, replies):
        """The errors of those earlier runs that used the same replies and no other."""
        return [error for used, error in self.tried if replies[: len(used)] == used]

    def add(self, replies, asked, used, error):
        """Note a run of the test.

        replies : list, what it was given before
        asked : list of (arguments, reply), the calls that it made in addition
        used : how many of `replies` it has used, as the copy says, which may be hostile
        error : str or None
        """
        every = replies + [reply for _, reply in asked]
        if asked:
            used = len(every)
        if type(used) is int and 0 <= used <= len(every) < FORESEEN:
            self.tried.append((every[:used], error))
        self.calls += [arguments for arguments, _ in asked][: FORESEEN - len(self.calls)]


def opened(call):
    """The arguments of a call of the candidate; None if they are not numbers, or would make the candidate compute for long."""
    try:
        arguments = unpack(call)
        shapes = [np.shape(each) for each in _flat(arguments)]
        axes = max(map(len, shapes), default=0)
        padded = [(1,) * (axes - len(shape)) + shape for shape in shapes]
        broadcast = [max(sides) for sides in zip(*padded, strict=True)]  # the shape of all arguments together
        return None if sum(map(math.prod, shapes)) > 10_000 or math.prod(broadcast) > 10_000 else arguments
    except Exception:  # it may be hostile
        return None


def evaluated(arguments, evaluate):
    """The reply to a call of the candidate, in JSON."""
    try:
        if arguments is None:
            raise ValueError("not taken")
        with np.errstate(all="ignore"):
            return json.dumps({"result": pack(evaluate(arguments))})
    except Exception:  # the test chose these arguments
        return '{"raised": true}'


def told(copy, message, until):
    """Send a message in JSON to a copy; whether it could be sent."""
    try:
        send_frame(copy, message.encode(), until)
    except (BadFrame, OSError):
        return False
    return True


def error_in(outcome):
    """The name of the exception that a test has raised on a version, None for none; Ellipsis if the outcome does not say."""
    told = outcome.get("outcome", {})
    return told["error"] if "error" in told and "trouble" not in told and isinstance(told["error"], str | None) else ...


def _flat(value):
    """The values in nested lists, one after the other."""
    if isinstance(value, list):
        for each in value:
            yield from _flat(each)
    else:
        yield value
