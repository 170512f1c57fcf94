"""The REST API of repositories, and ordering jobs on them."""
