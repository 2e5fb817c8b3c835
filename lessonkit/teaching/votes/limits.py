"""What one client may take of the server, so that it stays there for the others. No limit is by address: a hall may share one."""

import time
from collections import OrderedDict

MOST = 4000  # connections
OTHER_FILES = 100  # that the server needs beside them
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


class Bucket:
    """Tokens for messages: `burst` at once, then `rate` a second."""

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
    """Phones that have joined, one connection each. Who has voted keeps the seat; if all are taken, others give way.

    Parameters
    ----------
    most : int
    voters : set of str, the phones that have voted; it may grow
    """

    def __init__(self, most, voters):
        self.most, self.voters = most, voters
        self.quiet, self.voted = OrderedDict(), {}  # phone → connection

    def __len__(self):
        return len(self.quiet) + len(self.voted)

    def __iter__(self):
        return iter([*self.quiet.values(), *self.voted.values()])

    def take(self, phone, connection):
        """Give a phone a seat.

        Returns
        -------
        connection or None
            The one that gives way: an earlier one of the same phone, or the oldest that has not voted. It is `connection` itself if
            there is no seat.
        """
        gone = self.quiet.pop(phone, None) or self.voted.pop(phone, None)
        if gone is None and len(self) >= self.most:
            if not self.quiet:
                return connection
            gone = self.quiet.popitem(last=False)[1]
        (self.voted if phone in self.voters else self.quiet)[phone] = connection
        return gone

    def has_voted(self, phone):
        """Its seat is safe from now on."""
        self.voters.add(phone)
        if connection := self.quiet.pop(phone, None):
            self.voted[phone] = connection

    def leave(self, phone, connection):
        """Free the seat, unless another connection of the phone has it."""
        for seats in (self.quiet, self.voted):
            if seats.get(phone) is connection:
                del seats[phone]
