"""What a test asks of an instrument: its controls, the words under the picture, the picture."""


def controls(instrument):
    return {control.description: control for control in instrument.controls}


def words(instrument):
    """What stands below the picture, and is its alt text."""
    return instrument.picture.alt


def picture(instrument):
    """The picture alone, without its words; it is a JPEG."""
    assert instrument.picture.frame.startswith(b"\xff\xd8")
    return instrument.picture.frame
