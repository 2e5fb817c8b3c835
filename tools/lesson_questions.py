"""Questions in the text of a lesson: the notebook gets a call, the package what is asked, and no cell an answer.

A text says what is asked, the options, and under each option a reason, in which numbers are ``{= expressions}``:

    ```{question} 05-first-step
    How long is the first step?

    - [x] the learning rate
      The ratio of the two moments is one.
    - [ ] …
    ```

A wrong option may end in the name of the mistake that leads to it, as the judge's catalogue has it:
``- [ ] a fifth as long {forgets m̂}``. The report of a class reads it; no reader sees it.

The cell is ``predict("05-first-step")``. What it asks is kept in `lessonkit/display/asked_in/`, a file for each text.
"""

import json
import re
from pathlib import Path

from expressions import expressions, filled

from lessonkit.display.asked import FOLDER, parsed, stored
from lessonkit.judging.catalogue import EXERCISES

ROOT = Path(__file__).parents[1]
FENCE = re.compile(r"^```\{question\} (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MISTAKES = {mistake.name for exercise in EXERCISES.values() for mistake in exercise.mistakes}
CALL = re.compile(r'^predict\("([^"]+)"\)$', re.MULTILINE)


def questions_in(text):
    """Name → Markdown of the questions of a text."""
    return dict(FENCE.findall(text))


def as_calls(text):
    """A text with a code cell in place of each question."""
    return FENCE.sub(r'```{code-cell}\npredict("\1")\n```', text)


def asked_by(cell, questions):
    """The name of the question that a cell asks, as a list; empty if it asks none of them."""
    return [name for name in CALL.findall(cell.source) if name in questions] if cell.cell_type == "code" else []


def file_of(text):
    """Where the questions of a text are kept."""
    prefix = "exercises-" if text.parent.name == "exercises" else ""
    course = text.parents[2] if prefix else text.parents[1]
    # The package of this course may be an installed wheel.
    folder = FOLDER if course == ROOT else course / "lessonkit" / "display" / "asked_in"
    return folder / f"{prefix}{text.stem}.json"


def numbers_kept(text):
    """Name → expression → number, as they are kept for a text."""
    file = file_of(text)
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return {name: question["numbers"] for name, question in kept.items()}


def shown(text):
    """What is kept of a text's questions that their outputs show: question and options, without the reasons."""
    file = file_of(text)
    content = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    asked = [parsed(name, question["text"]) for name, question in content.items()]
    return [(each.question, *(option.text for option in each.options)) for each in asked]


def kept(questions, numbers):
    """What is kept of questions, as text; ValueError where one of them cannot be asked."""
    content = {}
    for name, template in questions.items():
        asked = {text: numbers.get(name, {})[text] for text in expressions(template) if text in numbers.get(name, {})}
        content[name] = {"text": filled(template, asked).strip(), "numbers": asked}
        question, options = parsed(name, template)
        given = [question, *(option.text for option in options)]
        if any(map(expressions, given)):
            raise ValueError(
                f"{name}: the kernel shows question and options before it computes; only reasons may have {{= …}}"
            )
        if unknown := {option.mistake for option in options} - {""} - MISTAKES:
            raise ValueError(
                f"{name}: no mistake in lessonkit/judging/catalogue is called {min(unknown)!r}; use a name that is there, or none"
            )
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def keep(text, questions, numbers):
    """Write what is kept of a text's questions; none, no file."""
    file = file_of(text)
    if questions:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(kept(questions, numbers), encoding="utf-8")
    else:
        file.unlink(missing_ok=True)


def differences(text, questions):
    """A line where what is kept is not what a text asks, or lacks a number."""
    file, numbers = file_of(text), numbers_kept(text)
    found = file.read_text(encoding="utf-8") if file.exists() else ""
    lacking = [f"{name}: no number for {{= {each}}}" for name, template in questions.items()
               for each in expressions(template) if each not in numbers.get(name, {})]  # fmt: skip
    if found != (kept(questions, numbers) if questions else ""):
        lacking.append(f"{file.name} is not what the text asks")
    return lacking


def reasons(template):
    """The reasons of a question, with their expressions."""
    return [option.reason for option in parsed("", template).options]


def stored_numbers(cell):
    """Expression → number in what a cell asks, as the package keeps it."""
    known = stored()
    return [known[name]["numbers"] for name in asked_by(cell, known)]
