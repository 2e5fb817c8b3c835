"""Numbers in prose: each is an expression in the text of a lesson, and a kernel computes it.

A text says ``the first step is {= ratio:.2f} times the rate``, in a sentence, a `code span` or a $formula$ alike. The
expression is evaluated after the code cells above it; behind a colon stands the format, as in an f-string. The notebook
shows the number alone, and keeps what it was made from in the cell's metadata: ``{"numbers": {"ratio:.2f": "3.16"}}``.
"""

import ast
import re

NUMBER = r"-?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?%?"
EXPRESSION = re.compile(r"\{=(?P<expression>[^{}]*)\}")
VERBATIM = r"```.*?```|`[^`\n]+`|\$\$.*?\$\$|\$[^$\n]+\$"
VERBATIM_OR_EXPRESSION = re.compile(rf"(?P<verbatim>{VERBATIM})|{EXPRESSION.pattern}", re.DOTALL)
TIMEOUT = 120  # seconds that a cell, or the numbers under it, may take


def expressions(source):
    """The expressions of a text, each with its format, in order."""
    return [text.strip() for text in EXPRESSION.findall(source)]


def filled(source, numbers):
    """A text with the number of each expression in its place, and a question mark where there is none."""

    def number(match):
        return numbers.get(match["expression"].strip(), "?")

    def fill(match):
        if match["verbatim"]:
            return EXPRESSION.sub(number, match["verbatim"])
        return re.sub("^-", "−", number(match)).replace("%", " %")  # as numbers are set in a sentence

    return VERBATIM_OR_EXPRESSION.sub(fill, source)


def put_numbers(cell, template, numbers):
    """Fill in the numbers of a Markdown cell, and keep them in its metadata → whether there was one for each."""
    asked = expressions(template)
    own = {text: numbers[text] for text in asked if text in numbers}
    cell.source = filled(template, own)
    if own:
        cell.metadata["numbers"] = own
    return len(own) == len(set(asked))


def prose_under(cells, k):
    """[(index, cell), …] of the Markdown cells between code cell k and the next one."""
    under = []
    for index, cell in enumerate(cells[k + 1 :], k + 1):
        if cell.cell_type == "code":
            break
        under.append((index, cell))
    return under


def question(texts):
    """What a kernel is asked for the numbers of expressions: arguments of `jupyter_client`'s `execute_interactive`."""
    asked = {}
    for text in texts:
        code, form = re.fullmatch(r"(.*?)(?::([+,\d.]*[defg%]?))?", text, re.DOTALL).groups(default="")
        asked[text] = f"format(({code}), {form!r})"
    return {"code": "", "silent": True, "user_expressions": asked, "timeout": TIMEOUT}


def answers(reply):
    """The numbers in a kernel's reply, and in words what is wrong with each expression that gave none."""
    numbers, wrong = {}, {}
    for text, result in reply["content"].get("user_expressions", {}).items():
        if result["status"] == "error":
            wrong[text] = f"raises {result['ename']}: {result['evalue']}"
            continue
        number = ast.literal_eval(result["data"]["text/plain"])
        if re.fullmatch(NUMBER, number):
            numbers[text] = number
        else:
            wrong[text] = f"must give a number, and gives “{number}”"
    return numbers, wrong


def disagreements(nb, name, k, client, in_question=()):
    """A line for each number that the kernel, having run code cell k, computes otherwise.

    They stand in the prose under the cell, and in what it asks: `in_question` has a dictionary of them for each question.
    """
    prose = [(index, cell.metadata.get("numbers", {})) for index, cell in prose_under(nb.cells, k)]
    prose += [(k, numbers) for numbers in in_question]
    asked = [text for _, stored in prose for text in stored]
    if not asked:
        return []
    numbers, wrong = answers(client.execute_interactive(**question(asked)))
    return [
        f"{name}, cell {index + 1}: {{= {text}}} {wrong.get(text) or f'found {found}, computed {numbers[text]}'}"
        for index, stored in prose
        for text, found in stored.items()
        if numbers.get(text) != found
    ]
