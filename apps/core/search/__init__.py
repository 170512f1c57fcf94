"""Search: one field over everything that a reader may see."""
