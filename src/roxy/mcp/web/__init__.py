"""What the transports over the network share: one HTTP exchange, streams of events, what has arrived."""
