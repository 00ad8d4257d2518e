"""What happened, kept in order."""
