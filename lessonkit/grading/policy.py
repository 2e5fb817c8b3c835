"""What an instructor decides for a class: deadlines, what lateness costs, which attempt counts, credit for a named mistake."""

import datetime
import json
import math
from dataclasses import asdict, dataclass, field, replace

from lessonkit.grading.lessons import lesson_called
from lessonkit.grading.parts import blank, total
from lessonkit.grading.roster import BadTable, number, read_table
from lessonkit.judging.catalogue import EXERCISES

DAY = 86_400.0  # seconds


@dataclass(frozen=True)
class Policy:
    """The rules of a class. As it comes, no rule costs or gives anything, and the last attempt counts.

    Attributes
    ----------
    attempts : str, ``"last"`` or ``"best"``
    late : float in [0, 1], the share of a lesson's points that each day of lateness costs, a day that has begun counting whole
    most : float in [0, 1], the largest share that lateness can cost
    grace : float, minutes after the deadline that do not count as late
    deadlines : dict of lesson → {learner, or "" for all: seconds since the epoch}
    partial : dict of mistake → share in [0, 1] of a part's points that it leaves
    """

    attempts: str = "last"
    late: float = 0.0
    most: float = 1.0
    grace: float = 0.0
    deadlines: dict = field(default_factory=dict)
    partial: dict = field(default_factory=dict)

    @classmethod
    def read(cls, text):
        """The policy that `written` gave."""
        return cls(**json.loads(text))

    def written(self):
        """The policy as text."""
        return json.dumps(asdict(self), sort_keys=True)

    def changed(self, **new):
        """The policy with some rules replaced; what is None stays."""
        return replace(self, **{name: value for name, value in new.items() if value is not None})

    def __str__(self):
        cost = f"{self.late:.0%} of a lesson's points for each day, {self.most:.0%} at most, after {self.grace:g} minutes of grace" if self.late else "nothing"
        deadlines = [f"  {lesson}{f', {learner}' if learner else ''}: {shown(when)}" for lesson, of in sorted(self.deadlines.items())
                     for learner, when in sorted(of.items())]
        partial = [f"  {mistake}: {share:.0%}" for mistake, share in sorted(self.partial.items())]
        return "\n".join([f"the attempt that counts: the {self.attempts}", f"lateness costs: {cost}", "deadlines:" if deadlines else "deadlines: none", *deadlines,
                          "credit for mistakes:" if partial else "credit for mistakes: none", *partial])

    def marked(self, attempt):
        """The parts of an attempt with credit for named mistakes, and with what its lateness costs as a part of its own."""
        parts = [each | {"points": self._credit(each)} for each in attempt.parts]
        late = self._late(attempt, *total(parts))
        return parts + [late] if late else parts

    def chosen(self, attempts):
        """The attempt that counts, and its parts as `marked` gives them.

        What came from a file of the learner's own goes before what only a cell claims to be theirs. The last attempt is
        told by its time, then by Canvas's number; of several that cannot be told apart the better one counts. None of this
        depends on the order in which they were graded.
        """
        own = [each for each in attempts if not each.claimed] or attempts
        marked = [(each, self.marked(each)) for each in own]

        def last(pair):
            return pair[0].time or 0.0, pair[0].number or 0, total(pair[1])[0], pair[0].key

        def best(pair):
            return total(pair[1])[0], *last(pair)

        return max(marked, key=best if self.attempts == "best" else last)

    def _credit(self, part):
        shares = [self.partial.get(name) for name in (part["mistake"] or "").split(" or ")]
        if part["passed"] or None in shares:
            return part["points"]
        return min(shares) * part["out_of"]

    def _late(self, attempt, points, out_of):
        deadlines = self.deadlines.get(attempt.lesson, {})
        deadline = deadlines.get(attempt.learner, deadlines.get(""))
        if not self.late or attempt.late is False:
            return None
        if attempt.late:  # Canvas says so; how late is not in its files
            days, when = 1, "Canvas marks it as late"
        elif deadline is None or attempt.first is None or attempt.first <= deadline + 60 * self.grace:
            return None
        else:
            days = math.ceil((attempt.first - deadline) / DAY)
            when = f"handed in {shown(attempt.first)}; the deadline was {shown(deadline)}"
        cost = min(points, min(self.most, days * self.late) * out_of)
        return blank("late", "late", "late", 0) | {
            "points": -cost, "message": f"Late: {when}. {days} day{'s' * (days > 1)} at {self.late:.0%} of {out_of:g} points."}


def shown(seconds):
    """A time in UTC, to the minute."""
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")


def read_deadlines(path, lessons):
    """Deadlines from a CSV with the columns lesson, deadline and, for an extension, learner: as `Policy.deadlines` has them."""
    found = {}
    for line, row in read_table(path, ("lesson", "deadline")):
        try:
            lesson = lesson_called(row["lesson"], lessons)
        except ValueError as error:
            raise BadTable(f"{path}, line {line}: {error}") from None
        try:
            when = datetime.datetime.fromisoformat(row["deadline"])
        except ValueError:
            raise BadTable(f"{path}, line {line}: expected a deadline such as 2026-03-01 23:59 or 2026-03-01T23:59+01:00, got {row['deadline']!r}") from None
        if len(row["deadline"]) <= 10:
            when += datetime.timedelta(days=1)  # a date alone means its end
        of_lesson, learner = found.setdefault(lesson, {}), row.get("learner", "")
        if learner in of_lesson:
            raise BadTable(f"{path}, line {line}: a second deadline of {lesson} for {learner or 'all'}; expected one")
        of_lesson[learner] = when.timestamp()
    return found


def read_partial(path):
    """Credit from a CSV with the columns mistake and share: as `Policy.partial` has it."""
    known = {mistake.name for exercise in EXERCISES.values() for mistake in exercise.mistakes}
    found = {}
    for line, row in read_table(path, ("mistake", "share")):
        share = number(row["share"])
        if row["mistake"] not in known:
            raise BadTable(f"{path}, line {line}: no mistake is called {row['mistake']!r}; expected a name as the map of mistakes has it")
        if share is None or not 0 <= share <= 1:
            raise BadTable(f"{path}, line {line}: expected a share from 0 to 1, got {row['share']!r}")
        found[row["mistake"]] = share
    return found
