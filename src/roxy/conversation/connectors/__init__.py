"""Connectors in the database, and what sessions bind of them."""
