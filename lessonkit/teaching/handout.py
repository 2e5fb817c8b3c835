"""The handout of a class, for students: what the slides show, room for their own notes, and what is to do at home."""

from lessonkit.teaching.deck import templates
from lessonkit.teaching.shown import shown

PAPERS = {"a4": "A4", "letter": "letter"}


def handout(hall, minutes, paper="a4"):
    """The handout as an HTML page, without notes and answers.

    Parameters
    ----------
    hall : Hall
    minutes : int, 50, 75 or 90
    paper : str
        On what it is printed: ``"a4"`` or ``"letter"``.
    """
    page = (
        templates()
        .get_template("handout.html")
        .render(
            title=f"{hall.title} · handout",
            hall=hall,
            slides=[(slide, shown(hall, slide, {})) for slide in hall.slides_of(minutes)],
            home=[(part, own) for part, own, place in hall.places(minutes) if place == "home"],
        )
    )
    return page.replace("size: A4;", f"size: {PAPERS[paper]};")
