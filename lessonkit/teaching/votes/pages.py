"""The pages that the server gives: the phones' page, the way in to the projector's page, and the deck with what it needs to vote."""

import base64
import hashlib
import re
from pathlib import Path

from lessonkit.judging.templating import environment
from lessonkit.teaching.deck import deck, speaker
from lessonkit.teaching.hall import hall_of, lessons_with_slides
from lessonkit.teaching.markdown import html_of, inline
from lessonkit.teaching.recorded import instruments_of

FOLDER = Path(__file__).with_name("pages")
INLINE = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)
ADDED = '<link rel="stylesheet" href="/projector/teach.css"><script src="/projector/teach.js"></script>'


def page(name):
    """A page, and a content security policy by which nothing runs in it but its own script."""
    html = (FOLDER / name).read_text(encoding="utf-8")
    hashes = {"script": "", "style": ""}
    for kind, content in INLINE.findall(html):
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        hashes[kind] += f" 'sha256-{digest}'"
    policy = "; ".join(
        ["default-src 'none'", "img-src data:", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"]
        + [f"{kind}-src{found}" for kind, found in hashes.items() if found]
    )
    return html, policy


def for_instructor(lesson, questions, minutes):
    """The pages that only the instructor's key opens, the one for the projector first.

    Parameters
    ----------
    lesson : str
    questions : dict, name → Asked
    minutes : int, the length of the class

    Returns
    -------
    dict, name → HTML
    """
    if not has_slides(lesson):
        return {f"{lesson}-slides.html": with_votes(questions_alone(lesson, questions))}
    hall = hall_of(lesson)
    html = deck(hall, minutes, instruments_of(hall, hall.slides_of(minutes)))
    return {f"{lesson}-slides.html": with_votes(html), f"{lesson}-speaker.html": speaker(hall, minutes)}


def has_slides(lesson):
    """Whether a lesson has slides; an installed wheel has none."""
    try:
        return lesson in lessons_with_slides()
    except FileNotFoundError:
        return False


def premises(lesson):
    """Name of a question → ``title`` and ``body`` of its slide as HTML, for phones. They may say what the question is about."""
    asking = [slide for slide in hall_of(lesson).slides if slide.kind == "question"] if has_slides(lesson) else []
    return {slide.shown: {"title": inline(slide.title), "body": html_of(slide.body)} for slide in asking}


def questions_alone(lesson, questions):
    """A deck that has a slide for each question, and no other."""
    return environment(FOLDER).get_template("questions.html").render(lesson=lesson, questions=questions)


def with_votes(html):
    """A deck with the script that fills the places for votes."""
    head, end, tail = html.rpartition("</body>")
    return head + ADDED + end + tail
