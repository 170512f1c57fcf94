"""Usage: what was used, and how much may be."""
