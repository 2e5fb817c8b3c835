"""The command that opens the course, run as people run it: with and without a display, as root, on a taken port."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from importlib.metadata import version
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from browsers import PATIENCE, driver

from lessonkit.classroom import workspace
from lessonkit.commands import lab
from lessonkit.commands.cli import main

ROOT = Path(__file__).parents[2]
# Runs the command in a process that notes every address it looks up or connects to.
WATCHED = """
import sys
def note(event, args):
    if event in ("socket.connect", "socket.getaddrinfo"):
        host = args[1] if event == "socket.connect" else args[0]
        print(event, host[0] if isinstance(host, tuple) else host, file=log, flush=True)
log = open(sys.argv[1], "w")
sys.addaudithook(note)
from lessonkit.commands.cli import main
main(sys.argv[2:])
"""


class Lab:
    """`lessonkit lab` in a folder with a copy of the first lesson, and settings of its own."""

    def __init__(self, folder, *options, **env):
        (folder / "notebooks").mkdir()
        shutil.copy(ROOT / "notebooks" / workspace.FIRST, folder / "notebooks")
        windows = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
        kept = {name: value for name, value in os.environ.items() if name not in windows}
        env = kept | {"HOME": str(folder), "TERM": "xterm"} | env
        self.hosts = folder / "hosts.log"
        self.output = folder / "output.log"
        self.process = subprocess.Popen(
            [sys.executable, "-c", WATCHED, self.hosts, "lab", folder, *options],
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=self.output.open("w"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def address(self):
        """The printed address, once it is there."""
        found = wait_for(lambda: re.search(r"http://(?:localhost|127.0.0.1):\S+", self.output.read_text()), self.output)
        return found.group()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(60)


def wait_for(ready, told, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := ready():
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds} s for nothing:\n{told.read_text()}")


def program(folder, name):
    """A program that notes what it was called with."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f'#!/bin/sh\necho "$@" > "{folder / name}.called"\n')
    (folder / name).chmod(0o755)
    return folder / f"{name}.called"


@pytest.fixture
def browser():
    """Chromium, driven by Playwright: the system's, else Playwright's own."""
    with driver() as playwright:
        names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
        found = next(filter(None, map(shutil.which, names)), playwright.chromium.executable_path)
        if not Path(found).exists():
            pytest.skip("no Chromium found, so no browser opened the course; `apt install chromium` brings it")
        chromium = playwright.chromium.launch(executable_path=found)
        yield chromium
        chromium.close()


@pytest.mark.slow
def test_the_first_lesson_opens_without_news_and_without_a_request_to_anyone_else(tmp_path, browser):
    with Lab(tmp_path, "--port=0") as course:
        address, requests = course.address(), []
        page = browser.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda request: requests.append(request.url))
        page.on("websocket", lambda socket: requests.append(socket.url))
        page.goto(address)
        page.locator("h1", has_text="Start here").wait_for()
        page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for()
        page.wait_for_timeout(3000)  # news would come about now
        assert page.locator(".Toastify__toast, .jp-Dialog").count() == 0
        assert page.title().startswith("00-start")
        here = re.match(r"http(://[^/]+/)", address)[1]
        assert [url for url in requests if not re.match(rf"(https?|ws|blob:http){re.escape(here)}|data:", url)] == []
        assert [url for url in requests if re.search("/lab/api/(news|update)", url)] == []
    asked = {line.split(maxsplit=1)[1] for line in course.hosts.read_text().splitlines()}
    assert asked <= {"localhost", "127.0.0.1", "::1", "0.0.0.0", "", "None"}


@pytest.mark.slow
def test_the_usual_port_gives_way_to_the_next_if_it_is_taken_and_no_port_is_asked_for(tmp_path):
    with socket.socket() as taken:
        with contextlib.suppress(OSError):  # somebody else has it, which is as good
            taken.bind(("", lab.USUAL_PORT))
            taken.listen()
        with Lab(tmp_path, "--no-browser") as course:
            address = course.address()
            assert f":{lab.USUAL_PORT}/" not in address and urllib.request.urlopen(address, timeout=30).status == 200
            told = f"Port {lab.USUAL_PORT} cannot be used (Address already in use); the address below has another one."
            assert told in course.output.read_text()


@pytest.mark.slow
def test_a_port_that_is_asked_for_is_taken(tmp_path):
    with socket.create_server(("", 0)) as free:
        port = free.getsockname()[1]
    with Lab(tmp_path, f"--port={port}") as course:
        assert f":{port}/" in course.address()


