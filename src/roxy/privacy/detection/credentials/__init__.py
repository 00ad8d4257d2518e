"""Secrets without a shape of their own: what carries them, words before them, or their place tells. See `secrets`."""
