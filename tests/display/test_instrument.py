"""What all instruments share: a screen, controls that redraw, drags, play, their code, their size."""

import ast
import functools
import io
import threading
import time
from fnmatch import fnmatchcase

import ipywidgets as widgets
import pytest
from instruments import controls, picture, words
from IPython.core.interactiveshell import InteractiveShell
from PIL import Image

from lessonkit import momentum, sgd
from lessonkit.display import instruments
from lessonkit.display.widgets.controls import ladder, played, set_nearest, slider
from lessonkit.display.widgets.instrument import LARGE, Instrument, called
from lessonkit.display.widgets.screen import Screen
from lessonkit.problems.surfaces import bowl, rosenbrock

pytestmark = pytest.mark.slow  # each draws


@pytest.fixture
def blank():
    screen = Screen(2, 2)
    screen.axes.set(xlim=(-1, 3), ylim=(-1, 1))
    screen.keep()
    return screen


def test_a_control_inside_a_box_inside_a_box_redraws_too(blank):
    inner = widgets.IntSlider()
    instrument = Instrument("t", [widgets.VBox([widgets.HBox([inner])])], blank, lambda: f"now {inner.value}")
    inner.value = 5
    assert words(instrument) == "now 5"


def test_a_drag_moves_the_controls_to_the_place_below_the_pointer_and_draws_once(blank):
    across, up, drawn = slider("x", 0.0, -1.0, 3.0, 0.5), ladder("y", 0.0, [-0.5, 0.0, 0.5, 1.0]), []
    instrument = Instrument("t", [across, up], blank, lambda: drawn.append(1) or "words", blank.drags(across, up))
    drawn.clear()
    width, height = blank.figure.bbox.size
    for x, y in ((2.1, 0.4), (0.6, -0.9)):
        right, above = blank.axes.transData.transform((x, y))
        instrument.picture.pointer = [right / width, 1 - above / height]
    assert (across.value, up.value, len(drawn)) == (0.5, -0.5, 2)
    instrument.picture.pointer = [0.0, 0.0]  # beside the axes
    assert (across.value, up.value) == (0.5, -0.5)


@pytest.mark.parametrize("value, expected", [(0.34, 0.3), (-7, -1.0), (9, 1.0)])
def test_the_nearest_value_lies_on_the_slider(value, expected):
    control = slider("x", 0.0, -1.0, 1.0, 0.1)
    set_nearest(control, value)
    assert control.value == pytest.approx(expected)


def test_two_threads_never_draw_at_once(blank):
    """As in JupyterLab, where Play runs in the kernel's thread and a slider's messages come in another."""
    one, other, drawing, seen = slider("n", 0, 0, 40, 1), slider("m", 0, 0, 40, 1), [], []

    def draw():
        drawing.append(1)
        time.sleep(0.001)
        seen.append(len(drawing))
        drawing.pop()
        return "words"

    instrument = Instrument("t", [one, other], blank, draw)

    def move():
        for value in range(1, 41):
            with instrument.drawn_once():
                other.value = value

    thread = threading.Thread(target=move)
    thread.start()
    for value in range(1, 41):
        one.value = value
    thread.join()
    assert set(seen) == {1}


def until(happens):
    """Wait for what another thread does, ten seconds at most."""
    for _ in range(10_000):
        if happens():
            return
        time.sleep(0.001)
    raise AssertionError("it never happened")


def test_play_goes_from_the_start_of_its_slider_to_the_end_wherever_it_stands_and_once_more():
    count = slider("steps", 3, 1, 6, 1)
    _, buttons = played(count, interval=0.001)
    play, step = buttons.children
    seen = []
    count.observe(lambda change: seen.append(change["new"]), names="value")

    for _ in range(2):
        play.value = True
        until(lambda: not play.value)
    assert seen == 2 * [1, 2, 3, 4, 5, 6]
    step.click()
    assert count.value == 6


@pytest.mark.parametrize("moved_to", [None, 1500])
def test_play_goes_on_after_a_pause_and_from_the_start_if_the_slider_was_moved_meanwhile(moved_to):
    count = slider("steps", 1, 1, 2000, 1)
    _, buttons = played(count, interval=0.001)
    play, seen = buttons.children[0], []

    play.value = True
    until(lambda: count.value >= 3)
    play.value = False
    stopped = count.value
    count.value = moved_to or stopped
    count.observe(lambda change: seen.append(change["new"]), names="value")
    play.value = True
    until(lambda: seen)
    play.value = False
    assert seen[0] == (stopped + 1 if moved_to is None else 1)


def test_play_stops_where_it_is_stopped_and_a_hasty_second_click_does_not_double_it():
    count = slider("steps", 1, 1, 1000, 1)
    _, buttons = played(count, interval=0.002)
    play, step = buttons.children

    before = set(threading.enumerate())
    playing = lambda: set(threading.enumerate()) - before
    for _ in range(3):
        play.value = True
        play.value = False
    play.value = True
    until(lambda: len(playing()) == 1)
    until(lambda: count.value >= 3)
    play.value = False
    stopped = count.value
    until(lambda: not playing())
    assert count.value == stopped
    count.value = 5
    step.click()
    assert count.value == 6


