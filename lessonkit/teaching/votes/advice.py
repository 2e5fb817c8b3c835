"""What to do after a vote: a suggestion from the share of right answers, as peer instruction does it.

A discussion among neighbours helps most if some are right and some are not: from 35 to 70 % (Crouch & Mazur 2001), in later
summaries from 30 to 70 % (Lasry, Mazur & Watkins 2008). With fewer, nobody can convince a neighbour; with more, few need it.
Students vote alone first. The projector shows the first histogram before the discussion only on demand, because it draws votes to the
commonest option, right or wrong (Perez et al. 2010). Vickrey et al. 2015 review what is known. See docs/references.md.
"""

from typing import NamedTuple

FEW, MANY = 0.3, 0.7  # shares of right answers
ENOUGH = 5  # votes; the share of fewer says little about a class


class Advice(NamedTuple):
    """A suggestion.

    step : str, the command that it suggests: ``"open"``, ``"again"`` or ``"reveal"``
    words : str
    """

    step: str
    words: str


def advice(counts, right, round):
    """What to do next.

    Parameters
    ----------
    counts : list of int, the votes for each option
    right : int, which option is right
    round : int, 1 or 2

    Returns
    -------
    Advice
    """
    votes = sum(counts)
    if votes < ENOUGH:
        return Advice("open", f"Only {votes} voted, which says little about a class. Ask for more votes.")
    share = counts[right] / votes
    said = f"{100 * share:.0f} % are right."
    if share > MANY:
        return Advice("reveal", f"{said} Explain briefly, then go on.")
    if round == 2:
        return Advice("reveal", f"{said} Reveal, and explain each option in full.")
    if share < FEW:
        return Advice("again", f"{said} Explain the idea again, then vote again.")
    return Advice("again", f"{said} Let neighbours discuss for two minutes, then vote again.")
