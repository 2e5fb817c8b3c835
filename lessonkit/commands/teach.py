"""The command `lessonkit teach`: a lesson's deck for the projector, and votes on phones, until it is stopped."""

import asyncio
import datetime
import secrets
from contextlib import closing
from pathlib import Path

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ3456789"  # 31; without I, O, 0, 1 and 2, which look like others
USUAL_PORT = 8765

WHERE = """Lesson {lesson}, {questions}. The votes are kept in {file}{before}.

Projector:  http://127.0.0.1:{port}/projector#{key}
            What follows the # is your key: with it one can open and close votes. Show it to nobody.
Notes:      http://127.0.0.1:{port}/projector?speaker#{key}
            The speaker view, where the lesson has slides: notes, clock and plan. It opens the slides in a window of their own.
Phones:     {address} and the code {code}
            Press J while students come in: the code to scan fills the screen. A question's slide shows it, too.

If phones cannot reach it:
- They must be in the network of this machine. Guest networks often keep devices apart: then open a hotspot on this machine or on a
  phone, and let all join that.
- A phone may leave a network without internet for its mobile data: switch that off.
- This machine's firewall must let port {port} in.
- If this machine has several addresses, open the projector's page by the one that phones can reach, in place of 127.0.0.1. The
  code to scan then leads there, too.

Control-C ends it."""


def teach(name, minutes, port, out):
    """Serve a lesson until Control-C.

    Parameters
    ----------
    name : str
        Such as ``"05-adam"``, or ``"05"``.
    minutes : int
        The plan of the deck.
    port : int or None
        None is 8765; 0 is any that is free.
    out : Path
        A file that ends in ``.sqlite``, or a folder, in which it is then called like the lesson and the day.

    Raises
    ------
    ValueError
        No lesson is called so, it has no questions, or the file holds something else.
    OSError
        The port or the file cannot be used.
    """
    from lessonkit.classroom.lessons import course_folder, lesson_called
    from lessonkit.display.asked import asked_in_lesson
    from lessonkit.teaching.votes import pages
    from lessonkit.teaching.votes.ballot import Ballot
    from lessonkit.teaching.votes.store import Store

    lesson = lesson_called(name, sorted(path.stem for path in (course_folder() / "notebooks").glob("*.ipynb")))
    questions = asked_in_lesson(lesson)
    if not questions:
        raise ValueError(f"{lesson} has no question to vote on")
    sockets = listen(port)
    path = file_for(lesson, Path(out))
    with closing(Store(path, lesson, questions, new_session)) as store:
        print(f"Making the slides of {lesson}; instruments are recorded, which takes up to a minute.", flush=True)
        try:
            made = store.pages(minutes, lambda: pages.for_instructor(lesson, questions, minutes))
            asyncio.run(serve(lesson, Ballot(store, questions, pages.premises(lesson)), made, sockets))
        except KeyboardInterrupt:
            print(f"\nThe votes are in {path}.")


def listen(port):
    """Sockets that listen at a port of all addresses of this machine; OSError if it cannot be used."""
    from tornado.netutil import bind_sockets

    from lessonkit.teaching.votes.server import BACKLOG

    try:
        return bind_sockets(USUAL_PORT if port is None else port, "0.0.0.0", backlog=BACKLOG)
    except OSError as error:
        used = USUAL_PORT if port is None else port
        raise OSError(
            f"port {used} cannot be used ({error.strerror}); if another `lessonkit teach` runs, end it, or name another port with --port"
        ) from None


def file_for(lesson, out):
    """The file of today's votes, or that of a class that was interrupted."""
    from lessonkit.teaching.votes.store import unfinished

    if out.suffix == ".sqlite":
        out.parent.mkdir(parents=True, exist_ok=True)
        return out
    out.mkdir(parents=True, exist_ok=True)
    return unfinished(lesson, out) or out / f"votes-{lesson}-{datetime.date.today()}.sqlite"


def new_session():
    """A code for phones, and a key for the instructor. There are 887 million codes: nobody guesses one within a class."""
    return "".join(secrets.choice(LETTERS) for _ in range(6)), secrets.token_urlsafe(16)


async def serve(lesson, ballot, made, sockets):
    """Answer, and say where, until this is cancelled."""
    from lessonkit.commands.printed import counted
    from lessonkit.teaching.votes.addresses import own_address
    from lessonkit.teaching.votes.lecture import Lecture
    from lessonkit.teaching.votes.limits import connections
    from lessonkit.teaching.votes.server import listening

    port = sockets[0].getsockname()[1]
    address = f"http://{own_address()}:{port}"
    lecture = Lecture(lesson, ballot, address, connections())
    listening(lecture, made, sockets)
    votes = sum(map(len, ballot.votes.values()))
    before = (
        f", which has {counted(votes, 'vote')} already; to begin anew, name another file with --out" if votes else ""
    )
    print(
        WHERE.format(
            lesson=lesson,
            questions=counted(len(ballot.questions), "question"),
            file=ballot.store.path,
            before=before,
            port=port,
            key=lecture.key,
            address=address,
            code=lecture.code,
        ),
        flush=True,
    )
    if own_address() == "127.0.0.1":
        print(
            "\nThis machine is in no network, so no phone can reach it: join one, or open a hotspot, and start again.",
            flush=True,
        )
    await asyncio.Event().wait()
