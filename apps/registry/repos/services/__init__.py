"""What changes a repository: one module for each act."""
