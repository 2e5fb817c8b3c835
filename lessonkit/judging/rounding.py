"""Recognises answers that are the rule up to some digits: rounded, or computed in float32."""

import numpy as np

DECIMALS = range(13)
ENOUGH = 8  # numbers that must all be rounded


def rounding(trace):
    """How all numbers of a trace were rounded, in words; empty if they were not."""
    values = trace.values[np.isfinite(trace.values) & (trace.values != 0)]
    if len(values) < ENOUGH:
        return ""
    if np.array_equal(values.astype(np.float32), values):
        return "every number that comes back is a float32"
    for decimals in DECIMALS:
        if np.array_equal(np.round(values, decimals), values) and not np.array_equal(np.round(values), values):
            return f"every number that comes back is rounded to {decimals} decimals"
    return ""
