"""Timers and reminders: what the two halves of this skill answer is in `timers` and `reminding`."""

from .reminding import Reminding
from .timers import Timers

__all__ = ["Reminding", "Timers"]
