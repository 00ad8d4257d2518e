"""`roxy doctor`: what is missing or wrong, with the command that mends it."""
