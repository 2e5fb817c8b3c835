"""What a learner of a hub can do to others: `python benchmarks/hub_attacks.py ENVIRONMENT`, as root. Prints a table; 1 if an attack worked.

Bob attacks, Ada has handed in and has her feedback. Each attack is a program that runs with Bob's rights.
"""

import http.cookiejar
import json
import pwd
import re
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import hub_class
from hub_class import GRADER, NAMES, a_class, a_hub, as_account, exchange, owner, processes

hub_class.NAMES = ADA, BOB = NAMES[:2]
NOTEBOOK = "05-adam.ipynb"
SECRET = "only ada may read this"
SQUATTED = 50123  # the port that ada's server is told to take, once bob has it
MORE = f"""
c.Spawner.pre_spawn_hook = lambda spawner: setattr(spawner, "port", {SQUATTED}) if Path("/run/lessonkit-squatted").exists() else None
"""
WALK = """import os, sys
for path in sys.argv[1:]:
    try:
        print(os.listdir(path) if os.path.isdir(path) else open(path, 'rb').read(100))
    except OSError:
        pass
"""
SWAP = """import os, sys, time
own, secret = sys.argv[1:]
end = time.time() + 60
while time.time() < end:
    os.symlink(secret, own + '.link'); os.replace(own + '.link', own)
    open(own + '.file', 'w').write('{"cells": []}'); os.replace(own + '.file', own)
"""
SQUAT = """import socket, sys
server = socket.create_server(('127.0.0.1', int(sys.argv[1])))
while True:
    line, _ = server.accept()
    line.recv(9999); line.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\n{}'); line.close()
"""
STAY = "import os, time; os.fork() and os._exit(0); os.setsid(); os.fork() and os._exit(0); time.sleep(600)"


class Visitor:
    """Somebody who is logged in to the hub."""

    def __init__(self, address, name, password):
        self.address, self.name, self.cookies = address, name, http.cookiejar.CookieJar()
        handlers = [urllib.request.HTTPCookieProcessor(self.cookies)]
        handlers.append(urllib.request.HTTPSHandler(context=ssl._create_unverified_context()))
        self.opener = urllib.request.build_opener(*handlers)
        self.get("/hub/login")
        self.get("/hub/login", "POST", username=name, password=password)

    def get(self, path, method="GET", **form):
        """The status and the start of an answer."""
        token = next((each.value for each in self.cookies if each.name == "_xsrf" and each.path == "/hub/"), "")
        data = urllib.parse.urlencode(form | {"_xsrf": token}).encode() if form else None
        asked = urllib.request.Request(
            self.address + path, data, {"X-XSRFToken": token, "Referer": self.address + "/hub/home"}, method=method
        )
        try:
            with self.opener.open(asked, timeout=60) as answer:
                return answer.status, answer.read(100_000).decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            return error.code, error.read(1000).decode("utf-8", "replace")

    def start(self, seconds=240):
        """Start the own server → whether it came up."""
        self.get(f"/hub/api/users/{self.name}/server", "POST")
        for _ in range(seconds):
            status, text = self.get(f"/hub/api/users/{self.name}")
            told = json.loads(text) if status == 200 else {}
            if told.get("server"):
                return True
            if status == 200 and not told.get("pending"):
                return False
            time.sleep(1)
        return False

    def stop(self):
        self.get(f"/hub/api/users/{self.name}/server", "DELETE")
        for _ in range(60):
            if not json.loads(self.get(f"/hub/api/users/{self.name}")[1]).get("servers"):
                return
            time.sleep(1)


def home(name, *parts):
    return Path(pwd.getpwnam(name).pw_dir, "lessonkit", *parts)


def bobs(program, *arguments):
    """What a program of Bob's prints."""
    return as_account(BOB, "/usr/bin/python3", "-I", "-c", program, *arguments, capture_output=True, text=True).stdout


def write_as(name, path, text):
    as_account(name, "/bin/sh", "-c", 'mkdir -p "$(dirname "$0")"; cat > "$0"', path, input=text, text=True, check=True)


