"""One module for each way of speaking with a model, over the provider's own SDK."""
