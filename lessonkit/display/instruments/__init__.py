"""Interactive instruments, each in its own file; they use the same rules and loops as the lessons."""

from lessonkit.display.instruments.batches import batches, spots_of_two_years
from lessonkit.display.instruments.clips import clips, thresholds
from lessonkit.display.instruments.draw_schedule import draw_schedule
from lessonkit.display.instruments.inside_adam import inside_adam
from lessonkit.display.instruments.one_rate import marble, one_rate
from lessonkit.display.instruments.own_rates import effective_rates, own_rates
from lessonkit.display.instruments.range_test import climbing, lowest, range_test, smoothed
from lessonkit.display.instruments.rates_map import contraction_map, rates_map, velocities
from lessonkit.display.instruments.two_factors import two_factors
from lessonkit.display.instruments.two_weights import idle_weights, two_weights
from lessonkit.display.instruments.valley import valley

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
    "two_factors",
    "two_weights",
    "valley",
    "velocities",
]
