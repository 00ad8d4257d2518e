"""How the schema came to be, one revision a file; run by `roxy.store.migrate` when the database is not at the head."""
