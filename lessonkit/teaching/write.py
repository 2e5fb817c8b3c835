"""Writes what an instructor needs for a class: deck, speaker view, plan and handout."""

import tempfile
from pathlib import Path

from lessonkit.classroom import files
from lessonkit.classroom.printing import NO_CHROMIUM, as_pdf, chromium
from lessonkit.teaching.deck import deck, speaker
from lessonkit.teaching.handout import PAPERS, handout
from lessonkit.teaching.plan import plan, plan_as_markdown
from lessonkit.teaching.recorded import instruments_of

LARGEST = 2_000_000  # bytes of a deck: one that can be sent by mail


def write_slides(hall, minutes, out):
    """Write deck, speaker view, plan and handout of a lesson.

    Parameters
    ----------
    hall : Hall
    minutes : int, 50, 75 or 90
    out : Path of a folder

    Returns
    -------
    list of Path
        The files written. Students may have the deck and the handout; the speaker view and the plan are for the instructor.
    str
        Why there is no PDF; empty if there is one.

    Raises
    ------
    ValueError
        The deck is too large.
    """
    shown = deck(hall, minutes, instruments_of(hall, hall.slides_of(minutes)))
    if len(shown.encode()) > LARGEST:
        played = [slide.title for slide in hall.slides_of(minutes) if slide.kind == "instrument"]
        raise ValueError(
            f"the deck of {hall.name} has {len(shown.encode()) / 1e6:.1f} MB, and may have {LARGEST / 1e6:.0f}: let the slides of "
            f"instruments name fewer controls in bold: {', '.join(played) or 'there are none'}; or show fewer figures"
        )
    pages = {
        "slides.html": shown,
        "speaker.html": speaker(hall, minutes),
        "plan.html": plan(hall, minutes),
        "plan.md": plan_as_markdown(hall, minutes),
        "handout.html": handout(hall, minutes),
    }
    written = []
    for end, page in pages.items():
        written.append(out / f"{hall.name}-{end}")
        files.write(written[-1], page)
    browser = chromium()
    if browser is None:
        return written, NO_CHROMIUM
    for paper in PAPERS:
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder) / "handout.html"
            page.write_text(handout(hall, minutes, paper), encoding="utf-8")
            written.append(as_pdf(browser, page, out / f"{hall.name}-handout-{paper}.pdf"))
    return written, ""
