"""What a test asks of an instrument: its controls, the words under the picture, the picture."""

import base64
import re

from lessonkit.instrument import leaves


def controls(instrument):
    return {control.description: control for control in leaves(instrument.children[1:-2])}


def words(instrument):
    return re.sub("<[^>]*>", "", instrument.words.value)


def picture(instrument):
    """The picture alone, without its words."""
    jpeg = re.search('src="data:image/jpeg;base64,(.*?)"', instrument.picture.value)[1]
    assert base64.b64decode(jpeg).startswith(b"\xff\xd8")
    return jpeg
