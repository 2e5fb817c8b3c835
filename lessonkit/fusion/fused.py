"""One pass over memory: a kernel, unchanged, compiled into a single loop that updates its arrays in place.

NumPy runs an equation operation by operation, and each writes a whole array for the next to read. `fused` splits the
equation's source in two (see `lessonkit.fusion.split`): the numbers, such as ``1 - beta1**t``, are computed once
a call in Python; the rest, for a single entry of the arrays, is compiled by numba into a loop over all of them.
"""

import functools
import inspect
import itertools
import operator

import numpy as np

from lessonkit.fusion.arrays import FLOATS, check_apart, check_arrays
from lessonkit.fusion.split import check_returned, define, read_from_outside, split
from lessonkit.rules.arguments import bind, form_of
from lessonkit.rules.clipping import check_grads, clip_by_global_norm, root_of
from lessonkit.rules.quantities import check_quantity, shown
from lessonkit.rules.types import Rule

FAST_MATH = {"contract", "arcp", "nsz", "reassoc"}  # without "nnan" and "ninf", so that NaN and infinity are kept
# Number of entries from which all cores share the loop. Below this, threads save microseconds if cores are idle and cost
# milliseconds if not.
PARALLEL_FROM = 1 << 19
# The attribute of a function that keeps its compiled form. A WeakKeyDictionary would leak: the compiled form refers to its key.
COMPILED = "_lessonkit_compiled"


def fused(kernel: Rule) -> Rule:
    """The same kernel in one pass over memory, in place: several times faster than NumPy on large arrays.

    Parameters
    ----------
    kernel : function (theta, g, *state, hyperparameters…) → theta, *state
        A rule or clip of this course, or your own: assignments, arithmetic and NumPy's elementwise functions, then a
        return. The arguments before the first hyperparameter (`t`, `lr`, `beta1`, `c`, …) are arrays.
        `clip_by_global_norm` and a `functools.partial` of a kernel are accepted too.

    Returns
    -------
    function
        With the kernel's own arguments. It writes the new values into the `theta` and state arrays it is given, and
        returns these; `g` is only read, unless the kernel returns it (a clip overwrites `g`). The arrays are float32 or
        float64, all of one shape and dtype, C-contiguous, and share no memory. The first call for a dtype compiles, for
        a second at most. A hyperparameter may be a column, one number for each row of theta: K runs in one call, with
        K rates. Without numba, or if a hyperparameter is another array, such as a rate for each entry, the kernel itself
        runs and its results are copied into the arrays.

    Raises
    ------
    TypeError
        From `fused`: the source cannot be found, or a line of it cannot run entry by entry.
    ValueError, TypeError
        From the function: arguments out of range, or arrays that cannot be updated in place.

    Notes
    -----
    From half a million entries on, numba shares the loop between all cores. Its threads wait for each other, so where
    another program or library keeps the cores busy, such a step can take milliseconds longer.

    Asked again for the same function, `fused` returns what it has compiled. It compiles anew when you have defined the
    function again, or when a global or closure variable that the function names has been given another value.

    Examples
    --------
    >>> import numpy as np
    >>> from lessonkit import adam, fused
    >>> step, theta, m, v = fused(adam), np.ones(2), np.zeros(2), np.zeros(2)
    >>> for t in (1, 2, 3):
    ...     _ = step(theta, 2 * theta, m, v, t, lr=0.01)
    >>> theta.round(6)
    array([0.97001, 0.97001])
    """
    if isinstance(kernel, functools.partial):
        return functools.partial(fused(kernel.func), *kernel.args, **kernel.keywords)
    equation = inspect.unwrap(kernel) if callable(kernel) else kernel
    if not inspect.isfunction(equation):
        raise TypeError(f"fused: expected a rule, a function such as adam, got {type(kernel).__name__} {kernel!r:.60}")
    try:
        import numba
    except ModuleNotFoundError:
        numba = None  # type: ignore[assignment]
    made_from = [numba, kernel, *_read_by(equation)]
    known_from, in_place = vars(equation).pop(COMPILED, ((), None))  # popped, or update_wrapper would copy it
    if not _same(made_from, known_from):
        in_place = _in_place(kernel, equation, numba)
    setattr(equation, COMPILED, (made_from, in_place))
    return in_place


