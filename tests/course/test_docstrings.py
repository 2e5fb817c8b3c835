"""What `help` says of everything that `lessonkit` offers; the examples themselves are run by pytest as doctests."""

import inspect
import itertools

import pytest

import lessonkit


@pytest.mark.parametrize("name", lessonkit.__all__)
def test_the_help_of_a_public_name_has_all_sections_and_an_example_that_imports_from_lessonkit_alone(name):
    thing = getattr(lessonkit, name)
    lines = inspect.getdoc(thing).splitlines()
    sections = {title for title, rule in itertools.pairwise(lines) if title and rule == "-" * len(title)}
    expected = {"Examples"}
    if inspect.isfunction(thing):
        expected |= {"Returns", "Parameters"} if inspect.signature(thing).parameters else {"Returns"}
    assert expected <= sections
    assert not [line for line in lines if ">>> from lessonkit." in line]