@pytest.mark.slow
def test_a_port_that_is_asked_for_and_in_use_is_refused_and_no_other_is_taken(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    with socket.create_server(("", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit) as stopped:
            main(["lab", "--no-browser", f"--port={port}"])
    assert stopped.value.code == 2
    assert f"lessonkit: port {port} cannot be used (Address already in use)" in capsys.readouterr().err


def test_where_jupyterlab_would_show_no_instrument_it_is_not_opened_and_one_line_says_what_to_type(capsys, monkeypatch):
    monkeypatch.setattr(lab, "version", lambda name: "7.7.1")
    with pytest.raises(SystemExit) as stopped:
        main(["lab", "--no-browser"])
    said = capsys.readouterr().err
    assert (
        stopped.value.code == 2 and "here is 7.7.1; type: " in said and said.endswith(" install --upgrade ipywidgets\n")
    )


@pytest.mark.clone
def test_make_lab_hands_on_the_port_that_is_asked_for():
    def command(*asked):
        run = [
            "make",
            "--no-print-directory",
            "-n",
            "lab",
            *asked,
        ]  # make within make prints where it is, unless told not to
        done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True)
        return done.stdout.splitlines()[-1].strip()

    assert command("PORT=8911").endswith("lessonkit lab --port 8911") and command().endswith("lessonkit lab")


@pytest.mark.slow
def test_without_a_display_the_address_is_printed_and_no_text_browser_starts(tmp_path):
    called = [program(tmp_path / "bin", name) for name in lab.TEXT_BROWSERS | {"xdg-open"}]
    with Lab(tmp_path, "--port=0", PATH=f"{tmp_path / 'bin'}:/usr/bin:/bin") as course:
        assert "/lab/tree/notebooks/00-start.ipynb?token=" in course.address()
        time.sleep(1)
    assert [path for path in called if path.exists()] == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere the system's own browser opens")
@pytest.mark.slow
def test_with_a_display_the_browser_opens_at_the_first_lesson(tmp_path):
    called = program(tmp_path / "bin", "window")
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"  # BROWSER itself may have no spaces
    with Lab(tmp_path, "--port=0", DISPLAY=":99", BROWSER="window", PATH=path) as course:
        course.address()
        named = wait_for(lambda: called.exists() and called.read_text().strip(), course.output)
        page = Path(unquote(urlsplit(named).path))  # file:///… or, from Python 3.14 on, file:/…
        assert "/lab/tree/notebooks/00-start.ipynb?token=" in page.read_text()


def test_a_display_with_nothing_but_a_text_browser_counts_as_none(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("DISPLAY", ":99")
    program(tmp_path, "w3m")
    monkeypatch.setenv("BROWSER", str(tmp_path / "w3m"))
    code = "from lessonkit.commands.lab import has_window; print(has_window())"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"


@pytest.mark.parametrize(
    "root, container, expected",
    [
        (False, False, []),
        (False, True, []),
        (True, False, ["--allow-root"]),
        (True, True, ["--allow-root", "--ServerApp.ip=0.0.0.0"]),
    ],
)
def test_root_is_announced_and_a_container_opened_to_its_published_port(root, container, expected):
    plain = lab.lab_options(Path("notebooks"), 8888, True, False, False)
    assert lab.lab_options(Path("notebooks"), 8888, True, root, container) == plain + expected


@pytest.mark.slow
@pytest.mark.parametrize("chosen, given", [(None, "1"), ("4", "4")])
def test_kernels_get_one_thread_for_matrices_unless_the_learner_chose_otherwise(tmp_path, monkeypatch, chosen, given):
    (tmp_path / "00-start.ipynb").touch()
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", chosen or "")
    if not chosen:
        monkeypatch.delenv("OPENBLAS_NUM_THREADS")
    seen = []
    monkeypatch.setattr(
        "jupyterlab.labapp.LabApp.launch_instance", lambda options: seen.append(os.environ["OPENBLAS_NUM_THREADS"])
    )
    lab.open_lab(tmp_path, port=0, browser=False)
    assert seen == [given]


@pytest.mark.slow
def test_a_folder_of_other_things_is_told(tmp_path, capsys):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(SystemExit) as stopped:
        main(["lab", str(tmp_path)])
    assert stopped.value.code == 2
    assert f"no lessons in {tmp_path}: expected 00-start.ipynb there" in capsys.readouterr().err


def test_without_a_command_it_says_which_there_are(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")  # argparse breaks its lines to it
    main([])
    assert "open the course in JupyterLab" in capsys.readouterr().out


@pytest.mark.parametrize("columns", ["10", "80"])
def test_it_tells_its_version_in_a_line_however_narrow_the_terminal(columns, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", columns)
    with pytest.raises(SystemExit) as stopped:
        main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"lessonkit {version('lessonkit')}\n"


def test_an_unknown_command_is_refused_with_those_there_are(capsys):
    with pytest.raises(SystemExit):
        main(["lap"])
    assert re.search(r"\blab\b", capsys.readouterr().err)  # the rest is argparse's, whose words differ between Pythons
