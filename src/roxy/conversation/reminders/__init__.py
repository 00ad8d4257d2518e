"""Timers and reminders as they are kept; `roxy.conversation.schedule` fires them."""
