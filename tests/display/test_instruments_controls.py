"""What holds for each control of each instrument: it changes the picture, and the sentence says what stands beside the slider."""

import inspect
import re

import ipywidgets as widgets
import pytest
from instruments import controls, picture, unpainted, words  # noqa: F401  a fixture

from lessonkit import digits, mlp, sgd, train
from lessonkit.display import instruments
from lessonkit.display.widgets.controls import values_of
from lessonkit.display.widgets.instrument import Instrument

pytestmark = pytest.mark.slow  # each draws

NAMES = [
    name
    for name in instruments.__all__
    if inspect.signature(getattr(instruments, name)).return_annotation is Instrument
]
# controls that the sentence leaves out: the picture shows the place, and more words would not be read
UNSAID = {
    ("valley", "start x"),
    ("valley", "start y"),
    ("valley", "learning rate of sgd"),
    ("valley", "learning rate of momentum"),
    ("valley", "learning rate of adam"),
    ("one_rate", "start x"),
    ("one_rate", "start y"),
}
# how a sentence says a control's value, if not as its label with the value behind it
SAID = {
    ("valley", "steps"): "after {} steps",
    ("valley", "condition number κ"): "κ = {}",
    ("one_rate", "condition number κ"): "κ = {}",
    ("clips", "gradient, x"): "g = ({}",
    ("clips", "gradient, y"): ", {}",
    ("two_factors", "start x"): "Start ({}",
    ("two_factors", "start y"): ", {})",
}
UNTURNED = {("valley", "turned by (degrees)"), ("one_rate", "turned by (degrees)")}  # by 0 degrees goes without saying


@pytest.fixture(scope="module")
def recorded():
    data, net = digits(), mlp([64, 10])
    runs = {rate: train(net, data, sgd, rate, epochs=1) for rate in (0.022, 0.3, 3.0)}
    test = train(net, data, sgd, instruments.climbing(1e-3, 30, 45), epochs=1)
    clipped = {c: train(net, data, sgd, 0.3, epochs=1, clip_norm=c) for c in (None, 0.022, 0.3)}
    return {"range_test": (test, runs), "thresholds": (clipped,)}


def some(values, count=5):
    """At most so many of the values, from the first to the last."""
    return values if len(values) <= count else [values[k * (len(values) - 1) // (count - 1)] for k in range(count)]


def states(make):
    """Instruments as they start, and with each other choice of a list and each box the other way."""
    yield "at the start", make()
    for label, control in controls(make()).items():
        if isinstance(control, (widgets.Dropdown, widgets.Checkbox)):
            for value in values_of(control):
                if value != control.value:
                    yield f"{label}: {value}", make().set({label: value})


def moves(instrument, control):
    """Whether some value of one control makes another frame; all controls are put back."""
    before, start = picture(instrument), {each: each.value for each in instrument.controls}
    moved = False
    for value in some(values_of(control)):
        control.value = value
        moved = moved or instrument.picture.frame != before
        if moved:
            break
    for each, value in start.items():
        each.value = value
    return moved


@pytest.mark.parametrize("name", NAMES)
def test_each_control_changes_the_picture_unless_it_rests_and_one_that_rests_changes_nothing(name, recorded):
    idle, awake = [], []
    for state, instrument in states(lambda: getattr(instruments, name)(*recorded.get(name, ()))):
        for label, control in controls(instrument).items():
            moved = moves(instrument, control)
            if moved == control.disabled:
                (awake if moved else idle).append((state, label))
    assert not idle, "these change nothing: disable them there"
    assert not awake, "these are disabled, and yet they change the picture"


@pytest.mark.usefixtures("unpainted")
@pytest.mark.parametrize("name", NAMES)
def test_titles_labels_and_numbers_fit_on_the_picture(name, recorded):
    for state, instrument in states(lambda: getattr(instruments, name)(*recorded.get(name, ()))):
        assert fits(instrument.screen), state
        for label, control in controls(instrument).items() if state == "at the start" else ():
            start = control.value
            for value in (values_of(control)[0], values_of(control)[-1]):
                control.value = value
                assert fits(instrument.screen), (label, value)
            control.value = start


def fits(screen):
    """Whether all axes, with what is written at them, lie on the picture, to the pixel."""
    width, height = screen.figure.bbox.size
    boxes = [axes.get_tightbbox(screen.canvas.get_renderer()) for axes in screen.figure.axes]
    return all(min(box.x0, box.y0, width - box.x1, height - box.y1) > -1 for box in boxes)


@pytest.mark.usefixtures("unpainted")
@pytest.mark.parametrize("name", NAMES)
def test_the_sentence_says_what_stands_beside_the_slider(name, recorded):
    instrument = getattr(instruments, name)(*recorded.get(name, ()))
    for label, control in controls(instrument).items():
        if isinstance(control, (widgets.Dropdown, widgets.Checkbox)) or (name, label) in UNSAID:
            continue
        start, bare = control.value, label.split(" (")[0]  # without its unit
        forms = [SAID[name, label]] if (name, label) in SAID else [f"{bare} {{}}", f"{bare} = {{}}"]
        for value in some(values_of(control), 20):
            control.value = value
            shown = control.options[control.index][0] if isinstance(control, widgets.SelectionSlider) else f"{value:g}"
            said = "|".join(re.escape(form.format(shown)) for form in forms)
            if not ((name, label) in UNTURNED and value == 0):
                assert re.search(rf"(?:{said})(?!\.?\d)", words(instrument)), (label, shown, words(instrument))
        control.value = start


def test_a_slider_between_round_values_is_written_as_it_is():
    assert controls(instruments.valley())["learning rate of sgd"].label == "0.019"
