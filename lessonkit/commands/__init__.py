"""The command `lessonkit` and what it starts."""
