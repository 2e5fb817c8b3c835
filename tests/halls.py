"""A class that votes: the server in this process, and phones and projectors that speak to it over real sockets."""

import asyncio
import contextlib
import json
import queue
import secrets
import threading

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.netutil import bind_sockets
from tornado.websocket import websocket_connect

from lessonkit.commands.teach import new_session
from lessonkit.display.asked import asked_in_lesson
from lessonkit.teaching.votes import pages
from lessonkit.teaching.votes.ballot import Ballot
from lessonkit.teaching.votes.lecture import Lecture
from lessonkit.teaching.votes.server import listening
from lessonkit.teaching.votes.store import Store

LESSON = "05-adam"
QUESTION = "05-first-step"
PATIENCE = 30  # seconds, after which a test fails


def phone_id():
    return secrets.token_hex(16)


class Client:
    """A socket that says and hears JSON."""

    def __init__(self, socket):
        self.socket = socket

    def say(self, **message):
        self.socket.write_message(json.dumps(message))

    async def hear(self):
        """The next message; None once the socket is closed."""
        text = await asyncio.wait_for(self.socket.read_message(), PATIENCE)
        return None if text is None else json.loads(text)

    async def hear_of(self, key):
        """The next message that has this key."""
        while message := await self.hear():
            if key in message:
                return message
        raise AssertionError(f"closed with {self.socket.close_code}, before {key}")

    async def hear_phase(self, phase, question=QUESTION):
        """What a projector shows of a question, once it is in that phase."""
        while (shown := (await self.hear_of("questions"))["questions"].get(question, {})).get("phase") != phase:
            pass
        return shown

    async def closed(self):
        """The code with which the other side closes."""
        while await self.hear() is not None:
            pass
        return self.socket.close_code

    async def vote(self, option, question=QUESTION, round=1):
        """Vote, and return what is answered."""
        self.say(question=question, round=round, option=option)
        while message := await self.hear():
            if "kept" in message or "refused" in message:
                return message


class Session:
    """A server with a class, and ways to reach it."""

    def __init__(self, lecture, port):
        self.lecture, self.port = lecture, port
        self.site = f"127.0.0.1:{port}"

    async def get(self, path, **options):
        """The answer to a request, whatever its status."""
        request = HTTPRequest(f"http://{self.site}{path}", follow_redirects=False, **options)
        return await AsyncHTTPClient(force_instance=True).fetch(request, raise_error=False)

    async def socket(self, path, headers=None):
        return Client(await websocket_connect(HTTPRequest(f"ws://{self.site}{path}", headers=headers)))

    async def phone(self, name=None, code=None):
        """A phone that has joined."""
        client = await self.socket("/phone")
        client.say(code=code or self.lecture.code, phone=name or phone_id())
        client.first = await client.hear()
        return client

    async def projector(self):
        """A projector that has joined."""
        client = await self.socket("/projector/socket")
        client.say(key=self.lecture.key)
        client.first = await client.hear_of("join")
        return client

    async def opened(self, question=QUESTION):
        """A projector that has opened a question."""
        projector = await self.projector()
        projector.say(do="open", question=question)
        await projector.hear_phase("open", question)
        return projector


@contextlib.asynccontextmanager
async def session(folder, questions=None, most=1000, port=0, killed=False, deck=None, premises=None):
    """A server of its own, while a test runs."""
    questions = questions or asked_in_lesson(LESSON)
    store = Store(folder / "votes.sqlite", LESSON, questions, new_session)
    (listens,) = bind_sockets(port, "127.0.0.1", backlog=1024)
    port = listens.getsockname()[1]
    lecture = Lecture(LESSON, Ballot(store, questions, premises), f"http://127.0.0.1:{port}", most)
    made = {f"{LESSON}-slides.html": pages.with_votes(deck or pages.questions_alone(LESSON, questions))}
    server = listening(lecture, made, [listens])
    try:
        yield Session(lecture, port)
    finally:
        server.stop()
        for each in (*lecture.seats, *lecture.projectors):
            each.end(1001)
        await server.close_all_connections()
        store.database.close() if killed else store.close()


def in_session(**options):
    """Make a test of a coroutine that gets a `Session`."""

    def decorate(test):
        def run(tmp_path):
            async def inner():
                async with session(tmp_path, **options) as opened:
                    await test(opened)

            asyncio.run(asyncio.wait_for(inner(), 4 * PATIENCE))

        run.__name__, run.__doc__, run.__module__ = test.__name__, test.__doc__, test.__module__
        return run

    return decorate


@contextlib.contextmanager
def served(folder, **options):
    """A server in a thread of its own, for a browser: its `Session`."""
    found, loop = queue.Queue(), asyncio.new_event_loop()

    async def run():
        async with session(folder, **options) as opened:
            opened.end = asyncio.Event()
            found.put(opened)
            await opened.end.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=[run()])
    thread.start()
    opened = found.get(timeout=PATIENCE)
    try:
        yield opened
    finally:
        loop.call_soon_threadsafe(opened.end.set)
        thread.join(PATIENCE)
        loop.close()
