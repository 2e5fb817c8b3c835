"""What torch and optax computed, as it is stored beside this file."""

import json
from pathlib import Path

import numpy as np


class Results(dict):
    """By name, rows of numbers (step, then what the library gives there); `library` says which it is."""

    def __init__(self, library, tables):
        super().__init__({name: np.array(rows) for name, rows in tables.items() if name != "made by"})
        self.library = library


def stored(library):
    """The stored results of a library."""
    return Results(library, json.loads((Path(__file__).parent / f"{library}.json").read_text()))
