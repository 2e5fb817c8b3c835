"""How fast votes are acknowledged and shown, and whether any is lost: `make bench-votes`.

The server is `lessonkit teach` in a process of its own; phones and projector are real WebSocket connections of this one. Results:
VOTES.md.
"""

import asyncio
import json
import os
import random
import re
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tornado.websocket import websocket_connect

from lessonkit.teaching.votes.limits import connections
from lessonkit.teaching.votes.results import counts

QUESTION = "05-first-step"
OPTIONS = 4


class Server:
    """`lessonkit teach` while it runs: its port, code and key."""

    def __init__(self, out, port=0):
        command = [Path(sys.executable).with_name("lessonkit"), "teach", "05", "--port", str(port), "--out", out]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        said = ""
        while "Control-C" not in said:
            line = self.process.stdout.readline()
            assert line, "the server ended"
            said += line
        self.port, self.key = re.search(r"127\.0\.0\.1:(\d+)/projector#(\S+)", said).groups()
        self.code = re.search(r"code (\w{6})\n", said)[1]

    def memory(self):
        """Its memory in MB; 0 where the system does not say."""
        status = Path(f"/proc/{self.process.pid}/status")
        return int(re.search(r"VmRSS:\s+(\d+)", status.read_text())[1]) / 1024 if status.exists() else 0

    def end(self, how=signal.SIGINT):
        self.process.send_signal(how)
        self.process.wait(60)


class Phone:
    """A phone, which connects again until its vote is acknowledged."""

    def __init__(self, server):
        self.server, self.name = server, secrets.token_hex(16)
        self.socket, self.sent, self.kept, self.choice, self.back = None, None, None, random.randrange(OPTIONS), None

    async def join(self):
        self.socket = await websocket_connect(f"ws://127.0.0.1:{self.server.port}/phone")
        self.socket.write_message(json.dumps({"code": self.server.code, "phone": self.name}))
        await self.socket.read_message()

    async def vote(self):
        """Send the vote, and wait for its acknowledgement; False if the connection ends before."""
        self.sent = time.perf_counter()
        self.socket.write_message(json.dumps({"question": QUESTION, "round": 1, "option": self.choice}))
        while text := await self.socket.read_message():
            if "kept" in json.loads(text):
                self.kept = time.perf_counter()
                return True
        return False

    async def insist(self, after, stay=False):
        """Vote after some seconds, and again until it is acknowledged; also `stay` until the connection was lost and is back."""
        await asyncio.sleep(after)
        while True:
            try:
                if self.socket is None:
                    await self.join()
                    self.back = time.perf_counter()
                if (self.kept or await self.vote()) and (self.back or not stay):
                    return
                await self.socket.read_message()
            except Exception:  # what a connection raises that is refused, or ends
                pass
            self.socket = None
            await asyncio.sleep(random.uniform(0.5, 1))


class Projector:
    """The projector's socket, which takes note of when it was shown how many votes."""

    def __init__(self, server):
        self.server, self.shown = server, []

    async def open(self):
        self.socket = await websocket_connect(f"ws://127.0.0.1:{self.server.port}/projector/socket")
        self.socket.write_message(json.dumps({"key": self.server.key}))
        self.listening = asyncio.ensure_future(self.listen())
        self.socket.write_message(json.dumps({"do": "open", "question": QUESTION}))

    async def listen(self):
        while text := await self.socket.read_message():
            question = json.loads(text).get("questions", {}).get(QUESTION)
            if question and question["counts"]:
                self.shown.append((time.perf_counter(), sum(question["counts"][0])))


async def gathered(server, phones):
    """Projector and phones that have joined, a hundred at a time."""
    projector = Projector(server)
    await projector.open()
    for k in range(0, len(phones), 100):
        await asyncio.gather(*(phone.join() for phone in phones[k : k + 100]))
    return projector


def told(name, seconds):
    """Print median, 95th percentile and maximum in milliseconds."""
    ordered = sorted(1000 * each for each in seconds)
    print(
        f"{name}: {statistics.median(ordered):.1f} / {ordered[int(0.95 * len(ordered))]:.1f} / {ordered[-1]:.1f} ms",
        flush=True,
    )


async def class_of(number, within, out):
    """A class that votes within some seconds: how long acknowledgement and histogram take."""
    server = Server(out)
    phones = [Phone(server) for _ in range(number)]
    projector = await gathered(server, phones)
    memory = server.memory()
    await asyncio.gather(*(phone.insist(random.uniform(0, within)) for phone in phones))
    while not projector.shown or projector.shown[-1][1] < number:
        await asyncio.sleep(0.01)
    told(f"{number} phones within {within:g} s, acknowledgement", [phone.kept - phone.sent for phone in phones])
    in_order = sorted(phones, key=lambda phone: phone.kept)
    told(
        f"{number} phones within {within:g} s, histogram",
        [next(at for at, votes in projector.shown if votes > k) - phone.sent for k, phone in enumerate(in_order)],
    )
    server.end()
    lost = number - sum(counted(out).values())
    print(f"{number} phones within {within:g} s: {lost} lost; the server has {memory:.0f} MB", flush=True)
    assert not lost


def counted(out):
    (file,) = Path(out).glob("*.sqlite")
    return counts(file)["05-adam", QUESTION, 1]


async def killed(number, within, out):
    """The server is killed in mid-vote, and started again."""
    server = Server(out)
    phones = [Phone(server) for _ in range(number)]
    await gathered(server, phones)
    voting = [asyncio.ensure_future(phone.insist(random.uniform(0, within), stay=True)) for phone in phones]
    await asyncio.sleep(within / 2)
    server.end(signal.SIGKILL)
    at, before = time.perf_counter(), [phone for phone in phones if phone.kept]
    found = sum(counted(out).values())
    again = await asyncio.get_running_loop().run_in_executor(None, Server, out, server.port)
    await asyncio.gather(*voting)
    last = max(phone.back for phone in phones) - at
    again.end()
    right = [sum(phone.choice == option for phone in phones) for option in range(OPTIONS)]
    print(
        f"{number} phones, killed in mid-vote: {len(before)} acknowledged before, {found} in the file; afterwards "
        f"{sum(counted(out).values())} of {number}; all phones were back after {last:.1f} s",
        flush=True,
    )
    assert found >= len(before) and list(counted(out).values()) == right


if __name__ == "__main__":
    assert connections() > 1200, "the system allows too few connections: ulimit -n 4096"
    print("median / 95th percentile / most; load", *(f"{each:.1f}" for each in os.getloadavg()))
    for what, *how in ((class_of, 200, 10), (class_of, 200, 1), (class_of, 1000, 0.05), (killed, 200, 4)):
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(what(*how, folder))
