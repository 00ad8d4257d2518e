"""Finders of one kind each: phones, streets, national numbers, what words announce. `patterns` gathers their rules."""
