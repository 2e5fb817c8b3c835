"""How long a lesson takes: computed from what there is to read, to run and to do, and written into its headings and its plan.

What each thing takes was held against learners who worked through five lessons with a pencil and tried wrong answers, too: they
needed 40, 85, 90, 100 and 65 minutes where this gives 35, 71, 87, 97 and 66. Prose that teaches is read at 100 to 200 words a
minute. Folded code and folded proofs are not counted: they are for a second reading.
"""

import ast
import itertools
import math
import re
from typing import NamedTuple

from lesson_questions import CALL

MINUTES = {
    "words": 1 / 120,
    "lines": 1 / 4,  # of code that is not folded
    "formulas": 1 / 2,
    "displays": 1,  # tables, figures, diagrams, kernels
    "questions": 2,
    "instruments": 2,  # to find one's way in it
    "tasks": 2,
    "numbers": 2,  # to work out by hand
    "fields": 1 / 4,  # of the big picture
    "rules": 8,  # to write
}
SITTING = 60  # minutes
DISPLAY = re.compile(r"^(?:table|curves|paths|cloud|heat|atlas|diagram|show|compare|same_in_torch)\(", re.MULTILINE)
HEADING = re.compile(r"^## (.+?) · \d+ min$", re.MULTILINE)
PLAN = re.compile(r"^\| part \| time \|\n\|---\|---\|\n(?:\|.*\|\n?)+", re.MULTILINE)
BREAK = "*A good place to stop for today: the next sitting begins here.*"
ORDINALS = ("First", "Second", "Third", "Fourth")


class Plan(NamedTuple):
    """What a lesson takes.

    parts : list of (name, minutes)
    sittings : list of lists of them; each sitting takes at most `SITTING` minutes, if no single part is longer
    """

    parts: list
    sittings: list

    @property
    def total(self):
        """The minutes of all parts."""
        return sum(minutes for _, minutes in self.parts)

    def __str__(self):
        rows = []
        for ordinal, sitting in zip(ORDINALS, self.sittings):
            rows += [f"| {part} | {minutes} min |" for part, minutes in sitting]
            if len(self.sittings) > 1:
                rows.append(f"| **{ordinal} sitting** | **{sum(minutes for _, minutes in sitting)} min** |")
        return "\n".join(["| part | time |", "|---|---|", *rows, f"| **Total** | **{self.total} min** |"])


def plan_of(cells):
    """The plan of a lesson, from its cells."""
    part, counted = None, {None: dict.fromkeys(MINUTES, 0)}
    for cell in cells:
        pieces = re.split(r"(?=^## )", cell.source, flags=re.MULTILINE) if cell.cell_type == "markdown" else [cell]
        for piece in pieces:
            if isinstance(piece, str) and (found := HEADING.match(piece)):
                # what stands above the first heading is read with the first part
                part, counted[found[1]] = found[1], counted.pop(None, dict.fromkeys(MINUTES, 0))
            for kind, number in (in_prose(piece) if isinstance(piece, str) else in_code(piece)).items():
                counted[part][kind] += number
    parts = [(part, max(1, round(minutes(counts)))) for part, counts in counted.items()]
    return Plan(parts, sittings_of(parts))


def minutes(counts):
    """What so many of each kind take."""
    return sum(MINUTES[kind] * number for kind, number in counts.items())


def in_prose(text):
    """Words and formulas of Markdown that is not folded."""
    text = re.sub(r"<details>.*?</details>", "", text, flags=re.DOTALL)
    text = PLAN.sub("", text).replace(BREAK, "")
    formulas = re.findall(r"\$\$.+?\$\$", text, re.DOTALL)
    words = re.findall(r"\w+", re.sub(r"\$\$.+?\$\$|\]\([^)]*\)|\{=[^}]*\}", " 0 ", text, flags=re.DOTALL))
    return {"words": len(words), "formulas": len(formulas)}


def in_code(cell):
    """What a code cell gives to read, to run and to do."""
    counts = {"displays": len(DISPLAY.findall(cell.source)), "questions": len(CALL.findall(cell.source))}
    if not cell.metadata.get("jupyter", {}).get("source_hidden"):
        counts["lines"] = lines_of(cell.source)
    for node in ast.walk(ast.parse(cell.source)):
        if isinstance(node, ast.Call):
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            for kind, number in in_call(called, node).items():
                counts[kind] = counts.get(kind, 0) + number
    return counts


def in_call(called, node):
    """What a call gives to do."""
    if called == "ask":
        return {"instruments": 1, "tasks": len(node.args)}
    if called == "work_out":
        return {"numbers": len(node.args[1].keys) if isinstance(node.args[1], ast.Dict) else 3, "displays": 1}
    return {"check": {"rules": 1}, "big_picture": {"fields": 12}}.get(called, {})


def lines_of(code):
    """The lines of code that are neither empty nor an import."""
    imports = [node for node in ast.parse(code).body if isinstance(node, ast.Import | ast.ImportFrom)]
    skipped = {line for node in imports for line in range(node.lineno, node.end_lineno + 1)}
    return sum(bool(line.strip()) for number, line in enumerate(code.splitlines(), 1) if number not in skipped)


def sittings_of(parts):
    """Parts in as few sittings as an hour allows each, and these as equal as they can be."""
    for count in range(max(1, math.ceil(sum(minutes for _, minutes in parts) / SITTING)), len(parts) + 1):
        ways = []
        for cuts in itertools.combinations(range(1, len(parts)), count - 1):
            bounds = zip((0, *cuts), (*cuts, len(parts)))
            ways.append([parts[start:end] for start, end in bounds])
        best = min(ways, key=lambda way: max(sum(minutes for _, minutes in sitting) for sitting in way))
        longest = max(sum(minutes for _, minutes in sitting) for sitting in best)
        if longest <= max(SITTING, *(minutes for _, minutes in parts)):
            return best
    return [parts]


def planned(text, plan):
    """The text of a lesson with the minutes, the plan and the breaks between sittings that it should have."""
    begins = {sitting[0][0] for sitting in plan.sittings[1:]}
    times = dict(plan.parts)

    def heading(found):
        part = found[1]
        rest = f"\n\n{BREAK}" if part in begins else ""
        return f"## {part} · {times[part]} min{rest}"

    text = text.replace(f"\n\n{BREAK}", "")
    return PLAN.sub(f"{plan}\n", HEADING.sub(heading, text), count=1)


def in_readme(readme, notebook, total):
    """The README with the minutes of a lesson in the row of its notebook."""
    return re.sub(rf"(\(notebooks/{re.escape(notebook)}\) \| )\d+( min \|)", rf"\g<1>{total}\g<2>", readme)
