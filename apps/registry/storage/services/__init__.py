"""Removing large files and leftovers."""
