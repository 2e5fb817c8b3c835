"""What a rule is tried on: surfaces, noise, networks and data."""
