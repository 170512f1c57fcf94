"""REST API of the forum."""
