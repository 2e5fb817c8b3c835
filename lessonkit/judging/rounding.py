"""Recognises answers that are rounded."""

import numpy as np

DECIMALS = range(1, 13)


def rounding(known, trace):
    """How all numbers of a trace were rounded, in words; empty if they were not.

    In the first step, the numbers must be those of a right version, rounded; in all steps they must be round.
    """
    for decimals in DECIMALS:
        if np.array_equal(np.round(trace.values, decimals), trace.values) and any(
            np.allclose(trace.values[0], np.round(right.values[0], decimals), rtol=0, atol=1e-14)
            for _, right in known.right
        ):
            return f"every number that comes back is rounded to {decimals} decimals"
    return ""
