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
from lessonkit.judging.mutants import mutants
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
    further = _as_the_rule if exercise in EXERCISES else _as_another_or_with_a_small_change
    verdict = next(
        filter(None, (ways(version, outcome, probe, seed) for ways in (_other_version, _named, further))), None
    ) or Verdict(
        exercise,
        False,
        f"It does not compute your formula{which_of_two(outcome, version, seed)}.",
        question="In which line does yours differ from the formula?",
    )
    return verdict if verdict.first_difference else replace(verdict, first_difference=first_difference(parts, probe))


def _as_the_rule(version, outcome, probe, seed):
    """What the judge says of it as the rule that the course has, or None if it has no name for it."""
    verdict = verdict_on(version.exercise, outcome, seed)
    if verdict.passed:
        return _not_asked(version.exercise, f"It is this one: {verdict.convention or 'as the lesson writes it'}.")
    return verdict if verdict.mistake else None


def _as_another_or_with_a_small_change(version, outcome, probe, seed):
    """The verdict that names a known mistake in another version, or a small change of the asked one; or None."""
    for other in versions(version.exercise).values():
        if other is not version and (named := _named(other, outcome, probe, seed)):
            besides = f"{named.message} Besides, it is another version. {_told_apart(version, other)}"
            return replace(named, message=besides)
    for change, source in mutants(version.source):
        if _gives(source, version, outcome, probe, seed):
            return Verdict(
                version.exercise,
                False,
                "It gives the numbers of your formula with this one change.",
                mistake=change,
                question="Does that line of yours say what the formula says?",
            )
    return None


def _gives(source, version, outcome, probe, seed):
    """Whether a wrong version gives the numbers that came back."""
    trace = traced(source, version.exercise, seed)
    return trace is not None and trace.values.shape == outcome.values.shape and not differing(outcome, trace, probe)


def _other_version(version, outcome, probe, seed):
    """The verdict on a right version that was not asked for, or None."""
    for choice, other in versions(version.exercise).items():
        if choice == version.choice or differing(outcome, traced(other.source, version.exercise, seed), probe):
            continue
        return _not_asked(version.exercise, _told_apart(version, other))
    return None


def _told_apart(version, other):
    """In which switches a version is not the one that was asked for."""
    wanted = [mine for mine, theirs in zip(version.words, other.words) if mine != theirs]
    found = [theirs for mine, theirs in zip(version.words, other.words) if mine != theirs]
    return f"Here {_listed(found)}; in yours, {_listed(wanted)}."


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
        if source and _gives(source, version, outcome, probe, seed):
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
