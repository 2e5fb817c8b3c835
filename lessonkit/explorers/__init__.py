"""Instruments to play with, driven by the same rules and loops as everything else; a file for each."""

from lessonkit.explorers.inside_adam import inside_adam
from lessonkit.explorers.valley import valley

__all__ = ["inside_adam", "valley"]
