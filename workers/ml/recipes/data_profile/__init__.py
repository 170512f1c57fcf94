"""Data profile: a report about a dataset, which it leaves as it is."""
