"""The rules of a class: deadlines, what lateness costs, which attempt counts, credit for a named mistake."""

import datetime
import json
import math
from dataclasses import asdict, dataclass, field, replace

from lessonkit.classroom.gradebook.points import blank, total
from lessonkit.classroom.lessons import lesson_called
from lessonkit.classroom.tables import BadTable, number, read_table
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.slips_by_hand import NAMES

DAY = 86_400.0  # seconds


@dataclass(frozen=True)
class Policy:
    """The rules of a class. By default lateness costs nothing, a mistake gets no credit, and the last attempt counts.

    Attributes
    ----------
    attempts : str, ``"last"`` or ``"best"``
    late : float in [0, 1], the share of a lesson's points that each day of lateness costs, also a day that has only begun
    most : float in [0, 1], the largest share that lateness can cost
    grace : float, minutes after the deadline that do not count as late
    deadlines : dict of lesson → {learner, or "" for all: seconds since the epoch}
    partial : dict of mistake → share in [0, 1] of a part's points that an answer with this mistake gets
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
        cost = (
            f"{_percent(self.late)} of a lesson's points for each day, {_percent(self.most)} at most, after {self.grace:g} minutes of grace"
            if self.late
            else "nothing"
        )
        deadlines = [
            f"  {lesson}{f', {learner}' if learner else ''}: {shown(when)}"
            for lesson, of in sorted(self.deadlines.items())
            for learner, when in sorted(of.items())
        ]
        partial = [f"  {mistake}: {_percent(share)}" for mistake, share in sorted(self.partial.items())]
        return "\n".join(
            [
                f"the attempt that counts: the {self.attempts}",
                f"lateness costs: {cost}",
                "deadlines:" if deadlines else "deadlines: none",
                *deadlines,
                "credit for mistakes:" if partial else "credit for mistakes: none",
                *partial,
            ]
        )

    def marked(self, attempt, by_person=lambda parts: parts):
        """The parts of an attempt with credit for named mistakes and the points of a person; what lateness costs is one more part.

        attempt : Attempt
        by_person : function (parts) → parts with the points that a person gave
        """
        parts = by_person([each | {"points": self._credit(each)} for each in attempt.parts])
        late = self._late(attempt, *total(parts))
        return [*parts, late] if late else parts

    def chosen(self, attempts, by_person=lambda parts: parts):
        """The attempt that counts, and its parts as `marked` gives them.

        Attempts from a file in the learner's own place go before those that only a cell claims. The last attempt is the one with the
        latest time, then with the highest number in Canvas; of several with equal time and number, the better one counts. The order in
        which they were graded does not matter.
        """
        own = [each for each in attempts if not each.claimed] or attempts
        if len(own) == 1:
            return own[0], self.marked(own[0], by_person)
        marked = [(each, self.marked(each)) for each in own]

        def last(pair):
            return pair[0].time or 0.0, pair[0].number or 0, total(pair[1])[0], pair[0].key

        def best(pair):
            return total(pair[1])[0], *last(pair)

        attempt, _ = max(marked, key=best if self.attempts == "best" else last)
        return attempt, self.marked(attempt, by_person)

    def _credit(self, part):
        """The points of a part, with credit for a named mistake."""
        if part["passed"] or not part["mistake"]:
            return part["points"]
        # No probe can tell mistakes joined by "or" apart.
        shares = [self.partial.get(name) for name in part["mistake"].split(" or ")]
        return part["points"] if None in shares else min(shares) * part["out_of"]

    def _late(self, attempt, points, out_of):
        """What lateness costs, as a part; None if nothing.

        A deadline of the learner's own goes before what Canvas says, which does not know of it.
        """
        deadlines = self.deadlines.get(attempt.lesson, {})
        deadline = deadlines.get(attempt.learner, deadlines.get(""))
        if not self.late or attempt.late is False or (attempt.late and attempt.learner in deadlines):
            return None
        if attempt.late:  # Canvas's files do not say by how much
            days, when = 1, "Canvas marks it as late"
        elif deadline is None or attempt.first is None or attempt.first <= deadline + 60 * self.grace:
            return None
        else:
            days = math.ceil((attempt.first - deadline) / DAY)
            when = f"handed in {shown(attempt.first)}; the deadline was {shown(deadline)}"
        share = min(self.most, days * self.late)
        most = f", at most {_percent(self.most)}" if share < days * self.late else ""
        return blank("lateness", "lateness", "lateness", 0) | {
            "points": -min(points, share * out_of),
            "message": f"Late: {when}. {days} day{'s' * (days > 1)} at {_percent(self.late)} of {out_of:g} points{most}.",
        }


def _percent(share):
    return f"{100 * share:g}%"


def shown(seconds):
    """A time in UTC, to the minute; "no date" if it is outside of the calendar."""
    try:
        return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OverflowError, OSError, ValueError):
        return "no date"


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
            if len(row["deadline"]) <= 10:
                when += datetime.timedelta(days=1)  # a date alone means its end
            when = when.timestamp()
        except (ValueError, OverflowError):
            raise BadTable(
                f"{path}, line {line}: expected a deadline such as 2026-03-01 23:59 or 2026-03-01T23:59+01:00, got {row['deadline']!r}"
            ) from None
        of_lesson, learner = found.setdefault(lesson, {}), row.get("learner", "")
        if learner in of_lesson:
            raise BadTable(f"{path}, line {line}: a second deadline of {lesson} for {learner or 'all'}; expected one")
        of_lesson[learner] = when
    return found


def read_partial(path):
    """Credit from a CSV with the columns mistake and share: as `Policy.partial` has it. Mistakes may be joined by "or"."""
    known = {mistake.name for exercise in EXERCISES.values() for mistake in exercise.mistakes} | NAMES
    found = {}
    for line, row in read_table(path, ("mistake", "share")):
        share, names = number(row["share"]), row["mistake"].split(" or ")
        if unknown := [name for name in names if name not in known]:
            raise BadTable(
                f"{path}, line {line}: no mistake of a rule is called {unknown[0]!r}; expected a name as the map of mistakes has it"
            )
        if share is None or not 0 <= share <= 1:
            raise BadTable(f"{path}, line {line}: expected a share from 0 to 1, got {row['share']!r}")
        if twice := [name for name in names if found.get(name, share) != share]:
            raise BadTable(f"{path}, line {line}: {twice[0]!r} has another share in a line above; expected one")
        found |= dict.fromkeys(names, share)
    return found
