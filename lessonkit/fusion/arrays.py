"""Which arrays a rule can update in place."""

import itertools

import numpy as np

FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


def check_arrays(rule, names, arrays, changes):
    """Refuse arrays that cannot be updated in place: ValueError or TypeError that names the array and what to do."""
    lead = arrays[0]
    for name, array, is_written in zip(names, arrays, changes):
        if type(array) is not np.ndarray or array.dtype not in FLOATS:
            came = array.dtype if type(array) is np.ndarray else f"{type(array).__name__} {array!r:.60}"
            raise TypeError(
                f"{rule} in place: {name} must be a NumPy array of float32 or float64, got {came}; "
                "np.array(…, dtype=float) makes one"
            )
        if array.shape != lead.shape or array.dtype != lead.dtype:
            raise ValueError(
                f"{rule} in place: {name} has shape {array.shape} and dtype {array.dtype}, but {names[0]} "
                f"has {lead.shape} and {lead.dtype}; they must be equal: one {name} for each {names[0]}"
            )
        if not (array.flags.c_contiguous and array.flags.aligned):
            raise ValueError(
                f"{rule} in place: {name} must lie in memory in one piece, row after row (C-contiguous), "
                f"but has strides {array.strides} for shape {array.shape}; {name}.copy() does"
            )
        if is_written and not array.flags.writeable:
            raise ValueError(f"{rule} in place: {name} is read-only, so it cannot be updated; pass {name}.copy()")


def check_apart(rule, names, arrays, addresses=()):
    """Refuse arrays that share memory: writing to one would change another that is still to be read."""
    addresses = addresses or [array.ctypes.data for array in arrays]
    spans = sorted((start, array.nbytes, i) for i, (start, array) in enumerate(zip(addresses, arrays)) if array.size)
    for (start, size, i), (following, _, j) in itertools.pairwise(spans):
        if start + size > following:
            raise ValueError(
                f"{rule} in place: {names[i]} and {names[j]} share memory, so updating one would change "
                f"the other; pass {names[j]}.copy()"
            )
