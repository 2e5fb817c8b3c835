"""Somebody's code with a mistake in it: what does it compute, in which line is the mistake, and how is it put right?"""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lessonkit.judging.by_hand import draw_for
from lessonkit.judging.items.choices import Choice, choice, number_of
from lessonkit.judging.items.slips import SLIPS
from lessonkit.judging.items.spaces import Version, drawn_probe, drawn_version
from lessonkit.judging.items.tracing import differing, traced, with_mistake
from lessonkit.judging.items.your_version import check_space, judged_version, mistakes_of, shown_formula
from lessonkit.judging.task import Task
from lessonkit.judging.verdict import Verdict


@dataclass(frozen=True, repr=False)
class WhoseMistake(Task):
    """Code with a known mistake. There are three answers to give, each judged by its own method.

    Attributes
    ----------
    exercise : str
    text : str, the formula that was meant, and the code
    what : Choice, what the code computes; `what.check(number)` judges the number of a sentence
    """

    exercise: str
    text: str
    what: Choice
    _line: int
    _version: Version

    def check_line(self, number: float) -> Verdict:
        """Judge the number of a line of the code."""
        given, wrong = number_of(self.exercise, number)
        if wrong:
            return wrong
        if given == self._line:
            return Verdict(self.exercise, True, "")
        count = len(re.findall(r"  # \d+$", self.text, re.MULTILINE))
        if not 1 <= given <= count:
            return Verdict(
                self.exercise, False, f"Expected 1 to {count}, the number of a line.", mistake="no such line"
            )
        return Verdict(
            self.exercise,
            False,
            "That line says what the formula says.",
            mistake="another line",
            question="Compare the code with the formula, line by line: where do they differ first?",
        )

    def check_code(self, function: Callable[..., Any], seed: int = 0) -> Verdict:
        """Judge the code, put right: it should compute the formula that was meant, and no other version."""
        again = f'whose_mistake("{self.exercise}", learner).check_code({{}})'
        return judged_version(self._version, function, seed, again)


def whose_mistake(exercise: str, learner: str) -> WhoseMistake:
    """Code with a mistake in it, drawn for one learner.

    Parameters
    ----------
    exercise : str
        Name of the rule that was meant, such as ``"adam"``.
    learner : str
        Name or number of the learner. The same learner gets the same code.

    Returns
    -------
    WhoseMistake
        Shows as the code; `what.check`, `check_line` and `check_code` judge the three answers.

    Raises
    ------
    ValueError
        There is one version only of a rule of that name, or the learner is no text.

    Examples
    --------
    >>> from lessonkit import whose_mistake
    >>> whose_mistake("momentum", "Ada").check_line(1).passed
    False
    """
    check_space(exercise)
    draw_for(exercise, learner)
    return _drawn(exercise, learner)


@functools.lru_cache(maxsize=256)
def _drawn(exercise, learner):
    version, draw = drawn_version(exercise, learner, "mistake"), draw_for(f"mistake in {exercise}", learner)
    known = [mistake for mistake in mistakes_of(exercise) if mistake.name in SLIPS]
    order = [known[i] for i in draw.permutation(len(known))]
    made, (source, line) = next((each, found) for each in order if (found := _in_one_line(version, each.name)))
    others = [each for each in order if _tells_apart(version, source, made, each)]
    code = re.sub(r"^def ", "def repaired_", source).splitlines()
    lines = "\n".join(f"{text}  # {number}" for number, text in enumerate(code, start=1))
    what = choice(exercise, "What does the code compute?", made, others, draw)
    text = (
        f"Somebody was asked for this version of `{exercise}`:\n\n{shown_formula(version.source)}\n\n"
        f"This is what came. One line is wrong.\n\n```python\n{lines}\n```\n\n**{what.text}\n\n"
        "**In which line is the mistake?** Each line ends with its number."
    ).replace("compute?", "compute?**", 1)
    return WhoseMistake(exercise, text, what, line, version)


@functools.lru_cache(maxsize=8192)
def _in_one_line(version, name):
    """(source, number of the line) of a version with a mistake in exactly one line that changes what it computes; else None."""
    text = with_mistake(version.source, name)
    if text is None:
        return None
    ours, theirs = version.source.splitlines(), text.splitlines()
    wrong = [number for number, (one, other) in enumerate(zip(ours, theirs), start=1) if one != other]
    if len(ours) != len(theirs) or len(wrong) != 1 or _same(text, version.source, version.exercise):
        return None
    return text, wrong[0]


def _tells_apart(version, source, made, other):
    """Whether a second mistake is said in other words than the one in the code, and computes something else in this version."""
    if other.why == made.why:
        return False
    text = with_mistake(version.source, other.name)
    return text is None or not _same(text, source, version.exercise, states=False)


def _same(one, other, exercise, states=True):
    """Whether two sources compute the same on the probe of the notebook, with or without their states; or one of them raises."""
    probe, one, other = drawn_probe(exercise, 0), traced(one, exercise, 0), traced(other, exercise, 0)
    return one is None or other is None or not differing(one, other, probe if states else probe._replace(states=[]))
