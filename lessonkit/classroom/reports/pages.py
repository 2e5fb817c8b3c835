"""Renders the HTML pages: feedback here, other pages by `render`. The templates say what a page looks like."""

import functools
import re
from pathlib import Path

from markupsafe import Markup, escape

from lessonkit.classroom.gradebook.points import total
from lessonkit.judging.templating import environment
from lessonkit.judging.verdict import headline

TITLES = {
    "by_hand": "{}, by hand",
    "experiment": "{}, an experiment",
    "rule": "{}, your rule",
    "tests": "{}, your test",
    "version": "{}, your version",
    "what": "{}, what somebody's code computes",
    "line": "{}, in which line the mistake is",
    "repair": "{}, the code put right",
    "trace": "{}, which mistake it was",
}
FIGURE = re.compile(r"[-–]?[\d.,]*%?")  # such a cell is aligned to the right
CODE = re.compile(r"^```\w*\n(.*?)^```$\n?", re.MULTILINE | re.DOTALL)
MARKDOWN = re.compile(r"^\|---.*\n|^\| | \|$|\*\*|`", re.MULTILINE)
OPTIONAL = {"note": "", "comment": "", "by_person": False}  # keys that only some parts have


def render(template, **values):
    """A page from a template in the folder `templates`."""
    return _templates().get_template(template).render(values)


@functools.cache
def _templates():
    made = environment(Path(__file__).parent / "templates")
    made.filters["breakable"] = _breakable
    made.filters["unmarked"] = _unmarked
    made.tests["figure"] = lambda cell: bool(FIGURE.fullmatch(str(cell)))
    return made


def feedback(learner, lesson, parts, notes):
    """What one learner reads about one lesson."""
    points, out_of = total(parts)
    return render(
        "feedback.html",
        title=f"{lesson}: feedback",
        learner=learner,
        points=points,
        out_of=out_of,
        notes=notes,
        parts=[_shown(part) for part in parts],
    )


def _shown(part):
    """A part with the other values that the template needs."""
    return (
        OPTIONAL
        | part
        | {
            "title": TITLES.get(part["kind"], "{}").format(part["exercise"]),
            "headline": headline(part["exercise"], part["passed"], part["convention"], part["mistake"]),
            "hints": [_mathml(hint) if "$$" in hint else hint for hint in part["hints"]],
        }
    )


@functools.lru_cache
def _mathml(formula):
    """A formula of the course as MathML, which browsers set by themselves."""
    from latex2mathml.converter import convert

    return Markup(convert(formula.strip().strip("$").replace("{aligned}", "{align*}"), display="block"))


def _unmarked(text):
    """A task without the signs of Markdown; its lines stay as they are, and so does its code."""
    pieces = CODE.split(text)  # every second one is code
    return "".join(piece if k % 2 else MARKDOWN.sub("", piece) for k, piece in enumerate(pieces))


def _breakable(text):
    """A text that a browser may break after an underscore, and after a hyphen between digits, as in a date."""
    return Markup(re.sub(r"_|(?<=\d)-(?=\d)", r"\g<0><wbr>", str(escape(text))))
