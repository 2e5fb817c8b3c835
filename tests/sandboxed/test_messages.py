"""Whatever comes from the sandbox, it is a message of plain numbers, or refused."""

import json
import os
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from json_values import JSON

from lessonkit.sandboxed.messages import BadFrame, pack, parse, receive, send, unpack


@given(st.binary(max_size=300))
def test_whatever_bytes_come_from_the_sandbox_they_are_a_message_or_refused(data):
    out, into = os.pipe()
    os.write(into, data)
    os.close(into)
    try:
        message = receive(out, time.monotonic() + 1)
        assert message is None or isinstance(message, dict)
    except BadFrame:
        pass
    finally:
        os.close(out)


@given(JSON)
def test_whatever_message_comes_its_numbers_are_plain_or_refused(value):
    try:
        unpack(value)
    except ValueError:
        pass


@pytest.mark.parametrize("depth", [4, 100, 450, 900])
def test_lists_in_lists_are_refused_and_stop_nobody(depth):
    nested = "[" * depth + "]" * depth
    with pytest.raises(ValueError, match=r"^not "):
        unpack(json.loads(nested))
    with pytest.raises(BadFrame):
        parse(("[" * 100_000).encode())


def test_numbers_arrays_and_lists_come_back_as_they_went():
    import numpy as np

    out, into = os.pipe()
    send(into, {"x": pack([np.array([[1.5, np.nan], [np.inf, -0.0]]), 2.5, [np.float64(3)], None])})
    array, number, (zero_d,), nothing = unpack(receive(out, time.monotonic() + 1)["x"])
    assert np.array_equal(array, [[1.5, np.nan], [np.inf, -0.0]], equal_nan=True) and (number, zero_d, nothing) == (
        2.5,
        3.0,
        None,
    )
