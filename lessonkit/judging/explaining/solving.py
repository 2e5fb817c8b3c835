"""Solves small least squares problems on numbers that may be of any size: what comes back from a sandbox is hostile."""

import numpy as np

SMALLEST, LARGEST = 1e-250, 1e250
INDEPENDENT = 1e-12


def solved(table, wanted):
    """The factors with which the columns of a table add up to what is wanted, as near as can be.

    By QR, which always ends; the iterations of `lstsq` may not, on numbers near the ends of float64.

    Parameters
    ----------
    table : array of shape (rows, columns)
    wanted : array of shape (rows,)

    Returns
    -------
    array of shape (columns,), or None
        None if the columns do not depend on each other as little as they must, or if the numbers are out of all range.
    """
    sizes, size = np.abs(table).max(axis=0, initial=0), np.abs(wanted).max(initial=0)
    ends = np.append(sizes, size if size else 1.0)
    if len(wanted) < table.shape[1] or not (ends.min() > SMALLEST and ends.max() < LARGEST):
        return None
    q, r = np.linalg.qr(table / sizes)
    diagonal = np.abs(np.diag(r))
    if diagonal.min() <= INDEPENDENT * diagonal.max():
        return None
    found = q.T @ (wanted / (size or 1.0))
    for i in reversed(range(len(found))):
        found[i] = (found[i] - r[i, i + 1 :] @ found[i + 1 :]) / r[i, i]
    return found * (size or 1.0) / sizes
