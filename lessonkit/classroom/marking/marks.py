"""Marks one submission: answers go into the sandbox, numbers come back and are judged here. Verdicts show nothing that is hidden."""

import builtins
import functools
import hashlib
import inspect
import json

import numpy as np

from lessonkit.classroom.gradebook.points import blank
from lessonkit.classroom.marking.literal import literal
from lessonkit.judging.by_hand import by_hand
from lessonkit.judging.experiments import experiment
from lessonkit.judging.items.spaces import drawn_version, printed, spec_of
from lessonkit.judging.items.tracing import shape_of
from lessonkit.judging.items.which_mistake import which_mistake
from lessonkit.judging.items.whose_mistake import whose_mistake
from lessonkit.judging.items.your_version import verdict_on_version, your_version
from lessonkit.judging.judge import verdict_on
from lessonkit.judging.learners_tests import Raised, verdict_on_tests, versions
from lessonkit.judging.verdict import Verdict
from lessonkit.judging.versions import compiled
from lessonkit.sandboxed.checks import CHANGES_ITS_INPUT, REMEMBERS, Trouble
from lessonkit.sandboxed.messages import MOST_FAILURES, unpack
from lessonkit.sandboxed.runner import Failure, Trace

TROUBLES = {  # trouble that the sandbox may report → our words; what an answer printed or raised is not repeated
    "is not written yet": "There is no answer yet.",
    "does not define its name": "The cell does not define `{name}`.",
    "is not a number": "Expected a number, such as -0.175: digits, and a point between them.",
    "raises": "The answer stopped with an error.",
    "returns nothing": "The function returned None. Is a `return` missing?",
    "returns something else": "The function returned something other than the numbers that were asked for.",
    "the results are returned in the wrong order": "The results come back in another order than was asked for.",
    "changes the shape": "What comes back has another shape than what was given.",
    "loses precision": "The inputs are float64, and less came back. Keep the type of what you are given.",
    "changes its input": CHANGES_ITS_INPUT[1],
    "remembers between calls": REMEMBERS[1],
    "returns a buffer that it uses again": "An array that was returned changed during a later call.",
    "not a function": "Expected a function.",
    "is a class": "Expected a function, got a class.",
    "is an object": "Expected a function, got an object.",
    "is a generator": "Expected a function that returns; this one has `yield`.",
    "is a coroutine": "Expected a function; this one has `async`.",
    "asks for input": "The function calls `input()`. All that it needs comes in as arguments.",
    "takes other arguments": "The function does not take the arguments that it should.",
    "too late": "It took too long. Does a loop never end?",
    "too long": "It gave back far too much.",
    "stopped by itself": "Its process ended before it had answered.",
}
NOTES = {  # what failed in a cell whose answer is judged nevertheless → our words
    "stopped": "The cell stopped with an error ({type}{where}). What it had defined before that was judged.",
    "import": "The import{where} failed ({type}): answers are judged with NumPy and the standard library alone. The rest of the cell was run.",
}
TOLD = 500  # the highest line that is named: a longer answer could pass on hidden numbers by the line in which it stops
ALONE = " A cell is run alone: it needs its own imports, and nothing from other cells; there is NumPy, and no other package."
OF_ANOTHER = "is the answer to another name's question"
QUESTIONS = {  # kinds of parts that ask each learner something else → (exercise, learner) → what has the text of the task
    "by_hand": by_hand,
    "experiment": experiment,
    "what": whose_mistake,
    "line": whose_mistake,
    "repair": whose_mistake,
    "trace": which_mistake,
    "version": your_version,
}
CHECKS = {  # kinds of parts whose answer is a number → the Verdict on it
    "by_hand": lambda task, number: task.judge(number),
    "experiment": lambda task, number: task.check(number),
    "what": lambda task, number: task.what.check(number),
    "line": lambda task, number: task.check_line(number),
    "trace": lambda task, number: task.check(number),
}
VERSIONS = {  # kinds of parts whose answer computes one version of a rule → what it was drawn for
    "version": "version",
    "repair": "mistake",
}
ERRORS = {
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)
}


