"""Any value that JSON can say, for tests of what reads it."""

from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "cells",
                    "metadata",
                    "nbgrader",
                    "grade_id",
                    "source",
                    "cell_type",
                    "lessonkit",
                    "shape",
                    "numbers",
                    "x",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)
