"""Search: one field for everything that the reader may see."""
