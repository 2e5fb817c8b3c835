"""Right answers to the cells of the exercises."""

from prose import ROOT

from lessonkit.classroom.lessons import all_lessons
from lessonkit.teaching.solutions import answer_of

LESSONS = ROOT / "lessons"  # an installed package has no solution of its own
PARTS = {part.cell: part for lesson in all_lessons().values() for part in lesson.parts}
GOOD_TESTS = {part.exercise: answer_of(part, "nobody", LESSONS) for part in PARTS.values() if part.kind == "tests"}
GOOD_TEST = GOOD_TESTS["clip_by_global_norm"]


def solved(grade_id, source, learner="nobody"):
    """The source of a right answer to the cell of a part, or of a question that gives no points; any other cell as it is."""
    part = PARTS.get(grade_id)
    return answer_of(part, learner, LESSONS) if part else source
