"""What lies close to the wire: processes, their stderr, and the tolerance for what servers send."""
