"""Ordering jobs."""