def mark(lesson, learner, answers, sandbox, seed, claim=None):
    """Grade the answers of one learner to one lesson.

    Parameters
    ----------
    lesson : Lesson
    learner : str
        Gives the numbers in the questions by hand.
    answers : dict of grade_id → source
    sandbox : Sandbox
    seed : int
        Draws the inputs of functions and, with learner, lesson and answer, the order in which a test is tried on versions. Learners
        do not know it. The sandbox gets a number that is derived from it for the inputs only.
    claim : str or None
        The learner that the notebook names. A number that is right only for this name gets no points, and the message says so.

    Returns
    -------
    list of dict
        For each part: ``part, kind, points, out_of, passed, convention, mistake, message, question, hints, error, source, task``, and
        ``note`` if something failed that does not count.
    """
    inputs_seed, order_seed = _derived(seed, "questions"), _derived(seed, "order")
    written = [part for part in lesson.parts if part.cell in answers]
    verdicts = {part.cell: _no_cell(part) for part in lesson.parts if part.cell not in answers}
    orders = {
        part.cell: _order(part.exercise, [order_seed, learner, lesson.name, answers[part.cell]])
        for part in written
        if part.kind == "tests"
    }
    for part, outcome in _outcomes(written, answers, sandbox, inputs_seed, orders):  # judged while the next one runs
        verdict = _verdict(part, learner, claim, outcome, orders.get(part.cell), inputs_seed, answers[part.cell])
        verdicts[part.cell] = _safe(verdict, answers[part.cell]) | _noted(outcome)
    return [
        blank(part.cell, part.kind, part.exercise, part.points)
        | {"task": _task(part, learner), "points": part.points if verdicts[part.cell]["passed"] else 0}
        | verdicts[part.cell]
        | {"source": answers.get(part.cell, "")}
        for part in lesson.parts
    ]


def _derived(seed, purpose):
    """A seed for one purpose, from which no other one can be computed."""
    return int.from_bytes(hashlib.sha256(f"{purpose}/{seed}".encode()).digest()[:8])


def _no_cell(part):
    message = f"The notebook has no cell with the id {part.cell!r}."
    return {"passed": False, "mistake": "has no cell", "message": message}


def _task(part, learner):
    """The text of the question that a learner had, if every learner has another one; else empty."""
    told_already = part.kind in ("line", "repair")  # with what the code computes
    return QUESTIONS[part.kind](part.exercise, learner).text if part.kind in QUESTIONS and not told_already else ""


def _order(exercise, drawn_from):
    """The names of the versions that a test is tried on, in an order that differs between submissions, so that none can predict it."""
    names = [name for each in versions(exercise) for name in each]
    digest = hashlib.sha256(json.dumps(drawn_from).encode()).digest()
    return [names[i] for i in np.random.default_rng(list(digest)).permutation(len(names))]


def _outcomes(parts, answers, sandbox, seed, orders):
    """(part, outcome) of each answer, as it comes."""
    tasks, functions = [], {}
    for part in parts:
        kind = "number" if part.kind in CHECKS else "rule" if part.kind in VERSIONS else part.kind
        task = {"kind": kind, "name": part.name, "source": answers[part.cell]}
        name, value = literal(task["source"])
        if task["kind"] == "number" and name == task["name"]:  # there is nothing to run
            yield part, {"outcome": {"number": value}}
            continue
        if kind == "rule":
            task["questions"] = json.dumps([spec_of(part.exercise), seed])
        if part.kind == "tests":
            task["times"] = len(orders[part.cell])
            task["candidate"] = part.exercise, _arguments(part.exercise)
            functions[len(tasks)] = _versions(part.exercise), orders[part.cell]
        tasks.append((part, task))

    def evaluate(number, version, arguments):
        compute, order = functions[number]
        return compute[order[version]](*arguments)

    if tasks:  # else the sandbox need not start
        for number, outcome in sandbox.run([task for _, task in tasks], evaluate):
            yield tasks[number][0], outcome


@functools.cache
def _versions(exercise):
    """The versions of a rule that a test is tried on, as functions by name."""
    right, wrong = versions(exercise)
    return {name: compiled(source) for name, source in (right | wrong).items()}


def _arguments(exercise):
    """The arguments of a version of a rule: a list of (name, default), or (name,) if it has no default."""
    given = inspect.signature(compiled(printed(exercise))).parameters.values()
    return [(each.name,) if each.default is each.empty else (each.name, each.default) for each in given]


def _verdict(part, learner, claim, outcome, order, seed, source):
    """The Verdict on what came out of the sandbox; Trouble if it does not have the agreed form."""
    if "ended" in outcome:
        return _trouble(part, outcome["ended"])
    told = outcome.get("outcome")
    if not isinstance(told, dict):
        return _trouble(part, "returns something else")
    if "trouble" in told:
        return _trouble(part, told["trouble"], told.get("error"))
    try:
        heard = _heard(part, told, order, seed)
    except (KeyError, ValueError, TypeError):
        return _trouble(part, "returns something else")
    if part.kind == "rule":
        return verdict_on(part.exercise, heard, seed)
    if part.kind == "tests":
        return verdict_on_tests(part.exercise, heard, source)
    check = _check_of_version if part.kind in VERSIONS else _check_of_number
    verdict = check(part, learner, heard, seed)
    if not verdict.passed and claim and claim != learner and check(part, claim, heard, seed).passed:
        return Verdict(
            part.exercise,
            False,
            f"This is right for the name in the first cell. Here the questions of {learner!r} count.",
            mistake=OF_ANOTHER,
        )
    return verdict