def _read_by(equation):
    """All that a compiled form takes from a function: its code, its defaults, and what it reads from outside."""
    outside = read_from_outside(equation)
    return [equation.__code__, equation.__defaults__, equation.__kwdefaults__, *outside, *outside.values()]


def _same(these, those):
    return len(these) == len(those) and all(map(operator.is_, these, those))


def _in_place(kernel, equation, numba):
    if equation is inspect.unwrap(clip_by_global_norm):
        in_place, written = _clip_in_place(numba), ["grads"]
    else:
        in_place, written = _kernel_in_place(equation, numba)
    functools.update_wrapper(in_place, kernel)
    name, results = kernel.__name__, ", ".join(written)
    in_place.__name__ = f"{name}_in_place"
    in_place.__doc__ = (
        f"`{name}` in one pass, in place: writes into {results} and returns the same.\n\n"
        f"Arguments as in `{name}`; `lessonkit.fused` says what the arrays must be."
    )
    return in_place


def _kernel_in_place(equation, numba):
    rule, (arrays, in_form) = equation.__name__, form_of(equation)
    if not arrays:
        raise TypeError(f"fused: expected a rule (theta, g, …state, lr, …), got {rule}{inspect.signature(equation)}")
    written = [name for name in arrays if name != "g"] or ["g"]
    changes = [name in written for name in arrays]
    returned = operator.itemgetter(*[arrays.index(name) for name in written])
    in_numpy = _numpy_step(equation, arrays, written)
    step = _compiled_step(equation, arrays, written, numba) if numba else in_numpy

    def ready(args):
        for array, is_written in zip(args, changes):
            flags = array.flags
            if not flags.carray and (is_written or not (flags.c_contiguous and flags.aligned)):
                return False
        return args[0].dtype in FLOATS

    def in_place(*args, **kwargs):
        if in_form(args, kwargs) and ready(args):
            step(args, kwargs)
            return returned(args)
        given = bind(equation, args, kwargs)
        args = [given.pop(name) for name in arrays]
        check_arrays(rule, arrays, args, changes)
        numbers = {
            name: check_quantity(rule, name, value, args[0].shape, args[0].dtype) for name, value in given.items()
        }
        (in_numpy if (rows := _rows(numbers, args[0].shape)) is None else step)(args, numbers, rows)
        return returned(args)

    return in_place, written


def _rows(numbers, shape):
    """How many rows of the arrays have numbers of their own: 0 if all are plain numbers; None if one is no such column."""
    columns = {np.shape(number) for number in numbers.values()} - {()}
    column = (*shape[:1], *(1 for _ in shape[1:]))
    return 0 if not columns else shape[0] if len(shape) > 1 and columns == {column} else None


def _numpy_step(equation, arrays, written):
    """The kernel as NumPy runs it, with its results copied into the arrays; it needs no number of rows."""

    def step(args, kwargs, rows=0):
        given = dict(zip(arrays, args))
        check_apart(equation.__name__, arrays, args[: len(arrays)])
        values = equation(*args, **kwargs)
        values = values if isinstance(values, (tuple, list)) else [] if values is None else [values]
        check_returned(equation, written, len(values))
        for name, value in zip(written, [np.array(value) for value in values]):  # a value may be one of the arrays
            given[name][...] = value

    return step


