"""Stops code of a learner that never ends, in whatever thread it runs, on every system."""

import contextlib
import ctypes
import threading

AGAIN = 0.2  # seconds after which code is stopped once more, because a bare `except:` may have caught it


class TimeUp(KeyboardInterrupt):
    """The time is over. As after Control-C, `except Exception` does not catch it."""


@contextlib.contextmanager
def at_most(seconds):
    """Raise TimeUp in this thread if the block takes longer. A wait inside of C code, such as `time.sleep`, is not cut short."""
    thread, over = threading.get_ident(), threading.Event()

    def watch():
        late = not over.wait(seconds)
        while late and not over.is_set():
            _raise_in(thread, TimeUp)
            over.wait(AGAIN)

    watcher = threading.Thread(target=watch, daemon=True)
    try:
        watcher.start()  # within: a short time may be over before this returns
        yield
    finally:
        _end(over, watcher, thread)


def _end(over, watcher, thread):
    """End the watch, whenever it raises."""
    while True:
        try:
            over.set()
            watcher.join()
            _raise_in(thread, None)  # one that has not arrived
            return
        except TimeUp:
            continue


def _raise_in(thread, exception):
    given = ctypes.py_object(exception) if exception else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), given)
