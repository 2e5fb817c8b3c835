"""A class that several test files grade."""

import classes
import pytest


@pytest.fixture
def handed_in(tmp_path):
    """Three learners: all right, ε forgotten, nothing written."""
    for learner, content in {
        "ada": classes.adam("ada"),
        "bob": classes.adam("bob", classes.wrong("adam", "forgets the root")),
        "eve": classes.notebook(),
    }.items():
        classes.write(tmp_path / "in" / learner / "05-adam.ipynb", content)
    return tmp_path / "in"
