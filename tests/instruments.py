"""What a test asks of an instrument: its controls, the words under the picture, the picture."""

import html
import re


def controls(instrument):
    return {control.description: control for control in instrument.controls}


def words(instrument):
    return re.sub("<[^>]*>", "", instrument.words.value)


def picture(instrument):
    """The picture alone, without its words."""
    assert instrument.picture.frame.startswith(b"\xff\xd8") and instrument.picture.alt == html.unescape(
        words(instrument)
    )
    return instrument.picture.frame
