"""Language models: which there are, and one way to talk with any of them."""
