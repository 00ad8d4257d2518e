"""What is kept of conversations beyond them: facts, summaries, and what is not to be kept."""
