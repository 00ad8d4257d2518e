"""Texts with made-up people, numbers and secrets in them, and texts with nobody in them, for `privacy_found.py`."""