def _check_of_version(part, learner, trace, seed):
    """The Verdict on a function, of which one version is asked for."""
    version = drawn_version(part.exercise, learner, VERSIONS[part.kind])
    return verdict_on_version(version, trace, seed)


def _check_of_number(part, learner, number, _):
    """The Verdict on an answer that is a number."""
    return CHECKS[part.kind](QUESTIONS[part.kind](part.exercise, learner), number)


def _heard(part, told, order, seed):
    """What came out of the sandbox, which may be hostile: a Trace, the error of a test by version, or a number.

    KeyError, TypeError or ValueError if it does not have the agreed form.
    """
    if part.kind == "rule" or part.kind in VERSIONS:
        return _trace(part.exercise, told, seed)
    if part.kind == "tests":
        return {name: _raised(said) for name, said in zip(order, told["errors"], strict=True)}
    value = unpack(told["number"])
    if not isinstance(value, float):
        raise ValueError("not a number")
    return value


def _raised(name):
    """What a test has raised, as the sandbox says it; None for nothing."""
    if name is None:
        return None
    return Raised(name if name in ERRORS else "an error of its own")


def _trace(exercise, told, seed):
    """The Trace in an outcome; ValueError if its numbers do not have the shape that was asked for."""
    expected = shape_of(exercise, seed)
    values = unpack(told["values"])
    if (
        not isinstance(values, np.ndarray)
        or values.shape != expected.values.shape
        or not isinstance(told["states"], dict)
    ):
        raise ValueError("not the numbers that were asked for")
    states = {}
    for name, table in expected.states.items():
        state = unpack(told["states"].get(name))
        states[name] = state if isinstance(state, np.ndarray) and state.shape == table.shape else None
    return Trace(values, states)


def _trouble(part, name, error=None):
    """The Trouble that the sandbox reports, in our words; `error` is what it says of an exception."""
    name = name if isinstance(name, str) and name in TROUBLES else "returns something else"
    words, failure = TROUBLES[name].format(name=part.name), None
    if isinstance(error, dict):
        kind, line = _kind_and_line(error)
        failure = Failure(kind, "", line, "")
        words += ALONE if kind in ("NameError", "ImportError", "ModuleNotFoundError") else ""
        words += " It is not valid Python." if kind in ("SyntaxError", "IndentationError") else ""
    return Trouble(name, words, failure)


def _kind_and_line(error):
    """The type of an exception and its line, or None, in what the sandbox reports."""
    kind, line = error.get("type"), error.get("line")
    return (
        kind if isinstance(kind, str) and kind in ERRORS else "an error of its own",
        line if type(line) is int and 0 < line <= TOLD else None,
    )


def _noted(outcome):
    """A note on failures that do not count, as a dict to add to the verdict."""
    told = outcome.get("outcome")
    reported = told.get("notes") if isinstance(told, dict) else None
    if not isinstance(reported, list):
        return {}
    notes = []
    for each in reported[:MOST_FAILURES]:
        what = each.get("what") if isinstance(each, dict) else None
        if isinstance(what, str) and what in NOTES:
            kind, line = _kind_and_line(each)
            notes.append(NOTES[what].format(type=kind, where=f" in line {line}" if line else ""))
    return {"note": " ".join(notes)} if notes else {}


def _safe(verdict, source):
    """What may be said to the learner: our own words, the exception's type and their own line, but no number of the probe."""
    if isinstance(verdict, Trouble):
        error = _error_shown(verdict.failure, source) if verdict.failure else None
        return {"passed": False, "mistake": verdict.name, "message": str(verdict), "error": error}
    message = verdict.message
    if not verdict.passed and not verdict.mistake and verdict.first_difference:
        message += " In the exercise notebook, a call that differs is shown, and your own line where it is found."
    return {
        "passed": verdict.passed,
        "convention": verdict.convention,
        "mistake": verdict.mistake,
        "message": message,
        "question": verdict.question,
        "hints": list(verdict.hints),
    }


def _error_shown(failure, source):
    """The type of an exception, and the line of the answer, if it has that line."""
    lines = source.split("\n")  # not `splitlines`, which also splits at form feeds, where Python counts no line
    line = failure.line if failure.line and failure.line <= len(lines) else None
    return {"type": failure.type, "line": line, "code": lines[line - 1].strip()[:200] if line else ""}
