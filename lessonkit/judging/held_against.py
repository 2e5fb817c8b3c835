"""Which right version an answer is held against: the one it follows most, with its states in the learner's own sign."""

from lessonkit.judging.explaining.following import nearest, squares_of, turned_states
from lessonkit.judging.explaining.one_step import OneStep


def held_against(known, trace, name):
    """(known versions, convention) whose numbers are the expected ones.

    Parameters
    ----------
    known : KnownVersions
    trace : Trace
        It is not right.
    name : str or None
        Of the convention that the verdict names.

    Returns
    -------
    (KnownVersions, Convention or None)
        The versions are those with turned states if the learner's velocity counts downhill as positive.
    """
    states = known.probe.states
    if not states or any(trace.states[each] is None for each in states):
        return known, known.followed(trace, name)
    one = OneStep(known.probe, trace)
    if squares_of(known, one):
        return known, known.followed(trace, name)
    signs = (1, -1) if turned_states(known, one, ()) else (1,)
    bases = [base for base in known.bases if name is None or (base[0] and base[0].name == name)]
    convention, _, sign, _ = nearest(bases, one, signs)
    return known if sign == 1 else known.turned, convention
