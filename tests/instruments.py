"""What a test asks of an instrument: its controls, the words under the picture, the picture."""

import pytest

from lessonkit.display.widgets.frames import Frames
from lessonkit.display.widgets.screen import Screen


@pytest.fixture
def unpainted(monkeypatch):
    """Instruments compute and say what they always do, and paint nothing: for tests of words and of controls alone."""
    monkeypatch.setattr(Screen, "frame", lambda screen: b"")
    monkeypatch.setattr(Frames, "picture", lambda frames: "")
    monkeypatch.setattr(Frames, "drawn", lambda frames, artists: [])


def controls(instrument):
    return {control.description: control for control in instrument.controls}


def words(instrument):
    """What stands below the picture, and is its alt text."""
    return instrument.picture.alt


def picture(instrument):
    """The picture alone, without its words; it is a JPEG."""
    assert instrument.picture.frame.startswith(b"\xff\xd8")
    return instrument.picture.frame
