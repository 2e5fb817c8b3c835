"""Questions whose answer shows only after the reader has answered. Nothing leaves the machine."""

from html import escape

import ipywidgets as widgets

from lessonkit.display.asked import asked_as
from lessonkit.display.kept_answers import FirstAnswers, KeptAnswers
from lessonkit.display.stored import Stored
from lessonkit.display.text import table

BIG_PICTURE = {  # what is often said, and what the course then measures; from the article that the course began from (docs/article.md)
    "sgd": ("slow", "high", "rate by hand"),
    "momentum": ("faster", "less", "rate and momentum"),
    "rmsprop": ("fast", "low", "rate and decay"),
    "adam": ("fast", "low", "defaults usually work"),
}
COLUMNS = ("speed", "oscillation", "tuning needed")
SAID = {f"{rule}: {column}": said for rule, row in BIG_PICTURE.items() for column, said in zip(COLUMNS, row)}
FIELDS = list(SAID)
FIRST_ANSWERS = FirstAnswers(FIELDS)
CHOOSE = "Choose first: a wrong guess teaches more than none."
AGREE = "{agree} of {count} as usually said."


# The kernel has gone: one line says so, in place of a broken chain at every field.
ASLEEP = (
    "<style>.lessonkit-question .lessonkit-asleep { display: none }"
    ".lessonkit-question.jupyter-widgets-disconnected .lessonkit-asleep { display: inline }"
    ".lessonkit-question.jupyter-widgets-disconnected::before,"
    ".lessonkit-question .jupyter-widgets-disconnected::before { content: none }</style>"
    "<i class='lessonkit-asleep'>▶ Run the cells from the top to answer</i>"
)


class Folded(Stored):
    """What asks something of a reader. Where it is stored, it is text: that of `repr`, and a line that says to run it.

    Parameters
    ----------
    children : list of widgets
    folded : str, Markdown
        The same with the answer folded: what a page shows, where nobody can type or choose.
    """

    def __init__(self, children, folded=""):
        self.folded = folded
        super().__init__(children)
        self.add_class("lessonkit-question")

    def instead(self):
        return {"text/plain": f"{self!r}\n▶ Run the cells from the top to answer"}


class Question(Folded):
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
    folded : str, Markdown
        The question with its answer folded.
    """

    def __init__(self, title, inputs, answer, box=None, kept=None, folded=""):
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
            ],
            folded,
        )
        before = self.kept.read()
        if before and all(value in widget.options for value, widget in zip(before, inputs, strict=True)):
            self.choose(before)
            self.show()

    def reveal(self, button):
        """Keep what is chosen, and show the answer; if an input is empty, ask for it instead."""
        left = sum(widget.value is None for widget in self.inputs)
        if left:
            where = f" Still empty: {left} of {len(self.inputs)} fields." if len(self.inputs) > 1 else ""
            self.say(CHOOSE + where)
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

    def __repr__(self):
        options = getattr(self.inputs[0], "options", ()) if len(self.inputs) == 1 else ()
        return "\n".join([f"Question: {self.title}", *(f"  ○ {option}" for option in options)])


def predict(name: str) -> Question:
    """One question of a lesson; the answer stays hidden until the reader commits to a guess.

    Parameters
    ----------
    name : str
        As the text of the lesson calls the question, see CONTRIBUTING. Options and reasons are kept in the package.

    Returns
    -------
    Question

    Raises
    ------
    ValueError
        No question of that name.

    Examples
    --------
    >>> from lessonkit import predict
    >>> predict("05-first-step")  # doctest: +ELLIPSIS
    Question: Adam's first step from the far start, against its first step from the near one, is …
      ○ ...
    """
    asked = asked_as(name)
    options = {option.text: option for option in asked.options}
    choice = widgets.RadioButtons(options=list(options), value=None, layout={"width": "max-content"})
    folded = [
        f"<details><summary>{escape(option.text)}</summary><p>{'Yes' if option.right else 'No'}. {option.why}</p></details>"
        for option in asked.options
    ]
    answer = lambda: reply(asked, options[choice.value])
    return Question(asked.question, [choice], answer, folded="\n".join([f"**{escape(asked.question)}**\n", *folded]))


def reply(asked, chosen):
    """What a reader is told who chose an option of a question, as HTML."""
    if chosen.right:
        return f"<b>Yes.</b> {chosen.why}"
    return (
        f"<b>You said “{escape(chosen.text)}”.</b> {chosen.why}"
        f"<p><b>It is “{escape(asked.right.text)}”.</b> {asked.right.why}</p>"
    )


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
    inputs = [
        widgets.Dropdown(
            options=choices(field),
            value=None,
            description=field,
            style={"description_width": "100%"},
            layout={"width": "96%", "height": "58px", "flex_flow": "column", "align_items": "stretch"},
        )
        for field in FIELDS
    ]

    def answer():
        now = {widget.description: widget.value for widget in inputs}
        first = dict(zip(FIELDS, FIRST_ANSWERS.read() or [])) if again else {}
        note = " No answers of the first day were found." if again and not first else ""
        rows = [[key, *([first[key]] if first else []), now[key], SAID[key]] for key in SAID]
        agree = sum(now[key] == SAID[key] for key in SAID)
        heads = ["", *(["you, at the start"] if first else []), "you, now", "usually said"]
        return f"{AGREE.format(agree=agree, count=len(SAID))}{note} {as_html_table(rows, heads)}"

    grid = widgets.GridBox(
        inputs, layout={"grid_template_columns": f"repeat({len(COLUMNS)}, 1fr)", "max_width": "750px"}
    )
    title = "The big picture, once more" if again else "The big picture, as you see it today"
    kept = None if again else FIRST_ANSWERS
    rows = table([[rule, *row] for rule, row in BIG_PICTURE.items()], ["rule", *COLUMNS])
    folded = f"**{title}**\n\n<details><summary>What is usually said</summary>\n\n{rows}\n\n</details>"
    return Question(title, inputs, answer, grid, kept, folded)


def choices(field):
    """What a reader can choose in a field of the big picture."""
    column = field.split(": ")[1]
    return sorted({said for each, said in SAID.items() if each.endswith(f": {column}")})


def as_html_table(rows, columns):
    """A small HTML table."""
    head = "".join(f"<th scope='col'>{escape(column)}</th>" for column in columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(entry)}</td>" for entry in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
