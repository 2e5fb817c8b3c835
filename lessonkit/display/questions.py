"""Questions whose answer shows only after the reader has answered. Nothing leaves the machine."""

from collections.abc import Sequence
from html import escape

import ipywidgets as widgets

from lessonkit.display.kept_answers import FirstAnswers, KeptAnswers
from lessonkit.display.text import Text, table

BIG_PICTURE = {  # what is often said, and what the course then measures; from the article that the course began from (docs/article.md)
    "sgd": ("slow", "high", "rate by hand"),
    "momentum": ("faster", "less", "rate and momentum"),
    "rmsprop": ("fast", "low", "rate and decay"),
    "adam": ("fast", "low", "defaults usually work"),
}
COLUMNS = ("speed", "oscillation", "tuning needed")
FIELDS = [f"{rule}: {column}" for rule in BIG_PICTURE for column in COLUMNS]
FIRST_ANSWERS = FirstAnswers(FIELDS)


# The kernel has gone: one line says so, in place of a broken chain at every field.
ASLEEP = (
    "<style>.lessonkit-question .lessonkit-asleep { display: none }"
    ".lessonkit-question.jupyter-widgets-disconnected .lessonkit-asleep { display: inline }"
    ".lessonkit-question.jupyter-widgets-disconnected::before,"
    ".lessonkit-question .jupyter-widgets-disconnected::before { content: none }</style>"
    "<i class='lessonkit-asleep'>▶ Run this cell to answer</i>"
)


class Question(widgets.VBox):
    """A question that shows its answer after the reader has committed to one.

    What the reader commits to is kept in a file. The same question, asked again by a reload or a new run, shows it with its answer.

    Parameters
    ----------
    title : str
    inputs : list of widgets
        Their value is None until the reader has chosen.
    answer : function () → str, HTML to show once committed
    box : widget that lays out the inputs; by default they are placed one below the other
    kept : KeptAnswers or FirstAnswers
        Where the choices are kept; by default a file for these words and options.
    """

    def __init__(self, title, inputs, answer, box=None, kept=None):
        self.title, self.inputs, self.answer = title, inputs, answer
        self.kept = kept or KeptAnswers(title, inputs)
        self.commit = widgets.Button(description="Commit", button_style="primary")
        self.again = widgets.Button(description="Ask again", layout={"display": "none", "width": "max-content"})
        self.reply = widgets.HTML()
        self.commit.on_click(self.reveal)
        self.again.on_click(self.ask)
        super().__init__(
            [
                widgets.HTML(f"<b>{escape(title)}</b> {ASLEEP}"),
                *([box] if box else inputs),
                self.commit,
                self.reply,
                self.again,
            ]
        )
        self.add_class("lessonkit-question")
        before = self.kept.read()
        if before and all(value in widget.options for value, widget in zip(before, inputs, strict=True)):
            self.choose(before)
            self.show()

    def reveal(self, button):
        """Keep what is chosen, and show the answer; if an input is empty, ask for it instead."""
        left = sum(widget.value is None for widget in self.inputs)
        if left:
            where = f" Still empty: {left} of {len(self.inputs)} fields." if len(self.inputs) > 1 else ""
            self.say(f"Choose first: a wrong guess teaches more than none.{where}")
            return
        self.show(self.kept.write([widget.value for widget in self.inputs]))

    def show(self, note=""):
        """Show the answer, with a note, and disable the inputs."""
        self.say(self.answer() + (note and f"<p>{note}</p>"))
        self.disable(True)

    def ask(self, button):
        """Hide the answer, and take another choice. What was kept stays until that is committed."""
        self.choose([None] * len(self.inputs))
        self.reply.value = ""
        self.disable(False)

    def choose(self, values):
        """Put a value into each input."""
        for widget, value in zip(self.inputs, values):
            widget.value = value

    def disable(self, committed):
        """Let the reader choose and commit, or else ask again."""
        for widget in (*self.inputs, self.commit):
            widget.disabled = committed
        self.again.layout.display = "" if committed else "none"

    def say(self, html):
        """Put a reply under the question."""
        self.reply.value = f'<div role="status" aria-live="polite">{html}</div>'

    def _repr_mimebundle_(self, **kwargs):
        return {**super()._repr_mimebundle_(**kwargs), "text/plain": repr(self)}

    def __repr__(self):
        return f"Question: {self.title}"