def _compiled_step(equation, arrays, written, numba):
    numbers, entry, passed = split(equation, arrays, written)
    names = [f"_{name}" for name in arrays]
    lead = names[0]
    overlaps = [
        f"{a}.ctypes.data < {b}.ctypes.data + {b}.nbytes and {b}.ctypes.data < {a}.ctypes.data + {a}.nbytes"
        for a, b in itertools.combinations(names, 2)
    ]
    options = {"error_model": "numpy", "fastmath": FAST_MATH}
    entry = numba.njit(**options)(entry)

    def loop(by_row):
        at, row, over = ("[row, i]", "[row]", "range") if by_row else ("[i]", "", "_numba.prange")
        numbers = "".join(f"_number_{k} = number({name}{row}); " for k, name in enumerate(passed))
        entries = ", ".join([f"{name}{at}" for name in names] + [f"_number_{k}" for k in range(len(passed))])
        source = f"""
def loop({", ".join(names + passed)}):
    if {" or ".join(overlaps) or False}:
        return False
    number = {lead}.dtype.type
    {f"for row in _numba.prange({lead}.shape[0]):" if by_row else "if True:"}
        {numbers}
        for i in {over}({lead}.shape[-1]):
            {", ".join(f"_{name}{at}" for name in written)} = _entry({entries})
    return True
"""
        return define("loop", source, {"_numba": numba, "_entry": entry})

    @functools.cache
    def compiled(dtype, parallel, by_row):
        number = numba.from_dtype(dtype)
        types = [numba.types.Array(number, 2 if by_row else 1, "C", readonly=name not in written) for name in arrays]
        types += [numba.float64[::1] if by_row else numba.float64] * len(passed)
        try:
            return numba.njit(numba.boolean(*types), parallel=parallel, **options)(loop(by_row))
        except numba.core.errors.NumbaError as error:
            raise TypeError(
                f"fused: numba cannot compile {equation.__name__}, which itself still works: {error}"
            ) from None

    def step(args, kwargs, rows=0):
        first = args[0]
        form = (rows, -1) if rows else -1
        flat = args[: len(arrays)] if first.ndim == 1 else [array.reshape(form) for array in args[: len(arrays)]]
        run, values = compiled(first.dtype, first.size >= PARALLEL_FROM, rows > 0), numbers(*args, **kwargs)
        if rows:
            values = [np.zeros(rows) + np.ravel(value) for value in values]
        try:
            apart = run(*flat, *values)
        except TypeError:
            raise TypeError(
                f"fused: what {equation.__name__} combines with its arrays must be plain numbers, "
                f"got {shown(values)}; {equation.__name__} itself still works"
            ) from None
        if not apart:
            check_apart(equation.__name__, arrays, flat)

    return step


def _clip_in_place(numba):
    """Two passes: no entry can be scaled before all have been summed."""
    rule = clip_by_global_norm.__name__
    measure, multiply = _compiled_clip(numba) if numba else (None, None)

    def in_place(grads, c):
        _, c = check_grads(grads, c)
        names = [f"grads[{i}]" for i in range(len(grads))]
        for name, g in zip(names, grads):
            if not (type(g) is np.ndarray and g.flags.carray and g.dtype in FLOATS):
                check_arrays(rule, [name], [g], [True])
        if not numba:
            check_apart(rule, names, grads)
            clipped, norm = clip_by_global_norm(grads, c)
            for g, value in zip(grads, clipped):
                g[...] = value
            return grads, norm
        flat = [g.reshape(-1) for g in grads]
        squares, addresses = zip(*map(measure, flat))
        if len(grads) > 1:
            check_apart(rule, names, flat, addresses)
        norm = root_of(sum(squares), grads)
        if not norm <= c:  # not `norm > c`: NaN must take this branch
            for g in flat:
                multiply(g, c / norm)
        return grads, norm

    return in_place


def _compiled_clip(numba):
    prange, options = numba.prange, {"error_model": "numpy", "fastmath": FAST_MATH}

    def measure(g):
        total = 0.0
        for i in prange(g.size):
            total += np.float64(g[i]) * np.float64(g[i])
        return total, g.ctypes.data

    def multiply(g, scale):
        factor = g.dtype.type(scale)
        for i in prange(g.size):
            g[i] *= factor

    def by_size(loop):
        serial, parallel = numba.njit(**options)(loop), numba.njit(parallel=True, **options)(loop)
        return lambda g, *scale: (parallel if g.size >= PARALLEL_FROM else serial)(g, *scale)

    return by_size(measure), by_size(multiply)
