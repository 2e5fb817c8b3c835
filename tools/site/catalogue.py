"""Pages of the rules, of their mistakes and of their conventions, written from what the judge and the registry know."""

import difflib
import inspect
import re

import pictures
from outline import address

import lessonkit
from lessonkit.judging.catalogue import EXERCISES
from lessonkit.judging.versions import changed, source_of
from lessonkit.rules import ablations
from lessonkit.rules.formula import formula_of
from lessonkit.rules.registry import KINDS, REGISTRY


def write_pages(folder, lessons):
    """Write all of them below `folder`.

    Parameters
    ----------
    folder : Path of the site's sources
    lessons : dict of number → (file, title)
    """
    images = folder / "_images_made"
    for name in ("rules", "mistakes", "conventions", images.name):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name in REGISTRY:
        (folder / "rules" / f"{name}.md").write_text(rule_page(name, lessons), encoding="utf-8")
    lists = {"mistakes": [], "conventions": []}
    for name, exercise in EXERCISES.items():
        singles = [each for each in exercise.conventions if "; " not in each.name]
        for kind, versions in (("mistakes", exercise.mistakes), ("conventions", singles)):
            pages = {}
            for version in versions:
                pages.setdefault(f"{name}-{address(version.name)}", version)
            for file, version in pages.items():
                text = version_page(kind, name, exercise, version, lessons, images)
                (folder / kind / f"{file}.md").write_text(text, encoding="utf-8")
            if pages:
                lists[kind].append((name, pages))
    for kind, entries in lists.items():
        (folder / kind / "index.md").write_text(index_of(kind, entries), encoding="utf-8")
    (folder / "rules" / "index.md").write_text(rules_index(), encoding="utf-8")


def python(source):
    """Source as a block of code."""
    return f"```python\n{source.strip()}\n```"


def difference(before, after):
    """The lines that differ between two sources, as a block; the same lines beside them."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1)
    return "```diff\n" + "\n".join(line for line in list(lines)[2:] if not line.startswith("@@")) + "\n```"


def lesson_of(name, lessons):
    """A link to the lesson that teaches a rule."""
    file, title = lessons[f"{REGISTRY[name].lesson:02}"]
    return f"[{title}](../notebooks/{file})"


def version_page(kind, name, exercise, version, lessons, images):
    """The page of a mistake or a convention."""
    other = changed(exercise.source, version.change)
    lines = [f"# {name}: {version.name}", ""]
    if kind == "mistakes":
        lines += [version.why, "", f"A mistake that `check({name})` names. {lesson_of(name, lessons)} teaches [`{name}`](../rules/{name}.md)."]
    else:
        lines += [version.conversion, "", f"A convention of [`{name}`](../rules/{name}.md) that is as good as ours; the judge accepts it."]
    lines += ["", "## The lines that differ", "", difference(exercise.source, other), ""]
    drawn = pictures.beside(name, exercise.source, other, version.name, images)
    if drawn:
        file, words = drawn
        lines += ["## A run of each", "", f"![{words}](../{images.name}/{file})", "", words, ""]
    if kind == "mistakes":
        lines += ["## How to see it", "", version.question, "", *(f"<details><summary>{label}</summary><p>{hint}</p></details>\n" for label, hint in zip(("A hint", "Another hint"), version.hints))]
    lines += ["", "## The whole function", "", python(other), ""]
    return "\n".join(lines)


def index_of(kind, entries):
    """The list of all mistakes, or of all conventions."""
    title, words = {
        "mistakes": ("Named mistakes", "What people write when they write a rule, and what it computes instead. Each was run beside the right one."),
        "conventions": ("Conventions", "Right ways to write a rule that give other numbers for the same hyperparameters, from papers and libraries, and how one turns into the other."),
    }[kind]  # fmt: skip
    lines = [f"# {title}", "", words, ""]
    for name, pages in entries:
        lines += [f"## {name}", "", *(f"- [{version.name}]({file}.md)" for file, version in pages.items()), ""]
    names = "\n".join(file for _, pages in entries for file in pages)
    return "\n".join([*lines, "```{toctree}", ":hidden:", "", names, "```", ""])


def rules_index():
    """The list of all rules."""
    lines = ["# Rules, clips and schedules", "", "Each is a pure function that reads like its equation.", ""]
    for kind, title in KINDS.items():
        lines += [f"## {title}", ""]
        for name, entry in REGISTRY.items():
            if entry.kind == kind:
                lines.append(f"- [`{name}`]({name}.md): {inspect.getdoc(entry.function).splitlines()[0]}")
        lines.append("")
    return "\n".join([*lines, "```{toctree}", ":hidden:", "", *REGISTRY, "```", ""])


def rule_page(name, lessons):
    """The page of a rule: formula, kernel, arguments, history, relatives, mistakes."""
    entry = REGISTRY[name]
    document = inspect.getdoc(entry.function)
    summary, references = document.splitlines()[0], document.partition("References\n----------\n")[2].split("\n\n")[0]
    lines = [f"# {name}", "", summary, "", f"Taught in {lesson_of(name, lessons)}.", ""]
    if formula_of(entry.function):
        lines += ["## Formula", "", formula_of(entry.function), ""]
    lines += ["## Kernel", "", python(inspect.getsource(inspect.unwrap(entry.function)).split('"""')[0].split("\n", 1)[-1] if False else source_of(entry.function)), ""]
    if entry.states:
        lines += ["It keeps: " + "; ".join(f"`{state}`, {meaning}" for state, meaning in entry.states.items()) + ".", ""]
    lines += ["## Where it comes from", "", references or "Common practice, without one paper.", ""]
    lines += relatives(name)
    if name in EXERCISES:
        found = [(kind, versions) for kind, versions in (("mistakes", EXERCISES[name].mistakes), ("conventions", [each for each in EXERCISES[name].conventions if "; " not in each.name])) if versions]
        for kind, versions in found:
            names = dict.fromkeys(version.name for version in versions)
            lines += [f"## {kind.title()}", "", *(f"- [{each}](../{kind}/{name}-{address(each)}.md)" for each in names), ""]
    lines += ["## All about its arguments", "", "```{eval-rst}", f".. autofunction:: lessonkit.{name}", "```", ""]
    return "\n".join(lines)


def relatives(name):
    """The nearest other functions of its kind, with the lines that differ."""
    kind = REGISTRY[name].kind
    others = {each: entry.function for each, entry in REGISTRY.items() if entry.kind == kind and each != name}
    if kind == "rule":
        others |= {each: getattr(lessonkit, each) for each in dir(ablations) if each.startswith(f"{name}_") and hasattr(lessonkit, each)}
    own = source_of(REGISTRY[name].function)
    body = lambda source: re.sub(r"^def \w+", "def _", source)
    near = {each: difflib.SequenceMatcher(None, body(own), body(source_of(function))).ratio() for each, function in others.items()}
    nearest = [each for each in sorted(near, key=near.get, reverse=True) if near[each] > 0.5][:3]
    lines = ["## Relatives", ""] if nearest else []
    for each in nearest:
        link = f"[`{each}`]({each}.md)" if each in REGISTRY else f"`{each}`"
        lines += [f"{link}: {inspect.getdoc(others[each]).splitlines()[0]}", "", difference(own, source_of(others[each])), ""]
    return lines
