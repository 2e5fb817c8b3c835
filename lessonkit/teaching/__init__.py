"""What an instructor shows in a hall, and what an instructor keeps: slides, notes, votes, solutions, a syllabus, packages."""
