"""Attacks on a class that votes, from the same network: none stops it, counts twice, or reaches the instructor's page."""

import asyncio
import contextlib
import datetime
import json
import logging
import os
import re

import pytest
from halls import LESSON, PATIENCE, QUESTION, in_session, phone_id
from markupsafe import escape

from lessonkit.commands import teach
from lessonkit.display.asked import Asked, Option, asked_in_lesson
from lessonkit.teaching.votes import addresses, limits, pages, sockets
from lessonkit.teaching.votes.addresses import is_own
from lessonkit.teaching.votes.ballot import Ballot
from lessonkit.teaching.votes.messages import LONGEST, Refused, fields
from lessonkit.teaching.votes.server import Page
from lessonkit.teaching.votes.sockets import BURST, FULL, MISUSE, REPLACED, WRONG, Phone
from lessonkit.teaching.votes.store import Store

pytestmark = pytest.mark.slow

QUESTIONS = asked_in_lesson(LESSON)
HTML = "<img src=x onerror=alert(1)>"
HOSTILE = {QUESTION: Asked(f"{HTML} & so on", [Option(f"{HTML}{k}", f"{HTML} why", k == 0) for k in range(3)])}


async def honest(hall, name=None):
    """A phone that joins and votes as it should, from the address of all the others."""
    phone = await hall.phone(name or phone_id())
    assert "kept" in await phone.vote(1)
    return phone


