"""Receipts: signed records of evaluations, and the keys that verify them."""
