"""What a copy of the warm process says, read as an enemy's; and what it is told of the candidate that a test is tried on."""

import json
import math

import numpy as np

from lessonkit.grading.wire import BadFrame, pack, parse, receive_frame, send_frame, unpack

FORESEEN = 30  # calls: their results, of 10,000 numbers each at most, fit into one frame
ALONE, STOPPED = {"outcome": {"alone": True}}, {"ended": "stopped by itself"}


def heard(copy, until, evaluate=None, asked=None):
    """What a copy says that an answer gives, read as an enemy's: ``{"outcome": …}``, or ``{"ended": reason}`` where it says nothing.

    On the way its calls of the candidate are answered, if it has one, and put down in `asked`: arguments and reply.
    """
    try:
        while (frame := receive_frame(copy, until)) is not None:
            try:
                said = parse(frame)
            except BadFrame:
                said = {}  # no answer at all
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
    """The errors of a test by version, as far as one copy can tell, and its trouble, if it has one.

    A test asks most versions the same. So what it has asked is answered for the next version before it runs. And a version that
    answers as an earlier one did, to the last bit, is not tried again: plain arithmetic gives the same for the same.

    Parameters
    ----------
    versions : list of function (arguments) → result
    until : float, a time of `time.monotonic()`

    Returns
    -------
    list of str or None, fewer than there are versions where the copy has ended or the test is no plain arithmetic
    dict or None
    """
    errors, calls, tried, foreseen = [], [], [], []
    for version, compute in enumerate(versions):
        foreseen += [evaluated(arguments, compute) for arguments in calls[len(foreseen):]]
        alike = [error for used, replies, error in tried if foreseen[:used] == replies]
        if alike:
            errors.append(alike[0])
            foreseen = []
            continue
        if version and not told(copy, f'{{"foreseen": [{", ".join(foreseen)}]}}', until):
            break
        following = [evaluated(arguments, each) for each in versions[version + 1:version + 2] for arguments in calls]  # as the copy is busy
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
        calls += [arguments for arguments, _ in asked][:FORESEEN - len(calls)]
        foreseen = following
    return errors, None


def opened(call):
    """The arguments with which a copy has called the candidate; None where they are not numbers, or the candidate would compute much."""
    try:
        arguments = unpack(call)
        shapes = [np.shape(each) for each in _flat(arguments)]
        most = max(map(len, shapes), default=0)
        sides = [max(side) for side in zip(*((1,) * (most - len(shape)) + shape for shape in shapes))]  # of all of them, broadcast
        return None if sum(map(math.prod, shapes)) > 10_000 or math.prod(sides) > 10_000 else arguments
    except Exception:  # an enemy's
        return None


def evaluated(arguments, evaluate):
    """What a copy is told that has called the candidate."""
    try:
        if arguments is None:
            raise ValueError("not taken")
        with np.errstate(all="ignore"):
            return json.dumps({"result": pack(evaluate(arguments))})
    except Exception:  # whatever the arguments do to the candidate is the test's own affair
        return '{"raised": true}'


def told(copy, message, until):
    """Whether a copy has taken a message in JSON."""
    try:
        send_frame(copy, message.encode(), until)
    except (BadFrame, OSError):
        return False
    return True


def error_in(outcome):
    """The name of what a test has raised on a version, None for nothing; … where it has not come that far."""
    told = outcome.get("outcome", {})
    return told["error"] if "error" in told and "trouble" not in told and isinstance(told["error"], str | None) else ...


def _flat(value):
    if isinstance(value, list):
        for each in value:
            yield from _flat(each)
    else:
        yield value
