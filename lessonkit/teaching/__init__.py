"""What an instructor needs: solutions and answers, a syllabus, packages for other systems."""
