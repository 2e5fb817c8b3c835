"""The pages of named mistakes and of conventions."""

import difflib
import re

from outline import address, folded, page, python
from records import singles
from settings import SEEN
from words import NAMES, elsewhere, title, typed

from lessonkit.display.asked import asked_in_lesson
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.versions import changed
from lessonkit.rules.registry import REGISTRY

EXACT = 1e-9  # a difference of θ or of a rate that rounding alone makes
IMAGES = "_images_made"


def file_of(rule, version):
    """The name of the page of a mistake or a convention."""
    return f"{rule.replace('_', '-')}-{address(version)}"


def by_name(versions):
    """Versions by their names: some mistakes can be written in more than one way."""
    found = {}
    for version in versions:
        found.setdefault(version.name, []).append(version)
    return found


def difference(before, after):
    """The lines that differ between two sources, as a block."""
    lines = list(difflib.unified_diff(before.strip().splitlines(), after.strip().splitlines(), lineterm="", n=1))
    return "```diff\n" + "\n".join(line for line in lines[2:] if not line.startswith("@@")) + "\n```"


def lesson_of(rule, lessons):
    """A link to the lesson that teaches a rule."""
    file, heading = lessons[f"{REGISTRY[rule].lesson:02}"]
    return f"[lesson {file[:2]}, {heading.partition(' · ')[2] or heading}](../notebooks/{file}.md)"


def exercise_of(rule, lessons):
    """A link to the exercises of the lesson that teaches a rule."""
    return f"[exercises {REGISTRY[rule].lesson:02}](../exercises/{lessons[f'{REGISTRY[rule].lesson:02}'][0]}.md)"


def picture_of(rule, kind, found):
    """The picture of a run beside the right one, or the words that say why there is none."""
    lines = [f"## A run with this {kind} beside the right one", ""]
    if "error" in found:
        return [*lines, f"No run can be drawn: it ends with `{found['error']}`.", ""]
    where = {"rule": "Run:", "clip": "Given:", "schedule": "With"}[REGISTRY[rule].kind]
    if "image" not in found:
        words = f"Nothing can be seen of it in any of {found['tried']} settings that were tried: the curves part by less than {SEEN:.0%} of a picture."
        return [
            *lines,
            words,
            f"The most is {found['share']:.1g} of a picture. {where} {found['setting']}. {found['parted']}",
            "",
        ]
    return [
        *lines,
        f"![{found['alt']}](../{IMAGES}/{found['image']})",
        "",
        f"{where} {found['setting']}. {found['parted']}",
        "",
    ]


def asked_about(rule, mistake, lessons):
    """The question of the lesson that offers what comes of this mistake: a sentence, or nothing."""
    asked = asked_in_lesson(lessons[f"{REGISTRY[rule].lesson:02}"][0]).values()
    found = [each.question for each in asked if mistake in [option.mistake for option in each.options]]
    return f" The lesson asks a question that it answers wrongly: “{found[0]}”" if found else ""


def twins(kind, rule, name):
    """The same slip in other rules, as a section."""
    versions = lambda exercise: exercise.mistakes if kind == "mistake" else singles(exercise)
    others = [each for each, exercise in EXERCISES.items() if each != rule and name in by_name(versions(exercise))]
    if not others:
        return []
    links = ", ".join(f"[{NAMES[each]}]({file_of(each, name)}.md)" for each in others)
    return ["## The same elsewhere", "", f"It can be written in {links} as well.", ""]


