"""Differences between two commits: files, lines and notebook cells, within limits."""
