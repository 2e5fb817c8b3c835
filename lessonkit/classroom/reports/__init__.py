"""Writes what people read: grades, feedback, the map of mistakes, the report. The HTML is in `templates`."""
