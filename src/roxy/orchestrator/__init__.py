"""The conductor: opens the departments, hands each what it needs, and closes in reverse."""
