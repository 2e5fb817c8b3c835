"""Instruments to play with, driven by the same rules and loops as everything else; a file for each."""

from lessonkit.explorers.batches import batches, spots_of_two_years
from lessonkit.explorers.clips import clips, thresholds
from lessonkit.explorers.draw_schedule import draw_schedule
from lessonkit.explorers.inside_adam import inside_adam
from lessonkit.explorers.one_rate import marble, one_rate
from lessonkit.explorers.own_rates import effective_rates, own_rates
from lessonkit.explorers.range_test import climbing, lowest, range_test, smoothed
from lessonkit.explorers.rates_map import contraction_map, rates_map, velocities
from lessonkit.explorers.two_weights import idle_weights, two_weights
from lessonkit.explorers.valley import valley

__all__ = [
    "batches",
    "climbing",
    "clips",
    "contraction_map",
    "draw_schedule",
    "effective_rates",
    "idle_weights",
    "inside_adam",
    "lowest",
    "marble",
    "one_rate",
    "own_rates",
    "range_test",
    "rates_map",
    "smoothed",
    "spots_of_two_years",
    "thresholds",
    "two_weights",
    "valley",
    "velocities",
]
