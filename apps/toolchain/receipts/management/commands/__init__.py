"""Commands of the receipts app."""
