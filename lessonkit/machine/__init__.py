"""What differs between machines: home folder, terminal, working folder."""
