"""What an instructor teaches a class with."""
