"""The sockets of phones and of the instructor's pages. Of what phones send they read votes, and run nothing."""

import asyncio
import contextlib
import hmac
import sqlite3

import segno
from tornado.iostream import StreamBufferFullError, StreamClosedError
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from lessonkit.teaching.votes.addresses import AtOwnAddress, is_loopback
from lessonkit.teaching.votes.limits import Bucket, complain
from lessonkit.teaching.votes.live import address_in_lab
from lessonkit.teaching.votes.messages import Refused, fields

PATIENCE = 10  # seconds until a socket has said who it is
RATE, BURST = 5, 20  # frames of a socket: messages, their parts, pings and pongs
UNREAD = 64 * 1024  # bytes that a socket may leave unread

# Why a socket was closed; the pages know these numbers.
WRONG, REPLACED, FULL, MISUSE = 4001, 4002, 4003, 4004


class Socket(AtOwnAddress, WebSocketHandler):
    """A socket that has to say in its first message, within ten seconds, why it may speak."""

    def initialize(self, lecture):
        self.lecture, self.bucket, self.welcome = lecture, Bucket(RATE, BURST), False

    def open(self):
        self.stream = self.ws_connection.stream
        self.stream.max_write_buffer_size = UNREAD
        self.set_nodelay(True)
        self.receive, self.ws_connection._receive_frame = self.ws_connection._receive_frame, self.receive_frame
        self.late = asyncio.get_running_loop().call_later(PATIENCE, self.end, MISUSE)

    async def receive_frame(self):
        """Take a token for each frame. Tornado says nothing of a message's empty parts, and reads them as fast as they come."""
        await self.receive()
        if not self.bucket.take():
            self.end(MISUSE)
            raise StreamClosedError

    def on_message(self, message):
        if self.stream.closed():
            return
        try:
            if self.welcome:
                self.heard(message)
            else:
                self.join(message)
        except Refused as refused:
            self.refuse(refused)

    def let_in(self):
        self.late.cancel()
        self.lecture.doors.joined(self.stream)
        self.welcome = True

    def send(self, message):
        try:
            self.write_message(message).add_done_callback(_closed_meanwhile)
        except WebSocketClosedError:
            pass
        except StreamBufferFullError:  # it does not read
            self.stream.close()

    def end(self, code):
        """Close the socket, and do not wait for the other side."""
        with contextlib.suppress(StreamBufferFullError):
            self.close(code)
        self.stream.close()

    def on_close(self):
        if hasattr(self, "late"):
            self.late.cancel()
            self.lecture.doors.joined(self.stream)


def _closed_meanwhile(sent):
    """Take note of the error of a message that did not arrive; asyncio would print it."""
    if not sent.cancelled():
        sent.exception()


class Phone(Socket):
    """The socket of a student's phone."""

    phone = None

    def join(self, message):
        code, phone = fields(message, code=str, phone=str)
        if not hmac.compare_digest(code.encode(), self.lecture.code.encode()):
            return self.end(WRONG)
        if len(phone) != 32 or not set(phone) <= set("0123456789abcdef"):
            raise Refused("expected 32 digits from 0 to f as the phone's name")
        self.phone = phone
        gone = self.lecture.seats.take(phone, self)
        if gone is self:
            return self.end(FULL)
        if gone:
            gone.end(REPLACED if gone.phone == phone else FULL)
        self.let_in()
        self.send({**self.lecture.ballot.for_phones(), "mine": self.lecture.ballot.choice(phone)})
        self.lecture.has_changed("")

    def heard(self, message):
        question, round, option = fields(message, question=str, round=int, option=int)
        vote = {"question": question, "round": round, "option": option}
        try:
            self.lecture.ballot.vote(self.phone, question, round, option)
        except Refused as refused:
            return self.send({"refused": str(refused)})
        except sqlite3.Error as error:
            complain(f"a vote could not be kept: {error}")
            return self.send({"refused": "The server could not keep your vote. Try again."})
        self.send({"kept": vote})
        self.lecture.has_changed(question)

    def refuse(self, refused):
        self.end(MISUSE)

    def on_close(self):
        super().on_close()
        if self.phone:
            self.lecture.seats.leave(self.phone, self)
            self.lecture.has_changed("")


class Projector(Socket):
    """The socket of the projector's page. It does nothing before it has shown the instructor's key."""

    def join(self, message):
        (key,) = fields(message, key=str)
        if not hmac.compare_digest(key.encode(), self.lecture.key.encode()):
            return self.end(WRONG)
        self.let_in()
        self.lecture.projectors.add(self)
        host = self.request.host_name
        address = self.lecture.address if is_loopback(host) else f"http://{self.request.host}"
        shown = {name: self.lecture.ballot.for_projector(name) for name in self.lecture.ballot.questions}
        scan = segno.make(f"{address}/#{self.lecture.code}", error="m").svg_data_uri(border=2, scale=10)
        join = {"address": address, "code": self.lecture.code, "scan": scan}
        self.send({"join": join, "questions": shown, "phones": len(self.lecture.seats)})

    def heard(self, message):
        command, question = fields(message, do=str, question=str)
        if command == "live":
            self.looking = asyncio.ensure_future(self.open_live())
            return
        try:
            changed = self.lecture.ballot.command(command, question)
        except sqlite3.Error as error:
            raise Refused(f"The votes' file cannot be written: {error}") from None
        self.lecture.tell_phones()
        self.lecture.changed.update(changed)
        self.lecture.tell_projectors()

    async def open_live(self):
        found = await asyncio.get_running_loop().run_in_executor(None, address_in_lab, self.lecture.lesson)
        self.send({"live": found})

    def refuse(self, refused):
        self.send({"refused": str(refused)})

    def on_close(self):
        super().on_close()
        self.lecture.projectors.discard(self)
