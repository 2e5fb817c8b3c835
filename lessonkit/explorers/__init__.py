"""Instruments to play with, driven by the same rules and loops as everything else; a file for each."""

from lessonkit.explorers.clips import clips, thresholds
from lessonkit.explorers.inside_adam import inside_adam
from lessonkit.explorers.two_weights import idle_weights, two_weights
from lessonkit.explorers.valley import valley

__all__ = ["clips", "idle_weights", "inside_adam", "thresholds", "two_weights", "valley"]
