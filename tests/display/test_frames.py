"""What an instrument shows, recorded at many values: the same sentences as live, and the instrument stays as it was."""

import base64
import gzip
import itertools
import json

import pytest
from instruments import controls, unpainted, words  # noqa: F401  a fixture

from lessonkit import momentum, sgd
from lessonkit.display import instruments
from lessonkit.display.widgets.controls import slider
from lessonkit.display.widgets.frames import GRID, player
from lessonkit.display.widgets.instrument import Instrument
from lessonkit.display.widgets.screen import Screen

pytestmark = pytest.mark.slow  # each draws hundreds of pictures


def unpacked(frames):
    return json.loads(gzip.decompress(base64.b64decode(frames.packed())))


def stands(instrument):
    return [(control.value, getattr(control, "disabled", None)) for control in instrument.controls]


MAKE = {
    "velocities": lambda: instruments.velocities(),
    "clips": lambda: instruments.clips(),
    "inside_adam": lambda: instruments.inside_adam(steps=8),
    "valley": lambda: instruments.valley(sgd, steps=4).set({"turned by (degrees)": 20, "start x": 2.5}),
}


@pytest.mark.usefixtures("unpainted")
@pytest.mark.parametrize("name", MAKE)
def test_each_recorded_sentence_is_that_of_the_live_instrument_and_its_controls_stand_where_they_say(name):
    frames, live = MAKE[name]().frames(), MAKE[name]()
    start = {label: control.value for label, control in controls(live).items()}
    for positions, (number, followers) in itertools.islice(frames.states.items(), 0, None, 7):
        with live.drawn_once():
            live.set(start)
            for k, position in enumerate(positions):
                if position != frames.start[k]:
                    live.controls[live.controls.index(labelled(live, frames, k))].value = frames.values[k][position]
        assert frames.frames[number][2] == live.picture.alt
        for k, position in enumerate(positions):
            value = labelled(live, frames, k).value
            nearest = followers.get(k, [position])[0]
            assert min(frames.values[k], key=lambda each: gap(each, value)) == frames.values[k][nearest]


def labelled(live, frames, k):
    return controls(live)[frames.controls[k]["label"]]


def gap(one, other):
    return one != other if isinstance(one, str) else abs(one - other)


@pytest.mark.parametrize(
    "name, larger, chosen", [("clips", True, []), ("inside_adam", False, []), ("valley", False, ["ground", "steps"])]
)
def test_an_instrument_is_after_a_recording_as_before(name, larger, chosen):
    instrument = MAKE[name]()
    instrument.larger.value = larger
    before = instrument.picture.frame, words(instrument), stands(instrument)
    instrument.frames(chosen)
    assert (instrument.picture.frame, words(instrument), stands(instrument)) == before


@pytest.mark.usefixtures("unpainted")
def test_each_control_is_recorded_at_all_its_values_and_the_grid_at_no_more_than_its_size():
    frames = instruments.clips().frames()
    alone = {positions for positions in frames.states if sum(a != b for a, b in zip(positions, frames.start)) <= 1}
    assert {k: len({positions[k] for positions in alone}) for k in range(3)} == {0: 61, 1: 61, 2: 30}
    assert [len(positions) for positions in frames.grid.values()] == [GRID, GRID]
    for k, positions in frames.grid.items():
        assert {0, 60, frames.start[k]} <= set(positions)
    seen = instruments.valley(sgd, steps=2).frames(["steps"])
    assert {k: len(positions) for k, positions in seen.grid.items()} == {1: GRID, 2: GRID}
    low, high = (seen.values[2][seen.grid[2][k]] for k in (0, -1))
    bottom, top = seen.axes.get_ylim()
    assert -5 < bottom <= low < bottom + 0.2 and top - 0.2 < high <= top < 5  # the pointer reaches no farther
    few = instruments.velocities().frames()
    assert len(few.states) == 6 * 20  # a small grid is recorded whole


@pytest.mark.usefixtures("unpainted")
def test_controls_and_grid_can_be_chosen_by_their_labels():
    valley = instruments.valley(sgd, momentum, steps=3)
    frames = valley.frames(["sgd"], ["steps", "turned by (degrees)"])
    assert [(each["label"], each["kind"]) for each in frames.controls] == [
        ("sgd", "tick"),
        ("steps", "slider"),
        ("turned by (degrees)", "slider"),
    ]
    assert frames.drag is None  # what is recorded is not what the pointer moves
    with pytest.raises(KeyError, match=r"no control 'stepz'.*'steps'"):
        valley.frames(["stepz"])


def test_an_instrument_that_fails_at_one_value_is_recorded_with_its_message():
    screen, control = Screen(2, 2), slider("n", 2, 0, 3, 1)
    screen.keep()
    instrument = Instrument("t", [control], screen, lambda: f"6 / n = {6 / control.value:g}")
    record = unpacked(instrument.frames())
    assert record["frames"][record["states"]["0"][0]] == [None, [], "ZeroDivisionError: division by zero"]
    assert record["frames"][record["states"]["3"][0]][2] == "6 / n = 2"


def test_a_diverging_path_stays_short_and_near_the_picture():
    frames = instruments.one_rate().set({"learning rate": 0.03}).frames(["learning rate"], ["learning rate"])
    numbers = [abs(int(number)) for shape in frames.shapes for number in digits_of(shape)]
    assert max(numbers) < 5000 and max(map(len, frames.shapes)) < 20_000


def digits_of(shape):
    return "".join(letter if letter in "-0123456789" else " " for letter in shape.replace("-", " -")).split()


def test_a_piece_of_a_page_says_the_same_without_a_script_and_nothing_of_a_kernel():
    instrument = instruments.clips().ask("Drag <b>it</b>.")
    piece = instrument.frames().html()
    assert "Drag &lt;b&gt;it&lt;/b&gt;." in piece and instrument.picture.alt in piece and "to play" not in piece
    assert player().count("<script>") == player().count("</script>") == 1
