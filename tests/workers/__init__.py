"""Tests of the machine-learning worker."""
