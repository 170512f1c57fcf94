"""Language models that learn from texts."""
