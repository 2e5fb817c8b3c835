"""The formula of a kernel, from its docstring."""

import inspect
import re


def formula_of(kernel):
    """The formula of a kernel from its docstring, ready for MathJax; empty where it has none."""
    formula = re.search(r"\.\. math::(.*?)\n\n", (inspect.getdoc(kernel) or "") + "\n\n", re.DOTALL)
    lines = [line.strip() for line in formula[1].strip().splitlines()] if formula else []
    return "$$\\begin{aligned}\n" + "\n".join(lines) + "\n\\end{aligned}$$" if lines else ""
