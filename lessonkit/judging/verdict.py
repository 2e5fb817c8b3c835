"""What the judge says, for the eye, for the ear and for a program."""

from dataclasses import dataclass, field
from typing import NamedTuple

from lessonkit.judging.repairing.repair import Repair
from lessonkit.machine.terminal import Printed
from lessonkit.sandboxed.runner import Failure


class Difference(NamedTuple):
    """The first place where the numbers part. `step` counts from 1; for a schedule or a clip it is the call's number."""

    step: int
    tensor: str
    quantity: str
    expected: float
    got: float

    def __str__(self):
        return f"{self.quantity}, {self.tensor}, step {self.step}: expected {self.expected:.10g}, got {self.got:.10g}"


def headline(exercise, passed, convention, mistake):
    """A verdict in a line."""
    if passed:
        return f"✓ {exercise}: right" + (f", by another convention: {convention}" if convention else "")
    return f"✗ {exercise}: " + (mistake or "not yet right; this mistake has no name here")


@dataclass(frozen=True)
class Verdict(Printed):
    """The outcome for one function.

    Attributes
    ----------
    passed : bool
    convention : str or None
        Name of the convention, other than ours, that the function follows.
    mistake : str or None
        Name of the mistake; None where the function is right, or its mistake is not known.
    place_only : bool
        Whether `mistake` tells only where the numbers depart from the rule, since no name for the reason was found.
    message : str
        One sentence or two: what the convention or the mistake computes, how it turns into ours.
    question : str
        Leads to the mistake.
    hints : tuple of str
        From a nudge to the formula; never shown at once.
    first_difference : Difference or None
    call : str
        A call that gives something else than the rule, as a cell to paste and run; in a notebook only.
    repair : Repair or None
        The smallest edit of the learner's own source that makes the first wrong quantity right; in a notebook only.
    error : Failure or None
        Where the function raised: type, message, line and code.
    progress : str
        What the learner has passed so far, where that is known.
    """

    exercise: str
    passed: bool
    message: str
    convention: str | None = None
    mistake: str | None = None
    question: str = ""
    hints: tuple = field(default=(), repr=False)
    first_difference: Difference | None = None
    call: str = ""
    repair: Repair | None = None
    error: Failure | None = None
    progress: str = ""
    place_only: bool = False

    @property
    def headline(self):
        """The outcome in a line."""
        mistake = self.mistake
        if self.repair and (mistake is None or self.place_only):
            mistake = f"not yet right: {self.repair.kind} in your line `{self.repair.line}`"
        return headline(self.exercise, self.passed, self.convention, mistake)

    def __repr__(self):
        lines = [
            self.headline,
            self.message,
            self.question,
            f"In your line `{self.repair.line}`: {self.repair.kind}." if self.repair else "",
            f"A call that differs:\n{self.call}" if self.call else "",
            self.progress,
        ]
        return "\n".join(line for line in lines if line)

    def _repr_html_(self):
        from lessonkit.judging.templating import environment  # Jinja comes with JupyterLab; nothing else here needs it

        return environment().get_template("notebook.html").render(verdict=self)
