"""The formula of a kernel, from its docstring."""

import inspect
import re


def formula_lines(kernel):
    """The lines of LaTeX below ``.. math::`` in a kernel's docstring; none where it has no formula."""
    found = re.search(r"\.\. math::(.*?)\n\n", (inspect.getdoc(kernel) or "") + "\n\n", re.DOTALL)
    return [line.strip() for line in found[1].strip().splitlines()] if found else []


def formula_of(kernel):
    """The formula of a kernel, aligned, ready for MathJax; empty where it has none."""
    lines = formula_lines(kernel)
    return "$$\\begin{aligned}\n" + "\n".join(lines) + "\n\\end{aligned}$$" if lines else ""
