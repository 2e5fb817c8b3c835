"""Serves the page for phones and, to whoever has the key, the instructor's pages."""

import hmac
import json
import logging

from tornado.httpserver import HTTPServer
from tornado.web import Application, HTTPError, RequestHandler

from lessonkit.teaching.votes import pages
from lessonkit.teaching.votes.addresses import AtOwnAddress, own_names
from lessonkit.teaching.votes.messages import LONGEST, fields
from lessonkit.teaching.votes.sockets import Phone, Projector

PATIENCE = 10  # seconds for a request
BACKLOG = 1024  # phones that scan the code in the same moment
COOKIE = "lessonkit_projector"


class Page(AtOwnAddress, RequestHandler):
    """A page of the server, which is shown in no frame of another page."""

    def initialize(self, lecture=None, html="", policy="", kind="text/html"):
        self.lecture, self.html, self.policy, self.kind = lecture, html, policy, kind

    def set_default_headers(self):
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cache-Control", "no-store")
        self.clear_header("Server")

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
        if not hmac.compare_digest(key.encode(), self.lecture.key.encode()):
            raise HTTPError(403)
        self.set_cookie(COOKIE, self.lecture.cookie, httponly=True, samesite="Strict", path="/projector")
        self.finish(self.html)


class Opened(Page):
    """A page of the instructor's, for whoever has the cookie."""

    def prepare(self):
        super().prepare()
        if not hmac.compare_digest(self.get_cookie(COOKIE, "").encode(), self.lecture.cookie.encode()):
            raise HTTPError(403)


class Server(HTTPServer):
    """Takes note of each connection as it comes."""

    def initialize(self, lecture, *arguments, **options):
        self.lecture = lecture
        super().initialize(*arguments, **options)

    def handle_stream(self, stream, address):
        self.lecture.doors.arrived(stream)
        super().handle_stream(stream, address)


def application(lecture, made):
    """All that the server answers.

    Parameters
    ----------
    lecture : Lecture
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
            ("/phone", Phone, {"lecture": lecture}),
            ("/projector", Page, {"html": door, "policy": door_policy}),
            ("/projector/enter", Enter, {"lecture": lecture, "html": json.dumps(list(made))}),
            *(
                (f"/projector/{name}", Opened, {"lecture": lecture, "html": html, "policy": own})
                for name, html in made.items()
            ),
            ("/projector/socket", Projector, {"lecture": lecture}),
            ("/projector/teach.js", Page, {"html": script, "kind": "text/javascript"}),
            ("/projector/teach.css", Page, {"html": style, "kind": "text/css"}),
        ],
        default_handler_class=Missing,
        log_function=lambda handler: None,  # nobody can fill the terminal
        websocket_max_message_size=LONGEST,
        websocket_ping_interval=20,
        websocket_ping_timeout=20,
    )


def listening(lecture, made, sockets):
    """A server that has begun to answer."""
    own_names()  # before a request needs them
    logging.getLogger("tornado").setLevel(logging.CRITICAL)  # it would log what is wrong with a request
    server = Server(
        lecture,
        application(lecture, made),
        idle_connection_timeout=PATIENCE,
        body_timeout=PATIENCE,
        max_header_size=16 * 1024,
        max_body_size=LONGEST,
    )
    server.add_sockets(sockets)
    return server