def prepare(environment, folder):
    """Workspaces; Ada's notebook is taken and her feedback returned."""
    for name in (ADA, BOB):
        for place in (f"release/{name}/{NOTEBOOK}", f"graded/feedback/{name}/05-adam.html"):
            write_as(GRADER, folder / place, json.dumps({"cells": [], "for": SECRET if name == ADA else ""}))
    for task in ("give", "collect", "return"):
        exchange(environment, task, folder)
    assert SECRET in home(ADA, "feedback", "05-adam.html").read_text()
    assert bobs(WALK, home(BOB), home(BOB, "hand-in", NOTEBOOK)), "an attack that prints nothing would prove nothing"


def reading(folder, state, visitors):
    """What Bob can read: attack → what came of it, empty if nothing."""
    ada = pwd.getpwnam(ADA)
    own = [home(ADA).parent, home(ADA), *(home(ADA, part) for part in ("hand-in", "feedback", f"hand-in/{NOTEBOOK}"))]
    yield "read her folder, her notebook, her feedback", bobs(WALK, *own, home(ADA, "feedback", "05-adam.html"))
    of_class = [
        folder,
        *(folder / part for part in ("roster.csv", "submitted", "graded", f"submitted/{ADA}", "release")),
    ]
    yield "read the class's folder: roster, submissions, marks", bobs(WALK, *of_class)
    yield "read the hub's database and secrets", bobs(WALK, state, *sorted(state.iterdir()))
    numbers = [path for path in Path("/proc").glob("[0-9]*") if owner(path) == ada.pw_uid]
    hers = [path / part for path in numbers for part in ("environ", "fd")]
    assert hers, "her server does not run"
    yield "read the environment and the open files of her processes", bobs(WALK, *hers)
    kill = "import os, sys\nfor each in sys.argv[1:]:\n try: os.kill(int(each), 0); print(each)\n except OSError: pass"
    yield "signal her processes", bobs(kill, *{path.parent.name for path in hers})
    status, text = visitors[BOB].get(f"/user/{ADA}/api/contents/hand-in")
    yield "ask her server for her files, logged in as himself", text if status == 200 and NOTEBOOK in text else ""
    status, text = visitors[BOB].get("/hub/api/users")
    yield "ask the hub for its users", text if status == 200 and ADA in text else ""
    ports = ports_of(ada.pw_uid)
    direct = "import sys, urllib.request as u\nprint(u.urlopen(f'http://127.0.0.1:{sys.argv[1]}/user/' + sys.argv[2]).read(300))"
    yield "ask her server at its port, without the hub", bobs(direct, ports[0], f"{ADA}/api/contents/hand-in")
    yield "listen to her kernels by a port", ports[1:] and f"{len(ports) - 1} more ports are open"


def ports_of(uid):
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [int(each[1].partition(":")[2], 16) for each in lines if each[3] == "0A" and int(each[7]) == uid]


