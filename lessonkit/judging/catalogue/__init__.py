"""What is known about each exercise: its source, the conventions that are as good, the mistakes that people make."""

from lessonkit.judging.catalogue import adaptive, clips, momentum, schedules

EXERCISES = momentum.EXERCISES | adaptive.EXERCISES | clips.EXERCISES | schedules.EXERCISES
