"""What a notebook shows: figures, instruments, questions, text."""