def predict(question: str, options: Sequence[str], right: str, because: str) -> Question:
    """One question; the answer stays hidden until the reader commits to a guess.

    Parameters
    ----------
    question : str
    options : list of str
    right : str
        One of the options.
    because : str
        Why, shown with the answer; put computed numbers into it.

    Returns
    -------
    Question

    Raises
    ------
    ValueError
        Where the right answer is not among the options.

    Examples
    --------
    >>> from lessonkit import predict
    >>> predict("Which is 2 + 2?", ["3", "4"], right="4", because="Count on your fingers.")
    Question: Which is 2 + 2?
    """
    if right not in options:
        raise ValueError(f"predict: the right answer {right!r} must be one of the options {options!r}")
    choice = widgets.RadioButtons(options=options, value=None, layout={"width": "max-content"})

    def answer():
        verdict = "Yes." if choice.value == right else f"You said “{escape(choice.value)}”. It is “{escape(right)}”."
        return f"<b>{verdict}</b> {because}"

    return Question(question, [choice], answer)


def big_picture(again: bool = False) -> Question:
    """The table of optimizers to fill in: at the start of the course, and at its end beside the first answers.

    The first answers are kept in a file in the learner's home folder. Later ones do not replace them.

    Parameters
    ----------
    again : bool
        True at the end of the course: the first answers are shown beside the new ones.

    Returns
    -------
    Question

    Examples
    --------
    >>> from lessonkit import big_picture
    >>> big_picture()
    Question: The big picture, as you see it today
    """
    said = dict(zip(FIELDS, (entry for row in BIG_PICTURE.values() for entry in row)))
    inputs = [
        widgets.Dropdown(
            options=sorted({row[k % len(COLUMNS)] for row in BIG_PICTURE.values()}),
            value=None,
            description=field,
            style={"description_width": "100%"},
            layout={"width": "96%", "height": "58px", "flex_flow": "column", "align_items": "stretch"},
        )
        for k, field in enumerate(FIELDS)
    ]

    def answer():
        now = {widget.description: widget.value for widget in inputs}
        first = dict(zip(FIELDS, FIRST_ANSWERS.read() or [])) if again else {}
        note = " No answers of the first day were found." if again and not first else ""
        rows = [[key, *([first[key]] if first else []), now[key], said[key]] for key in said]
        agree = sum(now[key] == said[key] for key in said)
        heads = ["", *(["you, at the start"] if first else []), "you, now", "usually said"]
        return f"{agree} of {len(said)} as usually said.{note} {as_html_table(rows, heads)}"

    grid = widgets.GridBox(
        inputs, layout={"grid_template_columns": f"repeat({len(COLUMNS)}, 1fr)", "max_width": "750px"}
    )
    if again:
        return Question("The big picture, once more", inputs, answer, grid)
    return Question("The big picture, as you see it today", inputs, answer, grid, FIRST_ANSWERS)


def as_html_table(rows, columns):
    """A small HTML table."""
    head = "".join(f"<th scope='col'>{escape(column)}</th>" for column in columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(entry)}</td>" for entry in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def usually_said() -> Text:
    """The big-picture table as it is usually told, folded until the reader opens it.

    Returns
    -------
    Text

    Examples
    --------
    >>> from lessonkit import usually_said
    >>> print(usually_said())  # doctest: +ELLIPSIS
    <details><summary>What is usually said</summary>
    <BLANKLINE>
    | rule | speed | oscillation | tuning needed |
    ...
    """
    rows = table([[rule, *row] for rule, row in BIG_PICTURE.items()], ["rule", *COLUMNS])
    return Text(f"<details><summary>What is usually said</summary>\n\n{rows}\n\n</details>")
