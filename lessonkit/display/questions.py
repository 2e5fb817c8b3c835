"""Questions whose answer shows only after the reader has answered. Nothing leaves the machine."""

import json
from collections.abc import Sequence
from html import escape

import ipywidgets as widgets

from lessonkit.display.text import Text, table
from lessonkit.machine import home
from lessonkit.machine.write_whole import write_whole

BIG_PICTURE = {  # what is often said, and what the course then measures; from the article that the course began from (docs/article.md)
    "sgd": ("slow", "high", "rate by hand"),
    "momentum": ("faster", "less", "rate and momentum"),
    "rmsprop": ("fast", "low", "rate and decay"),
    "adam": ("fast", "low", "defaults usually work"),
}
COLUMNS = ("speed", "oscillation", "tuning needed")


class Question(widgets.VBox):
    """A question that shows its answer after the reader has committed to one.

    Parameters
    ----------
    title : str
    inputs : list of widgets
        Their value is None until the reader has chosen.
    answer : function () → str, HTML to show once committed
    box : widget that lays out the inputs; by default they are placed one below the other
    """

    def __init__(self, title, inputs, answer, box=None):
        self.title, self.inputs, self.answer = title, inputs, answer
        self.commit = widgets.Button(description="Commit", button_style="primary")
        self.reply = widgets.HTML()
        self.commit.on_click(self.reveal)
        super().__init__(
            [widgets.HTML(f"<b>{escape(title)}</b>"), *([box] if box else inputs), self.commit, self.reply]
        )

    def reveal(self, button):
        """Show the answer and disable the inputs; if an input is empty, ask for it instead."""
        left = sum(widget.value is None for widget in self.inputs)
        if left:
            where = f" {left} of {len(self.inputs)} fields are empty." if len(self.inputs) > 1 else ""
            self.say(f"Choose first: a wrong guess teaches more than none.{where}")
            return
        self.say(self.answer())
        for widget in (*self.inputs, self.commit):
            widget.disabled = True

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

    The first answers are kept in a file in the learner's home folder, `answers_file()`. Later ones do not replace them.

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
    cells = {
        (rule, column): widgets.Dropdown(
            options=sorted({row[COLUMNS.index(column)] for row in BIG_PICTURE.values()}),
            value=None,
            description=f"{rule}: {column}",
            style={"description_width": "100%"},
            layout={"width": "96%", "height": "58px", "flex_flow": "column", "align_items": "stretch"},
        )
        for rule in BIG_PICTURE
        for column in COLUMNS
    }

    def answer():
        now = {f"{rule}: {column}": cell.value for (rule, column), cell in cells.items()}
        said = {
            f"{rule}: {column}": row[COLUMNS.index(column)] for rule, row in BIG_PICTURE.items() for column in COLUMNS
        }
        first = recall()
        if again:
            note = "" if first else " No answers of the first day were found."
        elif first is None:
            note = keep(now)
        else:
            note = f" Your first answers stay as they were, in {escape(str(answers_file()))}; these are not kept."
            first = None
        rows = [[key, *([first[key]] if first else []), now[key], said[key]] for key in said]
        agree = sum(now[key] == said[key] for key in said)
        heads = ["", *(["you, at the start"] if first else []), "you, now", "usually said"]
        return f"{agree} of {len(said)} as usually said.{note} {as_html_table(rows, heads)}"

    grid = widgets.GridBox(
        list(cells.values()), layout={"grid_template_columns": f"repeat({len(COLUMNS)}, 1fr)", "max_width": "750px"}
    )
    return Question(
        "The big picture, " + ("once more" if again else "as you see it today"), list(cells.values()), answer, grid
    )


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


def answers_file():
    """The file of a learner's first answers; OSError if the user has no folder for it."""
    return home.own_files() / "big-picture.json"


def keep(answers):
    """Write the answers to a file beside and rename it, so that no half-written file remains; return why that failed, or ""."""
    try:
        write_whole(answers_file(), json.dumps(answers, indent=1, ensure_ascii=False).encode())
    except OSError as error:
        return f" They could not be kept for the end of the course: {escape(str(error))}."
    return ""


def recall():
    """The first answers, a text for every field; None if there are none, or they cannot be read."""
    try:
        kept = json.loads(answers_file().read_text(encoding="utf-8"))
        return {f"{rule}: {column}": str(kept[f"{rule}: {column}"]) for rule in BIG_PICTURE for column in COLUMNS}
    except (OSError, ValueError, KeyError, TypeError):
        return None
