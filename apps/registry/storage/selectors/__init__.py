"""Queries for storage: large files, totals, quotas."""
