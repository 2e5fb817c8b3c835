"""The handout of a class, for students: what the slides show, room for their own notes, and what is to do at home."""

from markupsafe import Markup

from lessonkit.teaching.deck import templates
from lessonkit.teaching.shown import shown

PENCIL = "Take a pencil"  # so begins the title of a task
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
            outcomes=hall.outcomes_of(minutes)[0],
            more=hall.outcomes_of(minutes)[1],
            slides=_printed(hall, minutes),
            rests=hall.rests(minutes),
            home=[(part, own) for part, own, place in hall.places(minutes) if place == "home"],
        )
    )
    return page.replace("size: A4;", f"size: {PAPERS[paper]};")


def _printed(hall, minutes):
    """[(slide, what it shows, its body), …]: what is empty leaves room to write.

    Students have the handout before the class. So what waits on its slide is left out, and an output or lines right below a task
    for the pencil or a question, which they answer; and an instrument with its task, which nobody can drag on paper.
    """
    printed, asked = [], False
    for slide in hall.slides_of(minutes):
        is_asked = slide.kind == "question" or slide.title.startswith(PENCIL)
        answers = asked and not is_asked and slide.kind in ("", "output")
        empty = answers or slide.waits or slide.kind == "instrument"
        silent = answers or slide.kind == "instrument" or (slide.waits and not slide.kind)
        printed.append((slide, Markup() if empty else shown(hall, slide, {}), "" if silent else slide.body))
        asked = is_asked
    return printed
