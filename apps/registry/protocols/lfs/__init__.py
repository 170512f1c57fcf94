"""Git LFS: batches, objects and locks."""
