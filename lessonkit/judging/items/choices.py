"""A question with sentences to choose from, each with a number: the known mistakes of a rule."""

from dataclasses import dataclass

from lessonkit.judging.given_numbers import NotANumber, number
from lessonkit.judging.task import Task
from lessonkit.judging.verdict import Verdict

OFFERED = 4


@dataclass(frozen=True, repr=False)
class Choice(Task):
    """A question with numbered sentences; `check(number)` judges the number that was chosen.

    Attributes
    ----------
    exercise : str
    text : str, the question and its sentences
    """

    exercise: str
    text: str
    _right: int
    _reasons: tuple
    _names: tuple  # of the mistakes

    def check(self, value: float) -> Verdict:
        """Judge the number of a sentence."""
        given, wrong = number_of(self.exercise, value)
        if wrong:
            return wrong
        if given == self._right:
            return Verdict(self.exercise, True, "")
        if not 1 <= given <= len(self._reasons):
            return Verdict(
                self.exercise,
                False,
                f"Expected 1 to {len(self._reasons)}, the number of a sentence.",
                mistake="no such sentence",
            )
        return Verdict(
            self.exercise,
            False,
            "That sentence is about another mistake.",
            mistake="takes it for another mistake",
            question=self._reasons[int(given) - 1],
        )


def choice(exercise, question, right, others, draw):
    """The question which of some mistakes it is.

    Parameters
    ----------
    exercise, question : str
    right : Mistake
    others : list of Mistake, of which the first that differ in their words are offered
    draw : numpy Generator, which puts them in order
    """
    different = {each.why: each for each in reversed([right, *others])}  # of several in the same words, the first stays
    offered = [each for each in [right, *others] if different[each.why] is each][:OFFERED]
    offered = [offered[i] for i in draw.permutation(len(offered))]
    listed = "\n".join(f"{number}. {each.why}" for number, each in enumerate(offered, start=1))
    reasons = tuple(f"If it were so: {each.question}" for each in offered)
    names = tuple(each.name for each in offered)
    return Choice(exercise, f"{question}\n\n{listed}", offered.index(right) + 1, reasons, names)


def number_of(exercise, value):
    """(the whole number that was given, None), or (None, the verdict that it is none)."""
    try:
        given = number(value)
    except NotANumber as trouble:
        return None, Verdict(exercise, False, str(trouble), mistake=trouble.name)
    if given % 1:
        return None, Verdict(exercise, False, f"Expected a whole number, got {given:g}.", mistake="not a whole number")
    return given, None
