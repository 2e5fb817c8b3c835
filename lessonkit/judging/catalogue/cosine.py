"""What is known about cosine."""

from lessonkit.judging.catalogue.shared.cosines import RAISED, TENTH, cosine_mistakes, counted_from_one, ends, floors
from lessonkit.judging.versions import Chosen, Exercise, combined

COSINE = """def cosine(step, total, peak):
    progress = step / total
    angle = np.pi * progress
    share = (1 + np.cos(angle)) / 2
    return peak * share
"""

ENDS = [*ends("total"), *counted_from_one({"step / total": "(step + 1) / total"})]

EXERCISE = Exercise(COSINE, [*ENDS, TENTH], cosine_mistakes("step / total"))
CHOSEN = Chosen(combined(RAISED, ENDS), floors)
