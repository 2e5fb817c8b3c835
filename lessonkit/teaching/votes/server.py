"""Serves the projector's page and the phones of a class. Of what phones send it reads votes, and runs nothing."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import sqlite3
import sys

import segno
from tornado.httpserver import HTTPServer
from tornado.iostream import StreamBufferFullError
from tornado.web import Application, HTTPError, RequestHandler
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from lessonkit.teaching.votes import pages
from lessonkit.teaching.votes.addresses import is_loopback, is_own
from lessonkit.teaching.votes.limits import Bucket, Doors, Seats
from lessonkit.teaching.votes.live import address_in_lab
from lessonkit.teaching.votes.messages import LONGEST, Refused, fields

PATIENCE = 10  # seconds for a request, and for the first message of a socket
RATE, BURST = 5, 20  # messages of a socket
BACKLOG = 1024  # phones that scan the code in the same moment
UNREAD = 64 * 1024  # bytes that a socket may leave unread
TICK = 0.05  # seconds between two pictures of the votes
COOKIE = "lessonkit_projector"

# Why a socket was closed; the pages know these numbers.
WRONG, REPLACED, FULL, MISUSE = 4001, 4002, 4003, 4004


class Hall:
    """A class in session: its ballot, its sockets, and what they may take.

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


class Page(RequestHandler):
    """A page of the server. It answers only by an address of this machine, and in no frame of another page."""

    def initialize(self, hall=None, html="", policy="", kind="text/html"):
        self.hall, self.html, self.policy, self.kind = hall, html, policy, kind

    def set_default_headers(self):
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cache-Control", "no-store")
        self.clear_header("Server")

    def prepare(self):
        if not is_own(self.request.host_name):
            raise HTTPError(403)

    def write_error(self, status, **_):
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{status}")  # nothing of the request

    def get(self):
        self.set_header("Content-Type", f"{self.kind}; charset=utf-8")
        if self.policy:
            connect = f"connect-src 'self' ws://{self.request.host}"  # 'self' has no sockets in older browsers
            self.set_header("Content-Security-Policy", f"{self.policy}; {connect}")
        self.finish(self.html)


class Missing(Page):
    """There is nothing at this address."""

    def prepare(self):
        raise HTTPError(404)


class Enter(Page):
    """Takes the instructor's key, and gives the cookie that opens the instructor's pages, and their names."""

    SUPPORTED_METHODS = ("POST",)

    def post(self):
        try:
            (key,) = fields(self.request.body.decode(), key=str)
        except ValueError:
            raise HTTPError(403) from None
        if not hmac.compare_digest(key.encode(), self.hall.key.encode()):
            raise HTTPError(403)
        self.set_cookie(COOKIE, self.hall.cookie, httponly=True, samesite="Strict", path="/projector")
        self.finish(self.html)


class Opened(Page):
    """A page of the instructor's, for whoever has the cookie."""

    def prepare(self):
        super().prepare()
        if not hmac.compare_digest(self.get_cookie(COOKIE, "").encode(), self.hall.cookie.encode()):
            raise HTTPError(403)


class Socket(WebSocketHandler):
    """A socket that has to say in its first message, within ten seconds, why it may speak."""

    def initialize(self, hall):
        self.hall, self.bucket, self.welcome = hall, Bucket(RATE, BURST), False

    def prepare(self):
        if not is_own(self.request.host_name):
            raise HTTPError(403)

    def open(self):
        self.stream = self.ws_connection.stream
        self.stream.max_write_buffer_size = UNREAD
        self.set_nodelay(True)
        self.late = asyncio.get_running_loop().call_later(PATIENCE, self.end, MISUSE)

    def on_message(self, message):
        if self.stream.closed():
            return
        if not self.bucket.take():
            return self.end(MISUSE)
        try:
            if self.welcome:
                self.heard(message)
            else:
                self.join(message)
        except Refused as refused:
            self.refuse(refused)

    def on_ping(self, data):
        if not self.bucket.take():
            self.end(MISUSE)

    def let_in(self):
        self.late.cancel()
        self.hall.doors.joined(self.stream)
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
            self.hall.doors.joined(self.stream)


def _closed_meanwhile(sent):
    """Take note of the error of a message that did not arrive; asyncio would print it."""
    if not sent.cancelled():
        sent.exception()


