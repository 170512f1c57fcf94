"""The REST API of repositories."""
