"""Differences between two texts or notebooks."""