class Phone(Socket):
    """The socket of a student's phone."""

    phone = None

    def join(self, message):
        code, phone = fields(message, code=str, phone=str)
        if not hmac.compare_digest(code.encode(), self.hall.code.encode()):
            return self.end(WRONG)
        if len(phone) != 32 or not set(phone) <= set("0123456789abcdef"):
            raise Refused("expected 32 digits from 0 to f as the phone's name")
        self.phone = phone
        gone = self.hall.seats.take(phone, self)
        if gone is self:
            return self.end(FULL)
        if gone:
            gone.end(REPLACED if gone.phone == phone else FULL)
        self.let_in()
        self.send({**self.hall.ballot.for_phones(), "mine": self.hall.ballot.choice(phone)})
        self.hall.has_changed("")

    def heard(self, message):
        question, round, option = fields(message, question=str, round=int, option=int)
        vote = {"question": question, "round": round, "option": option}
        try:
            self.hall.ballot.vote(self.phone, question, round, option)
        except Refused as refused:
            return self.send({"refused": str(refused)})
        except sqlite3.Error as error:
            print(f"lessonkit: a vote could not be kept: {error}", file=sys.stderr, flush=True)
            return self.send({"refused": "The server could not keep your vote. Try again."})
        self.hall.seats.has_voted(self.phone)
        self.send({"kept": vote})
        self.hall.has_changed(question)

    def refuse(self, refused):
        self.end(MISUSE)

    def on_close(self):
        super().on_close()
        if self.phone:
            self.hall.seats.leave(self.phone, self)
            self.hall.has_changed("")


class Projector(Socket):
    """The socket of the projector's page. It does nothing before it has shown the instructor's key."""

    def join(self, message):
        (key,) = fields(message, key=str)
        if not hmac.compare_digest(key.encode(), self.hall.key.encode()):
            return self.end(WRONG)
        self.let_in()
        self.hall.projectors.add(self)
        host = self.request.host_name
        address = self.hall.address if is_loopback(host) else f"http://{self.request.host}"
        shown = {name: self.hall.ballot.for_projector(name) for name in self.hall.ballot.questions}
        scan = segno.make(f"{address}/#{self.hall.code}", error="m").svg_data_uri(border=2, scale=10)
        join = {"address": address, "code": self.hall.code, "scan": scan}
        self.send({"join": join, "questions": shown, "phones": len(self.hall.seats)})

    def heard(self, message):
        command, question = fields(message, do=str, question=str)
        if command == "live":
            self.looking = asyncio.ensure_future(self.open_live())
            return
        try:
            changed = self.hall.ballot.command(command, question)
        except sqlite3.Error as error:
            raise Refused(f"The votes' file cannot be written: {error}") from None
        self.hall.tell_phones()
        self.hall.changed.update(changed)
        self.hall.tell_projectors()

    async def open_live(self):
        found = await asyncio.get_running_loop().run_in_executor(None, address_in_lab, self.hall.lesson)
        self.send({"live": found})

    def refuse(self, refused):
        self.send({"refused": str(refused)})

    def on_close(self):
        super().on_close()
        self.hall.projectors.discard(self)


class Server(HTTPServer):
    """Takes note of each connection as it comes."""

    def initialize(self, hall, *arguments, **options):
        self.hall = hall
        super().initialize(*arguments, **options)

    def handle_stream(self, stream, address):
        self.hall.doors.arrived(stream)
        super().handle_stream(stream, address)


def application(hall, made):
    """All that the server answers.

    Parameters
    ----------
    hall : Hall
    made : dict, name → HTML of the instructor's pages, the one for the projector first
    """
    phone, phone_policy = pages.page("phone.html")
    door, door_policy = pages.page("projector.html")
    own = "default-src 'self' 'unsafe-inline' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    script, style = ((pages.FOLDER / name).read_text(encoding="utf-8") for name in ("teach.js", "teach.css"))
    return Application(
        [
            ("/", Page, {"html": phone, "policy": phone_policy}),
            ("/favicon.ico", Page, {"kind": "image/x-icon"}),  # browsers ask for one
            ("/phone", Phone, {"hall": hall}),
            ("/projector", Page, {"html": door, "policy": door_policy}),
            ("/projector/enter", Enter, {"hall": hall, "html": json.dumps(list(made))}),
            *(
                (f"/projector/{name}", Opened, {"hall": hall, "html": html, "policy": own})
                for name, html in made.items()
            ),
            ("/projector/socket", Projector, {"hall": hall}),
            ("/projector/teach.js", Page, {"html": script, "kind": "text/javascript"}),
            ("/projector/teach.css", Page, {"html": style, "kind": "text/css"}),
        ],
        default_handler_class=Missing,
        log_function=lambda handler: None,  # nobody can fill the terminal
        websocket_max_message_size=LONGEST,
        websocket_ping_interval=20,
        websocket_ping_timeout=20,
    )


def listening(hall, made, sockets):
    """A server that has begun to answer."""
    server = Server(
        hall,
        application(hall, made),
        idle_connection_timeout=PATIENCE,
        body_timeout=PATIENCE,
        max_header_size=16 * 1024,
        max_body_size=LONGEST,
    )
    server.add_sockets(sockets)
    return server
