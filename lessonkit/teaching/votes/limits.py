"""What one client may take of the server, so that it stays there for the others. No limit is by address: a hall may share one."""

import functools
import sys
import time
from collections import OrderedDict

MOST = 4000  # connections
OTHER_FILES = 100  # that the server needs beside them
NAMES = 5  # names that may join in a class, for each seat
SELECTED = 450  # connections on Windows, where Python's `select` takes 512


def connections():
    """How many connections the system lets this process have; up to `MOST`, where it can be asked for more than usual."""
    try:
        import resource
    except ImportError:
        return SELECTED
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST + OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return MOST if soft == resource.RLIM_INFINITY else min(MOST, soft - OTHER_FILES)


@functools.cache
def complain(text):
    """Say on the terminal that something is wrong here; once, and with nothing of a request, so that nobody can fill the terminal."""
    print(f"lessonkit: {text}", file=sys.stderr, flush=True)


class Bucket:
    """Tokens for frames of a socket: `burst` at once, then `rate` a second."""

    def __init__(self, rate, burst):
        self.rate, self.burst = rate, burst
        self.tokens, self.filled = burst, time.monotonic()

    def take(self):
        """Whether there was a token left."""
        now = time.monotonic()
        self.tokens = min(self.burst, self.tokens + (now - self.filled) * self.rate)
        self.filled = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class Doors:
    """Connections that have not joined yet. A new one pushes out the oldest, so slow ones cannot keep others out.

    Parameters
    ----------
    most : int
    """

    def __init__(self, most):
        self.most, self.waiting = most, OrderedDict()

    def arrived(self, stream):
        """Take note of a new connection, and close the oldest if there are too many."""
        self.waiting[stream] = None
        if len(self.waiting) > self.most:
            self.waiting.popitem(last=False)[0].close()

    def joined(self, stream):
        """It has shown the code, or the key."""
        self.waiting.pop(stream, None)


class Seats:
    """Phones that have joined, one connection each. If all seats are taken, the newest name gives way to a name that came before it.

    So a flood of invented names cannot push out phones that were there before it, and they get in again after a lost connection. To
    have voted changes nothing: a program votes as easily as it joins.

    Parameters
    ----------
    most : int
    voters : iterable of str, the phones that voted before the server began, in this order
    """

    def __init__(self, most, voters):
        self.most = most
        self.ranks = {phone: rank for rank, phone in enumerate(voters)}
        self.taken = {}  # phone → connection

    def __len__(self):
        return len(self.taken)

    def __iter__(self):
        return iter([*self.taken.values()])

    def take(self, phone, connection):
        """Give a phone a seat.

        Returns
        -------
        connection or None
            The one that gives way: an earlier one of the same phone, or that of the newest name. It is `connection` itself if there
            is no seat.
        """
        is_full = phone not in self.taken and len(self.taken) >= self.most
        if phone not in self.ranks:
            if is_full or len(self.ranks) >= NAMES * self.most:
                return connection
            self.ranks[phone] = len(self.ranks)
        leaves = max(self.taken, key=self.ranks.get) if is_full else phone
        if self.ranks[leaves] < self.ranks[phone]:
            return connection
        gone = self.taken.pop(leaves, None)
        self.taken[phone] = connection
        return gone

    def leave(self, phone, connection):
        """Free the seat, unless another connection of the phone has it."""
        if self.taken.get(phone) is connection:
            del self.taken[phone]
