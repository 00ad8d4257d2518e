"""Frozen values and Protocols through which the departments meet; the standard library only, no behaviour."""