def planting(environment, folder):
    """What Bob can plant in his hand-in, or in the place of his feedback."""
    own = home(BOB, "hand-in")
    hers, taken = home(ADA, "hand-in", NOTEBOOK), folder / "submitted" / BOB

    def collected():
        said, _ = exchange(environment, "collect", folder)
        assert f"{ADA}: 0 notebooks new, 1 as before" in said, said
        text = "".join(path.read_text() for path in taken.rglob("*") if path.is_file())
        return [SECRET] * (SECRET in text) + [name for name in ("root:x:0",) if name in text]

    plants = {
        "link to her notebook": f"ln -sf {hers} 01-plain-descent.ipynb",
        "link to the list of accounts": "ln -sf /etc/passwd 01-plain-descent.ipynb",
        "link to her folder": f"ln -sfn {hers.parent} more",
        "hard link to her notebook": f"ln -f {hers} 02-noise.ipynb",
        "hard link to a file of root": "ln -f /etc/passwd 02-noise.ipynb",
        "pipe": "rm -f 03-momentum.ipynb; mkfifo 03-momentum.ipynb",
        "file of a gigabyte": "truncate -s 1000M 04-adaptive-rates.ipynb",
        "file that is named like hers": f"echo x > {ADA}_{NOTEBOOK}",
        "thousands of files": "for k in $(seq 3000); do echo > $k.txt; done",
    }
    for what, command in plants.items():
        as_account(BOB, "/bin/sh", "-c", f"cd {own} && {command}", capture_output=True)
        yield f"plant in his hand-in: {what}", collected()
    as_account(BOB, "/bin/sh", "-c", f"rm -rf {own}/*")
    program = ["/usr/bin/python3", "-I", "-c", SWAP, str(own / NOTEBOOK), str(hers)]
    bob = pwd.getpwnam(BOB)
    swapping = subprocess.Popen(program, user=bob.pw_uid, group=bob.pw_gid, extra_groups=[], stderr=subprocess.DEVNULL)
    yield "swap file and link while it is collected", [each for _ in range(5) for each in collected()]
    swapping.kill()
    swapping.wait()
    for what, target in {"her feedback": home(ADA, "feedback"), "a folder of root": Path("/etc")}.items():
        before = home(ADA, "feedback", "05-adam.html").read_bytes()
        as_account(BOB, "/bin/sh", "-c", f"rm -rf {home(BOB, 'feedback')}; ln -s {target} {home(BOB, 'feedback')}")
        exchange(environment, "return", folder)
        changed = before != home(ADA, "feedback", "05-adam.html").read_bytes() or Path("/etc/05-adam.html").exists()
        yield f"put a link to {what} in the place of his feedback", "written through" if changed else ""


def staying(log, visitors):
    """Limits, processes that stay, and a port that is taken."""
    bob = pwd.getpwnam(BOB)
    server = next(path for path in Path("/proc").glob("[0-9]*") if owner(path) == bob.pw_uid)
    limits = (server / "limits").read_text()
    free = [name for name in ("data size", "processes", "file size") if re.search(rf"Max {name} +unlimited", limits)]
    yield "use memory, processes or file sizes without limit", free
    subprocess.run(["/usr/bin/python3", "-I", "-c", STAY], user=bob.pw_uid, group=bob.pw_gid, extra_groups=[])
    assert processes(BOB) > 1
    visitors[BOB].stop()
    time.sleep(2)
    yield "leave a process that goes on after his server", [processes(BOB)] * bool(processes(BOB))
    visitors[ADA].stop()
    program = ["/usr/bin/python3", "-I", "-c", SQUAT, str(SQUATTED)]
    squatter = subprocess.Popen(program, user=bob.pw_uid, group=bob.pw_gid, extra_groups=[])
    Path("/run/lessonkit-squatted").touch()
    yield "take the port of her server before it starts", "hers is shown" if visitors[ADA].start(60) else ""
    Path("/run/lessonkit-squatted").unlink()
    assert f"port {SQUATTED} was taken by account {bob.pw_uid}" in log.read_text(), "the hub did not say why"
    squatter.send_signal(signal.SIGKILL)
    squatter.wait()
    below = "import socket, sys; socket.create_server(('127.0.0.1', int(sys.argv[1]))); print('has it')"
    yield "take a port of the hub while it is down", bobs(below, "880")


def main(environment):
    worked = 0
    with a_class() as (passwords, folder), a_hub(environment, MORE) as (address, log):
        prepare(environment, folder)
        visitors = {name: Visitor(address, name, passwords[name]) for name in (ADA, BOB)}
        assert all(each.start() for each in visitors.values()), log.read_text()[-3000:]
        for part in (reading(folder, log.parent, visitors), planting(environment, folder), staying(log, visitors)):
            for attack, result in part:
                worked += bool(result)
                print(f"{attack:62} {f'WORKED: {result!r:.200}' if result else 'refused'}", flush=True)
    return 1 if worked else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
