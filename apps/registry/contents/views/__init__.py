"""Pages of files, commits and refs."""
