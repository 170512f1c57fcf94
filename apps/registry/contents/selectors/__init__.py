"""Queries for last commits and stored bytes."""
