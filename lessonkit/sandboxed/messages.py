"""Messages between the grader and the sandbox: frames of JSON with plain numbers, of bounded size. No pickle.

An array is sent as the bytes of its float64 numbers, little-endian, in base 64. So nothing is rounded, and NaN stays NaN.
"""

import base64
import json
import math
import os
import select
import time

import numpy as np

LIMIT = 4_000_000  # bytes of a frame; an honest answer needs about 50,000 at most
MOST_FAILURES = 3  # that the learner is told of, for each answer


class BadFrame(Exception):
    """A frame is too long, cut off, too late, or not in the expected form."""


def send(fd, message):
    """Write one message to a file descriptor."""
    send_frame(fd, json.dumps(message).encode())


def send_frame(fd, payload, deadline=None):
    """Write bytes as one frame: first their number, then the bytes. A `deadline` needs a descriptor that does not block; BadFrame if it passes."""
    data = memoryview(len(payload).to_bytes(4, "big") + payload)
    while data:
        if deadline is not None and not select.select([], [fd], [], max(0.0, deadline - time.monotonic()))[1]:
            raise BadFrame("too late")
        data = data[os.write(fd, data) :]


def receive(fd, deadline=None):
    """Read one message, until `deadline` of `time.monotonic()`, if there is one. None at the end of the stream; BadFrame for a bad frame."""
    frame = receive_frame(fd, deadline)
    return None if frame is None else parse(frame)


def receive_frame(fd, deadline):
    """The bytes of one frame. None at the end of the stream; BadFrame if it is too long, cut off or too late."""
    size = _size(fd, deadline)
    if size is None:
        return None
    held = bytearray(size)
    _fill(fd, memoryview(held), deadline)
    return bytes(held)


def parse(frame):
    """The message in a frame; BadFrame if it is not JSON, or not a dict."""
    try:
        message = json.loads(frame)
    except (ValueError, RecursionError):
        raise BadFrame("not JSON") from None
    if not isinstance(message, dict):
        raise BadFrame("not a message")
    return message


def _size(fd, deadline):
    """The length of the next frame. None at the end of the stream; BadFrame if it is too long."""
    head = bytearray(4)
    if not _fill(fd, memoryview(head), deadline, may_end=True):
        return None
    size = int.from_bytes(head, "big")
    if size > LIMIT:
        raise BadFrame("too long")
    return size


def _fill(fd, view, deadline, may_end=False):
    """Fill a view. False if the stream ends before the first byte and `may_end` is set. Without a deadline, no clock is read."""
    got = 0
    while got < len(view):
        if deadline is not None and not select.select([fd], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise BadFrame("too late")
        try:
            count = os.readv(fd, [view[got:]])
        except ConnectionResetError:  # the other side has closed with data unread
            count = 0
        if not count:
            if got or not may_end:
                raise BadFrame("cut off")
            return False
        got += count
    return True


def pack(value):
    """Numbers, arrays and lists of them as values for JSON."""
    if isinstance(value, (list, tuple)):
        return [pack(each) for each in value]
    if isinstance(value, (np.ndarray, np.generic)):
        array = np.asarray(value, dtype="<f8")
        return {"shape": list(array.shape), "numbers": base64.b64encode(array.tobytes()).decode()}
    return None if value is None else float(value)


def unpack(value, depth=3):
    """Undo `pack`, on a value that may be hostile. ValueError if it is anything else, or lists are nested deeper than `depth`."""
    if isinstance(value, list) and len(value) <= 1000 and depth:
        return [unpack(each, depth - 1) for each in value]
    if isinstance(value, dict) and set(value) == {"shape", "numbers"}:
        shape, numbers = value["shape"], value["numbers"]
        if not (
            isinstance(shape, list)
            and len(shape) <= 8
            and all(type(n) is int and 0 <= n <= 10**6 for n in shape)
            and isinstance(numbers, str)
        ):
            raise ValueError("not an array of numbers")
        held = base64.b64decode(numbers, validate=True)  # a ValueError for anything else
        if len(held) != 8 * math.prod(shape):
            raise ValueError("not as many numbers as the shape says")
        return np.frombuffer(held, "<f8").reshape(shape).astype(float)
    if value is None or type(value) is float:
        return value
    raise ValueError("not plain numbers")
