"""Write the pages of `docs`: the sheet of all rules, all functions, the glossary, and the statements of the
article that the course began from (docs/article.md).

`make pages` calls this.
"""

import importlib
import inspect
import re
from pathlib import Path

import nbformat

import lessonkit
from lessonkit.rules.arguments import GIVEN
from lessonkit.rules.formula import formula_lines
from lessonkit.rules.quantities import QUANTITIES
from lessonkit.rules.registry import KINDS, REGISTRY, of_kind

ROOT = Path(__file__).parents[1]
TERMS, STATEMENTS = ROOT / "docs" / "terms.txt", ROOT / "docs" / "statements.txt"
LETTERS = {
    "theta": "θ",
    "lr": "α, η",
    "beta": "β",
    "beta1": "β₁",
    "beta2": "β₂",
    "eps": "ε",
    "weight_decay": "λ",
    "step": "t",
    "total": "T",
    "warmup": "W",
    "decay": "D",
    "peak": "η_max",
    "div_factor": "d",
    "final_div_factor": "d′",
    "base": "η₀",
    "factor": "f",
    "every": "k",
}
WRITTEN = "Written by `make pages` from the docstrings"


def formula(kernel):
    """The formula in a kernel's docstring, a line of it a piece of mathematics; in words where it has none."""
    lines = [
        line.removesuffix(r"\\").replace("&&", r"\quad").replace("&", "").strip() for line in formula_lines(kernel)
    ]
    if not lines:
        return inspect.getdoc(kernel).split("\n")[0]
    return "<br>".join(f"${line}$" for line in lines)


def defaults(kernel):
    """A kernel's hyperparameters with their usual values."""
    parameters = inspect.signature(kernel).parameters.values()
    return ", ".join(
        f"`{p.name}`" if p.default is p.empty else f"`{p.name} = {p.default:g}`"
        for p in parameters
        if p.name in QUANTITIES and p.name not in ("t", "step")
    )


def source(kernel):
    """Who wrote of it first, and when."""
    references = inspect.getdoc(kernel).partition("References\n----------\n")[2]
    found = re.match(r"[^(]+\(\d{4}\)", references)
    return found[0] if found else ""


def sheet():
    """All rules on one page, as Markdown."""
    lines = [
        "# All rules on one page",
        "",
        f"{WRITTEN}; `help(adam)` gives the rest. θ: parameters, g: gradient at θ. "
        "All state starts at 0, the number t of an update at 1, that of a schedule's step at 0.",
    ]
    for kind, title in KINDS.items():
        lines += ["", f"## {title}", "", "| function | formula | to choose | source |", "|---|---|---|---|"]
        for name, entry in of_kind(kind).items():
            kernel = entry.function
            lines.append(f"| `{name}` | {formula(kernel)} | {defaults(kernel)} | {source(kernel)} |")
    lines += ["", "## Letters", "", "| letter | in code | meaning | range |", "|---|---|---|---|"]
    for name, quantity in QUANTITIES.items():
        lines.append(f"| {LETTERS.get(name, name)} | `{name}` | {quantity.meaning} | {quantity.range} |")
    lines += [f"| {LETTERS.get(name, name)} | `{name}` | {meaning} | |" for name, meaning in GIVEN.items()]
    states = {}
    for entry in REGISTRY.values():
        for name, meaning in entry.states.items():
            states.setdefault((name, meaning), []).append(f"`{entry.name}`")
    lines += [f"| {name} | `{name}` | {meaning} ({', '.join(rules)}) | |" for (name, meaning), rules in states.items()]
    return "\n".join(lines) + "\n"


def terms():
    """The course's terms: word → (number of the lesson that teaches it, what it means)."""
    rows = [line.split(" | ") for line in TERMS.read_text(encoding="utf-8").splitlines()]
    return {term: (lesson, meaning) for term, lesson, meaning in rows}


def lesson_link(number):
    """A lesson, linked from a page of `docs`."""
    (path,) = (ROOT / "notebooks").glob(f"{number}-*.ipynb")
    return f"[{number}](../notebooks/{path.name})"


