"""What may stand where a schema demands a form: numbers, and what a schema says of a leaf."""
