"""The deck of a lesson, which students may have, and the speaker view beside it, which they may not."""

import functools
from itertools import accumulate
from pathlib import Path

from markupsafe import Markup

from lessonkit.display.asked import asked_as
from lessonkit.display.widgets.frames import player
from lessonkit.judging.templating import environment
from lessonkit.teaching.hall import title_of
from lessonkit.teaching.markdown import html_of, inline
from lessonkit.teaching.shown import emphasised, shown, thing

FOLDER = Path(__file__).parent / "templates"


@functools.cache
def templates():
    """The templates of this room."""
    made = environment(FOLDER)
    made.filters |= {"markdown": html_of, "inline": inline, "emphasised": emphasised, "cell": _cell}
    return made


def _cell(text):
    """A text as a cell of a Markdown table."""
    return text.replace("|", "\\|")


def deck(hall, minutes, instruments=None):
    """The slides of a class as one HTML page without notes and answers; it asks nothing of any other machine.

    Parameters
    ----------
    hall : Hall
    minutes : int, 50, 75 or 90
    instruments : dict
        Slide → HTML of its instrument, as `recorded.instruments_of` gives it. By default their stored pictures are shown.

    Returns
    -------
    str
        A ``<section class="slide" id="s1" …>`` for the title and for each slide. A question has an empty
        ``<div class="votes">``. ``window.deck`` has ``go(index)``, ``index``, ``count`` and
        ``explain({question, options: [{right, reason}, …]})``. What waits on a slide appears with the next key. At each slide
        ``document`` gets an event ``slide`` with ``index``, ``id``, ``kind`` and ``question``.
    """
    instruments = instruments or {}
    slides = [(slide, shown(hall, slide, instruments)) for slide in hall.slides_of(minutes)]
    return (
        templates()
        .get_template("deck.html")
        .render(
            hall=hall,
            outcomes=hall.outcomes_of(minutes)[0],
            slides=slides,
            instruments=instruments,
            player=Markup(player()) if instruments else "",
        )
    )


def speaker(hall, minutes):
    """The speaker view of a deck, which stands beside it in the same folder.

    Parameters
    ----------
    hall : Hall
    minutes : int, 50, 75 or 90

    Returns
    -------
    str
        A page with the notes of each slide, the clock and the plan's times. It opens the deck in a window and drives it.
    """
    return (
        templates()
        .get_template("speaker.html")
        .render(
            hall=hall,
            timed=timed(hall, minutes),
            minutes=minutes,
            needs=[title_of(each) for each in hall.plan.needs],
            asked_as=asked_as,
            thing=lambda slide: thing(slide, shown(hall, slide, {})),
        )
    )


def timed(hall, minutes):
    """[(slide, the minute in which it begins, the one in which it ends), …] of a class."""
    slides = hall.slides_of(minutes)
    ends = list(accumulate(slide.minutes for slide in slides))
    return [(slide, end - slide.minutes, end) for slide, end in zip(slides, ends)]
