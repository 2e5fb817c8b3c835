"""How long an instrument takes from a control's new value to the encoded picture, beside a figure that is drawn anew.

`make bench-instruments` prints a table, in milliseconds of the processor, which a busy machine stretches little: for each control that can be dragged, the median and the 95th
percentile of a sweep over its range. The last line is what `interact` does: one figure with its path, from nothing.
A second table says how large each instrument is in a page that plays without a kernel, and how long its recording takes.
"""

import base64
import time

import ipywidgets as widgets
import numpy as np

from lessonkit import descend, sgd
from lessonkit.display import instruments
from lessonkit.display.figures import paths
from lessonkit.problems.surfaces import bowl

INSTRUMENTS = (
    "valley",
    "one_rate",
    "marble",
    "batches",
    "rates_map",
    "velocities",
    "own_rates",
    "inside_adam",
    "two_weights",
    "clips",
    "draw_schedule",
)
SLIDERS = (widgets.IntSlider, widgets.FloatSlider, widgets.SelectionSlider)
MOVES = 60


def positions(slider):
    """Values of a slider from one end to the other and back."""
    if isinstance(slider, widgets.SelectionSlider):
        values = [value for _, value in slider.options]
    else:
        values = list(np.arange(slider.min, slider.max + slider.step / 2, slider.step))
    there = [values[i] for i in np.linspace(0, len(values) - 1, min(MOVES // 2, len(values))).astype(int)]
    return [type(slider.value)(value) for value in there + there[::-1]]


def sweep(slider):
    """Seconds of the processor for each move that changes the value."""
    taken = []
    for value in positions(slider):
        if value != slider.value:
            start = time.thread_time()
            slider.value = value
            taken.append(time.thread_time() - start)
    return taken


def anew(rate):
    """The path of one rate as a new figure, encoded."""
    surface = bowl(50)
    return base64.b64encode(paths(surface, {"sgd": descend(surface, sgd, lr=rate, steps=60)}).png())


def row(name, label, taken):
    median, late = np.quantile(taken, [0.5, 0.95]) * 1e3
    print(f"| {name} | {label} | {median:.1f} | {late:.1f} |")


if __name__ == "__main__":
    print("| instrument | control | median | 95th percentile |\n| --- | --- | ---: | ---: |")
    for name in INSTRUMENTS:
        instrument = getattr(instruments, name)()
        for control in instrument.controls:
            if isinstance(control, SLIDERS):
                rest = control.value
                row(name, control.description, sweep(control))
                control.value = rest
    taken = []
    for rate in np.linspace(0.001, 0.019, MOVES):
        start = time.thread_time()
        anew(rate)
        taken.append(time.thread_time() - start)
    row("a new figure", "rate", taken)
    print("\n| instrument in a page | kB | seconds to record |\n| --- | ---: | ---: |")
    for name in INSTRUMENTS:
        start = time.perf_counter()
        size = len(getattr(instruments, name)().frames().html())
        print(f"| {name} | {size / 1e3:.0f} | {time.perf_counter() - start:.0f} |")
