"""What a reader has committed to, in files of their own, so that a question shows it again. Nothing leaves the machine."""

import hashlib
import json
from html import escape

from lessonkit.machine import home
from lessonkit.machine.write_whole import write_whole


class KeptAnswers:
    """The answers to a question. Another question, or other options, have another file.

    Parameters
    ----------
    title : str
    inputs : list of widgets
    """

    def __init__(self, title, inputs):
        asked = json.dumps(
            [title, *([widget.description, *getattr(widget, "options", ())] for widget in inputs)], default=str
        )
        self.name, self.fields = hashlib.sha256(asked.encode()).hexdigest()[:20] + ".json", len(inputs)

    def file(self):
        """Their file; OSError if the user has no folder for it."""
        return home.own_files() / "answers" / self.name

    def read(self):
        """The answers, one for each input; None if there are none, or they cannot be read."""
        answers = _read(self.file)
        return answers if isinstance(answers, list) and len(answers) == self.fields else None

    def write(self, answers):
        """Keep the answers; return a line of HTML if that failed, or ""."""
        return _write(answers, self.file)


class FirstAnswers:
    """The answers to the big picture at the start of the course. They stay, because its end shows them.

    Parameters
    ----------
    fields : list of str, a name for each input
    """

    def __init__(self, fields):
        self.fields = fields

    def file(self):
        """Their file; OSError if the user has no folder for it."""
        return home.own_files() / "big-picture.json"

    def read(self):
        """The first answers, a text for each input; None if there are none, or they cannot be read."""
        answers = _read(self.file)
        try:
            return [str(answers[field]) for field in self.fields]
        except (KeyError, TypeError):
            return None

    def write(self, answers):
        """Keep the answers if they are the first; return a line of HTML if they are not kept, or ""."""
        first = self.read()
        if first is None:
            return _write(dict(zip(self.fields, answers)), self.file)
        if first == answers:
            return ""
        return f"Your first answers stay as they were, in {escape(str(self.file()))}; these are not kept."


def _read(file):
    """What a file holds; None if it cannot be read.

    file : function () → path, or OSError
    """
    try:
        return json.loads(file().read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def _write(answers, file):
    """Write answers to a file, whole; return a line of HTML if that failed, or "".

    file : function () → path, or OSError
    """
    try:
        write_whole(file(), json.dumps(answers, indent=1, ensure_ascii=False, default=str).encode())
    except OSError as error:
        return f"Your answers could not be kept: {escape(str(error))}."
    return ""
