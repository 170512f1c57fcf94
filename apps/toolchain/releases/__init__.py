"""Releases of any files: drafts that are published as a whole, and downloads that go on after a break."""