@pytest.mark.parametrize(
    "make, args, kwargs, moves",
    [
        (
            instruments.valley,
            (sgd, functools.partial(momentum, beta=0.5)),
            dict(steps=90),
            {"ground": "Beale", "learning rate of sgd": 0.01, "steps": 33, "start x": 0.5},
        ),
        (instruments.valley, (), {}, {"turned by (degrees)": 30}),
        (instruments.clips, (), {}, {"gradient, x": -3.5, "threshold c": 2.0}),
        (instruments.inside_adam, (), dict(steps=20), {"step t": 9, "bias correction": False}),
    ],
)
def test_the_code_of_an_instrument_makes_the_same_picture(make, args, kwargs, moves):
    instrument = make(*args, **kwargs).set(moves)
    namespace = {"sgd": sgd, "momentum": momentum}
    *lines, last = ast.parse(instrument.code()).body
    exec(compile(ast.Module(lines, []), "cell", "exec"), namespace)
    again = eval(compile(ast.Expression(last.value), "cell", "eval"), namespace)
    assert picture(again) == picture(instrument) and words(again) == words(instrument)
    for label, value in moves.items():
        assert controls(again)[label].value == value


def test_the_code_calls_things_by_the_names_they_have_in_the_notebook(monkeypatch):
    import __main__

    run, other = object(), object()
    monkeypatch.setattr(__main__, "runs", {"adam": run}, raising=False)
    monkeypatch.setattr(__main__, "mine", other, raising=False)
    assert [called(value) for value in (run, other, {"adam"}, 7, "sgd", sgd)] == [
        "runs['adam']",
        "mine",
        "...",
        "7",
        "'sgd'",
        "sgd",
    ]


def test_the_code_shows_on_request_and_a_wrong_label_is_told_with_the_right_ones():
    instrument = instruments.clips()
    code = instrument.code_shown
    code.value = True
    assert instrument.cell.value == instrument.code() and instrument.cell.layout.display is None
    code.value = False
    assert instrument.cell.layout.display == "none"
    with pytest.raises(KeyError, match="'gradient, x', 'gradient, y', 'threshold c'"):
        instrument.set({"threshold": 1.0})


@pytest.mark.parametrize(
    "code, told",
    [
        (
            "valley(3)",
            "TypeError: valley: expected a rule, a function such as adam, got 3; give a number by its name, steps=3",
        ),
        ("valley(steps=0)", "ValueError: valley: steps must be a whole number, 1 or more, got 0"),
        ("clips().set({'c': 1.0})", "KeyError: no control 'c' on this instrument; it has 'gradient, x', *"),
        ("clips().ask('Push **c** up.')", "ValueError: no control is called 'c'; there are *"),
        ("two_weights(wrong)", "ValueError: two_weights: wrong fails on arrays of shape *Try it by itself: replay(*"),
    ],
)
def test_a_notebook_shows_what_to_do_about_an_error_without_the_lines_of_the_course(code, told, capsys):
    shell = InteractiveShell()
    shell.run_cell(
        "from lessonkit import clips, two_weights, valley\ndef wrong(theta, g, lr): return 1 / 0", silent=True
    )
    capsys.readouterr()
    assert not shell.run_cell(code).success
    assert fnmatchcase(capsys.readouterr().out.strip(), told.replace("[", "[[]"))


def test_larger_draws_the_same_with_more_dots_and_goes_back():
    instrument = instruments.valley(sgd)
    before, larger = instrument.picture.frame, instrument.larger
    size = lambda: Image.open(io.BytesIO(instrument.picture.frame)).size
    small = size()
    larger.value = True
    assert size() == tuple(LARGE * length for length in small) and "lessonkit-larger" in instrument._dom_classes
    larger.value = False
    assert instrument.picture.frame == before and "lessonkit-larger" not in instrument._dom_classes


def test_a_screen_draws_its_moving_lines_over_what_it_kept():
    screen = Screen(2, 2)
    (line,) = screen.axes.plot([0, 1], [0, 1])
    screen.moving = [line]
    screen.keep()
    first, again = screen.frame(), screen.frame()
    line.set_data([0, 1], [1, 0])
    assert first == again != screen.frame() and first.startswith(b"\xff\xd8")


def test_a_screen_recalls_what_stands_behind_limits_that_it_has_drawn_before_as_large_as_it_is_now(blank):
    pictures = {}
    for high in (1, 2):
        blank.axes.set_ylim(0, high)
        blank.keep(high)
        pictures[high] = blank.frame(), blank.background
    blank.axes.set_ylim(0, 1)
    blank.keep(1)
    assert blank.frame() == pictures[1][0] != pictures[2][0] and blank.background is pictures[1][1]
    blank.magnify(LARGE)
    blank.keep(1)
    assert len(blank.frame()) > len(pictures[1][0])


def test_a_screen_changes_its_ground_without_a_new_background_as_long_as_the_window_stays():
    screen = Screen(2, 2)
    screen.axes.plot([], [], label="path")
    screen.axes.legend()
    screen.stand_on(bowl(50))
    first, background = screen.frame(), screen.background
    screen.stand_on(bowl(2))
    assert screen.frame() != first and screen.background is background and screen.axes.get_title() == "bowl, κ = 2"
    screen.stand_on(bowl(50))
    assert screen.frame() == first
    screen.stand_on(rosenbrock())
    assert screen.background is not background
