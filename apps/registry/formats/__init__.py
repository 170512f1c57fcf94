"""Readers of other people's files: cards, tensors, tables, notebooks, and differences between two."""
