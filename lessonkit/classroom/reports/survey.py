"""Computes the numbers of the class report in one pass over a gradebook."""

import collections
import statistics
from typing import NamedTuple

from lessonkit.classroom.gradebook.points import total
from lessonkit.classroom.lessons import OWN
from lessonkit.classroom.reports import item_statistics, mistakes_by_week, same_answers, unusual_code
from lessonkit.classroom.reports.mistake_map import label
from lessonkit.classroom.reports.mistakes_by_week import UNWRITTEN

NARROW = 0.2  # the least interquartile range, as a share of the points

UNLIKELY = (
    "by_hand",
    "experiment",
    "version",
    "repair",
)  # kinds of questions of one's own that have many possible answers


class MistakeCount(NamedTuple):
    """A mistake with a name, and how many learners made it."""

    lesson: str
    part: str
    mistake: str
    learners: int
    message: str
    question: str


def survey(book, attempts=()):
    """What the report says.

    Parameters
    ----------
    book : Book
    attempts : iterable of (learner, lesson, time, counts, parts)
        All attempts, for the mistakes over the weeks: see `mistakes_by_week.survey`.

    Returns
    -------
    dict
        - ``lessons``: lesson → the learners' shares of the points, in order
        - ``map``: the labels of the parts and the counts of mistakes, as `mistake_map` takes them
        - ``mistakes``: list of MistakeCount, the most frequent first
        - ``outliers``: list of (lesson, learner, share of the points)
        - ``notebooks``: what `same_answers.notebooks` returns
        - ``numbers``: what `same_answers.numbers` returns
        - ``code``: what `unusual_code.code` returns
        - ``items``: what `item_statistics.of_lesson` returns, for each lesson
        - ``weeks``: what `mistakes_by_week.survey` returns
    """
    tally = _Tally()
    for learner, lesson, parts, *_ in book.outcomes():
        tally.add(learner, lesson, parts)
    return {
        "lessons": {lesson: sorted(of.values()) for lesson, of in sorted(tally.shares.items())},
        "map": (dict(sorted(tally.labels.items())), tally.counts),
        "mistakes": tally.mistakes(),
        "outliers": sorted(outlier for lesson, of in tally.shares.items() for outlier in _outliers(lesson, of)),
        "notebooks": same_answers.notebooks(tally.notebooks),
        "numbers": same_answers.numbers(tally.numbers),
        "code": unusual_code.code(tally.code),
        "items": [_items(lesson, rows) for lesson, rows in sorted(tally.items.items()) if any(rows)],
        "weeks": mistakes_by_week.survey(attempts),
    }


class _Tally:
    """What is counted while the learners' parts pass by.

    shares : lesson → {learner: share of the points}
    labels : lesson → {part: label}
    counts : (lesson, part, mistake) → learners
    words : (lesson, part, named mistake) → (message, question)
    items : lesson → list of {part: share of its points}; leaves out learners whose points a person changed
    notebooks : lesson → answers, as `same_answers.notebooks` takes them
    numbers, code : (lesson, part, exercise) → answers, as `same_answers.numbers` and `unusual_code.code` take them
    """

    def __init__(self):
        self.shares, self.labels = collections.defaultdict(dict), collections.defaultdict(dict)
        self.counts, self.words = collections.Counter(), {}
        self.items, self.notebooks, self.numbers, self.code = (collections.defaultdict(list) for _ in range(4))

    def add(self, learner, lesson, parts):
        """Count what one learner has in one lesson."""
        points, most = total(parts)
        if most:
            self.shares[lesson][learner] = points / most
        labels = self.labels[lesson]
        judged = [part for part in parts if part["kind"] not in ("person", "lateness")]
        if judged and not any(part.get("by_person") for part in judged):
            self.items[lesson].append(
                {part["part"]: part["points"] / part["out_of"] for part in judged if part["out_of"]}
            )
        for part in judged:
            labels.setdefault(part["part"], label(part))
            if not part["passed"]:
                self._add_mistake(lesson, part)
            self._add_answer(learner, lesson, part)
        written = [(part["part"], part["source"]) for part in judged if part["mistake"] not in UNWRITTEN]
        right = {part["part"] for part in judged if part["kind"] in UNLIKELY and part["passed"]}
        self.notebooks[lesson].append((learner, written, right))

    def _add_mistake(self, lesson, part):
        key = lesson, part["part"], part["mistake"] or "another mistake"
        self.counts[key] += 1
        if part["mistake"] not in (None, *UNWRITTEN):
            about_one_run = part["kind"] in ("tests", *OWN)  # such a message is of no use to others
            self.words.setdefault(key, ("" if about_one_run else part["message"], part["question"]))

    def _add_answer(self, learner, lesson, part):
        place = lesson, part["part"], part["exercise"]
        if part["kind"] == "by_hand" and not part.get("by_person"):
            number = same_answers.number_in(part["source"])
            self.numbers[place].append((learner, part["passed"], part["mistake"], number))
        if part["kind"] in ("rule", "tests", "version", "repair") and part["mistake"] not in UNWRITTEN:
            self.code[place].append((learner, unusual_code.plain_text(part["source"])))

    def mistakes(self):
        """The mistakes to talk about: those that two or more learners made; if there are none, all."""
        found = [MistakeCount(*key, self.counts[key], *words) for key, words in self.words.items()]
        fewest = 2 if any(each.learners > 1 for each in found) else 1
        return sorted((each for each in found if each.learners >= fewest), key=lambda each: (-each.learners, each[:3]))


def _items(lesson, rows):
    names = list(dict.fromkeys(name for row in rows for name in row))
    return item_statistics.of_lesson(
        lesson, names, [[row[name] for name in names] for row in rows if len(row) == len(names)]
    )


def _outliers(lesson, shares):
    """(lesson, learner, share) of the learners who are far below the rest."""
    far = _far(shares.values())
    return [(lesson, learner, share) for learner, share in shares.items() if share < far]


def _far(shares):
    """The share of the points below which a learner is far below the rest.

    It is the lower quartile minus 1.5 times the interquartile range (Tukey 1977). The range counts as at least NARROW; it
    is 0 where three quarters of the learners have full points.
    """
    if len(shares) < 4:
        return 0
    low, _, high = statistics.quantiles(shares, n=4, method="inclusive")
    return low - 1.5 * max(high - low, NARROW)
