"""What is known about cosine."""

from lessonkit.judging.catalogue.shared.cosines import COSINE_FLOORS, FROM_ONE, LAST, RESTART, cosine_mistakes
from lessonkit.judging.versions import Exercise

COSINE = """def cosine(step, total, peak):
    progress = step / total
    return peak * (1 + np.cos(np.pi * progress)) / 2
"""

EXERCISE = Exercise(COSINE, [*COSINE_FLOORS, RESTART, LAST, FROM_ONE], cosine_mistakes("cosine"))
