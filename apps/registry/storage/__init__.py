"""Storage of repositories: large files, quota, packing, garbage collection, purge."""
