"""A class in session: its votes, its sockets, and what these may take."""

import asyncio
import hashlib
import json

from lessonkit.teaching.votes.limits import Doors, Seats

TICK = 0.05  # seconds between two pictures of the votes


class Lecture:
    """A class in session.

    Parameters
    ----------
    lesson : str
    ballot : Ballot
    address : str, by which phones reach the server, such as ``"http://192.168.1.5:8765"``
    most : int, how many connections the system allows
    """

    def __init__(self, lesson, ballot, address, most):
        self.lesson, self.ballot, self.address = lesson, ballot, address
        self.code, self.key = ballot.store.code, ballot.store.key
        self.cookie = hashlib.sha256(f"cookie {self.key}".encode()).hexdigest()
        self.doors, self.seats = Doors(most // 4), Seats(most - most // 4, ballot.voters)
        self.projectors = set()
        self.changed = set()  # questions with votes that no projector shows yet

    def has_changed(self, *questions):
        """Tell the projectors, soon."""
        if not self.changed:
            asyncio.get_running_loop().call_later(TICK, self.tell_projectors)
        self.changed.update(questions)

    def tell_projectors(self):
        """Send the projectors what has changed, and how many phones there are."""
        changed = {name: self.ballot.for_projector(name) for name in self.changed if name}
        self.changed.clear()
        for each in self.projectors:
            each.send({"questions": changed, "phones": len(self.seats)})

    def tell_phones(self):
        """Send all phones the current question."""
        message = json.dumps(self.ballot.for_phones())
        for each in self.seats:
            each.send(message)
