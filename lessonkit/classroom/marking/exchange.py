"""Talks with a copy of the warm process: reads what it sends, which may be hostile, and computes the candidate that a test calls."""

import json
import math

import numpy as np

from lessonkit.sandboxed.messages import BadFrame, pack, parse, receive_frame, send_frame, unpack

FORESEEN = 30  # calls whose results are sent together: with 10,000 numbers each, they still fit into one frame
ALONE, STOPPED = {"outcome": {"alone": True}}, {"ended": "stopped by itself"}


def heard(copy, until, evaluate=None, asked=None):
    """The result of an answer as a copy sends it, ``{"outcome": …}``; it may be hostile. ``{"ended": reason}`` if none comes.

    Until then, calls of the candidate are answered with `evaluate`, and (arguments, reply) of each is added to `asked`.
    """
    try:
        while (frame := receive_frame(copy, until)) is not None:
            try:
                said = parse(frame)
            except BadFrame:
                said = {}  # which counts as no answer
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
    errors, calls, tried, foreseen = [], [], [], []
    for version, compute in enumerate(versions):
        foreseen += [evaluated(arguments, compute) for arguments in calls[len(foreseen) :]]
        alike = [error for used, replies, error in tried if foreseen[:used] == replies]
        if alike:
            errors.append(alike[0])
            foreseen = []
            continue
        if version and not told(copy, f'{{"foreseen": [{", ".join(foreseen)}]}}', until):
            break
        following = [
            evaluated(arguments, each) for each in versions[version + 1 : version + 2] for arguments in calls
        ]  # while the copy works
        outcome = heard(copy, until, compute, asked := [])
        if outcome in (ALONE, STOPPED):
            break
        if (error := error_in(outcome)) is ...:
            return errors, outcome
        errors.append(error)
        used = outcome["outcome"].get("used")
        if asked:
            used = len(foreseen) + len(asked)
        if type(used) is int and 0 <= used <= len(foreseen) + len(asked) < FORESEEN:
            tried.append((used, (foreseen + [reply for _, reply in asked])[:used], error))
        calls += [arguments for arguments, _ in asked][: FORESEEN - len(calls)]
        foreseen = following
    return errors, None


def opened(call):
    """The arguments of a call of the candidate; None if they are not numbers, or would make the candidate compute for long."""
    try:
        arguments = unpack(call)
        shapes = [np.shape(each) for each in _flat(arguments)]
        most = max(map(len, shapes), default=0)
        sides = [
            max(side) for side in zip(*((1,) * (most - len(shape)) + shape for shape in shapes))
        ]  # of the arguments, broadcast together
        return None if sum(map(math.prod, shapes)) > 10_000 or math.prod(sides) > 10_000 else arguments
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
    if isinstance(value, list):
        for each in value:
            yield from _flat(each)
    else:
        yield value
