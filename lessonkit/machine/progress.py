"""A progress bar that leaves nothing behind: not in a terminal, and not below the cell of a notebook."""

import sys
from html import escape
from typing import Any

from tqdm import std


class NotebookLine:
    """A file for a progress bar: one output of a cell, which shows what was written last and takes no room once it is empty.

    On stderr, where tqdm writes, JupyterLab keeps an empty, tinted line.
    """

    encoding = "utf-8"  # tqdm then draws blocks, not signs of ASCII

    def __init__(self):
        self.handle = None

    def write(self, text):
        if not text.startswith(
            "\r"
        ):  # moves the cursor between the lines of nested bars, each of which has its own output here
            return
        text = text.strip()
        bundle = {"text/html": text and f'<pre style="margin: 0">{escape(text)}</pre>', "text/plain": text}
        if self.handle:
            self.handle.update(bundle, raw=True)
        elif text:
            from IPython.display import display

            self.handle = display(bundle, raw=True, display_id=True)

    def flush(self):
        """Nothing waits."""


class tqdm(std.tqdm):
    """The progress bar of the library tqdm, with its arguments. It vanishes at its end; in a notebook it is an output of its own.

    Examples
    --------
    >>> from lessonkit import tqdm
    >>> [step * step for step in tqdm(range(3))]
    [0, 1, 4]
    """

    def __init__(self, iterable=None, desc=None, total=None, leave=False, file=None, **how: Any) -> None:
        shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
        if file is None and hasattr(shell, "kernel"):
            file = NotebookLine()
        super().__init__(iterable, desc, total, leave, file, **how)
