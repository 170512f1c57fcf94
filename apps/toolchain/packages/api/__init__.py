"""REST API of the package index."""
