"""`roxy sessions`."""
