"""What a rule keeps, and what a step has in use beside its arguments: measured, not stated."""

import inspect
import tracemalloc

import numpy as np
import pytest

from lessonkit.fusion.fused import fused
from lessonkit.rules.registry import of_kind

COUNT = 50_000
STATE = [(entry.function, len(entry.states)) for entry in of_kind("rule").values()]


def arguments(kernel, dtype):
    names = list(inspect.signature(kernel).parameters)
    arrays = [np.zeros(COUNT, dtype) for _ in names[: names.index("lr") - ("t" in names)]]
    return arrays, {"lr": 0.1} | ({"t": 1} if "t" in names else {})


def peak(kernel, dtype):
    """Bytes in use at the worst moment of a step, the first of which has compiled what it needs; and its result."""
    arrays, numbers = arguments(kernel, dtype)
    kernel(*arrays, **numbers)
    tracemalloc.start()
    try:
        result = kernel(*arrays, **numbers)
        return tracemalloc.get_traced_memory()[1], result
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kernel, copies", STATE)
def test_a_rule_keeps_as_many_copies_of_the_parameters_as_the_course_says(kernel, copies, dtype):
    _, result = peak(kernel, dtype)
    theta, *state = result if isinstance(result, tuple) else [result]
    assert sum(array.nbytes for array in state) == copies * theta.nbytes == copies * COUNT * np.dtype(dtype).itemsize


@pytest.mark.slow
@pytest.mark.parametrize("kernel", [kernel for kernel, _ in STATE])
def test_a_fused_step_needs_no_array_beside_its_arguments_and_numpy_does(kernel):
    pytest.importorskip("numba")
    size = COUNT * 8
    assert peak(fused(kernel), float)[0] < 0.1 * size  # what Python itself needs for a call
    assert peak(kernel, float)[0] > size
