"""Reading pages and files of the upstream index."""
