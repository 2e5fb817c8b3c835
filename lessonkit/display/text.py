"""What a notebook prints: a kernel's formula beside its source, a table, a diagram."""

import inspect
import re
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

from lessonkit.rules.formula import formula_of
from lessonkit.rules.quantities import shown


class Text:
    """Markdown for the notebook, the same words as plain text elsewhere."""

    def __init__(self, markdown):
        self.markdown = markdown

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/markdown": self.markdown, "text/plain": self.markdown}

    def __repr__(self):
        return self.markdown


def show(kernel: Callable[..., Any]) -> Text:
    """The formula of a kernel, from its docstring, and under it the lines of code that run.

    Parameters
    ----------
    kernel : function
        A rule, a clip or a schedule; or your own, with or without a formula in its docstring.
    """
    source, formula = textwrap.dedent(inspect.getsource(kernel)), formula_of(kernel)
    decorators = re.match(r"@.*?^(?=def |class )", source, re.DOTALL | re.MULTILINE)
    equation = source[decorators.end() :] if decorators else source
    body = re.sub(r'\n    r?"""(.*?)"""\n', "\n", equation, count=1, flags=re.DOTALL)
    mathematics = f"{formula}\n\n" if formula else ""
    return Text(f"{mathematics}```python\n{body.strip()}\n```")


def table(rows: Sequence[Sequence[object]], columns: Sequence[str]) -> Text:
    """A table.

    Parameters
    ----------
    rows : list of lists, each as long as `columns`; numbers already formatted
    columns : list of str

    Examples
    --------
    >>> table([["sgd", 262]], ["rule", "steps"])
    | rule | steps |
    |---|---|
    | sgd | 262 |
    """
    wrong = [row for row in rows if len(row) != len(columns)]
    if wrong:
        raise ValueError(f"table: each row needs {len(columns)} entries ({', '.join(columns)}), got {shown(wrong[0])}")
    head, *body = [
        "| " + " | ".join(str(entry).replace("|", "\\|") for entry in line) + " |" for line in (columns, *rows)
    ]
    return Text("\n".join([head, "|" + "---|" * len(columns), *body]))


def diagram(mermaid: str, alt: str) -> Text:
    """A Mermaid diagram, drawn by JupyterLab, with a description in words under it."""
    return Text(f"```mermaid\n{textwrap.dedent(mermaid).strip()}\n```\n\n{alt}")
