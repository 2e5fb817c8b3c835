"""Write the README's evidence: numbers from where they are counted or measured, and held by tests. `make pages` calls this."""

import ast
import re
import runpy
import sys
from pathlib import Path

import jupytext
from lesson_slides import without_slides

from lessonkit.judging.answers import answers
from lessonkit.judging.catalogue import EXERCISES

ROOT = Path(__file__).parents[1]
README, FIRST, LAST = ROOT / "README.md", "<!-- evidence: written by `make pages` -->\n", "<!-- end of evidence -->"


def evidence():
    """A row for each claim of the README: what is claimed, and where it is proved."""
    lessons = [without_slides(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "lessons").glob("*.md"))]
    code = [
        cell.source for text in lessons for cell in jupytext.reads(text, "md:myst").cells if cell.cell_type == "code"
    ]
    claims = sum(isinstance(node, ast.Assert) for source in code for node in ast.walk(ast.parse(source)))
    numbers = sum(text.count("{= ") for text in lessons)
    return [
        f"| **{numbers:,} numbers in the lessons' sentences** are computed by their cells, not typed | `make test` computes each again |",
        f"| **{claims} claims** of the lessons are written as code that can fail | `make test` runs them; `make refute` tries other seeds, finer searches, another split of the data |",
        judged(),
        f"| **{sum(len({each.name for each in exercise.mistakes}) for exercise in EXERCISES.values())} mistakes** have a name and a question that leads to them | [tests](tests/judging/test_judging.py) |",
        compared(),
        graded(),
        voted(),
    ]


def judged():
    """What the judge makes of answers that were written without its catalogue; its test holds these figures."""
    figures = runpy.run_path(str(ROOT / "tests" / "judging" / "test_answers.py"))["FIGURES"]
    total = {key: sum(figure[key] for figure in figures.values()) for key in ("caught", "true", "false", "accepted")}
    all_of_them = [answer for name in figures for answer in answers(name)]
    right = sum(answer.passes for answer in all_of_them)
    return (
        f"| **{total['caught']} of {len(all_of_them) - right} wrong answers**, written without the judge's list of mistakes, are caught; what is said of "
        f"them is true of {total['true']} and false of {total['false']}. **{total['accepted']} of {right} right ones** pass, other conventions too. "
        "The judge was improved with these answers; of new ones it names fewer | "
        "[tests](tests/judging/test_answers.py), `lessonkit mutation-score` |"
    )


def compared():
    """The rules that walk the paths of PyTorch and Optax; the test of that holds the digits."""
    sys.path.insert(0, str(ROOT / "tests"))
    from references.make import RATES
    from references.rules import HYPERPARAMETERS

    (bound,) = re.findall(
        r"apart\(ours, reference.*< 1e-(\d+)", (ROOT / "tests" / "rules" / "test_optimizers.py").read_text("utf-8")
    )
    return f"| **All {len(HYPERPARAMETERS)} optimizers** walk the paths of PyTorch and Optax over {len(RATES)} steps, to one part in 10{superscript(bound)} | [tests](tests/rules/test_optimizers.py); where conventions differ, [conversions](tests/rules/test_conventions.py) |"


def graded():
    """How fast a class is graded, from the benchmark's record."""
    record = (ROOT / "benchmarks" / "GRADING.md").read_text(encoding="utf-8")
    a_second, times = re.search(r"on both cores \| (\d+) \(.*?\) \| (\d+) \|", record).groups()
    return f"| **{a_second} submissions a second** are graded in a sandbox, on two cores: {times} times as fast as nbgrader | [record](benchmarks/GRADING.md), `make bench-grading` |"


def voted():
    """What became of the votes of a hall, from the benchmark's record."""
    record = (ROOT / "benchmarks" / "VOTES.md").read_text(encoding="utf-8")
    phones, within, lost = re.search(r"\| ([\d,]+) \| (\d+ ms) \| acknowledged .* none lost: (\w+) \|", record).groups()
    return f"| **{phones} phones** that vote within the same {within} lose {lost} of their votes | [record](benchmarks/VOTES.md), `make bench-votes` |"


def superscript(digits):
    return digits.translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


def with_evidence(readme):
    """The README with its evidence as it is now."""
    before, _, rest = readme.partition(FIRST)
    return (
        before
        + FIRST
        + "\n".join(["| what | where it is proved |", "|---|---|", *evidence(), ""])
        + LAST
        + rest.partition(LAST)[2]
    )


if __name__ == "__main__":
    README.write_text(with_evidence(README.read_text(encoding="utf-8")), encoding="utf-8")
