"""The pages of rules, clips and schedules."""

import difflib
import functools
import inspect
import re

from api import body_of
from mistakes import IMAGES, by_name, difference, exercise_of, file_of, lesson_of
from outline import folded, page, python
from records import singles
from words import NAMES, elsewhere

import lessonkit
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.versions import source_of
from lessonkit.rules import ablations
from lessonkit.rules.formula import formula_of
from lessonkit.rules.registry import KINDS, REGISTRY
from lessonkit.teaching.hall import hall_of

class_of = functools.cache(hall_of)  # a lesson teaches several rules


def rule_page(name, found, lessons):
    """The page of a rule, a clip or a schedule."""
    entry = REGISTRY[name]
    summary = inspect.getdoc(entry.function).splitlines()[0]
    lines = [f"[{KINDS[entry.kind]}](index.md) · taught in {lesson_of(name, lessons)}", "", summary, ""]
    if formula_of(entry.function):
        lines += ["## Formula", "", formula_of(entry.function), ""]
    lines += ["## Code", "", python(source_of(entry.function)), ""]
    if entry.states:
        lines += [
            "It keeps, from step to step:",
            "",
            *(f"- `{state}`: {meaning}" for state, meaning in entry.states.items()),
            "",
        ]
    lines += [
        f"![{found['alt']}](../{IMAGES}/{found['image']})",
        "",
        f"{'Run:' if entry.kind == 'rule' else 'With'} {found['setting']}.",
        "",
    ]
    lines += ["## Arguments, results, example", "", "```{eval-rst}", body_of(name, entry.function), "```", ""]
    lines += origin(name) + relatives(name) + versions_of(name) + taught(name, lessons)
    told = f"{NAMES[name]}: {summary} Formula, code, usual values, a recorded run, named mistakes and conventions."
    title = NAMES[name] if NAMES[name].lower() == name else f"{NAMES[name]}: {name}"
    return page(
        title,
        told,
        lines,
        keywords="formula, algorithm, update rule, numpy",
        typed=elsewhere(name),
        image=f"{IMAGES}/{found['image']}",
        listed=True,
    )


def origin(name):
    """Who wrote of it first, and which idea of the course it follows."""
    entry, same = REGISTRY[name], [each for each in REGISTRY if REGISTRY[each].kind == REGISTRY[name].kind]
    references = inspect.getdoc(entry.function).partition("References\n----------\n")[2].split("\n\n")[0]
    references = re.sub(r"doi:(\S+?)(?=[.,;)]?(?:\s|$))", r"[doi:\1](https://doi.org/\1)", references)
    references = re.sub(r"arXiv:(\d+\.\d+)", r"[arXiv:\1](https://arxiv.org/abs/\1)", references)
    lines = ["## Where it comes from", "", references or "It is common practice; the course names no first paper.", ""]
    if entry.kind == "rule" and name != same[0]:
        before = same[same.index(name) - 1]
        lines += [
            f"In the order of ideas it follows [`{before}`]({before}.md): {inspect.getdoc(REGISTRY[before].function).splitlines()[0]}",
            "",
        ]
    return lines


def relatives(name):
    """The nearest other functions of its kind, with the lines that differ."""
    kind = REGISTRY[name].kind
    others = {each: entry.function for each, entry in REGISTRY.items() if entry.kind == kind and each != name}
    others |= {
        each: getattr(lessonkit, each)
        for each in dir(ablations)
        if each.startswith(f"{name}_") and hasattr(lessonkit, each)
    }
    own = source_of(REGISTRY[name].function)
    body = lambda source: re.sub(r"^def \w+", "def _", source)
    near = {
        each: difflib.SequenceMatcher(None, body(own), body(source_of(function))).ratio()
        for each, function in others.items()
    }
    nearest = [each for each in sorted(near, key=near.get, reverse=True) if near[each] > 0.5][:3]
    lines = ["## Relatives", ""] if nearest else []
    for each in nearest:
        link = f"[`{each}`]({each}.md)" if each in REGISTRY else f"[`{each}`](../api/{each}.md)"
        lines += [
            f"{link}: {inspect.getdoc(others[each]).splitlines()[0]}",
            "",
            difference(own, source_of(others[each])),
            "",
        ]
    return lines


def versions_of(name):
    """Its mistakes and its conventions, as lists of links."""
    if name not in EXERCISES:
        return []
    exercise, lines = EXERCISES[name], []
    for kind, versions in (("mistakes", exercise.mistakes), ("conventions", singles(exercise))):
        if versions:
            lines += [
                f"## {kind.title()}",
                "",
                *(f"- [{each}](../{kind}/{file_of(name, each)}.md)" for each in by_name(versions)),
                "",
            ]
    return lines


def taught(name, lessons):
    """The lesson with what one can do after it, the exercises, and the questions that a class is asked."""
    hall = class_of(lessons[f"{REGISTRY[name].lesson:02}"][0])
    lines = [
        "## Where it is taught",
        "",
        f"In {lesson_of(name, lessons)}, with {exercise_of(name, lessons)}. After the lesson you can:",
        "",
    ]
    lines += [f"- {outcome}" for outcome in hall.plan.outcomes]
    asked = [slide.title for slide in hall.slides if slide.kind == "question"]
    if asked:
        lines += ["", *folded("Questions for a class, from the lesson's slides", *(f"- {each}" for each in asked))]
    return [*lines, ""]


def index_page():
    """The list of all rules, clips and schedules, which the sidebar shows too."""
    lines = ["Each is a pure function that reads like its equation.", ""]
    for kind, heading in KINDS.items():
        lines += [f"## {heading}", ""]
        lines += [
            f"- [`{name}`]({name}.md): {inspect.getdoc(entry.function).splitlines()[0]}"
            for name, entry in REGISTRY.items()
            if entry.kind == kind
        ]
        lines.append("")
    lines += ["```{toctree}", ":hidden:", "", *REGISTRY, "```"]
    told = "Update rules, gradient clips and learning rate schedules: formula, code, picture, relatives, mistakes and conventions of each."
    return page("Rules, clips and schedules", told, lines, listed=True)
