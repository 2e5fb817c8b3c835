"""What a learner is asked: it shows as its text, in a notebook and in a terminal."""

from lessonkit.machine.terminal import Printed


class Task(Printed):
    """Something to answer, with a `text` in Markdown."""

    text: str

    def __repr__(self):
        return self.text

    def _repr_markdown_(self):
        return self.text
