"""Contents of repositories: files, commits, refs, pushes, and what is derived from them."""
