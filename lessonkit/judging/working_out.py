"""Numbers to work out in a lesson: the reader types them, or asks to see them; the worked answer is hidden until then."""

from collections.abc import Mapping
from fractions import Fraction
from html import escape

import ipywidgets as widgets

from lessonkit.display.kept_answers import KeptAnswers
from lessonkit.display.questions import ASLEEP, Folded
from lessonkit.display.text import Text
from lessonkit.judging.given_numbers import near

WORDS = {  # what a reader is told; `{name}` is what the number is called, `{typed}` what was typed
    "right": "Right.",
    "empty": "{name}: still empty.",
    "wrong": (
        "{name}: not {typed}. Write down every line of the rule with its numbers; three significant digits are enough."
    ),
    "none": "Expected a number, such as 0.5 or 5/13; got “{typed}”.",
}


def number_in(typed):
    """The number that a reader has typed, such as 0.5, 1e-3 or 5/13; ValueError that says what to write instead."""
    plain = typed.replace("−", "-").replace(" ", "")
    try:
        return float(Fraction(plain))
    except (ValueError, ZeroDivisionError, OverflowError):
        form = "Write a decimal point: 0.5, not 0,5; got “{typed}”." if "," in typed else WORDS["none"]
        raise ValueError(form.format(typed=typed)) from None


class WorkOut(Folded):
    """Fields for numbers, with the worked answer below them once all are right or the reader asks for it.

    Parameters
    ----------
    title : str
    numbers : dict, name of a number → its value
    worked : list of Text
    """

    def __init__(self, title, numbers, worked):
        self.title, self.numbers, self.worked = title, dict(numbers), worked
        wide = max(map(len, self.numbers))
        self.inputs = [
            widgets.Text(
                continuous_update=False,  # whole numbers are sent, and before Check is: single letters wait for a busy kernel
                description=name,
                placeholder="a number",
                style={"description_width": f"{wide}ch"},
                layout={"width": f"calc({wide}ch + 12em)"},
            )
            for name in self.numbers
        ]
        self.kept = KeptAnswers(title, self.inputs)
        self.look = widgets.Button(description="Check", button_style="primary")
        self.ask = widgets.Button(description="Show me")
        self.again = widgets.Button(description="Ask again")
        self.reply, self.output = widgets.HTML(), widgets.Output()
        self.look.on_click(self.check)
        self.ask.on_click(self.give_up)
        self.again.on_click(self.hide)
        buttons = widgets.HBox([self.look, self.ask, self.again])
        head = widgets.HTML(f"<b>Work it out: {escape(title)}</b> {ASLEEP}")
        answer = "\n\n".join(each.markdown for each in worked)
        super().__init__(
            [head, *self.inputs, buttons, self.reply, self.output],
            f"**Work it out: {escape(title)}** ({escape(', '.join(self.numbers))})\n\n"
            f"<details><summary>Show the worked answer</summary>\n\n{answer}\n\n</details>",
        )
        self.offer(False)
        before = self.kept.read()
        if before and all(isinstance(typed, str) for typed in before):
            for widget, typed in zip(self.inputs, before):
                widget.value = typed
            self.reveal("")

    def check(self, button):
        """Say of each number whether it is right; show the worked answer if all are."""
        lines = [self.line(name, widget.value) for name, widget in zip(self.numbers, self.inputs)]
        if any(lines):
            self.say("<br>".join(filter(None, lines)))
        else:
            self.reveal(f"<b>{WORDS['right']}</b> {self.keep()}")

    def line(self, name, typed):
        """What is wrong with a typed number, in a line of HTML; "" if nothing is."""
        if not typed.strip():
            return escape(WORDS["empty"].format(name=name))
        try:
            given = number_in(typed)
        except ValueError as error:
            return escape(f"{name}: {error}")
        return "" if near(given, self.numbers[name]) else escape(WORDS["wrong"].format(name=name, typed=typed))

    def give_up(self, button):
        """Show the worked answer to a reader who asks for it."""
        self.reveal(self.keep())

    def keep(self):
        """Keep what was typed; a line of HTML if that failed, or ""."""
        return self.kept.write([widget.value for widget in self.inputs])

    def reveal(self, html):
        """Show the worked answer."""
        self.say(html)
        self.offer(True)
        self.output.outputs = ()
        for each in self.worked:
            self.output.append_display_data(each)

    def hide(self, button):
        """Hide the worked answer, and take other numbers."""
        for widget in self.inputs:
            widget.value = ""
        self.reply.value, self.output.outputs = "", ()
        self.offer(False)

    def offer(self, shown):
        """Offer what can be done while the worked answer is shown, or hidden."""
        for widget in (*self.inputs, self.look, self.ask):
            widget.disabled = shown
        self.again.layout.display = "" if shown else "none"

    def say(self, html):
        """Put a reply under the fields."""
        self.reply.value = f'<div role="status" aria-live="polite">{html}</div>'

    def __repr__(self):
        return "\n".join([f"Work it out: {self.title}", *(f"  {name} = …" for name in self.numbers)])


def work_out(title: str, numbers: Mapping[str, float], *worked: Text) -> WorkOut:
    """Numbers to work out with a pencil: fields to type them into, and the worked answer once they are right or asked for.

    Parameters
    ----------
    title : str
        What is to be worked out.
    numbers : dict
        The name of each number, and its value. A typed number is right if three significant digits agree.
    *worked : Text
        The worked answer: tables, diagrams.

    Returns
    -------
    WorkOut

    Raises
    ------
    ValueError
        No number, or no worked answer.

    Examples
    --------
    >>> from lessonkit import table, work_out
    >>> work_out("one step", {"new θ": 0.8}, table([[1, 0.8]], ["step", "θ"]))
    Work it out: one step
      new θ = …
    """
    if not numbers or not worked:
        raise ValueError(
            f"work_out: expected at least one number and one worked answer, got {len(numbers)} and {len(worked)}"
        )
    return WorkOut(title, numbers, worked)
