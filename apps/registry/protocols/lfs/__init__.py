"""The Git LFS protocol: batches, objects and locks."""
