"""The controls of an instrument: sliders, and buttons that play them."""

import threading

import ipywidgets as widgets

WAITS = "While a cell runs, a click may wait until it ends"  # most versions of ipykernel handle one message at a time


def leaves(controls):
    """The controls that hold a value, in a list of widgets and boxes of widgets."""
    for control in controls:
        if isinstance(control, widgets.Box):
            yield from leaves(control.children)
        elif not isinstance(
            control, (widgets.Button, widgets.ToggleButton)
        ):  # these only move a slider, and the slider is observed
            yield control


def slider(label, value, low, high, step):
    """A labelled slider with even steps: of whole numbers if `step` is one."""
    if isinstance(step, int):
        return widgets.IntSlider(value=value, min=low, max=high, step=step, **looks(label))
    return ladder(label, value, [round(low + k * step, 10) for k in range(round((high - low) / step) + 1)])


def ladder(label, value, values):
    """A labelled slider over exactly `values` and `value`, which it writes as the sentences do: 0.022, not 0.02."""
    options = [(f"{entry:g}", entry) for entry in sorted({value, *values})]
    return widgets.SelectionSlider(value=value, options=options, **looks(label))


def coordinate(label, value, low, high):
    """A labelled slider in steps of a tenth, which a program may set between them; written with two decimals."""
    return widgets.FloatSlider(value=value, min=low, max=high, step=0.1, readout_format=".2f", **looks(label))


def values_of(control):
    """The values that a person can give a control, in its order."""
    if isinstance(control, widgets.Checkbox):
        return [False, True]
    if hasattr(control, "options"):
        return [entry[1] if isinstance(entry, tuple) else entry for entry in control.options]
    count = round((control.max - control.min) / control.step)
    return [type(control.value)(round(control.min + k * control.step, 10)) for k in range(count + 1)]


def set_nearest(control, value):
    """Move a slider to the nearest of its values."""
    control.value = min(values_of(control), key=lambda entry: abs(entry - value))


def played(slider, interval=0.05):
    """A slider of whole numbers, and two buttons below it: one plays it from its start, or goes on after a pause; one steps.

    Parameters
    ----------
    slider : IntSlider
    interval : float
        Seconds from one value to the next.

    Returns
    -------
    list of the slider and a box with the buttons
    """
    play = widgets.ToggleButton(description="Play", icon="play", layout={"width": "84px"}, tooltip=WAITS)
    step = widgets.Button(description="Step", layout={"width": "60px"})
    stopped, moving, paused, slider.interval = threading.Event(), threading.Lock(), None, interval

    def run(stopped):
        if slider.value != paused or slider.value == slider.max:
            slider.value = slider.min
        while slider.value < slider.max and not stopped.wait(interval):
            with moving:
                if not stopped.is_set():
                    slider.value = min(slider.value + slider.step, slider.max)
        if not stopped.is_set():
            play.value = False

    def toggle(change):
        nonlocal stopped, paused
        with moving:  # where it has stopped, it stays
            stopped.set()
            if not change["new"]:
                paused = slider.value
        if change["new"]:
            stopped = threading.Event()
            # A thread of its own goes on while a cell runs; the kernel's event loop would wait.
            threading.Thread(target=run, args=[stopped], daemon=True).start()

    def advance(button):
        slider.value = min(slider.value + slider.step, slider.max)

    play.observe(toggle, names="value")
    step.on_click(advance)
    return [slider, row([play, step])]


def row(children):
    """Buttons or boxes to tick beside one another, in a second line where there is no room."""
    box = widgets.HBox(children)
    box.add_class("lessonkit-row")
    return box


def looks(label):
    """What all sliders have in common."""
    return dict(
        description=label, continuous_update=True, style={"description_width": "initial"}, layout={"width": "100%"}
    )


def round_numbers(low, high):
    """Numbers of two digits from `low` to `high`, about a twentieth apart."""
    heads = [*range(100, 200, 5), *range(200, 400, 10), *range(400, 1000, 25)]
    numbers = (float(f"{head}e{power}") for power in range(-8, 6) for head in heads)
    return [number for number in numbers if low <= number <= high]
