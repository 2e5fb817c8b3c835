"""The questions of lessons and exercises: what is asked, the options, and a reason for each of them.

A lesson's text has them as Markdown, and `make notebooks` keeps them here in `asked_in/`, so that no cell of a notebook
holds an answer.
"""

import hashlib
import json
import re
from html import escape
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).with_name("asked_in")
OPTION = re.compile(r"^- \[([ x])\] (.+)$", re.MULTILINE)
MISTAKE = re.compile(r"(.+\S) \{([^{}=][^{}]*)\}")  # an option, and the name of the mistake that leads to it


class Option(NamedTuple):
    """An answer that a reader can choose.

    text, reason : str
    right : bool
    mistake : str
        The name that the judge gives to the mistake behind a wrong option; "" if it has none. No reader sees it.
    """

    text: str
    reason: str
    right: bool
    mistake: str = ""

    @property
    def why(self):
        """The reason as HTML."""
        return re.sub(r"\*(\w[^*]*)\*", r"<em>\1</em>", escape(self.reason))


class Asked(NamedTuple):
    """A question with its options, in the order in which they are shown.

    question : str
    options : list of Option
    """

    question: str
    options: list

    @property
    def right(self):
        """The right option."""
        return next(option for option in self.options if option.right)


def parsed(name, text):
    """The question of that name, from its Markdown.

    Parameters
    ----------
    name : str
        Such as ``"05-first-step"``. It also decides the order of the options, which is the same at every run.
    text : str
        The question; then a line ``- [x] the right option`` or ``- [ ] a wrong one`` for each option, and below it the reason.
        A wrong option may end in the name of a mistake: ``- [ ] a fifth as long {forgets m̂}``.

    Returns
    -------
    Asked

    Raises
    ------
    ValueError
        Fewer than three options, not exactly one that is right, the same option twice, one without a reason, or a right one with
        the name of a mistake.
    """
    question, *parts = OPTION.split(text)
    options = [
        Option(words, " ".join(reason.split()), mark == "x", mistake)
        for mark, (words, mistake), reason in zip(parts[::3], map(_named, parts[1::3]), parts[2::3])
    ]
    if len({option.text for option in options}) < max(3, len(options)):
        raise ValueError(
            f"{name}: expected three options or more, all different, got {[each.text for each in options]}"
        )
    if sum(option.right for option in options) != 1:
        raise ValueError(f"{name}: expected exactly one right option, marked “- [x]”")
    if named := [option.mistake for option in options if option.right and option.mistake]:
        raise ValueError(
            f"{name}: the right option has the name of a mistake, {named[0]!r}; only wrong ones may have one"
        )
    if silent := [option.text for option in options if not option.reason]:
        raise ValueError(f"{name}: expected a reason below each option; missing below {silent}")
    return Asked(" ".join(question.split()), sorted(options, key=lambda option: _place(name, option.text)))


def _named(words):
    """An option, and the name of the mistake behind it or ""."""
    words = words.strip()
    found = MISTAKE.fullmatch(words)
    return found.groups() if found else (words, "")


def _place(name, option):
    """Where an option stands among the others: by chance, and always the same."""
    return hashlib.sha256(f"{name} {option}".encode()).hexdigest()


def stored():
    """All questions as `make notebooks` keeps them: name → {"text": Markdown, "numbers": {expression: number}}."""
    files = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(FOLDER.glob("*.json"))]
    return {name: kept for file in files for name, kept in file.items()}


def asked_in_lesson(lesson):
    """The questions of a lesson, in its order: name → Asked.

    Parameters
    ----------
    lesson : str, such as ``"05-adam"``
    """
    file = FOLDER / f"{lesson}.json"
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return {name: parsed(name, each["text"]) for name, each in kept.items()}


def asked_as(name):
    """The question of that name; ValueError if there is none."""
    known = stored()
    if name not in known:
        near = [each for each in known if each[:2] == name[:2]] or list(known)
        raise ValueError(f"predict: no question is called {name!r}; expected one of {', '.join(near)}")
    return parsed(name, known[name]["text"])
