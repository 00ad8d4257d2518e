"""What a server asks back: input of the user, an answer of a model, the folders it may work in."""
