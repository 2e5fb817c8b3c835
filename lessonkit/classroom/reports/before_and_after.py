"""What a class believed when it voted, what it believes now, and what to do in the next hour: in sentences that only count."""

import itertools
from pathlib import Path
from typing import NamedTuple

from lessonkit.display.asked import asked_as, stored
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.teaching.hall import hall_of
from lessonkit.teaching.votes.advice import ENOUGH, MANY
from lessonkit.teaching.votes.results import counts as votes_in
from lessonkit.teaching.votes.results import right_options


class Belief(NamedTuple):
    """A wrong option that was chosen.

    option : str
    votes : list of int, in each round
    mistake : str, the name of the mistake that leads to it; "" if it has none
    now : list of (learners, of how many, lesson, part) who make this mistake in the attempts that count
    """

    option: str
    votes: list
    mistake: str
    now: list


class Asked(NamedTuple):
    """A question that a class voted on.

    lesson, name, text : str
    rounds : list of (votes, how many of them are right), in order
    beliefs : list of Belief, what most chose first
    learners : int, how many handed in the exercises of the lesson
    slides : list of str, the titles of the question's slide and of those up to the next question; empty if it has no slide
    """

    lesson: str
    name: str
    text: str
    rounds: list
    beliefs: list
    learners: int
    slides: list


def before_and_after(files: list[Path], found: dict) -> list[Asked]:
    """What was voted on, joined with the mistakes of the exercises by their names.

    Parameters
    ----------
    files : list of Path, of `lessonkit teach`
    found : dict, what `survey` returns

    Raises
    ------
    FileNotFoundError, ValueError
        A file that is not there, or no file of votes.
    """
    labels, mistakes = found["map"]
    joined = []
    for file in files:
        counted, right = votes_in(file), right_options(file)
        for lesson, name in dict.fromkeys((lesson, name) for lesson, name, _ in counted):
            rounds = [options for (_, of, _), options in sorted(counted.items()) if of == name]
            named = {each.text: each.mistake for each in asked_as(name).options} if name in stored() else {}
            wrong = [option for option in rounds[0] if option != right[name]]
            beliefs = [
                Belief(
                    option,
                    [options.get(option, 0) for options in rounds],
                    named.get(option, ""),
                    [
                        (learners, len(found["lessons"].get(of, ())), of, labels[of][part])
                        for (of, part, mistake), learners in mistakes.items()
                        if mistake == named.get(option)
                    ],
                )
                for option in wrong
                if any(options.get(option) for options in rounds)
            ]
            joined.append(
                Asked(
                    lesson,
                    name,
                    asked_as(name).question if name in stored() else name,
                    [(sum(options.values()), options.get(right[name], 0)) for options in rounds],
                    sorted(beliefs, key=lambda belief: -belief.votes[-1]),
                    len(found["lessons"].get(lesson, ())),
                    _slides_from(lesson, name),
                )
            )
    return joined


def _slides_from(lesson, name):
    """The titles of a question's slide and of those up to the next question; none where the lesson has no slides, as in a wheel."""
    try:
        slides = hall_of(lesson).slides
    except (FileNotFoundError, ValueError):
        return []
    after = itertools.dropwhile(lambda slide: slide.shown != name, slides)
    first = [slide.title for slide in itertools.islice(after, 1)]
    return first + [slide.title for slide in itertools.takewhile(lambda slide: slide.kind != "question", after)]


def as_text(joined: list[Asked]) -> str:
    """The questions of a class for a terminal: what was believed, what is, and what to do."""
    sections = [["Votes and exercises:"]]
    for each in joined:
        lines = [f"{each.lesson}, “{each.text}”"]
        lines += [f"  {_round(number, *votes)}" for number, votes in enumerate(each.rounds, start=1)]
        lines += [f"  {_believed(belief)}" for belief in each.beliefs]
        lines += [f"  Now: {now}" for now in _now(each)]
        lines += [f"  Next hour: {step}" for step in next_hour(each)]
        sections.append(lines)
    return "\n\n".join("\n".join(lines) for lines in sections)


def _round(number, votes, right):
    return f"Vote {number}: {right} of {votes} right ({right / votes:.0%})."


def _believed(belief):
    chosen = ", then ".join(map(str, belief.votes))
    named = f" It is the mistake “{belief.mistake}”." if belief.mistake else ""
    return f"“{belief.option}”: {chosen}.{named}"


def _now(asked):
    """What the exercises say about the mistakes behind the options, in sentences."""
    named = [belief for belief in asked.beliefs if belief.mistake]
    made = [
        f"{learners} of {total} make the mistake “{belief.mistake}” in {of}, {part}."
        for belief in named
        for learners, total, of, part in belief.now
    ]
    if not asked.learners:
        return [*made, "no exercise of this lesson is graded yet."]
    return made + [f"no graded answer is named “{belief.mistake}”." for belief in named if not belief.now]


def next_hour(asked: Asked) -> list[str]:
    """What to do about a question in the next hour, in sentences."""
    votes, right = asked.rounds[-1]
    steps = []
    if votes < ENOUGH:
        steps.append(f"{votes} votes say little about a class; ask the question again if you want to know.")
    elif right / votes <= MANY:
        steps.append(f"{_show(asked.slides)}ask the question again: {right} of {votes} were right in the last vote.")
    for belief in asked.beliefs:
        if belief.now and belief.mistake:
            question = next(
                each.question for entry in EXERCISES.values() for each in entry.mistakes if each.name == belief.mistake
            )
            steps.append(f"for the mistake “{belief.mistake}”, ask: {question}")
    return steps or [f"no need to repeat it: {right} of {votes} were right in the last vote."]


def _show(slides):
    """What to show before a question is asked again, in words."""
    if not slides:
        return ""
    up_to = f" and those after it, up to “{slides[-1]}”" if len(slides) > 1 else ""
    return f"show the slide “{slides[0]}” again{up_to}; then "
