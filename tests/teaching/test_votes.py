"""A class votes: what is acknowledged is kept, once for each phone and round, and everybody sees what they should."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from halls import LESSON, QUESTION, Session, in_session, phone_id

from lessonkit.commands import teach
from lessonkit.commands.cli import main
from lessonkit.display.asked import asked_in_lesson
from lessonkit.teaching.votes import advice, limits, live, pages, results
from lessonkit.teaching.votes.ballot import Ballot
from lessonkit.teaching.votes.messages import Refused
from lessonkit.teaching.votes.store import Store

QUESTIONS = asked_in_lesson(LESSON)
OPTIONS = [option.text for option in QUESTIONS[QUESTION].options]
RIGHT = QUESTIONS[QUESTION].options.index(QUESTIONS[QUESTION].right)


def opened(folder, questions=QUESTIONS, lesson=LESSON):
    return Store(folder / "votes.sqlite", lesson, questions, teach.new_session)


@pytest.fixture
def ballot(tmp_path):
    store = opened(tmp_path)
    yield Ballot(store, QUESTIONS)
    store.close()


@in_session()
async def test_a_class_votes_discusses_votes_again_and_sees_the_reasons(hall):
    projector = await hall.projector()
    assert {QUESTION} < set(projector.first["questions"]) and projector.first["join"]["code"] == hall.lecture.code
    phones = [await hall.phone() for _ in range(6)]
    assert all(phone.first == {"question": None, "mine": None} for phone in phones)
    wrong = (RIGHT + 1) % len(OPTIONS)
    for round, command, chosen in ((1, "open", [RIGHT] * 3 + [wrong] * 3), (2, "again", [RIGHT] * 5 + [wrong])):
        projector.say(do=command, question=QUESTION)
        for phone, option in zip(phones, chosen):
            asked = await phone.hear_of("text")
            assert (asked["round"], asked["phase"], asked["options"]) == (round, "open", OPTIONS)
            assert "right" not in asked and "reasons" not in asked
            kept = {"question": QUESTION, "round": round, "option": option}
            assert await phone.vote(option, round=round) == {"kept": kept}
        projector.say(do="close", question=QUESTION)
        shown = await projector.hear_phase("closed")
        assert sum(shown["counts"][round - 1]) == 6 and shown["advice"]["step"] == ("again" if round == 1 else "reveal")
        assert "reasons" not in shown
        for phone in phones:
            assert (await phone.hear_of("text"))["phase"] == "closed"
    projector.say(do="reveal", question=QUESTION)
    shown = await projector.hear_phase("revealed")
    told = await phones[0].hear_of("reasons")
    assert shown["right"] == told["right"] == RIGHT
    assert shown["reasons"] == told["reasons"] == [option.reason for option in QUESTIONS[QUESTION].options]
    assert [counts[RIGHT] for counts in shown["counts"]] == [3, 5]


@in_session()
async def test_the_last_vote_of_a_phone_counts_and_comes_back_to_it_after_a_reconnection(hall):
    await hall.opened()
    name = phone_id()
    phone = await hall.phone(name)
    for option in (0, 2, 2, 1):
        assert "kept" in await phone.vote(option)
    assert hall.lecture.ballot.counts(QUESTION) == [[0, 1, 0, 0]]
    phone.socket.close()
    again = await hall.phone(name)
    assert again.first["mine"] == 1 and again.first["phase"] == "open"


@in_session()
async def test_the_projector_counts_phones_as_they_come_and_go(hall):
    projector = await hall.projector()
    phone = await hall.phone()
    assert (await projector.hear_of("phones"))["phones"] == 1
    phone.socket.close()
    while (await projector.hear_of("phones"))["phones"]:
        pass


@in_session()
async def test_the_page_that_came_by_another_address_leads_phones_there(hall):
    hall.lecture.address = "http://192.168.7.7:1"
    assert (await hall.projector()).first["join"]["address"] == "http://192.168.7.7:1"
    other = await hall.socket("/projector/socket", {"Host": "10.1.2.3:99"})
    other.say(key=hall.lecture.key)
    assert (await other.hear_of("join"))["join"]["address"] == "http://10.1.2.3:99"


def test_each_step_is_allowed_only_where_it_has_a_meaning(ballot):
    for wrong in ("close", "again"):
        with pytest.raises(Refused, match=f"cannot {wrong}: the question is new"):
            ballot.command(wrong, QUESTION)
    ballot.command("open", QUESTION)
    with pytest.raises(Refused, match="cannot reveal: the question is open"):
        ballot.command("reveal", QUESTION)
    ballot.vote(phone_id(), QUESTION, 1, 0)
    for step in ("close", "open", "close", "again", "close"):
        ballot.command(step, QUESTION)
    with pytest.raises(Refused, match="cannot again: the question is closed, in round 2"):
        ballot.command("again", QUESTION)
    ballot.command("reveal", QUESTION)
    for step in ("open", "close", "again", "reveal"):
        with pytest.raises(Refused):
            ballot.command(step, QUESTION)
    for unknown in (("open", "06-penalty"), ("stop", QUESTION)):
        with pytest.raises(Refused, match="no such question or command"):
            ballot.command(*unknown)


def test_a_question_that_was_revealed_without_a_vote_can_be_opened_again(ballot):
    for step in ("open", "close", "again", "close", "reveal", "open"):
        ballot.command(step, QUESTION)
    assert ballot.progress[QUESTION] == (1, "open")
    ballot.vote(phone_id(), QUESTION, 1, 0)
    for step in ("close", "reveal"):
        ballot.command(step, QUESTION)
    with pytest.raises(Refused, match="cannot open: the question is revealed, and has votes"):
        ballot.command("open", QUESTION)


@pytest.mark.clone
def test_phones_get_the_premises_of_the_questions_slide():
    told = pages.premises(LESSON)[QUESTION]
    assert told["title"].startswith("Five times the slope") and "θ² " not in told["title"]
    assert "f(θ) = θ²" in told["body"] and pages.premises("77-none") == {}


def test_a_phone_is_told_the_premises_with_the_question(tmp_path):
    store = opened(tmp_path)
    ballot = Ballot(store, QUESTIONS, {QUESTION: {"title": "Five times", "body": "<p>two starts</p>"}})
    assert ballot.for_phones() == {"question": None}
    ballot.command("open", QUESTION)
    assert ballot.for_phones().items() >= {"title": "Five times", "body": "<p>two starts</p>"}.items()
    ballot.command("open", "05-scale")
    assert "title" not in ballot.for_phones()
    store.close()


def test_opening_a_question_closes_the_one_that_is_open(ballot):
    ballot.command("open", QUESTION)
    assert ballot.command("open", "05-scale") == ["05-scale", QUESTION]
    assert ballot.progress[QUESTION] == (1, "closed") and ballot.current == "05-scale"


def test_a_reopened_round_keeps_its_votes(ballot):
    ballot.command("open", QUESTION)
    ballot.vote(phone_id(), QUESTION, 1, 0)
    ballot.command("close", QUESTION)
    ballot.command("open", QUESTION)
    ballot.vote(phone_id(), QUESTION, 1, 0)
    assert ballot.counts(QUESTION) == [[2, 0, 0, 0]]


def test_a_class_goes_on_where_a_killed_server_stopped(tmp_path):
    store = opened(tmp_path)
    first = Ballot(store, QUESTIONS)
    name = phone_id()
    first.command("open", "05-scale")
    first.command("close", "05-scale")
    first.command("open", QUESTION)
    first.vote(name, QUESTION, 1, 3)
    second = opened(tmp_path)  # the first was not closed
    after = Ballot(second, QUESTIONS)
    assert (second.code, second.key) == (store.code, store.key)
    assert (after.current, after.progress) == (first.current, first.progress)
    assert after.choice(name) == 3 and after.voters == {name}
    second.close()
    third = opened(tmp_path)
    assert (
        third.code == store.code and third.key != store.key
    )  # the key ends with the server, if that can end as it should
    third.close()


def test_the_file_says_how_many_chose_each_option_and_keeps_nothing_else_of_a_phone(tmp_path, ballot):
    names = [phone_id() for _ in range(5)]
    ballot.command("open", QUESTION)
    for k, name in enumerate(names):
        ballot.vote(name, QUESTION, 1, [0, 0, 3, 3, 3][k])
    ballot.command("close", QUESTION)
    ballot.command("again", QUESTION)
    ballot.vote(names[0], QUESTION, 2, 3)
    found = results.counts(tmp_path / "votes.sqlite")  # while the server runs
    assert found == {
        (LESSON, QUESTION, 1): dict(zip(OPTIONS, [2, 0, 0, 3])),
        (LESSON, QUESTION, 2): dict(zip(OPTIONS, [0, 0, 0, 1])),
    }
    assert list(found[LESSON, QUESTION, 1]) == OPTIONS
    assert results.right_options(tmp_path / "votes.sqlite")[QUESTION] == OPTIONS[RIGHT]
    ballot.store.database.execute("PRAGMA wal_checkpoint")
    columns = ballot.store.database.execute("SELECT name FROM pragma_table_info('votes')").fetchall()
    assert columns == [("question",), ("round",), ("phone",), ("option",)]


def test_pages_are_made_once_for_a_class_and_its_length(tmp_path):
    store = opened(tmp_path)
    made = {"slides.html": "a", "speaker.html": "b"}
    assert list(store.pages(50, lambda: made).items()) == list(made.items())
    second = opened(tmp_path)  # the first was killed
    assert list(second.pages(50, dict).items()) == list(made.items())
    assert second.pages(75, lambda: {"slides.html": "c"}) == {"slides.html": "c"}
    second.close()
    third = opened(tmp_path)
    assert third.pages(50, lambda: {"slides.html": "new"}) == {"slides.html": "new"}
    third.close()


def test_the_file_is_for_its_owner_alone_and_holds_no_key_at_the_end(tmp_path):
    store = opened(tmp_path)
    assert os.name == "nt" or (tmp_path / "votes.sqlite").stat().st_mode & 0o777 == 0o600
    key = store.key
    store.pages(50, lambda: {"slides.html": "no slides of mine " * 10_000})
    store.close()
    assert b"no slides" not in (tmp_path / "votes.sqlite").read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["votes.sqlite"]
    with sqlite3.connect(tmp_path / "votes.sqlite") as database:
        assert database.execute("SELECT key FROM session").fetchall() == [(None,)]
    assert key


@pytest.mark.parametrize(
    "lesson, questions, words",
    [
        ("06-weight-decay", QUESTIONS, "has the votes of 05-adam"),
        (LESSON, asked_in_lesson("06-weight-decay"), "changed"),
    ],
)
def test_a_file_of_another_lesson_or_of_other_questions_is_refused(lesson, questions, words, tmp_path):
    opened(tmp_path).close()
    with pytest.raises(ValueError, match=words):
        opened(tmp_path, questions, lesson)


def test_what_is_no_file_of_votes_is_refused_and_stays(tmp_path):
    (tmp_path / "votes.sqlite").write_text("my grades, " * 500)
    with pytest.raises(ValueError, match="no file of votes"):
        opened(tmp_path)
    with pytest.raises(ValueError, match="no file of votes"):
        results.counts(tmp_path / "votes.sqlite")
    assert (tmp_path / "votes.sqlite").read_text().startswith("my grades")
    with pytest.raises(FileNotFoundError, match="expected a file of votes"):
        results.counts(tmp_path / "none.sqlite")


@pytest.mark.parametrize(
    "counts, round, step, words",
    [
        ([2, 8, 0], 1, "again", "20 % are right. Explain the idea again"),
        ([3, 7, 0], 1, "again", "30 % are right. Let neighbours discuss"),
        ([7, 3, 0], 1, "again", "70 % are right. Let neighbours discuss"),
        ([8, 2, 0], 1, "reveal", "80 % are right. Explain briefly"),
        ([8, 2, 0], 2, "reveal", "80 % are right. Explain briefly"),
        ([5, 5, 0], 2, "reveal", "50 % are right. Reveal, and explain each option"),
        ([3, 1, 0], 1, "open", "Only 4 voted"),
        ([0, 0, 0], 2, "open", "Only 0 voted"),
    ],
)
def test_the_split_suggests_what_to_do(counts, round, step, words):
    given = advice.advice(counts, 0, round)
    assert given.step == step and given.words.startswith(words)


def test_the_lesson_is_found_in_a_lab_that_has_it(tmp_path, monkeypatch):
    for folder in ("other", "workspace/notebooks"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "workspace" / "notebooks" / f"{LESSON}.ipynb").touch()
    servers = [
        {"root_dir": str(tmp_path / folder), "url": f"http://localhost:{port}/", "token": "a&b"}
        for folder, port in (("other", 8888), ("workspace", 8889))
    ]
    monkeypatch.setattr("jupyter_server.serverapp.list_running_servers", lambda: iter(servers))
    assert live.address_in_lab(LESSON) == f"http://localhost:8889/lab/tree/notebooks/{LESSON}.ipynb?token=a%26b"
    assert live.address_in_lab("06-weight-decay") is None


def test_every_lesson_has_questions_of_its_own_to_vote_on():
    lessons = sorted(path.stem for path in Path(asked_in_lesson.__globals__["FOLDER"]).glob("[0-9]*.json"))
    assert len(lessons) == 12
    for lesson in lessons:
        assert all(
            name.startswith(lesson[:2]) and len(asked.options) <= 8 for name, asked in asked_in_lesson(lesson).items()
        )
        assert asked_in_lesson(lesson)
    assert asked_in_lesson("77-none") == {}


def test_a_bucket_lets_a_burst_through_and_fills_again(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(limits.time, "monotonic", lambda: now[0])
    bucket = limits.Bucket(rate=2, burst=3)
    assert [bucket.take() for _ in range(5)] == [True] * 3 + [False] * 2
    now[0] = 1.0
    assert [bucket.take() for _ in range(3)] == [True, True, False]


def lessonkit(*arguments):
    return [Path(sys.executable).with_name("lessonkit"), "teach", *map(str, arguments)]


class started:
    """`lessonkit teach` in a process of its own, with pages that need not be made: its port, code and key."""

    def __init__(self, out, port=0):
        store = Store(teach.file_for(LESSON, out), LESSON, QUESTIONS, teach.new_session)
        store.pages(50, lambda: {"slides.html": ""})
        store.database.close()
        self.log = out / "log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(lessonkit("05", "--port", port, "--out", out), stdout=log, stderr=log)
        for _ in range(600):
            text = self.log.read_text()
            if "Control-C" in text:
                break
            assert self.process.poll() is None, text
            time.sleep(0.1)
        self.port, self.key = re.search(r"127\.0\.0\.1:(\d+)/projector#(\S+)", text).groups()
        self.code = re.search(r"code (\w{6})\n", text)[1]

    def end(self, how):
        self.process.send_signal(how)
        self.process.wait(30)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
def test_a_killed_server_loses_no_acknowledged_vote_and_phones_come_back(tmp_path):
    import asyncio

    first = started(tmp_path)
    acknowledged = {}

    class there:  # what `Session` asks of a hall
        code, key = first.code, first.key

    async def vote(names):
        hall = Session(there, first.port)
        await hall.opened()
        phones = {name: await hall.phone(name) for name in names}
        for k, (name, phone) in enumerate(phones.items()):
            if k == len(names) // 2:
                first.process.send_signal(signal.SIGKILL)
            try:
                phone.say(question=QUESTION, round=1, option=k % 4)
                if (answer := await phone.hear()) and "kept" in answer:
                    acknowledged[name] = k % 4
            except Exception:
                break

    async def come_back(names):
        return {name: (await Session(there, first.port).phone(name)).first for name in names}

    names = [phone_id() for _ in range(40)]
    asyncio.run(vote(names))
    first.process.wait(30)
    assert 20 <= len(acknowledged) < 40
    counted = results.counts(teach.file_for(LESSON, tmp_path))
    assert sum(counted[LESSON, QUESTION, 1].values()) >= len(acknowledged)
    second = started(tmp_path, first.port)
    assert (second.code, second.key) == (first.code, first.key) and "has 2" in second.log.read_text()
    back = asyncio.run(come_back(names))
    assert all(state["phase"] == "open" for state in back.values())
    assert {name: back[name]["mine"] for name in acknowledged} == acknowledged
    second.end(signal.SIGINT)
    assert second.process.returncode == 0 and "The votes are in" in second.log.read_text()


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["77"], "no lesson is called '77'"),
        (["05", "--minutes", "60"], "invalid choice"),
        (["05", "--port", "x"], "expected a number from 0 to 65535"),
    ],
)
def test_what_cannot_be_taught_is_refused_in_a_line(arguments, words, tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["teach", *arguments, "--out", str(tmp_path)])
    assert stopped.value.code == 2 and words in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_phones_page_keeps_to_the_javascript_of_old_phones():
    script = re.search(r"<script>(.*)</script>", (pages.FOLDER / "phone.html").read_text(encoding="utf-8"), re.DOTALL)[
        1
    ]
    code = re.sub(r"//.*|\"[^\"]*\"", "", script)
    assert not re.search(
        r"=>|\b(let|const|class|async|await)\b|`|\?\.|\?\?|\.\.\.|\.(replaceChildren|append|includes|at)\(", code
    )


def test_a_port_in_use_is_refused_with_what_to_do(tmp_path, capsys):
    (taken,) = teach.listen(0)
    with taken, pytest.raises(SystemExit) as stopped:
        main(["teach", "05", "--port", str(taken.getsockname()[1]), "--out", str(tmp_path)])
    assert stopped.value.code == 2 and "name another port with --port" in capsys.readouterr().err
