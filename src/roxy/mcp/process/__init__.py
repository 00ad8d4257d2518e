"""The processes of servers: starting them, keeping what they start together, and ending all of it."""
