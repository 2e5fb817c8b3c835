"""Numbers that a rule with a mistake gave: which mistake was it?"""

import functools

import numpy as np

from lessonkit.judging.by_hand import draw_for
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.items.calls import asked_calls, asked_run
from lessonkit.judging.items.choices import OFFERED, Choice, choice
from lessonkit.judging.items.spaces import check_known, printed
from lessonkit.judging.items.tracing import with_mistake
from lessonkit.judging.items.your_version import mistakes_of, shown_formula
from lessonkit.judging.versions import changed, compiled

# A question says that the state is zero at the start, which these mistakes contradict.
OTHER_STARTS = ("starts the velocity at θ", "starts the accumulator at ε", "starts both moments at ε")


def which_mistake(exercise: str, learner: str) -> Choice:
    """What a rule with a mistake gave, drawn for one learner, and four mistakes to choose from.

    Parameters
    ----------
    exercise : str
        Name of the rule, such as ``"adam"``.
    learner : str
        Name or number of the learner. The same learner gets the same numbers.

    Returns
    -------
    Choice
        Shows as the question; its `check(number)` judges the number of the chosen sentence.

    Raises
    ------
    ValueError
        No exercise of that name, or a learner that is no text.

    Examples
    --------
    >>> from lessonkit import which_mistake
    >>> which_mistake("adam", "Ada").check(7).mistake
    'no such sentence'
    """
    check_known(exercise)
    draw_for(exercise, learner)
    return _drawn(exercise, learner)


@functools.lru_cache(maxsize=256)
def _drawn(exercise, learner):
    draw = draw_for(f"trace of {exercise}", learner)
    source = printed(exercise)
    known = [mistake for mistake in mistakes_of(exercise) if mistake.name not in OTHER_STARTS]
    asked = (asked_run if "theta" in source.split("\n")[0] else asked_calls)(exercise, source, draw)
    seen, offered = [asked.shown(compiled(source))], []
    for mistake in (known[i] for i in draw.permutation(len(known))):
        text = _mistaken(source, mistake)
        shown = text and _shown(asked, text)
        if shown and shown not in seen and mistake.why not in seen:
            seen += [shown, mistake.why]
            offered.append((mistake, shown))
        if len(offered) == OFFERED:
            break
    (made, numbers), others = offered[0], [mistake for mistake, _ in offered[1:]]
    meant = f"Meant was this:\n\n{shown_formula(source)}\n\n" if exercise not in EXERCISES else ""
    question = f"{meant}{asked.text}\n\n{asked.table(numbers)}\n\n**Which mistake does it make?**"
    return choice(exercise, question, made, others, draw)


def _mistaken(source, mistake):
    """The rule as the lesson writes it, with a mistake in it; None if it does not fit. A mistake without a change of its own is in `slips`."""
    try:
        return changed(source, mistake.change) if mistake.change else with_mistake(source, mistake.name)
    except (ValueError, LookupError):
        return None


def _shown(asked, source):
    """What a version gives, as it is shown; None if it raises or gives what is no number."""
    try:
        with np.errstate(all="ignore"):
            return asked.shown(compiled(source))
    except (ArithmeticError, LookupError, NameError, SyntaxError, TypeError, ValueError):
        return None
