"""Real data, small enough to ship. `SOURCES.md` beside this file says where each file comes from and its licence."""

import csv
import gzip
import re
from collections import Counter
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from lessonkit.rules.counts import check_count
from lessonkit.rules.types import Examples


class Split(NamedTuple):
    """Inputs and targets of a training set and a validation set.

    Attributes
    ----------
    x_train, x_val : arrays of floats, one row an example
    y_train, y_val : arrays, one entry an example

    Examples
    --------
    >>> import numpy as np
    >>> from lessonkit import Split
    >>> data = Split(np.zeros((8, 2)), np.zeros(8), np.zeros((2, 2)), np.zeros(2))
    >>> len(data.x_train), len(data.x_val)
    (8, 2)
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_val: np.ndarray
    y_val: np.ndarray


class Counts(NamedTuple):
    """A Split whose inputs are counts of words, with the names of the words and of the classes.

    Attributes
    ----------
    x_train, x_val : arrays of floats, one row a text, one column a word
    y_train, y_val : arrays, the class of each text
    words : list of str, one a column
    classes : list of str
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_val: np.ndarray
    y_val: np.ndarray
    words: list
    classes: list


def with_test_set(data: Examples) -> tuple[Split, np.ndarray, np.ndarray]:
    """Divide data in three: the validation set becomes the test set, and every fifth training example the validation set.

    What chooses a learning rate must not report the result, too: the best of many noisy losses is too low on average.

    Parameters
    ----------
    data : Split, such as ``digits()``

    Returns
    -------
    Split
        Of the same kind as `data`: what is left for training, and the new validation set.
    x_test, y_test : arrays
        The validation set of `data`.

    Examples
    --------
    >>> from lessonkit import digits, with_test_set
    >>> data, x_test, y_test = with_test_set(digits())
    >>> len(data.x_train), len(data.x_val), len(x_test)
    (1149, 288, 360)
    """
    x, y = data.x_train, data.y_train
    held_out = np.arange(len(x)) % 5 == 0
    parts = {"x_train": x[~held_out], "y_train": y[~held_out], "x_val": x[held_out], "y_val": y[held_out]}
    return data._replace(**parts), data.x_val, data.y_val  # type: ignore[attr-defined]


def digits() -> Split:
    """Handwritten digits: 1797 images of 8 × 8 pixels, every fifth kept for validation.

    The training set has 133 to 154 images of each digit, the validation set 26 to 48.

    Returns
    -------
    Split
        x: float64, shape (n, 64), ink from 0 to 1, row by row; y: int, shape (n,), the digit. New arrays at each call.

    References
    ----------
    Alpaydin & Kaynak (1998), Optical recognition of handwritten digits, UCI, doi:10.24432/C50P49, CC BY 4.0.

    Examples
    --------
    >>> from lessonkit import digits
    >>> data = digits()
    >>> data.x_train.shape, data.x_val.shape, data.y_train[:4].tolist()
    ((1437, 64), (360, 64), [1, 2, 3, 4])
    """
    with (files(__package__) / "digits.csv.gz").open("rb") as packed, gzip.open(packed, "rt") as lines:
        table = np.array(list(csv.reader(lines)), dtype=float)
    x, y = table[:, :-1] / 16, table[:, -1].astype(int)
    held_out = np.arange(len(x)) % 5 == 0
    return Split(x[~held_out], y[~held_out], x[held_out], y[held_out])


def sunspots(window: int = 50) -> Split:
    """The yearly number of sunspots from 1700 to 2008, cut into windows whose next year is to be predicted.

    Parameters
    ----------
    window : int from 1 to 200
        Years in a window.

    Returns
    -------
    Split
        x: float64, shape (n, window), spots in hundreds, oldest first; y: float64, shape (n,), the year after. Years
        before 1950 are to be predicted in training, those from 1950 in validation.

    Raises
    ------
    ValueError
        A window that is no whole number from 1 to 200.

    References
    ----------
    Yearly mean sunspot numbers, National Geophysical Data Center (NOAA), public domain.

    Examples
    --------
    >>> from lessonkit import sunspots
    >>> data = sunspots(window=3)
    >>> data.x_train[0].tolist(), float(data.y_train[0])
    ([0.05, 0.11, 0.16], 0.23)
    """
    if check_count("sunspots", "window", window) > 200:
        raise ValueError(f"sunspots: window must be at most 200 years, got {window}; the record has 309")
    with (files(__package__) / "sunspots.csv").open(encoding="ascii") as lines:
        rows = list(csv.reader(lines))[1:]
    year, spots = np.array(rows, dtype=float).T
    x, y = np.lib.stride_tricks.sliding_window_view(spots / 100, window)[:-1], spots[window:] / 100
    early = year[window:] < 1950
    return Split(x[early], y[early], x[~early], y[~early])


def glosses(least: int = 2) -> Counts:
    """Definitions of 4000 English nouns as counts of words: is it an animal, an artifact, a food, a person or a plant?

    Every fifth definition is kept for validation. A few words are in most definitions; most words are in only a few.

    Parameters
    ----------
    least : int, 1 or more
        Words that are in fewer definitions of the training set are left out.

    Returns
    -------
    Counts
        x: float64, shape (n, words), how often each word stands in the definition, words from the most to the least
        frequent; y: int, shape (n,), the class. New arrays at each call.

    Raises
    ------
    ValueError
        A `least` that is no whole number of 1 or more, or that no word reaches.

    References
    ----------
    WordNet 3.0, Princeton University (2006): Miller (1995), WordNet: a lexical database for English,
    doi:10.1145/219717.219748. Its licence is in SOURCES.md.

    Examples
    --------
    >>> from lessonkit import glosses
    >>> data = glosses()
    >>> data.x_train.shape, data.classes, data.words[:3]
    ((3200, 2635), ['animal', 'artifact', 'food', 'person', 'plant'], ['of', 'a', 'the'])
    """
    check_count("glosses", "least", least)
    with (
        (files(__package__) / "glosses.tsv.gz").open("rb") as packed,
        gzip.open(packed, "rt", encoding="ascii") as lines,
    ):
        _, names, definitions = zip(*(line.rstrip("\n").split("\t") for line in lines))
    texts, classes = [re.findall("[a-z]+", text.lower()) for text in definitions], sorted(set(names))
    held_out = np.arange(len(texts)) % 5 == 0
    found = Counter(word for text, held in zip(texts, held_out) if not held for word in set(text))
    words = sorted((word for word, times in found.items() if times >= least), key=lambda word: (-found[word], word))
    if not words:
        raise ValueError(
            f"glosses: least must be at most {max(found.values())}, got {least}: no word is in so many texts"
        )
    column = {word: i for i, word in enumerate(words)}
    x, y = np.zeros((len(texts), len(words))), np.array([classes.index(name) for name in names])
    for row, text in zip(x, texts):
        for word in text:
            if word in column:
                row[column[word]] += 1
    return Counts(x[~held_out], y[~held_out], x[held_out], y[held_out], words, classes)
