"""Metered usage and its limits."""
