"""How the servers do, in figures."""