async def raw(hall, data=b""):
    """A connection that has sent some bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", hall.port)
    writer.write(data)
    await writer.drain()
    return reader, writer


@in_session()
async def test_a_message_that_is_too_large_ends_its_socket_alone(hall):
    await hall.opened()
    good = await hall.phone()
    for size in (LONGEST + 1, 10_000_000):
        before = await hall.phone()
        before.socket.write_message("x" * size)
        assert await before.closed() in (1009, None)
        first = await hall.socket("/phone")
        first.socket.write_message("x" * size)
        assert await first.closed() in (1009, None)
    assert "kept" in await good.vote(0)
    assert hall.lecture.ballot.counts(QUESTION) == [[1, 0, 0, 0]]


@in_session()
async def test_large_bodies_and_headers_are_refused(hall):
    large = {"method": "POST", "body": "x" * (LONGEST + 1)}, {"headers": {"X": "x" * 100_000}}
    for request in large:
        with contextlib.suppress(OSError):  # the connection is reset while the rest is being sent
            assert (await hall.get("/projector/enter", **request)).code in (400, 413, 431, 599)
    assert (await hall.get("/")).code == 200


@in_session(most=40)
async def test_slow_connections_give_way_to_an_honest_phone(hall):
    """More than the server keeps: silent ones, half a request, half a body, and sockets that never say who they are."""
    await hall.opened()
    body = b"POST /projector/enter HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900\r\n\r\n{"
    slow = [await raw(hall, data) for data in (b"", b"GET / HTTP/1.1\r\nHost:", body) for _ in range(15)]
    silent = [await hall.socket("/phone") for _ in range(15)]
    assert len(hall.lecture.doors.waiting) == 10  # a quarter; the others are closed
    await honest(hall)
    assert await asyncio.wait_for(slow[0][0].read(), PATIENCE) == b""
    assert len(silent) == 15


@in_session()
async def test_a_socket_that_does_not_say_who_it_is_is_closed_after_a_while(hall):
    assert sockets.PATIENCE == 10
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sockets, "PATIENCE", 0.1)
        silent = await hall.socket("/phone")
        assert await silent.closed() == MISUSE
    joined = await hall.phone()
    await asyncio.sleep(0.3)
    joined.say(question=QUESTION, round=1, option=0)
    assert "refused" in await joined.hear_of("refused")


@in_session(most=120)
async def test_a_flood_behind_one_address_does_not_shut_out_an_honest_phone(hall):
    """Guesses, messages without end, and more phones than there are seats, all from the address of the honest phones."""
    await hall.opened()
    name = phone_id()
    voter = await honest(hall, name)
    stop = asyncio.Event()

    async def flood(kind):
        while not stop.is_set():
            try:
                if kind == "guesses":
                    await (await hall.socket("/phone")).socket.write_message(
                        json.dumps({"code": "AAAAAA", "phone": phone_id()})
                    )
                elif kind == "messages":
                    phone = await hall.phone()
                    for _ in range(200):
                        phone.say(question=QUESTION, round=1, option=0)
                    assert await phone.closed() in (MISUSE, None)
                elif kind == "seats":
                    await hall.phone()
                else:
                    await raw(hall, b"GET /")
            except Exception:
                await asyncio.sleep(0)

    thinking = await hall.phone()
    attackers = [
        asyncio.ensure_future(flood(kind)) for kind in ("guesses", "messages", "seats", "slow") for _ in range(3)
    ]
    try:
        while len(hall.lecture.seats) < 90:  # every seat is taken
            await asyncio.sleep(0.01)
        assert "kept" in await thinking.vote(1)  # its own socket was never touched
        voter.socket.close()
        await asyncio.wait_for(until_kept(hall, name), PATIENCE)  # though an invented name has its seat now
    finally:
        stop.set()
        await asyncio.gather(*attackers, return_exceptions=True)
    assert hall.lecture.ballot.votes[QUESTION, 1][name] == 2


async def until_kept(hall, name):
    """What the page on a phone does: it tries until its vote is acknowledged."""
    while True:
        try:
            phone = await hall.phone(name)
            if "kept" in (await phone.vote(2) or {}):
                return
        except Exception:
            await asyncio.sleep(0.01)


@in_session()
async def test_a_socket_that_sends_too_much_is_closed_and_its_burst_counts_once(hall):
    await hall.opened()
    phone = await hall.phone()
    for _ in range(10 * BURST):
        phone.say(question=QUESTION, round=1, option=3)
    assert await phone.closed() in (MISUSE, None)
    assert hall.lecture.ballot.counts(QUESTION) == [[0, 0, 0, 1]]
    pinging = await hall.phone()
    for _ in range(10 * BURST):
        try:
            pinging.socket.ping(b"x")
        except Exception:
            break
    assert await pinging.closed() in (MISUSE, None)


def frame(kind, data=b"", last=True):
    """A frame of a socket (RFC 6455), masked with zeros; `kind` 0 is the next part of a message, 1 its beginning, 10 a pong."""
    return bytes([128 * last | kind, 128 | len(data)]) + b"\0\0\0\0" + data


@pytest.mark.parametrize("kind, begun", [(0, frame(1, last=False)), (9, b""), (10, b"")])
def test_frames_that_hold_no_message_cost_tokens_as_well(kind, begun, tmp_path, monkeypatch):
    ended = []
    end = Phone.end
    monkeypatch.setattr(Phone, "end", lambda self, code: (ended.append(code), end(self, code)))

    @in_session()
    async def test(hall):
        await hall.opened()
        joined = frame(1, json.dumps({"code": hall.lecture.code, "phone": "a" * 32}).encode())
        hello = f"GET /phone HTTP/1.1\r\nHost: {hall.site}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        hello += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        reader, _ = await raw(hall, hello.encode() + joined + begun + frame(kind, last=kind > 0) * 10 * BURST)
        with contextlib.suppress(ConnectionResetError):
            await asyncio.wait_for(reader.read(), PATIENCE)  # until the server closes it
        assert ended == [MISUSE]  # what it sent beyond is not looked at
        await honest(hall)

    test(tmp_path)


def test_the_newest_name_gives_way_to_one_that_was_there_before_it():
    seats = limits.Seats(2, ["voter"])
    assert [seats.take(name, name) for name in ("early", "late")] == [None, None]
    assert seats.take("new", "new") == "new" and sorted(seats) == ["early", "late"]
    assert seats.take("voter", "voter") == "late" and sorted(seats) == ["early", "voter"]
    assert seats.take("late", "late") == "late"
    assert seats.take("early", "again") == "early" and sorted(seats) == ["again", "voter"]
    seats.leave("early", "early")  # the old connection, which ends later
    assert len(seats) == 2
    seats.leave("early", "again")
    assert seats.take("new", "new") is None
    assert seats.take("early", "early") == "new"  # its seat was taken meanwhile


def test_a_class_has_so_many_names_and_no_more():
    seats = limits.Seats(2, ["first", "second"])
    assert seats.take("first", "a") is seats.take("second", "b") is None
    for number in range(100):  # in a full hall; they use up no names
        assert seats.take(f"refused {number}", "c") == "c"
    seats.leave("first", "a")
    for number in range(2 * limits.NAMES - 2):
        assert seats.take(f"new {number}", "c") is None
        seats.leave(f"new {number}", "c")
    assert seats.take("one more", "c") == "c" and seats.take("first", "a") is None


@in_session(most=8)
async def test_votes_of_invented_names_take_no_place_from_who_thinks_or_whose_connection_drops(hall):
    await hall.opened()
    name = phone_id()
    thinking, voter = await hall.phone(), await honest(hall, name)
    for _ in range(4):
        await honest(hall)  # a program that invents names; the hall has six seats
    late = await hall.socket("/phone")
    late.say(code=hall.lecture.code, phone=phone_id())
    assert await late.closed() == FULL
    voter.socket.close()
    while len(hall.lecture.seats) > 5:
        await asyncio.sleep(0)
    await honest(hall)  # the program takes the free seat
    assert (await hall.phone(name)).first["mine"] == 1
    assert "kept" in await thinking.vote(2)


def test_phones_that_voted_before_a_restart_come_before_new_names_in_their_order(tmp_path):
    names = sorted(map(str, range(5)), reverse=True)
    store = Store(tmp_path / "votes.sqlite", LESSON, QUESTIONS, teach.new_session)
    ballot = Ballot(store, QUESTIONS)
    ballot.command("open", QUESTION)
    for name in (*names, names[0]):  # the first one changes its mind
        ballot.vote(name, QUESTION, 1, 0)
    store.database.close()
    after = Store(tmp_path / "votes.sqlite", LESSON, QUESTIONS, teach.new_session)
    assert list(Ballot(after, QUESTIONS).voters) == names
    after.close()


def pre_made(path, code="ABCDEF", key="x" * 22):
    """What somebody who knows the key may have put there."""
    store = Store(path, LESSON, QUESTIONS, lambda: (code, key))
    store.pages(50, lambda: {"slides.html": "<script>"})
    store.database.close()


@pytest.mark.skipif(os.name == "nt", reason="rights of Unix")
@pytest.mark.parametrize("kind", ["read", "written", "owned", "symbolic", "hard", "pipe", "wal", "code", "key"])
def test_a_file_that_another_account_may_have_made_is_refused(kind, tmp_path, monkeypatch):
    path, other = tmp_path / "votes.sqlite", tmp_path / "other"
    if kind in ("code", "key"):
        pre_made(path, **{kind: "<img>"})
    elif kind == "symbolic":
        pre_made(other)
        path.symlink_to(other)
    elif kind == "pipe":
        os.mkfifo(path, 0o600)
    elif kind == "wal":
        (tmp_path / "votes.sqlite-wal").touch(0o666)
    else:
        pre_made(path)
        if kind == "hard":
            os.link(path, other)
        elif kind == "owned":
            monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
        else:
            path.chmod(0o604 if kind == "read" else 0o620)
    before = sorted((each.name, each.lstat().st_size) for each in tmp_path.iterdir())
    with pytest.raises(ValueError, match=r"name another file with --out|Name a file in a folder of your own"):
        Store(path, LESSON, QUESTIONS, teach.new_session)
    assert sorted((each.name, each.lstat().st_size) for each in tmp_path.iterdir()) == before


def test_a_class_goes_on_after_midnight_until_it_has_ended(tmp_path, monkeypatch):
    first = teach.file_for(LESSON, tmp_path)
    store = Store(first, LESSON, QUESTIONS, teach.new_session)
    store.database.close()  # as if it was killed

    class Tomorrow(datetime.date):
        @classmethod
        def today(cls):
            return super().today() + datetime.timedelta(days=1)

    monkeypatch.setattr(teach.datetime, "date", Tomorrow)
    new = tmp_path / f"votes-{LESSON}-{Tomorrow.today()}.sqlite"
    assert teach.file_for(LESSON, tmp_path) == first
    assert teach.file_for("06-weight-decay", tmp_path).name.startswith("votes-06-weight-decay")
    os.utime(first, (0, 0))  # a class of last year
    assert teach.file_for(LESSON, tmp_path) == new
    os.utime(first)
    first.chmod(0o604)  # perhaps somebody else's
    assert teach.file_for(LESSON, tmp_path) == (new if os.name != "nt" else first)
    first.chmod(0o600)
    Store(first, LESSON, QUESTIONS, teach.new_session).close()
    assert teach.file_for(LESSON, tmp_path) == new


def test_nothing_that_a_client_sends_is_printed(tmp_path, capfd):
    @in_session()
    async def test(hall):
        site, key = f"Host: {hall.site}\r\n", "Sec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n"
        upgrade = f"{site}Upgrade: websocket\r\nConnection: Upgrade\r\n{key}"
        for origin in ("http://[", "http://[::1"):
            assert (await hall.get("/", headers={"Origin": origin})).code == 403
            for path in ("/phone", "/projector/socket"):
                reader, _ = await raw(hall, f"GET {path} HTTP/1.1\r\n{upgrade}Origin: {origin}\r\n\r\n".encode())
                assert b" 403 " in await asyncio.wait_for(reader.readline(), PATIENCE)
        body = {"method": "POST", "body": "a"}
        for path in ("/projector/enter", "/", "/phone", "/nothing"):
            for form in ("multipart/form-data", "multipart/form-data; boundary=b", "application/x-www-form-urlencoded"):
                answer = await hall.get(path, headers={"Content-Type": form}, **body)
                assert 400 <= answer.code < 500
        for request in (
            "GET /%ff?%ff=%ff HTTP/1.1",
            "GET http://[/ HTTP/1.1",
            "BREW / HTTP/1.1",
            "GET /phone HTTP/1.1",
        ):
            for host in (site, "Host: [\r\n", "", "Host: a:b\r\nHost: c\r\n"):
                reader, writer = await raw(hall, f"{request}\r\n{host}Cookie: \x01;=[\r\n\r\n".encode())
                assert b" 500 " not in await asyncio.wait_for(reader.readline(), PATIENCE)
                writer.close()
        await hall.opened()
        await honest(hall)
        # What Tornado would say of a phone that has left the network
        assert not logging.getLogger("tornado.general").isEnabledFor(logging.ERROR)

    test(tmp_path)
    assert capfd.readouterr() == ("", "")


def test_the_servers_own_errors_are_printed_once_and_without_the_request(tmp_path, capfd, monkeypatch):
    limits.complain.cache_clear()
    monkeypatch.setattr(Phone, "join", lambda self, message: 1 / 0)
    monkeypatch.setattr(Page, "get", lambda self: 1 / 0)

    @in_session()
    async def test(hall):
        for number in range(3):
            assert (await hall.get(f"/?secret{number}")).code == 500
            phone = await hall.socket("/phone")
            phone.say(secret=number)
            assert await phone.hear() is None

    test(tmp_path)
    printed = capfd.readouterr().err
    assert printed.count("ZeroDivisionError") == printed.count("\n") == 2 and "secret" not in printed


@in_session()
async def test_a_phone_that_does_not_read_is_dropped(hall):
    await hall.opened()
    phone = await hall.phone()
    (connection,) = hall.lecture.seats
    for _ in range(200_000):
        if connection.stream.closed():
            break
        connection.send("x" * 1000)
    assert connection.stream.closed()
    await honest(hall)
    assert phone


@in_session(questions=HOSTILE)
async def test_html_is_text_in_every_field(hall):
    page = (await hall.get("/projector/05-adam-slides.html", headers=await cookie(hall))).body.decode()
    assert HTML not in page and str(escape(f"{HTML}2")) in page
    for said in ({"code": HTML, "phone": phone_id()}, {"code": hall.lecture.code, "phone": HTML}):
        phone = await hall.socket("/phone")
        phone.say(**said)
        assert await phone.hear() is None
    projector = await hall.opened()
    phone = await hall.phone()
    answer = await phone.vote(0, question=HTML)
    assert set(answer) == {"refused"} and HTML not in str(answer)
    projector.say(do=HTML, question=HTML)
    assert HTML not in str(await projector.hear_of("refused"))
    for path in (f"/{HTML.replace(' ', '%20')}", f"/projector/{HTML.replace(' ', '%20')}"):
        answer = await hall.get(path)
        assert (
            answer.code == 404 and b"<" not in answer.body and answer.headers["Content-Type"].startswith("text/plain")
        )


@pytest.mark.parametrize("name", ["phone.html", "teach.js"])
def test_the_pages_write_what_comes_as_text_never_as_html(name):
    source = (pages.FOLDER / name).read_text()
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", source)


@in_session()
async def test_nothing_runs_in_the_phones_page_but_its_own_script(hall):
    answer = await hall.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    for path in ("/", "/projector", "/projector/teach.js"):
        headers = (await hall.get(path)).headers
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "no-referrer"


@in_session()
async def test_a_wrong_code_opens_nothing_however_often_it_is_tried(hall):
    await hall.opened()
    for code in (
        "",
        "AAAAAA",
        hall.lecture.code.lower(),
        hall.lecture.code + " ",
        hall.lecture.code[:5],
        "ÄÖÜ",
        "\x00" * 6,
    ):
        phone = await hall.socket("/phone")
        phone.say(code=code, phone=phone_id())
        phone.say(question=QUESTION, round=1, option=0)
        assert await phone.hear() is None and phone.socket.close_code == WRONG
    for _ in range(100):
        guess = await hall.socket("/phone")
        guess.say(code="AAAAAA", phone=phone_id())
        assert await guess.closed() == WRONG
    assert hall.lecture.ballot.votes == {}
    await honest(hall)  # from the address of all these guesses


@in_session()
async def test_messages_that_are_said_again_count_once_and_in_their_own_round_alone(hall):
    projector = await hall.opened()
    name = phone_id()
    phone = await hall.phone(name)
    for _ in range(3):
        assert "kept" in await phone.vote(0)
    for step in ("close", "again"):
        projector.say(do=step, question=QUESTION)
        await projector.hear_phase("closed" if step == "close" else "open")
    assert await phone.vote(0, round=1) == {"refused": "This vote is closed."}
    assert hall.lecture.ballot.counts(QUESTION) == [[1, 0, 0, 0], [0, 0, 0, 0]]
    other = await hall.phone(name)  # somebody who has heard the phone's name takes its place, and has one vote with it
    assert await phone.closed() == REPLACED
    assert "kept" in await other.vote(2, round=2)
    assert hall.lecture.ballot.counts(QUESTION) == [[1, 0, 0, 0], [0, 0, 1, 0]]


@in_session()
async def test_votes_before_joining_for_closed_rounds_and_for_unknown_options_do_not_count(hall):
    stranger = await hall.socket("/phone")
    stranger.say(question=QUESTION, round=1, option=0)
    assert await stranger.closed() == MISUSE
    phone = await hall.phone()
    assert await phone.vote(0) == {"refused": "This vote is closed."}  # not yet open
    projector = await hall.opened()
    for option in (-1, 4, 10**400):
        assert await phone.vote(option) == {"refused": "There is no such option."}
    for question, round in ((QUESTION, 0), (QUESTION, 2), ("05-scale", 1), ("", 1), ("06-penalty", 1)):
        assert await phone.vote(0, question, round) == {"refused": "This vote is closed."}
    projector.say(do="close", question=QUESTION)
    await projector.hear_phase("closed")
    assert await phone.vote(0) == {"refused": "This vote is closed."}
    assert hall.lecture.ballot.votes == {}


MALFORMED = [
    "",
    "vote",
    "null",
    "[]",
    "{}",
    "1e999",
    "[" * 1000,
    '{"question": "05-first-step", "round": 1}',
    '{"question": "05-first-step", "round": 1, "option": 0, "more": 0}',
    '{"question": "05-first-step", "round": 1, "option": 0, "option": 1}',
    '{"question": "05-first-step", "round": 1, "option": "0"}',
    '{"question": "05-first-step", "round": 1, "option": 0.0}',
    '{"question": "05-first-step", "round": 1, "option": true}',
    '{"question": "05-first-step", "round": 1, "option": NaN}',
    '{"question": "05-first-step", "round": 1, "option": Infinity}',
    '{"question": ["05-first-step"], "round": 1, "option": 0}',
    '{"question": "\\ud800", "round": 1, "option": 0}',
    "{'question': '05-first-step', 'round': 1, 'option': 0}",
    '{"round": 1, "option": ' + "9" * 900 + "9" * 90 + "}",
    "__import__('os').system('true')",
]


@pytest.mark.parametrize("text", MALFORMED)
def test_only_strict_json_of_the_one_form_is_read(text):
    with pytest.raises(Refused):
        fields(text, question=str, round=int, option=int)
    with pytest.raises(Refused):
        fields(b'{"key": "x"}', key=str)


@in_session()
async def test_malformed_messages_end_their_socket_and_leave_the_server_as_it_was(hall):
    await hall.opened()
    good = await hall.phone()
    for text in MALFORMED:
        phone = await hall.phone()
        phone.socket.write_message(text)
        assert await phone.closed() == MISUSE, text
    binary = await hall.phone()
    binary.socket.write_message(json.dumps({"question": QUESTION, "round": 1, "option": 0}).encode(), binary=True)
    assert await binary.closed() == MISUSE
    for data in (b"\x00" * 50, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01" + b"\xff" * 60):
        _, writer = await raw(hall, data)
        writer.close()
    assert hall.lecture.ballot.votes == {} and "kept" in await good.vote(0)


@in_session()
async def test_a_foreign_page_opens_no_socket(hall):
    for path in ("/phone", "/projector/socket"):
        for origin in ("http://evil.example", "null", f"http://127.0.0.1:{hall.port + 1}"):
            with pytest.raises(Exception, match="403"):
                await hall.socket(path, {"Origin": origin})
        await hall.socket(path, {"Origin": f"http://{hall.site}"})


@in_session()
async def test_a_page_that_lets_its_own_host_name_lead_here_reaches_nothing(hall):
    evil = {"Host": f"evil.example:{hall.port}"}
    for path in ("/", "/projector", "/projector/05-adam-slides.html", "/projector/teach.js"):
        assert (await hall.get(path, headers=evil)).code == 403
    for path in ("/phone", "/projector/socket"):
        with pytest.raises(Exception, match="403"):
            await hall.socket(path, {**evil, "Origin": f"http://evil.example:{hall.port}"})


def test_a_host_is_an_address_or_a_name_of_this_machine(monkeypatch):
    monkeypatch.setattr(addresses.socket, "gethostname", lambda: "Desk.local")
    monkeypatch.setattr(addresses.socket, "getfqdn", lambda name: "desk.math.example.edu")
    addresses.own_names.cache_clear()
    own = "192.168.1.5 [fd00::1] localhost LOCALHOST desk Desk.local desk.lan desk.home.arpa desk.fritz.box desk.math.example.edu"
    assert all(map(is_own, own.split()))
    other = "127.0.0.1.evil.example localhost.evil.example desk.evil.example desk.edu math.example.edu desk.local.evil.example local"
    assert not any(map(is_own, [*other.split(), "", "[", ".", "desk."]))
    monkeypatch.setattr(addresses.socket, "getfqdn", lambda name: "evil.example")  # what the network's name server says
    addresses.own_names.cache_clear()
    assert not is_own("evil.example")
    addresses.own_names.cache_clear()


async def cookie(hall):
    """The header of somebody who has shown the key."""
    answer = await hall.get("/projector/enter", method="POST", body=json.dumps({"key": hall.lecture.key}))
    made = answer.headers["Set-Cookie"]
    assert answer.code == 200 and "HttpOnly" in made and "SameSite=Strict" in made and "Path=/projector" in made
    assert hall.lecture.key not in made
    return {"Cookie": made.split(";")[0]}


@in_session()
async def test_the_instructors_page_is_refused_without_the_key(hall):
    way_in = (await hall.get("/projector")).body.decode()
    assert "05-first-step" not in way_in and hall.lecture.key not in way_in and hall.lecture.code not in way_in
    assert (await hall.get("/projector/05-adam-slides.html")).code == 403
    wrong = [
        {},
        {"key": ""},
        {"key": "x" * 22},
        {"key": hall.lecture.code},
        {"key": None},
        {"key": hall.lecture.key, "more": 1},
    ]
    for body in [json.dumps(each) for each in wrong] + ["", "\x00", "key"]:
        answer = await hall.get("/projector/enter", method="POST", body=body)
        assert answer.code == 403 and "Set-Cookie" not in answer.headers
    assert (await hall.get("/projector/enter")).code == 405
    for value in ("", "x", hall.lecture.key, hall.lecture.code):
        assert (
            await hall.get("/projector/05-adam-slides.html", headers={"Cookie": f"lessonkit_projector={value}"})
        ).code == 403
    assert (await hall.get(f"/projector/05-adam-slides.html?key={hall.lecture.key}")).code == 403
    opened = await hall.get("/projector/05-adam-slides.html", headers=await cookie(hall))
    assert QUESTION in opened.body.decode()
    assert (
        "frame-ancestors 'self'" in opened.headers["Content-Security-Policy"]
    )  # a foreign page cannot frame its buttons


@in_session()
async def test_a_students_phone_gives_no_commands(hall):
    phone = await hall.phone()
    phone.say(do="open", question=QUESTION)
    assert await phone.closed() == MISUSE
    for first in (
        {"code": hall.lecture.code, "phone": phone_id()},
        {"key": hall.lecture.code},
        {"key": ""},
        {"do": "open", "question": QUESTION},
    ):
        for second in ({"do": "open", "question": QUESTION}, {"do": "live", "question": ""}):
            intruder = await hall.socket("/projector/socket")
            intruder.say(**first)
            intruder.say(**second)
            heard = [message async for message in until_closed(intruder)]
            assert all(set(message) == {"refused"} for message in heard)
    assert hall.lecture.ballot.current is None and not hall.lecture.projectors


async def until_closed(client):
    """What a socket hears; it is closed if nothing more comes for a while."""
    while True:
        try:
            message = await asyncio.wait_for(client.socket.read_message(), 0.2)
        except TimeoutError:
            client.socket.close()
            return
        if message is None:
            return
        yield json.loads(message)


@in_session()
async def test_phones_never_hear_which_option_is_right_before_the_reveal_nor_how_others_vote(hall):
    projector = await hall.opened()
    phone = await honest(hall)
    for command in ("close", "again", "close"):
        projector.say(do=command, question=QUESTION)
        assert set(await phone.hear_of("text")) == {"question", "round", "phase", "text", "options"}


@in_session(most=4)
async def test_a_full_hall_says_so_and_keeps_those_who_are_in_it(hall):
    await hall.opened()
    for _ in range(3):
        await honest(hall)
    late = await hall.socket("/phone")
    late.say(code=hall.lecture.code, phone=phone_id())
    assert await late.closed() == FULL and len(hall.lecture.seats) == 3
