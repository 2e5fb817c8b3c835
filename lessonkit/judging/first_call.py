"""A call that gives something else than the rule, as a cell that can be pasted and run: the first step, or the shortest call."""

import numpy as np

from lessonkit.judging.explaining.one_step import OneStep
from lessonkit.sandboxed.checks import Trouble
from lessonkit.sandboxed.runner import call, silent


def first_call(known, trace, convention, function):
    """The cell, with what is expected and what came back as comments; empty if a state is not numbers.

    Parameters
    ----------
    known : KnownVersions
    trace : Trace
        Of the learner's function. It is not right.
    convention : Convention or None
        The right version that it is compared with.
    function : callable
        Called once more, on one entry of the arrays, to find out whether that entry alone shows the difference.
    """
    name = getattr(function, "__name__", "")
    name = name if isinstance(name, str) and name.isidentifier() else known.probe.exercise
    if known.probe.runs:
        return _step(known, trace, convention, function, name)
    return _call(known, trace, convention, name)


def _step(known, trace, convention, function, name):
    if any(trace.states[each] is None for each in known.probe.states):
        return ""
    one = OneStep(known.probe, trace)
    source = next(text for each, text in known.bases if each is convention)
    step, _, entry = known.place(trace, known.version(convention))
    after = one.after(source)
    tensor = next(columns for columns in one.tensors if columns.start <= entry < columns.stop)
    columns = slice(entry, entry + 1) if _shows_alone(one, function, step, entry) else tensor
    values = {each: array[step, columns] for each, array in one.given.items()}
    arrays = ["theta", "g", *one.states]
    arguments = [_array(values[each]) if each in arrays else _number(values[each][0]) for each in values]
    results = ["theta", *one.states]
    told = [
        "# " + f"{word}: " + ", ".join(f"{each} = {_array(table[each][step, columns], call=False)}" for each in results)
        for word, table in (("expected", after), ("got", one.got))
    ]
    return "\n".join(
        [
            f"# step {step + 1}: {', '.join(one.given)}",
            f"{', '.join(results)} = {name}(",
            *(f"    {argument}," for argument in arguments),
            ")",
            f"print({', '.join(results)})",
            *told,
        ]
    )


def _shows_alone(one, function, step, entry):
    """Whether one entry of the arrays, given alone, comes back as it did among the others."""
    arrays = ["theta", "g", *one.states]
    given = [
        value[step, entry : entry + 1].copy() if each in arrays else plain(value[step, entry])
        for each, value in one.given.items()
    ]
    try:
        with silent(), np.errstate(all="ignore"):
            result = call(function, *given)
        result = result if isinstance(result, (tuple, list)) else (result,)
        return all(
            np.allclose(np.ravel(new)[0], one.got[each][step, entry], rtol=1e-12, atol=0, equal_nan=True)
            for each, new in zip(["theta", *one.states], result)
        )
    except (Trouble, ValueError, TypeError, IndexError):
        return False


def _call(known, trace, convention, name):
    expected = known.version(convention)
    ends = np.cumsum(known.sizes())
    wrong = ~known.entries_agree(trace.values, expected.values)[0]
    parts = [slice(end - size, end) for end, size in zip(ends, known.sizes()) if wrong[end - size : end].any()]
    part = min(parts, key=lambda each: each.stop - each.start)  # the shortest: it is easiest to read
    first, *rest = known.probe.calls[int(np.searchsorted(ends, part.stop))]
    size = part.stop - part.start
    got, should = (table.values[0, part] for table in (trace, expected))
    if isinstance(first, list):
        argument = "[" + ", ".join(_array(each) for each in first) + "]"
        told = [f"# {word}: {_grads(table, first)}" for word, table in (("expected", should), ("got", got))]
    else:
        argument = _array(first) if np.ndim(first) or isinstance(first, np.ndarray) else _number(first)
        told = [
            f"# {word}: {_number(table[0]) if size == 1 else _array(table, call=False)}"
            for word, table in (("expected", should), ("got", got))
        ]
    arguments = ", ".join([argument, *map(_number, rest)])
    return "\n".join([f"print({name}({arguments}))", *told])


def _grads(table, grads):
    parts, place = [], 0
    for each in grads:
        parts.append(_array(table[place : place + each.size].reshape(each.shape), call=False))
        place += each.size
    return f"[{', '.join(parts)}], {_number(table[place])}"


def _array(values, call=True):
    text = repr(np.asarray(values).tolist())
    return f"np.array({text})" if call else text


def _number(value):
    return repr(plain(value))


def plain(value):
    """A number as one types it: without a point if it is whole."""
    value = float(value)
    return int(value) if value.is_integer() and abs(value) < 1e15 else value
