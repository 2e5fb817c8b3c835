"""A class on this machine for a while: accounts, a folder to grade in, and a hub. Needs root; everything is removed at the end."""

import contextlib
import grp
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

HUB = Path(__file__).resolve().parents[1] / "hub"
sys.path.insert(0, str(HUB))
from accounts import GROUP, end_processes

GRADER = "grader"
NAMES = [f"lk{name}" for name in ("ada", "bob", "cem", "dia", "eve", "fay", "gus", "hua", "ida", "jon")]
PORT = 943  # of loopback; the hub and its proxy take the two ports after it
SETTINGS = """
from pathlib import Path
load_subconfig({config!r})
c.JupyterHub.bind_url = "https://127.0.0.1:{port}"
c.JupyterHub.hub_port = {port} + 1
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{port_of_proxy}"
c.JupyterHub.ssl_cert, c.JupyterHub.ssl_key = "{state}/cert.pem", "{state}/key.pem"
c.JupyterHub.db_url = "sqlite:///{state}/hub.sqlite"
c.JupyterHub.cookie_secret_file = "{state}/cookie_secret"
c.ConfigurableHTTPProxy.pid_file = "{state}/proxy.pid"
c.Spawner.args = ["--LabApp.expose_app_in_browser=True"]  # so that a program can give JupyterLab's commands
"""


def run(*command, **settings):
    return subprocess.run([str(part) for part in command], check=True, **settings)


def as_account(name, *command, **settings):
    """Run a command with the rights of an account alone."""
    account = pwd.getpwnam(name)
    told = {"HOME": account.pw_dir, "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    return subprocess.run(
        [str(part) for part in command],
        user=account.pw_uid,
        group=account.pw_gid,
        extra_groups=[],
        cwd="/",
        env=told,
        umask=0o077,
        **settings,
    )


@contextlib.contextmanager
def a_class():
    """Accounts for `NAMES` and one that grades → passwords by name, and the class's folder with its roster."""
    for known, name in ((grp.getgrnam, GROUP), *((pwd.getpwnam, name) for name in (GRADER, *NAMES))):
        with contextlib.suppress(KeyError):
            known(name)
            raise SystemExit(f"{name} is on this machine already: run this on another one")
    folder = Path(tempfile.mkdtemp(prefix="lessonkit-class-", dir="/srv"))
    try:
        (folder / "roster.csv").write_text("\n".join(["learner", *NAMES, ""]))
        told = run(HUB / "add_accounts.sh", folder, stdout=subprocess.PIPE, text=True).stdout
        passwords = dict(line.split(",", 1) for line in told.splitlines())
        yield passwords, folder
    finally:
        for name in [*NAMES, GRADER]:
            with contextlib.suppress(KeyError):
                account = pwd.getpwnam(name)
                if name != GRADER:
                    end_processes(account)
                subprocess.run(["userdel", "-r", name], capture_output=True)
        subprocess.run(["groupdel", GROUP])
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def a_hub(environment, more=""):
    """The hub of `hub/jupyterhub_config.py` from an environment that has it, with TLS and more settings → its address and its log."""
    state = Path(tempfile.mkdtemp(prefix="lessonkit-hub-"))
    certificate = ["-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    keys = ["-keyout", state / "key.pem", "-out", state / "cert.pem"]
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *keys, *certificate, capture_output=True)
    settings = {"config": str(HUB / "jupyterhub_config.py"), "port": PORT, "port_of_proxy": PORT + 2, "state": state}
    (state / "config.py").write_text(SETTINGS.format(**settings) + more)
    programs = [environment / "bin", environment / "node_modules" / ".bin", os.environ["PATH"]]
    with open(state / "log", "w") as log:
        server = subprocess.Popen(
            [environment / "bin" / "jupyterhub", "-f", state / "config.py"],
            cwd=state,
            env={"PATH": os.pathsep.join(map(str, programs)), "LANG": "C.UTF-8", "HOME": "/root"},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        wait_until_up(server, state / "log")
        yield f"https://127.0.0.1:{PORT}", state / "log"
    finally:
        server.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(60)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        shutil.rmtree(state)


def wait_until_up(server, log):
    import ssl

    trusting = ssl._create_unverified_context()  # the certificate was made a second ago, by us
    for _ in range(120):
        assert server.poll() is None, log.read_text()
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            urllib.request.urlopen(f"https://127.0.0.1:{PORT}/hub/login", context=trusting, timeout=5)
            return
        time.sleep(0.5)
    raise AssertionError(log.read_text())


def memory(name):
    """The memory of an account's processes in MB; what several share counts once (proportional set size)."""
    uid, total = pwd.getpwnam(name).pw_uid, 0
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if process.stat().st_uid == uid:
                lines = (process / "smaps_rollup").read_text().splitlines()
                total += int(next(line for line in lines if line.startswith("Pss:")).split()[1])
    return total / 1024


def processes(name):
    """How many processes an account has."""
    uid = pwd.getpwnam(name).pw_uid
    return sum(1 for process in Path("/proc").glob("[0-9]*") if owner(process) == uid)


def owner(path):
    """The account of a process, or None if it has ended."""
    with contextlib.suppress(OSError):
        return path.stat().st_uid


def exchange(environment, task, folder):
    """What `hub/exchange.py` says, and the seconds that it takes."""
    began = time.perf_counter()
    command = [str(environment / "bin" / "python"), str(HUB / "exchange.py"), task, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout + done.stderr, time.perf_counter() - began


def graded(environment, folder, *more):
    """Release, or grade, with the rights of the account that grades."""
    return as_account(
        GRADER, environment / "bin" / "lessonkit", *more, capture_output=True, text=True, check=True
    ).stdout
