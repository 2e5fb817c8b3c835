"""A version of a rule for each learner to write: right versions that were not asked for do not count."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.check import in_a_notebook
from lessonkit.judging.items.formulas import formula, letters
from lessonkit.judging.items.spaces import SPACES, Version, drawn_probe, drawn_version, versions
from lessonkit.judging.items.tracing import differing, first_difference, traced, which_of_two, with_known_mistake
from lessonkit.judging.judge import verdict_on
from lessonkit.judging.progress import line, record
from lessonkit.judging.task import Task
from lessonkit.judging.verdict import Verdict
from lessonkit.sandboxed.runner import Trouble, ask


@dataclass(frozen=True, repr=False)
class YourVersion(Task):
    """A version of a rule, given as a formula; `check(function)` judges what a learner has written.

    Attributes
    ----------
    exercise : str
    text : str, the task
    """

    exercise: str
    text: str
    _version: Version

    def check(self, function: Callable[..., Any], seed: int = 0) -> Verdict:
        """Judge a function: it passes if it computes this version, with its states.

        Parameters
        ----------
        function : function
            Takes the arguments by position, in the order that the task gives.
        seed : int, 0 or more
            Draws the numbers on which the function is tried.

        Returns
        -------
        Verdict
        """
        verdict = judged_version(self._version, function, seed, f'your_version("{self.exercise}", learner).check({{}})')
        if not verdict.passed or self.exercise not in EXERCISES:
            return verdict
        record(self.exercise)
        return replace(verdict, progress=line())


def your_version(exercise: str, learner: str) -> YourVersion:
    """The version of a rule that one learner is asked to write.

    Parameters
    ----------
    exercise : str
        Name of the rule, such as ``"adam"``.
    learner : str
        Name or number of the learner. The same learner gets the same version, today and at grading.

    Returns
    -------
    YourVersion
        Shows as the formula; its `check(function)` judges a function.

    Raises
    ------
    ValueError
        There is one version only of a rule of that name, or the learner is no text.

    Examples
    --------
    >>> from lessonkit import adam, your_version
    >>> your_version("adam", "Ada").check(adam).mistake
    'another version than yours'
    """
    check_space(exercise)
    version = drawn_version(exercise, learner)
    return YourVersion(exercise, told(version, f"**Your version of `{exercise}`**"), version)


def check_space(exercise):
    """ValueError if there are no versions of an exercise."""
    if exercise not in SPACES:
        raise ValueError(f"there are no versions of {exercise!r}; expected one of {', '.join(SPACES)}")


def told(version, title):
    """A version as a task: its title, its formula and how it is called."""
    head = version.source.split("\n")[0].removeprefix("def ").removesuffix(":")
    task = SPACES[version.exercise].task
    named = letters(version.source)
    return (
        f"{title}{f': {task}.' if task else ''}\n\n{shown_formula(version.source)}\n\n"
        f"Write it as `{head}`.{f' Here {named}.' if named else ''}"
    )


def shown_formula(source):
    """The formula of a version as a block of Markdown."""
    return "\n".join(["```text", *formula(source), "```"])


def judged_version(version, function, seed, again):
    """The verdict on a function of a notebook; `again` is how to have another one checked, with `{}` for its name."""
    probe = drawn_probe(version.exercise, seed)
    return in_a_notebook(
        version.exercise,
        function,
        len(probe.arguments),
        again,
        lambda: verdict_on_version(version, ask(function, probe), seed),
    )


def verdict_on_version(version, outcome, seed=0):
    """The verdict on the outcome of a function, a Trace or a Trouble, where one version is asked for."""
    exercise = version.exercise
    if isinstance(outcome, Trouble):
        return Verdict(exercise, False, str(outcome), mistake=outcome.name, error=outcome.failure)
    probe = drawn_probe(exercise, seed)
    parts = differing(outcome, traced(version.source, exercise, seed), probe)
    if not parts:
        return Verdict(exercise, True, "This is the version that you were asked for.")
    if other := _other_version(version, outcome, probe, seed):
        return other
    if named := _named(version, outcome, probe, seed):
        return replace(named, first_difference=first_difference(parts, probe))
    if exercise in EXERCISES:
        verdict = verdict_on(exercise, outcome, seed)
        if verdict.passed:
            return _not_asked(exercise, f"It is this one: {verdict.convention or 'as the lesson writes it'}.")
        if verdict.mistake:
            return verdict
    return Verdict(
        exercise,
        False,
        f"It does not compute your formula{which_of_two(outcome, version, seed)}.",
        question="In which line does yours differ from the formula?",
        first_difference=first_difference(parts, probe),
    )


def _other_version(version, outcome, probe, seed):
    """The verdict on a right version that was not asked for, or None."""
    for choice, other in versions(version.exercise).items():
        if choice == version.choice or differing(outcome, traced(other.source, version.exercise, seed), probe):
            continue
        wanted = [mine for mine, theirs in zip(version.words, other.words) if mine != theirs]
        found = [theirs for mine, theirs in zip(version.words, other.words) if mine != theirs]
        return _not_asked(version.exercise, f"Here {_listed(found)}; in yours, {_listed(wanted)}.")
    return None


def _not_asked(exercise, words):
    return Verdict(
        exercise,
        False,
        f"This is right, but it is not the version that you were asked for. {words}",
        mistake="another version than yours",
        question="Which line of your formula says so?",
    )


def _named(version, outcome, probe, seed):
    """The verdict that names a known mistake in the asked version, or None."""
    for mistake in mistakes_of(version.exercise):
        source = with_known_mistake(version.source, mistake)
        trace = traced(source, version.exercise, seed) if source else None
        if trace is not None and trace.values.shape == outcome.values.shape and not differing(outcome, trace, probe):
            return Verdict(
                version.exercise,
                False,
                mistake.why,
                mistake=mistake.name,
                question=mistake.question,
                hints=tuple(mistake.hints),
            )
    return None


def mistakes_of(exercise):
    """The known mistakes of an exercise, of the course or of `own_rules`."""
    return EXERCISES[exercise].mistakes if exercise in EXERCISES else SPACES[exercise].mistakes


def _listed(words):
    return ", and ".join(words)
