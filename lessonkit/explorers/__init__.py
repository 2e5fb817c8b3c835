"""Instruments to play with, driven by the same rules and loops as everything else; a file for each."""

from lessonkit.explorers.clips import clips, thresholds
from lessonkit.explorers.inside_adam import inside_adam
from lessonkit.explorers.valley import valley

__all__ = ["clips", "inside_adam", "thresholds", "valley"]
