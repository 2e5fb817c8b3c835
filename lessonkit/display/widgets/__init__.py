"""What the instruments share: controls, the screen they draw on, the picture that can be dragged."""
