"""The REST API of jobs on repositories."""