def glossary():
    """Every term of the course with the lesson that teaches it, as Markdown."""
    entries = {term: (lesson_link(lesson), meaning) for term, (lesson, meaning) in terms().items()}
    for name, entry in REGISTRY.items():
        entries[f"`{name}`"] = ("[sheet](sheet.md)", inspect.getdoc(entry.function).split("\n")[0])
    rows = [
        f"| {term} | {meaning} | {where} |"
        for term, (where, meaning) in sorted(entries.items(), key=lambda entry: entry[0].strip("`").lower())
    ]
    return (
        "\n".join(
            [
                "# Glossary",
                "",
                f"{WRITTEN} and from `docs/terms.txt`. The last column names the lesson that teaches the word.",
                "",
                "| word | meaning | where |",
                "|---|---|---|",
                *rows,
            ]
        )
        + "\n"
    )


def part_link(place):
    """A part of a lesson, named by its number and the first words of its heading, linked from a page of `docs`."""
    number, _, words = place.partition(" ")
    (path,) = (ROOT / "notebooks").glob(f"{number}-*.ipynb")
    source = "\n".join(cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "markdown")
    found = [heading for heading in re.findall(r"^## (.+)$", source, re.MULTILINE) if heading.startswith(words)]
    if len(found) != 1:
        raise ValueError(f"{STATEMENTS.name}: “{place}” must begin one heading of {path.name}, but begins {found}")
    return f"[{number} {found[0].partition(' · ')[0]}](../notebooks/{path.name}#{found[0].replace(' ', '-')})"


def article():
    """What the article says, what was found, and where, as Markdown."""
    lines = [
        "# The article, statement by statement",
        "",
        "The course began from an article, “Optimization techniques for deep networks”. What it says, in short; what was "
        "found when it was measured; where; how often, and what would refute it. `make refute` tries to: it runs the lessons "
        "again with other seeds, finer searches and another split of the data.",
    ]
    for line in STATEMENTS.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            lines += [
                "",
                line,
                "",
                "| the article says | found | in | evidence, and what would refute it |",
                "|---|---|---|---|",
            ]
        else:
            says, found, places, evidence = line.split(" | ")
            lines.append(f"| {says} | {found} | {'; '.join(map(part_link, places.split('; ')))} | {evidence} |")
    return "\n".join(lines) + "\n"


def call(name, value):
    """How a function is called: its arguments and their defaults, without their types."""
    shown = []
    for key, each in inspect.signature(value).parameters.items():
        star = {each.VAR_POSITIONAL: "*", each.VAR_KEYWORD: "**"}.get(each.kind, "")
        default = "" if each.default is each.empty else f"={getattr(each.default, '__name__', repr(each.default))}"
        if each.kind == each.KEYWORD_ONLY and not any(part.startswith("*") for part in shown):
            shown.append("*")
        shown.append(f"{star}{key}{default}")
    return f"{name}({', '.join(shown)})"


def sentence(thing):
    """The first sentence of a docstring, as Markdown in a cell of a table."""
    first = " ".join(inspect.getdoc(thing).split("\n\n")[0].split())
    first = re.sub(r":math:`(.+?)`", r"$\1$", re.match(r".*?[.?](?=\s|$)|.*", first)[0])
    return first.replace("``", "`").replace("|", "\\|")


def api():
    """All names of `lessonkit` by module, with their arguments, as Markdown."""
    lines = [
        "# All functions",
        "",
        f"{WRITTEN}. Each can be imported from `lessonkit`. `help(adam)` gives arguments, errors and an example; "
        "`adam??` shows the source.",
    ]
    for module, names in lessonkit.MODULES.items():
        loaded = importlib.import_module(f"lessonkit.{module}")
        lines += ["", f"## {module}", "", sentence(loaded), "", "| call | what it does |", "|---|---|"]
        for name in names.split():
            value = getattr(loaded, name)
            lines.append(f"| `{call(name, value)}` | {sentence(value)} |")
    return "\n".join(lines) + "\n"


PAGES = {ROOT / "docs" / f"{write.__name__}.md": write for write in (sheet, api, glossary, article)}

if __name__ == "__main__":
    for path, write in PAGES.items():
        path.write_text(write(), encoding="utf-8")
