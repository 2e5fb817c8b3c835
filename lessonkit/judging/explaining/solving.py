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


def may_solve(tables, wanted, usable, room):
    """Which of many tables may have columns that add up to what is wanted: a quick test, by which most are ruled out.

    A table that is out of all range, or has too few rows, is not ruled out.

    Parameters
    ----------
    tables : array of shape (tables, rows, columns)
    wanted : array of shape (rows,) or (tables, rows)
    usable : array of bool, as `wanted`; the rows that count
    room : float, by which share of the largest that is wanted the sum may miss it

    Returns
    -------
    array of bool, of shape (tables,)
    """
    tables = np.where(usable[..., None], tables, 0.0)
    wanted = np.broadcast_to(np.where(usable, wanted, 0.0), tables.shape[:2])
    sizes, size = np.abs(tables).max(axis=1, keepdims=True), np.abs(wanted).max(axis=1, keepdims=True)
    unsure = (usable.sum(axis=-1) <= tables.shape[2]) | (size[:, 0] == 0)
    for each in (sizes[:, 0], size):
        unsure = unsure | np.any((each != 0) & ~((each > SMALLEST) & (each < LARGEST)), axis=1)
    sizes[(sizes == 0) | unsure[:, None, None]] = 1.0
    scaled = (wanted / np.where(size == 0, 1.0, size))[..., None]
    q = np.linalg.qr(np.where(unsure[:, None, None], 0.0, tables / sizes)).Q
    missed = np.abs(scaled - q @ (np.swapaxes(q, 1, 2) @ scaled)).max(axis=(1, 2))
    return unsure | (missed <= room)