def mistake_page(rule, name, versions, found, lessons):
    """The page of a named mistake."""
    first, exercise = versions[0], EXERCISES[rule]
    lines = [
        f"[Named mistakes](index.md) · [of {NAMES[rule]}](index.md#{rule}) · [`{rule}`](../rules/{rule}.md)",
        "",
        first.why,
        "",
        "## The lines that differ",
        "",
    ]
    others = [changed(exercise.source, version.change) for version in versions]
    for k, other in enumerate(others):
        lines += [*(["Or, with the same name:", ""] if k else []), difference(exercise.source, other), ""]
    lines += picture_of(rule, "mistake", found)
    if found.get("call"):
        lines += [
            "## A call that shows it",
            "",
            f"The first of the judge's calls that comes out differently. Paste it into a cell below your own `{rule}`:",
            "",
            python(found["call"]),
            "",
        ]
    lines += ["## How to see it", "", first.question, ""]
    for label, hint in zip(("A hint", "Another hint"), first.hints):
        lines += folded(label, hint)
    alike = [
        each
        for each in re.split(r" or (?=\w)", found["named"] or "")
        if each != name and each in by_name(exercise.mistakes)
    ]
    lines += [
        "## Where it is taught",
        "",
        f"In {lesson_of(rule, lessons)}, with {exercise_of(rule, lessons)}.{asked_about(rule, name, lessons)}",
        "",
    ]
    if alike:
        links = ", ".join(f"[{each}]({file_of(rule, each)}.md)" for each in alike)
        lines += [f"`check({rule})` names it together with {links}: the judge's numbers are the same.", ""]
    else:
        lines += [f"`check({rule})` says: ✗ {rule}: {found['named']}.", ""]
    lines += [*twins("mistake", rule, name), *folded("The whole function", python(others[0]))]
    told = f"{title(rule, name)}. {first.why}"
    return page(
        title(rule, name),
        told,
        lines,
        keywords=elsewhere(rule) + ", mistake, bug, wrong",
        typed=typed(name),
        image=image_of(found),
    )


def image_of(found):
    """The path of a picture, for link previews."""
    return f"{IMAGES}/{found['image']}" if "image" in found else ""


def convention_page(rule, convention, found, lessons):
    """The page of a convention."""
    exercise = EXERCISES[rule]
    other = changed(exercise.source, convention.change)
    lines = [
        f"[Conventions](index.md) · [of {NAMES[rule]}](index.md#{rule}) · [`{rule}`](../rules/{rule}.md)",
        "",
        convention.conversion,
        "",
        f"“Ours” is [`{rule}`](../rules/{rule}.md) of this course; “yours” is written as on this page. Both are right, and the judge accepts both.",
        "",
        "## Who writes it so",
        "",
        convention.written_by
        or "No paper or library that the course is compared with. It is a form that people write.",
        "",
        "## The lines that differ",
        "",
        difference(exercise.source, other),
        "",
        "## How the hyperparameters convert",
        "",
    ]
    if convention.ours:
        exact = max(row[2] for row in found["apart"]) < EXACT
        claim = (
            "ours computes yours"
            if exact
            else "ours is close to yours in some runs and not in others, as the last column says"
        )
        lines += [f"With this line ahead of its body, {claim}:", "", python(convention.ours), ""]
    else:
        lines += [
            "No value of our hyperparameters gives yours in every run; these are the differences at the same values.",
            "",
        ]
    quantity = {"rule": "θ", "clip": "an entry", "schedule": "the rate"}[REGISTRY[rule].kind]
    lines += [f"The largest difference of {quantity}, of all steps:", ""]
    lines += (
        ["| run | same hyperparameters | with the line |", "|---|---|---|"]
        if convention.ours
        else ["| run | same hyperparameters |", "|---|---|"]
    )
    lines += ["| " + " | ".join([row[0], *(number(value) for value in row[1:])]) + " |" for row in found["apart"]]
    lines += ["", *picture_of(rule, "convention", found)]
    lines += ["## Where it is taught", "", f"In {lesson_of(rule, lessons)}, with {exercise_of(rule, lessons)}.", ""]
    lines += [*twins("convention", rule, convention.name), *folded("The whole function", python(other))]
    told = f"{title(rule, convention.name)}. {convention.conversion}"
    return page(
        title(rule, convention.name),
        told,
        lines,
        keywords=f"{elsewhere(rule)}, convention, difference",
        typed=typed(convention.name),
        image=image_of(found),
    )


def number(value):
    """A difference: 0, or its size."""
    return f"{value:.1e}" if value else "0"


INDEX = {
    "mistakes": (
        "Named mistakes",
        "What people write when they write a rule, and what it computes instead. Each was run beside the right one.",
    ),
    "conventions": (
        "Conventions",
        "Right ways to write a rule that give other numbers for the same hyperparameters, from papers and libraries, and how one turns "
        "into the other.",
    ),
}


def index_page(kind, names):
    """The list of all mistakes, or of all conventions; `names` is a dict of rule → names."""
    heading, words = INDEX[kind]
    lines = [f"{words} There are {sum(map(len, names.values()))}, of {len(names)} rules, clips and schedules.", ""]
    for rule, versions in names.items():
        lines += [f"## {rule}", "", *(f"- [{version}]({file_of(rule, version)}.md)" for version in versions), ""]
    return page(heading, words, lines, listed=True)
