"""The plan of a class: the times of its slides, and what is for the hall, for home, or cut."""

from markupsafe import Markup

from lessonkit.teaching.deck import templates, timed
from lessonkit.teaching.hall import title_of
from lessonkit.teaching.markdown import html_of

SHOWS = {  # kind → in words
    "": "words",
    "output": "figure, table or diagram",
    "code": "code",
    "kernel": "code of the rule",
    "formula": "formula",
    "question": "question",
    "instrument": "instrument",
}


def plan_as_markdown(hall, minutes):
    """The plan of a class of 50, 75 or 90 minutes, as Markdown."""
    places, rows = hall.places(minutes), timed(hall, minutes)
    shown = {"", *(part for part, _, place in places if place == "hall")}
    return (
        templates()
        .get_template("plan.md")
        .render(
            hall=hall,
            outcomes=hall.outcomes_of(minutes)[0],
            more=hall.outcomes_of(minutes)[1],
            minutes=minutes,
            timed=rows,
            total=rows[-1][2],
            places=places,
            rests=hall.rests(minutes),
            shows=SHOWS,
            later=[slide for slide in hall.slides if slide.start > minutes and slide.part in shown],
            needs=[title_of(each) for each in hall.plan.needs],
            **{where: [(part, own) for part, own, place in places if place == where] for where in ("home", "cut")},
        )
    )


def plan(hall, minutes):
    """The plan of a class of 50, 75 or 90 minutes, as an HTML page."""
    title = f"{hall.title} · plan for {minutes} minutes"
    return (
        templates().get_template("page.html").render(title=title, body=Markup(html_of(plan_as_markdown(hall, minutes))))
    )
