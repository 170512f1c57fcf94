"""Benchmarks: leaderboards of datasets, whose test split may be hidden."""
