"""A model answers: what it is offered, what it may do, what it sees, what is kept."""
