"""The REST API of files, commits and refs."""
