"""What an instructor shows in a hall: slides, speaker view, plan and handout of a lesson, from the lesson's own text."""
