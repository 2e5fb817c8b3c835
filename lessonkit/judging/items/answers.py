"""The right answers to all kinds of parts: for keys, previews and tests. No name that `lessonkit` offers leads here."""

import re

from lessonkit.judging.by_hand import by_hand
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.experiments import experiment
from lessonkit.judging.items.spaces import drawn_version
from lessonkit.judging.items.which_mistake import which_mistake
from lessonkit.judging.items.whose_mistake import whose_mistake

RIGHT = {  # kind of part → (exercise, learner) → a number, or the source of a function
    "rule": lambda exercise, learner: EXERCISES[exercise].source,
    "version": lambda exercise, learner: drawn_version(exercise, learner).source,
    "repair": lambda exercise, learner: drawn_version(exercise, learner, "mistake").source,
    "by_hand": lambda exercise, learner: by_hand(exercise, learner).value_of(EXERCISES[exercise].source),
    "experiment": lambda exercise, learner: experiment(exercise, learner)._value,
    "what": lambda exercise, learner: whose_mistake(exercise, learner).what._right,
    "line": lambda exercise, learner: whose_mistake(exercise, learner)._line,
    "trace": lambda exercise, learner: which_mistake(exercise, learner)._right,
}


def right_answer(kind, exercise, name, learner):
    """The source of a right answer.

    Parameters
    ----------
    kind : str, one of `RIGHT`
    exercise : str
    name : str, what the answer defines
    learner : str

    Returns
    -------
    str
    """
    answer = RIGHT[kind](exercise, learner)
    if isinstance(answer, str):
        return re.sub(r"^def \w+", f"def {name}", answer)
    return f"{name} = {answer!r}"
