"""What a notebook prints: a kernel's formula above its source, a table, a diagram."""

import inspect
import re
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

from lessonkit.machine.terminal import Printed
from lessonkit.rules.formula import formula_of
from lessonkit.rules.quantities import shown


class Text(Printed):
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

    Returns
    -------
    Text
        Markdown in a notebook, the same as plain text elsewhere.

    Raises
    ------
    OSError, TypeError
        From `inspect.getsource`: a function whose source cannot be found, or something that is no function.

    Examples
    --------
    >>> from lessonkit import sgd, show
    >>> show(sgd)  # doctest: +ELLIPSIS
    $$...
    def sgd(theta, g, lr):
        return theta - lr * g
    ```
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

    Returns
    -------
    Text

    Raises
    ------
    ValueError
        A row that is longer or shorter than `columns`.

    Examples
    --------
    >>> from lessonkit import table
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
    """A Mermaid diagram, drawn by JupyterLab, with a description in words under it.

    Parameters
    ----------
    mermaid : str
        The diagram in Mermaid's language; indentation is taken off.
    alt : str
        What it shows, for readers who do not see it.

    Returns
    -------
    Text

    Examples
    --------
    >>> from lessonkit import diagram
    >>> diagram("graph LR; gradient --> clip --> rule", "The gradient is clipped before the rule gets it.")
    ```mermaid
    graph LR; gradient --> clip --> rule
    ```
    <BLANKLINE>
    The gradient is clipped before the rule gets it.
    """
    return Text(f"```mermaid\n{textwrap.dedent(mermaid).strip()}\n```\n\n{alt}")
