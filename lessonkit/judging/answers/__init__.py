"""Answers to the exercises that are not made from the judge's own catalogue; it is measured on them.

Each set is a text file. An answer in it is a line of three parts, what a true verdict has to say, and the source::

    === adam | wrong | ε stands outside the fraction
    says: ε | eps
    says: outside | bracket | added to
    never: inside the root
    def adam(theta, g, m, v, t, lr, beta1, beta2, eps):
        …

The three parts are the exercise, the verdict (right, convention or wrong), and what an expert calls the answer. Of each line
`says`, a true verdict contains at least one of the expressions; it contains none of the line `never`. An expression begins where a
word begins. If it has at most three characters, it is a whole word.
"""

import ast
import functools
import hashlib
import linecache
import re
from importlib.resources import files
from typing import NamedTuple

import numpy as np

SETS = {
    "strangers": "what public implementations compute",
    "a class": "what a class of 120 hands in",
    "programmers": "what people write who come from PyTorch, Keras, Optax, C++, MATLAB or R",
    "another course": "slips that the other sets do not have",
    "other fields": "what students of other fields write, with loops, classes and two slips at once",
    "engineers": "what engineers write who port their own library",
    "assistants": "what an assistant completes and a learner edits",
    "porters": "what people port from C++, Julia and R",
}
WHOLE = 3  # characters: an expression of at most so many is a whole word


class Answer(NamedTuple):
    """An answer as it could be handed in, with what an expert says about it.

    exercise : str
    verdict : ``"right"``, ``"convention"`` or ``"wrong"``
    what : str, what an expert calls it
    says : list of lists of str, the expressions of each line
    never : list of str
    source : str
    """

    exercise: str
    verdict: str
    what: str
    says: list
    never: list
    source: str

    @property
    def passes(self):
        """Whether the answer should pass."""
        return self.verdict != "wrong"

    def function(self):
        """The function that the source defines, in a namespace of its own; its source can be read, as in a notebook."""
        name = f"<answer {hashlib.sha256(self.source.encode()).hexdigest()[:12]}>"
        linecache.cache[name] = len(self.source), None, self.source.splitlines(keepends=True), name
        space = {"__name__": "__main__", "np": np}
        exec(compile(self.source, name, "exec"), space)
        return space[self.exercise]

    def is_true(self, verdict):
        """Whether a verdict says what an expert says, and nothing that is false."""
        text = f"{verdict.mistake or ''} {verdict.message}"
        return (
            all(any(_contains(text, each) for each in line) for line in self.says)
            and not any(_contains(text, each) for each in self.never)
            and not self._invented(text)
        )

    def _invented(self, text):
        """The lines and tests that a verdict mentions, and that are not in the source."""
        tree = ast.parse(self.source)
        written = {each.id for each in ast.walk(tree) if isinstance(each, ast.Name)}
        tests = {ast.unparse(each.test) for each in ast.walk(tree) if isinstance(each, (ast.If, ast.IfExp, ast.While))}
        return {*re.findall(r"the line of (\w+)", text)} - written | {*re.findall(r"the test `([^`]+)`", text)} - tests


def _contains(text, expression):
    """Whether a text contains an expression, from the beginning of a word; capitals do not count."""
    before = r"(?<!\w)" if re.match(r"\w", expression) else ""
    after = r"(?!\w)" if len(expression) <= WHOLE and re.search(r"\w$", expression) else ""
    return re.search(before + re.escape(expression) + after, text, re.IGNORECASE) is not None


@functools.cache
def answers(name):
    """The answers of a set: a list of Answer."""
    text = (files(__name__) / f"{name.replace(' ', '_')}.txt").read_text("utf-8")
    return [_read(part) for part in re.split(r"^=== ", text, flags=re.MULTILINE)[1:]]


def _read(part):
    head, *lines = part.rstrip("\n").split("\n")
    exercise, verdict, what = head.split(" | ", 2)
    words = {"says": [], "never": []}
    while match := re.fullmatch(r"(says|never): (.*)", lines[0]):
        words[match[1]].append(match[2].split(" | "))
        del lines[0]
    return Answer(
        exercise,
        verdict,
        what,
        words["says"],
        [each for line in words["never"] for each in line],
        "\n".join(lines) + "\n",
    )
