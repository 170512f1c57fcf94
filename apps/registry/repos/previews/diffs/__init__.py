"""What differs between two commits: files, then lines or cells, each within limits."""
