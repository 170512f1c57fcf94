"""Readers of wheels and source archives: untrusted bytes, under limits of size, count and time."""
