"""Audit: who did what, append-only."""
