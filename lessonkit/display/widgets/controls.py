"""The controls of an instrument: sliders, and buttons that play them."""

import asyncio

import ipywidgets as widgets


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
    """A labelled slider with even steps. `value` must be one of them, because the browser rounds it to the nearest."""
    kind = widgets.IntSlider if isinstance(step, int) else widgets.FloatSlider
    return kind(value=value, min=low, max=high, step=step, **looks(label))


def ladder(label, value, values):
    """A labelled slider over exactly `values` and `value`: for learning rates, and other values that are not evenly spaced."""
    options = [(f"{entry:g}", entry) for entry in sorted({value, *values})]
    return widgets.SelectionSlider(value=value, options=options, **looks(label))


def set_nearest(control, value):
    """Move a slider or a ladder to the nearest of its values."""
    if isinstance(control, widgets.SelectionSlider):
        control.value = min((entry for _, entry in control.options), key=lambda entry: abs(entry - value))
    else:
        control.value = min(max(round(value / control.step) * control.step, control.min), control.max)


def played(slider, interval=0.05):
    """A slider of whole numbers with two buttons: one plays it to its end (from its start if it is at the end), one steps.

    Parameters
    ----------
    slider : IntSlider
    interval : float
        Seconds from one value to the next.

    Returns
    -------
    HBox
    """
    play = widgets.ToggleButton(description="Play", icon="play", layout={"width": "80px"})
    step = widgets.Button(description="Step", layout={"width": "60px"})
    task = None

    async def run():
        if slider.value == slider.max:
            slider.value = slider.min
        while slider.value < slider.max:
            await asyncio.sleep(interval)
            slider.value += slider.step
        play.value = False

    def toggle(change):
        nonlocal task
        if task:
            task.cancel()
        task = asyncio.ensure_future(run()) if change["new"] else None

    def advance(button):
        slider.value = min(slider.value + slider.step, slider.max)

    play.observe(toggle, names="value")
    step.on_click(advance)
    return widgets.HBox([slider, play, step])


def looks(label):
    """What all sliders have in common."""
    return dict(
        description=label, continuous_update=True, style={"description_width": "initial"}, layout={"width": "340px"}
    )


def round_numbers(low, high):
    """Numbers of two digits from `low` to `high`, about a twentieth apart."""
    heads = [*range(100, 200, 5), *range(200, 400, 10), *range(400, 1000, 25)]
    numbers = (float(f"{head}e{power}") for power in range(-8, 6) for head in heads)
    return [number for number in numbers if low <= number <= high]
