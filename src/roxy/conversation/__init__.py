"""One utterance from start to end, and everything that is remembered between two of them."""
